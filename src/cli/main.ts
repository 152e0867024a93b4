import { type Config, type ConfigSources, resolveConfig } from '../config/config.js';
import type { SettingName } from '../config/settings.js';
import { packageVersion } from '../core/package-root.js';
import { EXIT, HealthmonError, usageError } from '../errors/healthmon-error.js';
import { failureDocument, successDocument } from '../output/envelope.js';
import type { Output } from '../output/output.js';
import { ClosedPipe, createOutput, type Streams, stdoutFailure } from '../output/terminal-output.js';
import type { Command, Context, Input } from './command.js';
import { createContext } from './context.js';
import { type CommandIndex, findEntry, type Globals, type Invocation, parseCommandLine } from './program.js';
import { naming, startedAs } from './started-as.js';

export interface Surroundings extends Streams {
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Path of the program that Node was started with; undefined in tests and other programs. */
  script?: string | undefined;
  /** Where signals and promises that nobody holds are listened for; the process, or an emitter in tests. */
  signals: NodeJS.EventEmitter;
}

/** How long a command may take to wind down after it was interrupted or timed out, unless it says otherwise. */
const GRACE_MS = 2_000;
/** The local cloud ends its processes politely first. */
const LOCAL_CLOUD_GRACE_MS = 15_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs one command line and resolves to its exit code. Never throws, never exits the process. */
export async function main(
  argv: readonly string[],
  index: CommandIndex,
  surroundings: Surroundings,
): Promise<number> {
  const { env, stdout, stderr } = surroundings;
  const beforeDashes = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const json = beforeDashes.includes('--json');
  const named = naming(index.commands, startedAs(surroundings.script, env, surroundings.cwd));
  const output = createOutput({
    named,
    stdout,
    stderr,
    env,
    json,
    quiet: beforeDashes.includes('--quiet'),
    noColor: beforeDashes.includes('--no-color'),
    progress: optionValue('--progress', beforeDashes),
    logFormat: optionValue('--log-format', beforeDashes),
    verbose: beforeDashes.includes('--verbose'),
    vertical: beforeDashes.includes('--vertical'),
  });
  const unwritable = rejectedBy(stdout, 'error', stdoutFailure);
  // Nobody hears the talk any more, but the work goes on.
  stderr.on('error', () => {});
  let name = findEntry(argv, index.commands)?.path ?? 'healthmon';
  let isPrinted = false;
  try {
    const helpful = stdout.isTTY === true && !json;
    const options = { version: packageVersion(), helpful, named };
    const invocation = await parseCommandLine(argv, index, options);
    if ('text' in invocation) {
      await output.write(json ? successDocument(name, invocation) : invocation.text);
      return EXIT.done;
    }
    name = invocation.entry.path;
    const print = async (result: unknown) => {
      if (isPrinted) return;
      isPrinted = true;
      if (json) await output.write(successDocument(name, result));
      else invocation.command.render?.(result, output);
      await output.write('');
    };
    const result = await Promise.race([runInvocation(invocation, output, surroundings, print), unwritable]);
    await print(result);
    return invocation.command.exitCode?.(result) ?? EXIT.done;
  } catch (error) {
    if (error instanceof ClosedPipe) return EXIT.done;
    if (json && !isPrinted)
      await output.write(failureDocument(name, error, named)).catch(() => output.fail(error));
    else output.fail(error);
    return error instanceof HealthmonError ? error.exitCode : EXIT.failed;
  } finally {
    await output.write('').catch(() => {});
  }
}

/** Read before the command line is parsed, since a wrong command line is talked about as well. */
function optionValue(option: string, words: readonly string[]): string | undefined {
  const at = words.findLastIndex((word) => word === option || word.startsWith(`${option}=`));
  return at < 0 ? undefined : words[at]!.slice(option.length + 1) || words[at + 1];
}

async function runInvocation(
  invocation: Invocation,
  output: Output,
  surroundings: Surroundings,
  announce: Context['announce'],
): Promise<unknown> {
  const { command, input, globals } = invocation;
  const config = resolveConfig(configSources(command, input, globals, surroundings));

  const timeoutMs = globals.timeout;
  const abort = new AbortController();
  const { env, cwd } = surroundings;
  const { context, close } = createContext(
    { config, env, cwd, output, signal: abort.signal, announce },
    invocation.entry.path,
  );
  const usualMs = command.target === 'offline' ? LOCAL_CLOUD_GRACE_MS : GRACE_MS;
  const graceMs = command.graceMs?.(input) ?? usualMs;
  const stop = abortion(abort, surroundings.signals, timeoutMs, graceMs);
  if (command.target === 'changes') output.note(output.style.dim(targetLine(config)));
  try {
    return await Promise.race([runTranslated(command, input, context, surroundings), stop.overdue]);
  } catch (error) {
    // Whatever a client throws once the run was told to stop is a consequence of the stop.
    if (abort.signal.aborted) throw abort.signal.reason;
    // The command may be at work still, when it was a client that failed beside it.
    abort.abort(error);
    throw error;
  } finally {
    stop.release();
    await Promise.race([close(), delay(GRACE_MS)]);
  }
}

