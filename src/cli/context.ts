import type { Config } from '../config/config.js';
import { HealthmonError, notReadyError } from '../errors/healthmon-error.js';
import type { GoogleClients } from '../gcp/clients.js';
import {
  ENDPOINT_VARIABLES,
  endpointsFromEnvironment,
  type LocalEndpoints,
  refuseCloudEndpoints,
} from '../gcp/endpoints.js';
import type { Output } from '../output/output.js';
import type { Context } from './command.js';

export interface ContextParts {
  config: Config;
  env: NodeJS.ProcessEnv;
  cwd: string;
  output: Output;
  signal: AbortSignal;
}

/** The context of a run, and how to close what the run opened. */
export function createContext(parts: ContextParts): { context: Context; close(): Promise<void> } {
  let clients: Promise<GoogleClients> | undefined;
  const context: Context = {
    ...parts,
    now: () => new Date(),
    google() {
      clients ??= openClients(parts);
      return clients;
    },
  };
  return {
    context,
    async close() {
      await clients?.then(
        (opened) => opened.close(),
        () => {},
      );
    },
  };
}

async function openClients(parts: ContextParts): Promise<GoogleClients> {
  const { createGoogleClients } = await import('../gcp/clients.js');
  const local = parts.config.target === 'local';
  const clients = createGoogleClients(
    parts.config,
    local ? await localEndpoints(parts) : undefined,
    parts.env,
  );
  if (!local) {
    // Without any, each client looks for itself, prints stack traces and may end the process.
    const { findCredentials } = await import('../gcp/cloud-identity.js');
    await findCredentials(parts.env);
  }
  return clients;
}

/** Standard variables first, then the stack of this directory, which is started when it does not run. */
async function localEndpoints({ config, env, cwd, output, signal }: ContextParts): Promise<LocalEndpoints> {
  const given = endpointsFromEnvironment(env);
  if (given !== undefined) {
    warnOfOtherProject(env.GOOGLE_CLOUD_PROJECT, config, output);
    return given;
  }
  const partial = Object.values(ENDPOINT_VARIABLES).filter((name) => env[name]);
  if (partial.length > 0) {
    output.warn(
      `${partial.join(', ')} ${partial.length === 1 ? 'is' : 'are'} not used: the local target takes all five ` +
        '*_EMULATOR_HOST variables or none.',
    );
  }
  const [{ stackEndpoints, stackEnv, startStack }, { allowedHosts }] = await Promise.all([
    import('../emulators/stack.js'),
    import('../config/allowed-hosts.js'),
  ]);
  const location = { env, cwd };
  const dead = await deadEmulator(location);
  if (dead !== undefined) throw dead;
  let endpoints = await stackEndpoints(location);
  if (endpoints === undefined) {
    if (env.HEALTHMON_NO_AUTOSTART === '1') {
      throw notReadyError({
        code: 'emulators-not-running',
        message: 'The local emulators are not running.',
        detail: 'HEALTHMON_NO_AUTOSTART=1 keeps commands from starting them.',
        suggestion: 'Run "healthmon emulators start".',
      });
    }
    const progress = output.progress('Starting the local emulators');
    try {
      await startStack({
        ...location,
        project: config.project,
        allowedHosts: allowedHosts(config),
        signal,
      });
    } catch (error) {
      progress.fail();
      throw error;
    }
    progress.done('they keep running; stop them with "healthmon emulators stop"');
    endpoints = await stackEndpoints(location);
  }
  if (endpoints === undefined) {
    throw new HealthmonError({
      code: 'emulators-incomplete',
      message: 'The local stack was started without some of the five services.',
      suggestion: 'Run "healthmon emulators stop", then "healthmon emulators start".',
      exitCode: 3,
    });
  }
  refuseCloudEndpoints(endpoints);
  const running = await stackEnv(location);
  warnOfOtherProject(running?.GOOGLE_CLOUD_PROJECT, config, output);
  return endpoints;
}

/** Writer and reader under different project ids would each see nothing of the other. */
function warnOfOtherProject(running: string | undefined, { project }: Config, output: Output): void {
  if (running === undefined || running === '' || running === project) return;
  output.warn(
    `The local cloud was started for the project ${running}, and this command works in ${project}: what one holds, ` +
      `the other does not see. Give --project ${running} to use its data.`,
  );
}

/** A service of the stack that ended since it was started, as the error that names it. */
export async function deadEmulator(location: {
  env: NodeJS.ProcessEnv;
  cwd: string;
}): Promise<HealthmonError | undefined> {
  const { deadServices, SERVICE_TITLES } = await import('../emulators/stack.js');
  const [service] = deadServices(location);
  if (service?.exit === undefined) return undefined;
  const { code, signal, at, logTail } = service.exit;
  return notReadyError({
    code: 'emulator-died',
    message: `The ${SERVICE_TITLES[service.name]} emulator ended (${signal ?? `exit code ${code}`}) at ${at}.`,
    detail: logTail.join('\n'),
    suggestion:
      'Run "healthmon emulators start"; the others keep what they hold, but what Google’s emulator held is gone.',
  });
}
