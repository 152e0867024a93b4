import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { INDEX } from '../../commands/index.js';
import { main } from '../../src/cli/main.js';

export interface Run {
  code: number;
  stdout: string;
  stderr: string;
  /** stdout as one JSON document. */
  json(): { ok: boolean; command: string; result?: never; error?: Record<string, string> } & Record<
    string,
    unknown
  >;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  signals?: EventEmitter;
  /** Both streams are a terminal of this width. */
  columns?: number;
  /** Path of the program that was started. */
  script?: string;
  /** Gets what is written to stderr while the command runs. */
  onStderr?: (text: string) => void;
}

/** Runs a command line in this process, through `main`, with its own streams. */
export async function runHealthmon(argv: readonly string[], options: RunOptions = {}): Promise<Run> {
  const stdout = collector();
  const stderr = collector(options.onStderr);
  const terminal = options.columns === undefined ? {} : { isTTY: true, columns: options.columns };
  const code = await main(argv, INDEX, {
    stdout: Object.assign(stdout.stream, terminal),
    stderr: Object.assign(stderr.stream, terminal),
    script: options.script,
    env: options.env ?? { PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1' },
    cwd: options.cwd ?? process.cwd(),
    signals: options.signals ?? new EventEmitter(),
  });
  return {
    code,
    stdout: stdout.text(),
    stderr: stderr.text(),
    json: () => JSON.parse(stdout.text()),
  };
}

function collector(onText?: (text: string) => void) {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer | string, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      onText?.(chunk.toString());
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
