import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../src/core/package-root.js';
import type { Bench } from './registry.js';

const RUNS = 15;

function medianMs(argv: readonly string[]): number {
  const times = Array.from({ length: RUNS }, () => {
    const startedMs = performance.now();
    spawnSync(process.execPath, argv, { stdio: 'ignore', timeout: 30_000 });
    return performance.now() - startedMs;
  });
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)]!;
}

const bin = join(packageRoot(), 'bin', 'healthmon.js');

function startOf(name: string, argv: readonly string[]): Bench {
  return {
    name,
    unit: 'ms',
    baselineName: 'node -e 0',
    async run() {
      const value = medianMs([bin, ...argv]);
      return { value, baseline: medianMs(['-e', '0']), rssMb: process.memoryUsage().rss / 1e6 };
    },
  };
}

export const benches: readonly Bench[] = [
  startOf('cli.startup', ['--help']),
  startOf('cli.completion', ['__complete', 'stacks', '']),
];
