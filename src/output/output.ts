import type { Screen, ScreenEvents } from './screen.js';

/**
 * The two channels of a run. stdout carries the answer, stderr the talk; under `--json` and without a terminal
 * nothing is coloured, animated or asked.
 */
export interface Output {
  /** `--json` was given: `data` is silent and the result is printed as one document at the end. */
  readonly json: boolean;
  /** stderr is a terminal, and neither `--json` nor `CI` is set. */
  readonly interactive: boolean;
  /** `--log-format json`: every line of talk is one JSON object. */
  readonly structured: boolean;
  /** A line of the answer, on stdout. */
  data(text: string): void;
  /** A chunk of the answer without a newline, on stdout, resolved when the reader has room (NDJSON, CSV). */
  write(chunk: string | Uint8Array): Promise<void>;
  /** A table of the answer, on stdout; folded to the width of a terminal, or blocks with `--vertical`. */
  table(columns: readonly string[], rows: readonly (readonly unknown[])[]): void;
  /** A line of talk, on stderr. `detail` follows as name=value, or as fields with `--log-format json`. */
  note(text: string, detail?: object): void;
  warn(text: string, detail?: object): void;
  /** Only with `--verbose`. */
  debug(text: string): void;
  /** The failure of the run, on stderr, with `--quiet` as well. */
  fail(error: unknown): void;
  /** Shows that something is under way: a spinner on a terminal, one line when it starts and ends otherwise. */
  progress(title: string): Progress;
  /**
   * Takes over the terminal, for a command that is watched; undefined where there is none to take: in a pipe, with
   * `--json` or `CI`, on a dumb terminal.
   */
  screen(events: ScreenEvents): Promise<Screen | undefined>;
  /** The commands in a text as one types them here, such as `npx healthmon load`. Talk and errors pass through it. */
  named(text: string): string;
  /** Text styles; identity functions where colour is off. */
  readonly style: Style;
}

export interface Progress {
  /** Replaces the text behind the title; without a terminal it is printed every 10 s. */
  update(text: string): void;
  done(text?: string): void;
  fail(text?: string): void;
}

export type Style = Readonly<
  Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', (text: string) => string>
>;
