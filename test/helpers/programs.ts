import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll } from 'vitest';

const bin = resolve(import.meta.dirname, '../../bin/healthmon.js');

/** A run of the program itself. */
export interface Started {
  pid: number;
  printed: { stdout: string; stderr: string };
  /** The first line of stdout, or what there is of it when the program ends before. */
  firstLine: Promise<string>;
  /** Its exit code, once it has printed everything; null when a signal ended it. */
  ended: Promise<number | null>;
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts the program; what still runs after the tests of a file is killed. */
export function usePrograms() {
  const children = new Set<ChildProcess>();
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
  });
  return function start(
    argv: readonly string[],
    { cwd, env }: { cwd: string; env: Readonly<Record<string, string | undefined>> },
  ): Started {
    const child = spawn(process.execPath, [bin, ...argv], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    const ended = new Promise<number | null>((settle) => {
      child.once('close', (code) => {
        children.delete(child);
        settle(code);
      });
    });
    const printed = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        printed[name] += text;
      });
    }
    const firstLine = new Promise<string>((settle) => {
      child.stdout.on('data', () => {
        if (printed.stdout.includes('\n')) settle(printed.stdout.split('\n', 1)[0]!);
      });
      void ended.then(() => settle(printed.stdout));
    });
    return {
      pid: child.pid!,
      printed,
      firstLine,
      ended,
      async end(signal = 'SIGTERM') {
        child.kill(signal);
        return await ended;
      },
    };
  };
}
