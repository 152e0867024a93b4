import type { Config } from '../config/config.js';
import type { ServiceName } from '../core/services.js';
import type { GoogleClients } from '../gcp/clients.js';
import type { Output } from '../output/output.js';
import type { Source } from './completion/sources.js';

/** A named value after the command: `load <file>`. */
export interface ArgumentSpec {
  name: string;
  description: string;
  required?: boolean;
  /** Takes all remaining values. */
  variadic?: boolean;
  /** What the shell completes it with; files when not given. */
  completes?: Source | readonly string[];
  /** The same where it depends on the word before: the value of a setting. */
  completesAfter?: Readonly<Record<string, Source | readonly string[]>>;
}

/** One option. `type` decides how its text is checked and what `run` receives. */
export interface OptionSpec {
  /** As typed: `--patients <n>`, `-o, --output <file>`, `--check`. */
  flags: string;
  description: string;
  type: 'boolean' | 'string' | 'integer' | 'number' | 'duration' | 'rfc3339' | 'strings';
  /** What `run` receives when the option is not given, and help shows; of a duration in milliseconds. */
  default?: string | number | boolean;
  choices?: readonly string[];
  minimum?: number;
  maximum?: number;
  /** What the shell completes the value with, besides `choices`; files when not given. */
  completes?: Source | readonly string[];
}

/** Values of the command line, of whatever command. */
export type Input = Readonly<Record<string, unknown>>;

/**
 * Typed values of the command line of a declaration: arguments by name, options by camelCase name. Durations are
 * milliseconds.
 */
export type InputOf<A extends readonly ArgumentSpec[], O extends readonly OptionSpec[]> = {
  readonly [S in A[number] as S['name']]: ArgumentValue<S>;
} & OptionsOf<O>;

/** The part of the input that comes from these options. */
export type OptionsOf<O extends readonly OptionSpec[]> = {
  readonly [S in O[number] as CamelCase<LongName<S['flags']>>]: OptionValue<S>;
};

/** `--no-color` is an option called "color". */
type LongName<Flags extends string> = Flags extends `${string}--${infer Name} ${string}`
  ? Name
  : Flags extends `${string}--no-${infer Name}`
    ? Name
    : Flags extends `${string}--${infer Name}`
      ? Name
      : never;

type CamelCase<Name extends string> = Name extends `${infer Word}-${infer Rest}`
  ? `${Word}${Capitalize<CamelCase<Rest>>}`
  : Name;

type ArgumentValue<S extends ArgumentSpec> = S extends { variadic: true }
  ? string[]
  : string | (S extends { required: true } ? never : undefined);

type OptionValue<S extends OptionSpec> =
  | (S extends { choices: readonly (infer Choice)[] } ? Choice : Values[S['type']])
  | (S extends { default: string | number | boolean } ? never : undefined);

interface Values {
  boolean: boolean;
  string: string;
  integer: number;
  number: number;
  /** Milliseconds. */
  duration: number;
  rfc3339: string;
  strings: string[];
}

/** What a command may use. Everything is made on first use. */
export interface Context {
  config: Config;
  env: NodeJS.ProcessEnv;
  cwd: string;
  output: Output;
  /** Aborted by SIGINT, SIGTERM and `--timeout`. */
  signal: AbortSignal;
  now(): Date;
  /**
   * Clients of the target. On the local target this starts the emulators of these services unless they run already,
   * or fails with exit code 3 when starting is switched off. Those of others are started when a client is used.
   * @param services default: those that the command needs in any case.
   */
  google(services?: readonly ServiceName[]): Promise<GoogleClients>;
  /**
   * Prints the result before the command ends, of one that serves until it is interrupted: what `run` resolves to is
   * then not printed any more.
   */
  announce(result: unknown): Promise<void>;
}

/** The keys of all members of a union. */
type KeysOf<R> = R extends unknown ? keyof R & string : never;

/**
 * A command as data. `run` returns a plain result: under `--json` it is printed as it is, otherwise `render`
 * draws it.
 */
export interface Command<R = unknown, I = Input> {
  /** More than the summary in `commands/index.ts` says, for `--help`. */
  details?: string;
  arguments?: readonly ArgumentSpec[];
  options?: readonly OptionSpec[];
  /** Complete command lines, each with what it does. */
  examples: readonly { command: string; does: string }[];
  /**
   * `changes`: writes to the target, so the target is named on stderr first. `reads`: only reads it.
   * `offline`: never touches it.
   */
  target: 'changes' | 'reads' | 'offline';
  /** Settings that the command line gives in another way than by `--set`; checked like those. */
  overrides?(input: I): Readonly<Record<string, string>>;
  /** What each key of the result holds, for the reference. */
  result: Readonly<Record<KeysOf<R>, string>>;
  run(input: I, context: Context): Promise<R>;
  /** How long `run` may take to wind down after a signal, when it is longer than usual. */
  graceMs?(input: I): number;
  /** Draws the result for a person. Data goes to `output.data`, talk to `output.note`. */
  render?(result: R, output: Output): void;
  /** Exit code of a result that is not a plain success: rejected rows, a missed gate. */
  exitCode?(result: R): number;
}

/** Gives `run` the input that the arguments and options of the declaration say, and keeps the type of its result. */
export function defineCommand<
  R,
  const A extends readonly ArgumentSpec[] = readonly [],
  const O extends readonly OptionSpec[] = readonly [],
>(command: Command<R, InputOf<A, O>> & { arguments?: A; options?: O }): Command<R> {
  return command;
}

/** A line of the command index: words as typed, and how to load the declaration. */
export interface CommandEntry {
  path: string;
  summary: string;
  load(): Promise<{ default: Command }>;
}
