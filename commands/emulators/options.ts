import type { Context, OptionSpec, OptionsOf } from '../../src/cli/command.js';
import { allowedHosts } from '../../src/config/allowed-hosts.js';
import { type Config, chosenEmulators } from '../../src/config/config.js';
import {
  type Implementations,
  OFFICIAL_NAMES,
  PORT_NAMES,
  type PortName,
  SERVICE_NAMES,
} from '../../src/core/services.js';
import { DEFAULT_STACK } from '../../src/core/stack-name.js';
import { STACK_DEFAULTS } from '../../src/emulators/stack/defaults.js';
import type { StartOptions, StartProgress, StartResult } from '../../src/emulators/stack/start.js';
import { usageError } from '../../src/errors/healthmon-error.js';
import { ALLOW_HOST_OPTION } from '../allow-host.js';
import { onlyOption, readServices } from '../services.js';

export const NAME_OPTION = {
  flags: '--name <name>',
  type: 'string',
  description: `which stack, when several run side by side (default: "${DEFAULT_STACK}")`,
  completes: 'stacks',
} as const satisfies OptionSpec;

export const BIGTABLE_OPTION = {
  flags: '--bigtable-instance <id>',
  type: 'strings',
  description: 'further Bigtable instances to save; the emulator cannot list them (repeatable)',
} as const satisfies OptionSpec;

/** Options of every command that starts a stack. */
export const START_OPTIONS = [
  NAME_OPTION,
  onlyOption('start'),
  {
    flags: '--official <services>',
    type: 'strings',
    description: `use Google’s emulators of these, where they are installed: ${OFFICIAL_NAMES.join(', ')} (default: the emulators.* settings)`,
    completes: OFFICIAL_NAMES,
  },
  {
    flags: '--durability <durability>',
    type: 'string',
    choices: ['write', 'fsync'],
    default: STACK_DEFAULTS.durability,
    description:
      'what survives of what Pub/Sub and Bigtable acknowledged: write, the end of any process; fsync, a loss of power too',
  },
  {
    flags: '--port-base <port>',
    type: 'integer',
    minimum: 1024,
    maximum: 65_535 - PORT_NAMES.length,
    description: `first of ${PORT_NAMES.length} consecutive ports, for ${PORT_NAMES.join(', ')} (default: free ports)`,
  },
  {
    flags: '--port <service=port>',
    type: 'strings',
    description: 'port of one service, such as --port spanner=9010 (repeatable)',
  },
  ALLOW_HOST_OPTION,
  {
    flags: '--via <engine>',
    type: 'string',
    choices: ['docker'],
    description: 'run those of Google’s emulators that are used as containers (docker)',
  },
  {
    flags: '--wait-timeout <duration>',
    type: 'duration',
    default: STACK_DEFAULTS.waitTimeoutMs,
    description: 'how long the services may take until they answer',
  },
] as const satisfies readonly OptionSpec[];

type StartInput = OptionsOf<typeof START_OPTIONS>;

export function locationOf(input: OptionsOf<[typeof NAME_OPTION]>, { env, cwd }: Context) {
  return { env, cwd, name: input.name };
}

export function startOptions(input: StartInput, context: Context): StartOptions {
  return {
    ...locationOf(input, context),
    project: context.config.project,
    only: readServices('--only', input.only, SERVICE_NAMES, 'emulators start'),
    implementations: readImplementations(input, context.config),
    durability: input.durability,
    portBase: input.portBase,
    ports: readPorts(input.port),
    allowedHosts: allowedHosts(context.config, input.allowHost),
    via: input.via,
    waitTimeoutMs: input.waitTimeout,
    signal: context.signal,
  };
}

function readImplementations({ official }: StartInput, config: Config): Implementations {
  const asked = readServices('--official', official, OFFICIAL_NAMES, 'emulators start') ?? [];
  return { ...chosenEmulators(config), ...Object.fromEntries(asked.map((name) => [name, 'official'])) };
}

function readPorts(texts: readonly string[] | undefined): Partial<Record<PortName, number>> | undefined {
  if (texts === undefined) return undefined;
  const ports: Partial<Record<PortName, number>> = {};
  for (const text of texts) {
    const [word, digits] = text.split('=');
    const name = PORT_NAMES.find((port) => port === word);
    const port = Number(digits);
    if (name === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) {
      throw refuse('--port', text, `Write NAME=PORT, where NAME is one of: ${PORT_NAMES.join(', ')}.`);
    }
    ports[name] = port;
  }
  return ports;
}

function refuse(option: string, text: string, detail: string): Error {
  return usageError({
    code: 'invalid-option',
    message: `The value "${text}" of ${option} is not valid.`,
    detail,
    suggestion: 'Run "healthmon emulators start --help".',
  });
}

/** Starts a stack, showing each service as it becomes ready. */
export async function startShowing(options: StartOptions, { output }: Context) {
  const { startStack } = await import('../../src/emulators/stack/start.js');
  if (options.via === 'docker') {
    const { prepareDocker } = await import('../../src/emulators/official/docker.js');
    await prepareDocker(options.env, options.signal, (image) =>
      output.note(`Pulling ${image}; this takes a while.`),
    );
  }
  const progress = output.progress('Starting the local cloud');
  const ready: string[] = [];
  const onProgress = ({ service, milliseconds }: StartProgress) => {
    ready.push(`${service} ${(milliseconds / 1000).toFixed(1)} s`);
    progress.update(ready.join(', '));
  };
  const begun = Date.now();
  try {
    const started = await startStack(options, onProgress);
    const seconds = (Date.now() - begun) / 1000;
    const { project } = started.status;
    if (project !== undefined && project !== options.project) {
      output.warn(
        `The stack runs with the project ${project}, not ${options.project}: what one project holds, the other does ` +
          'not see. Restart it, or use another stack with --name.',
      );
    }
    if (options.via === 'docker') {
      for (const { path } of started.status.services) if (path.startsWith('docker ')) output.note(path);
    }
    progress.done(started.alreadyRunning ? describeReuse(started) : `${seconds.toFixed(1)} s`);
    return { ...started, seconds };
  } catch (error) {
    progress.fail();
    throw error;
  }
}

function describeReuse({ revived, added }: StartResult): string {
  const done = [
    ...(added.length === 0 ? [] : [`added ${added.join(', ')}`]),
    ...(revived.length === 0 ? [] : [`started ${revived.join(', ')} again`]),
  ];
  return done.join('; ') || 'it runs already';
}
