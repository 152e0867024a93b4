/**
 * The two channels of a run. stdout carries the answer, stderr the talk; under `--json` and without a terminal
 * nothing is coloured, animated or asked.
 */
export interface Output {
  /** `--json` was given: `data` is silent and the result is printed as one document at the end. */
  readonly json: boolean;
  /** stderr is a terminal, and neither `--json` nor `CI` is set. */
  readonly interactive: boolean;
  /** A line of the answer, on stdout. */
  data(text: string): void;
  /** A chunk of the answer without a newline, on stdout, resolved when the reader has room (NDJSON, CSV). */
  write(chunk: string | Uint8Array): Promise<void>;
  /** A table of the answer, on stdout. */
  table(columns: readonly string[], rows: readonly (readonly unknown[])[]): void;
  /** A line of talk, on stderr. */
  note(text: string): void;
  warn(text: string): void;
  /** Only with `--verbose`. */
  debug(text: string): void;
  /** Shows that something is under way: a spinner on a terminal, one line when it starts and ends otherwise. */
  progress(title: string): Progress;
  /** Text styles; identity functions where colour is off. */
  readonly style: Style;
}

export interface Progress {
  /** Replaces the text behind the title; without a terminal at most one line every 10 s. */
  update(text: string): void;
  done(text?: string): void;
  fail(text?: string): void;
}

export type Style = Readonly<
  Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', (text: string) => string>
>;