async function runTranslated(
  command: Command,
  input: Input,
  context: Context,
  { signals }: Surroundings,
): Promise<unknown> {
  // Google's clients reject promises that nobody holds (googleapis/nodejs-spanner#2466). Node would die of one with
  // a stack trace, even after the failure was reported, so the listener stays.
  const stray = rejectedBy(signals, 'unhandledRejection', (reason) => reason);
  try {
    return await Promise.race([command.run(input, context), stray]);
  } catch (error) {
    const local = context.config.target === 'local';
    const { translateGoogleError } = await import('../gcp/google-errors.js');
    const translated = translateGoogleError(error, 'finish the command', local);
    const unanswered = translated instanceof HealthmonError && translated.code === 'service-unavailable';
    if (unanswered && local) {
      const { deadEmulator } = await import('./local-endpoints.js');
      throw (await deadEmulator(context)) ?? translated;
    }
    throw translated;
  }
}

function configSources(
  command: Command,
  input: Input,
  globals: Globals,
  { env, cwd }: Surroundings,
): ConfigSources {
  const flags: Record<string, string> = {};
  for (const assignment of globals.set ?? []) {
    const cut = assignment.indexOf('=');
    if (cut < 1) {
      throw usageError({
        code: 'invalid-option',
        message: `--set ${assignment} is not an assignment.`,
        suggestion: 'Write --set name=value, such as --set bigquery.dataset=ward7.',
      });
    }
    flags[assignment.slice(0, cut)] = assignment.slice(cut + 1);
  }
  if (globals.target !== undefined) flags.target = globals.target;
  if (globals.project !== undefined) flags.project = globals.project;
  Object.assign(flags, command.overrides?.(input));
  return { flags: flags as Partial<Record<SettingName, string>>, env, cwd, file: globals.config };
}

function targetLine(config: Config): string {
  return config.target === 'local'
    ? `target: local (emulators, project ${config.project})`
    : `target: cloud project=${config.project}`;
}

/** Aborts on signals and `--timeout`; `overdue` rejects when the command has not wound down by then. */
function abortion(
  abort: AbortController,
  signals: NodeJS.EventEmitter,
  timeoutMs: number | undefined,
  graceMs: number,
) {
  const timers: NodeJS.Timeout[] = [];
  let giveUp: (error: Error) => void;
  const overdue = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  const stop = (reason: HealthmonError) => {
    if (abort.signal.aborted) {
      giveUp(reason);
      return;
    }
    abort.abort(reason);
    timers.push(setTimeout(() => giveUp(reason), graceMs));
  };
  const onSignal = (signal: string) =>
    stop(
      new HealthmonError({
        code: 'interrupted',
        message: `Interrupted by ${signal}.`,
        suggestion: 'Run the command again; what it finished is kept.',
        exitCode: EXIT.interrupted,
      }),
    );
  for (const signal of SIGNALS) signals.on(signal, onSignal);
  if (timeoutMs !== undefined) {
    timers.push(
      setTimeout(
        () =>
          stop(
            new HealthmonError({
              code: 'timeout',
              message: `The command did not finish within ${timeoutMs / 1000} s.`,
              suggestion: 'Give a longer --timeout, or see "healthmon emulators status".',
            }),
          ),
        timeoutMs,
      ),
    );
  }
  return {
    overdue,
    release() {
      for (const signal of SIGNALS) signals.off(signal, onSignal);
      for (const timer of timers) clearTimeout(timer);
      overdue.catch(() => {});
    },
  };
}

/** Rejects at the first event of this name. */
function rejectedBy(
  emitter: NodeJS.EventEmitter,
  event: string,
  reasonOf: (argument: Error) => Error,
): Promise<never> {
  const rejected = new Promise<never>((_, reject) => {
    emitter.on(event, (argument: Error) => reject(reasonOf(argument)));
  });
  rejected.catch(() => {});
  return rejected;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
