import { styleText } from 'node:util';
import { HealthmonError } from '../errors/healthmon-error.js';
import { errorFields, errorText, type Naming } from './envelope.js';
import type { Output, Progress, Style } from './output.js';
import { drawTable } from './table.js';

export interface Streams {
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
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
  /** `--log-format`; with `json` every line on stderr is one JSON object. */
  logFormat?: string | undefined;
  verbose: boolean;
  /** `--vertical`: tables are blocks, one a row. */
  vertical?: boolean;
  /** Commands in talk and errors become what one types to run them. */
  named?: Naming;
}

/** The reader of stdout has gone away: `healthmon … | head` is a quiet success. */
export class ClosedPipe extends Error {}

/** What a failed write to stdout means for the run. */
export function stdoutFailure(error: Error): Error {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') return new ClosedPipe();
  return new HealthmonError({
    code: 'file-not-written',
    message: 'Standard output cannot be written.',
    detail: error.message,
    suggestion: 'Check the disk, or send the output elsewhere.',
    cause: error,
  });
}

/** Without a terminal a phase in progress is reported this often. */
const PLAIN_PROGRESS_INTERVAL_MS = 10_000;

export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr, env, json } = options;
  const structured = options.logFormat === 'json';
  const named = options.named ?? ((text) => text);
  const line = (level: string, text: string, detail: object) =>
    `${
      structured
        ? JSON.stringify({ time: new Date().toISOString(), level, event: text, ...detail })
        : [text, ...Object.entries(detail).map(([name, value]) => `${name}=${value}`)].join(' ')
    }\n`;
  const say = (level: string, text: string, detail: object = {}) => {
    if (!options.quiet) stderr.write(line(level, named(text), detail));
  };
  const interactive = stderr.isTTY === true && !json && !structured && !env.CI && !options.quiet;
  const style = createStyle(options, stderr.isTTY === true);
  const dataStyle = createStyle(options, stdout.isTTY === true);

  return {
    json,
    interactive,
    structured,
    style,
    named,
    data(text) {
      if (!json) stdout.write(`${text}\n`);
    },
    write(chunk) {
      return new Promise((resolve, reject) => {
        stdout.write(chunk, (error) => (error ? reject(stdoutFailure(error)) : resolve()));
      });
    },
    table(columns, rows) {
      if (json) return;
      // A terminal that does not tell its width says 0.
      const width = stdout.isTTY === true ? stdout.columns || undefined : undefined;
      const layout = { width, vertical: options.vertical === true, bold: dataStyle.bold };
      const { text, shortened } = drawTable(columns, rows, layout);
      stdout.write(`${text}\n`);
      if (shortened) say('info', 'Long values end with "…"; add --vertical to see them whole.');
    },
    note: (text, detail) => say('info', text, detail),
    warn(text, detail) {
      say('warn', structured ? text : `${style.yellow('warning')} ${text}`, detail);
    },
    debug(text) {
      if (options.verbose) say('debug', style.dim(text));
    },
    fail(error) {
      const { message, ...fields } = errorFields(error, named);
      stderr.write(
        structured ? line('error', message, fields) : errorText(error, style, options.verbose, named),
      );
    },
    async screen(events) {
      const { stdin } = process;
      const fits = stdout.isTTY && stdin.isTTY && stdout === process.stdout;
      if (!fits || json || env.CI || env.TERM === 'dumb') return undefined;
      // Loaded on first use: help and completion must not pay for it.
      const { openScreen } = await import('./screen.js');
      return openScreen(stdin, process.stdout, events);
    },
    progress(title) {
      if (options.quiet || options.progress === 'none') return silentProgress;
      return interactive && options.progress !== 'plain'
        ? spinnerProgress(title, stderr, style.cyan('') !== '', named)
        : plainProgress(title, (text) => say('info', text));
    },
  };
}

function createStyle({ env, noColor = false, json, logFormat }: OutputOptions, terminal: boolean): Style {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0';
  const fits = terminal && !env.CI && env.TERM !== 'dumb' && env.FORCE_COLOR !== '0';
  const enabled = !noColor && !json && logFormat !== 'json' && !env.NO_COLOR && (forced || fits);
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

const silentProgress: Progress = { update() {}, done() {}, fail() {} };

function plainProgress(title: string, talk: (text: string) => void): Progress {
  const begunMs = Date.now();
  let last: string | undefined;
  talk(`${title} …`);
  const ticker = setInterval(
    () => talk(`${title}: ${last ?? `${Math.round((Date.now() - begunMs) / 1000)} s`}`),
    PLAIN_PROGRESS_INTERVAL_MS,
  );
  ticker.unref();
  const end = (text: string) => {
    clearInterval(ticker);
    talk(`${title}: ${text}`);
  };
  return {
    update(text) {
      last = text;
    },
    done: (text = 'done') => end(text),
    fail: (text = 'failed') => end(text),
  };
}

function spinnerProgress(
  title: string,
  stream: NodeJS.WritableStream,
  coloured: boolean,
  named: Naming,
): Progress {
  let spinner: import('ora').Ora | undefined;
  let text = title;
  let ended = false;
  // Loaded on first use: help and completion must not pay for it.
  void import('ora').then(({ default: ora }) => {
    if (ended) return;
    // Without discardStdin:false ora takes over the terminal's input, and Ctrl-C with it.
    spinner = ora({ text, stream, color: coloured && 'cyan', discardStdin: false }).start();
  });
  const end = (method: 'succeed' | 'fail', mark: string, result: string | undefined) => {
    ended = true;
    const line = named(result === undefined ? title : `${title}: ${result}`);
    // What ends before the spinner is loaded must still come before what is printed next.
    if (spinner === undefined) stream.write(`${mark} ${line}\n`);
    else if (coloured) spinner[method](line);
    else spinner.stopAndPersist({ symbol: mark, text: line });
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
