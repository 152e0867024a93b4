import { createRequire } from 'node:module';
import { styleText } from 'node:util';
import type { Output, Progress, Style } from './output.js';

export interface Streams {
  stdout: NodeJS.WritableStream & { isTTY?: boolean };
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
}

export interface OutputOptions extends Streams {
  env: NodeJS.ProcessEnv;
  json: boolean;
  quiet: boolean;
  /** `--no-color`; goes before NO_COLOR, and that before FORCE_COLOR. */
  noColor?: boolean;
  /** `--progress`; without it a spinner on a terminal and plain lines elsewhere. */
  progress?: string | undefined;
  verbose: boolean;
}

/** Without a terminal a phase in progress is reported at most this often. */
const PLAIN_PROGRESS_INTERVAL_MS = 10_000;

export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr, env, json } = options;
  const talk = (text: string) => {
    if (!options.quiet) stderr.write(`${text}\n`);
  };
  const interactive = stderr.isTTY === true && !json && !env.CI && !options.quiet;
  const style = createStyle(options, stderr.isTTY === true);
  const dataStyle = createStyle(options, stdout.isTTY === true);

  return {
    json,
    interactive,
    style,
    data(text) {
      if (!json) stdout.write(`${text}\n`);
    },
    write(chunk) {
      return new Promise((resolve, reject) => {
        stdout.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
    },
    table(columns, rows) {
      if (!json) stdout.write(`${drawTable(columns, rows, dataStyle)}\n`);
    },
    note: talk,
    warn(text) {
      talk(`${style.yellow('warning')} ${text}`);
    },
    debug(text) {
      if (options.verbose) talk(style.dim(text));
    },
    progress(title) {
      if (options.quiet || options.progress === 'none') return silentProgress;
      return interactive && options.progress !== 'plain'
        ? spinnerProgress(title, stderr)
        : plainProgress(title, talk);
    },
  };
}

function createStyle({ env, noColor = false, json }: OutputOptions, terminal: boolean): Style {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0';
  const fits = terminal && !env.CI && env.TERM !== 'dumb' && env.FORCE_COLOR !== '0';
  const enabled = !noColor && !json && !env.NO_COLOR && (forced || fits);
  const apply = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    enabled ? styleText(format, text, { validateStream: false }) : text;
  return {
    bold: apply('bold'),
    dim: apply('dim'),
    red: apply('red'),
    green: apply('green'),
    yellow: apply('yellow'),
    cyan: apply('cyan'),
  };
}

const RULES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

function drawTable(columns: readonly string[], rows: readonly (readonly unknown[])[], style: Style): string {
  // Loaded on first use: help and completion must not pay for it.
  const Table = createRequire(import.meta.url)('cli-table3') as typeof import('cli-table3');
  const numeric = columns.map(
    (_, index) => rows.length > 0 && rows.every((row) => row[index] === null || isNumeric(row[index])),
  );
  const table = new Table({
    head: columns.map((column) => style.bold(column)),
    chars: RULES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    colAligns: numeric.map((isNumber) => (isNumber ? 'right' : 'left')),
  });
  for (const row of rows)
    table.push(row.map((cell) => (cell === null || cell === undefined ? '' : String(cell))));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function isNumeric(cell: unknown): boolean {
  return (
    typeof cell === 'number' ||
    typeof cell === 'bigint' ||
    (typeof cell === 'string' && /^-?[\d.,]+$/.test(cell))
  );
}

const silentProgress: Progress = { update() {}, done() {}, fail() {} };

function plainProgress(title: string, talk: (text: string) => void): Progress {
  let nextAtMs = Date.now() + PLAIN_PROGRESS_INTERVAL_MS;
  talk(`${title} …`);
  return {
    update(text) {
      if (Date.now() < nextAtMs) return;
      nextAtMs = Date.now() + PLAIN_PROGRESS_INTERVAL_MS;
      talk(`${title}: ${text}`);
    },
    done(text) {
      talk(`${title}: ${text ?? 'done'}`);
    },
    fail(text) {
      talk(`${title}: ${text ?? 'failed'}`);
    },
  };
}

function spinnerProgress(title: string, stream: NodeJS.WritableStream): Progress {
  let spinner: import('ora').Ora | undefined;
  let text = title;
  let ended = false;
  // Loaded on first use: help and completion must not pay for it.
  void import('ora').then(({ default: ora }) => {
    if (ended) return;
    // Without discardStdin:false ora takes over the terminal's input, and Ctrl-C with it.
    spinner = ora({ text, stream, discardStdin: false }).start();
  });
  const end = (method: 'succeed' | 'fail', mark: string, result: string | undefined) => {
    ended = true;
    const line = result === undefined ? title : `${title}: ${result}`;
    // What ends before the spinner is loaded must still come before what is printed next.
    if (spinner === undefined) stream.write(`${mark} ${line}\n`);
    else spinner[method](line);
  };
  return {
    update(detail) {
      text = `${title}: ${detail}`;
      if (spinner !== undefined) spinner.text = text;
    },
    done: (result) => end('succeed', '✔', result),
    fail: (result) => end('fail', '✖', result),
  };
}
