import { COMMANDS, GROUPS } from '../../commands/index.js';
import { type Config, type ConfigSources, resolveConfig } from '../config/config.js';
import type { SettingName } from '../config/settings.js';
import { packageVersion } from '../core/package-root.js';
import { EXIT, HealthmonError, usageError } from '../errors/healthmon-error.js';
import { errorText, failureDocument, successDocument } from '../output/envelope.js';
import type { Output } from '../output/output.js';
import { createOutput, type Streams } from '../output/terminal-output.js';
import type { Command, Context, Input } from './command.js';
import { createContext, deadEmulator } from './context.js';
import { Answered, findEntry, type Invocation, parseCommandLine } from './program.js';

export interface Surroundings extends Streams {
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Where SIGINT and SIGTERM are listened for; the process, or an emitter in tests. */
  signals: NodeJS.EventEmitter;
}

/** How long a command may take to wind down after it was interrupted or timed out, unless it says otherwise. */
const GRACE_MS = 2_000;
/** The local cloud ends its processes politely first. */
const LOCAL_CLOUD_GRACE_MS = 15_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs one command line and resolves to its exit code. Never throws, never exits the process. */
export async function main(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { env, stdout, stderr } = surroundings;
  const beforeDashes = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const json = beforeDashes.includes('--json');
  const verbose = beforeDashes.includes('--verbose');
  const output = createOutput({
    stdout,
    stderr,
    env,
    json,
    quiet: beforeDashes.includes('--quiet'),
    noColor: beforeDashes.includes('--no-color'),
    progress: progressStyle(beforeDashes),
    verbose,
  });
  const closed = closedPipe(stdout);
  let name = findEntry(argv, COMMANDS)?.path ?? 'healthmon';
  try {
    const invocation = await parseCommandLine(
      argv,
      { commands: COMMANDS, groups: GROUPS },
      packageVersion(),
      (text) => void stdout.write(text),
    );
    name = invocation.entry.path;
    const result = await Promise.race([runInvocation(invocation, output, surroundings), closed]);
    if (json) await output.write(successDocument(name, result));
    else invocation.command.render?.(result, output);
    return invocation.command.exitCode?.(result) ?? EXIT.done;
  } catch (error) {
    if (error instanceof Answered || error instanceof ClosedPipe || isClosedPipe(error)) return EXIT.done;
    if (json) await output.write(failureDocument(name, error)).catch(() => {});
    else stderr.write(errorText(error, output.style, verbose));
    return error instanceof HealthmonError ? error.exitCode : EXIT.failed;
  } finally {
    await flushed(stdout);
  }
}

/** Read before the command line is parsed, since a wrong command line is talked about as well. */
function progressStyle(words: readonly string[]): string | undefined {
  const at = words.findLastIndex((word) => word === '--progress' || word.startsWith('--progress='));
  return at < 0 ? undefined : words[at]!.slice('--progress='.length) || words[at + 1];
}

async function runInvocation(
  invocation: Invocation,
  output: Output,
  surroundings: Surroundings,
): Promise<unknown> {
  const { command, input, globals } = invocation;
  const config = resolveConfig(configSources(command, input, globals, surroundings));

  const timeoutMs = globals.timeout as number | undefined;
  const abort = new AbortController();
  const { context, close } = createContext({
    config,
    env: surroundings.env,
    cwd: surroundings.cwd,
    output,
    signal: abort.signal,
  });
  const usualMs = command.target === 'offline' ? LOCAL_CLOUD_GRACE_MS : GRACE_MS;
  const graceMs = command.graceMs?.(input) ?? usualMs;
  const stop = abortion(abort, surroundings.signals, timeoutMs, graceMs);
  if (command.target === 'changes') output.note(output.style.dim(targetLine(config)));
  try {
    return await Promise.race([runTranslated(command, input, context), stop.overdue]);
  } catch (error) {
    // Whatever a client throws once the run was told to stop is a consequence of the stop.
    throw abort.signal.aborted ? (abort.signal.reason as Error) : error;
  } finally {
    stop.release();
    await Promise.race([close(), delay(GRACE_MS)]);
  }
}

async function runTranslated(command: Command, input: Input, context: Context): Promise<unknown> {
  try {
    return await command.run(input, context);
  } catch (error) {
    const local = context.config.target === 'local';
    const { translateGoogleError } = await import('../gcp/google-errors.js');
    const translated = translateGoogleError(error, 'finish the command', local);
    const unanswered = translated instanceof HealthmonError && translated.code === 'service-unavailable';
    if (unanswered && local) throw (await deadEmulator(context)) ?? translated;
    throw translated;
  }
}

function configSources(
  command: Command,
  input: Input,
  globals: Input,
  { env, cwd }: Surroundings,
): ConfigSources {
  const flags: Record<string, string> = {};
  for (const assignment of (globals.set as string[] | undefined) ?? []) {
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
  if (globals.target !== undefined) flags.target = String(globals.target);
  if (globals.project !== undefined) flags.project = String(globals.project);
  Object.assign(flags, command.overrides?.(input));
  return { flags: flags as Partial<Record<SettingName, string>>, env, cwd, file: globals.config as string };
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

class ClosedPipe extends Error {}

/** Rejects when the reader of stdout goes away: `healthmon … | head` is a quiet success. */
function closedPipe(stdout: NodeJS.WritableStream): Promise<never> {
  const closed = new Promise<never>((_, reject) => {
    stdout.on('error', (error) => {
      if (isClosedPipe(error)) reject(new ClosedPipe());
    });
  });
  closed.catch(() => {});
  return closed;
}

function isClosedPipe(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE';
}

function flushed(stdout: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    stdout.write('', () => resolve());
  });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
