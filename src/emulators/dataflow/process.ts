import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../core/package-root.js';
import { requireRunner } from '../beam/runner.js';
import type { Importance } from './job.js';

export interface JobSite {
  text: string;
  streaming: boolean;
  /** Its own. */
  folder: string;
  onRunning(): void;
  onCounters(counters: Record<string, number>): void;
  onLine(importance: Importance, line: string): void;
}

export interface RunningJob {
  /** Reads no more, and ends once everything is stored. */
  drain(): void;
  cancel(): void;
  /** Exit code. */
  ended: Promise<number>;
}

export type StartJob = (site: JobSite) => RunningJob;

/** The only runner but Dataflow's that has the source of Pub/Sub, and one for what does not stream. */
const RUNNERS = {
  streaming: 'apache_beam.runners.direct.direct_runner.BundleBasedDirectRunner',
  batch: 'apache_beam.runners.portability.fn_api_runner.FnApiRunner',
};
const COUNTERS_INTERVAL_MS = 500;
const LEVELS: readonly (readonly [RegExp, Importance])[] = [
  [/\b(?:ERROR|CRITICAL)\b|^\w*(?:Error|Exception)\b/, 'JOB_MESSAGE_ERROR'],
  [/\bWARNING\b/, 'JOB_MESSAGE_WARNING'],
  [/^healthmon: /, 'JOB_MESSAGE_BASIC'],
];

/**
 * Runs texts of jobs under Apache Beam as processes of this machine.
 * @param variables by which the clients of Google find the local cloud
 */
export function beamProcesses(env: NodeJS.ProcessEnv, variables: Readonly<Record<string, string>>): StartJob {
  return ({ text, streaming, folder, onRunning, onCounters, onLine }) => {
    const { python } = requireRunner(env);
    const [textFile, counterFile, drainFile] = ['job.yaml', 'counters.json', 'drain'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    writeFileSync(textFile, text, { mode: 0o600 });
    const script = join(packageRoot(), 'templates', 'beam', 'run_job.py');
    const runner = `--runner=${streaming ? RUNNERS.streaming : RUNNERS.batch}`;
    const child = spawn(python, [script, textFile, counterFile, drainFile, runner], {
      env: { ...env, ...variables, PYTHONUNBUFFERED: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const readCounters = () => {
      if (existsSync(counterFile)) onCounters(JSON.parse(readFileSync(counterFile, 'utf8')));
    };
    const reading = setInterval(readCounters, COUNTERS_INTERVAL_MS);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (line === 'healthmon: running') onRunning();
        onLine(LEVELS.find(([pattern]) => pattern.test(line))?.[1] ?? 'JOB_MESSAGE_DEBUG', line);
      });
    }
    const ended = once(child, 'close')
      .then(([code]) => Number(code ?? -1))
      .finally(() => {
        clearInterval(reading);
        readCounters();
      });
    return { drain: () => writeFileSync(drainFile, ''), cancel: () => void child.kill('SIGTERM'), ended };
  };
}
