import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/core/package-root.js';
import type { Bench, BenchContext, Measurement } from './registry.js';

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

/** Of the ward of the demo, and what a first look at one of them may take. */
const PATIENTS = 1_000;
const READINGS = 20_000;
const PATIENT_MS = 1_500;
const LOOKS = 5;

const patient: Bench = {
  name: 'cli.patient',
  unit: 'ms',
  baselineName: `asked for, with ${PATIENTS} patients and ${READINGS} readings`,
  stack: true,
  async run(context) {
    const folder = mkdtempSync(join(tmpdir(), 'healthmon-bench-patient-'));
    try {
      return measurePatient(context, folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Every look is by a process of its own, which has to load everything and to connect. */
function measurePatient({ env, note }: BenchContext, cwd: string): Measurement {
  const healthmon = (...argv: string[]) => {
    const options = { cwd, env: { ...process.env, ...env, HEALTHMON_NO_AUTOSTART: '1' }, timeout: 300_000 };
    const { status, stderr } = spawnSync(process.execPath, [bin, ...argv, '--quiet'], options);
    if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${stderr}`);
  };
  note('filling a ward');
  healthmon('simulate', 'admissions', '--rows', String(PATIENTS), '--seed', '7', '--output', 'a.csv');
  healthmon('provision');
  healthmon('load', 'a.csv');
  healthmon('sync');
  const ward = ['--patients-from', 'spanner', '--count', String(READINGS), '--interval', '5m', '--seed', '7'];
  healthmon('simulate', ...ward, '--scenario', 'mixed');
  healthmon('stream', '--alerts', '--max-messages', String(READINGS), '--idle-timeout', '60s');
  healthmon('join');
  healthmon('train');
  note('looking at a patient');
  const times = Array.from({ length: LOOKS }, () => {
    const startedMs = performance.now();
    healthmon('patient', '42');
    return performance.now() - startedMs;
  });
  const value = times.sort((a, b) => a - b)[Math.floor(LOOKS / 2)]!;
  return { value, baseline: PATIENT_MS, rssMb: process.memoryUsage().rss / 1e6 };
}

export const benches: readonly Bench[] = [
  patient,
  startOf('cli.startup', ['--help']),
  startOf('cli.completion', ['__complete', 'stacks', '']),
];
