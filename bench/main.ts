import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startStack } from '../src/emulators/stack/start.js';
import { stackEnv } from '../src/emulators/stack/status.js';
import { resetStack } from '../src/emulators/stack/stop.js';
import { createOutput } from '../src/output/terminal-output.js';
import { BENCHES, type Bench, type Measurement } from './registry.js';
import { endServices } from './services.js';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const { stdout, stderr, env } = process;
const output = createOutput({ stdout, stderr, env, json: values.json, quiet: false, verbose: false });
const only =
  values.only === undefined
    ? undefined
    : new RegExp(values.only.replaceAll('.', '\\.').replaceAll('*', '.*'));

const location = { env, cwd: mkdtempSync(join(tmpdir(), 'healthmon-bench-')) };
/** The stack of one file of benches: figures do not depend on what else is stored, or has been at work in it. */
let stack: Promise<Readonly<Record<string, string>>> | undefined;

/** Longer than any bench takes on a slow machine. */
const DEADLINE_MS = 15 * 60_000;
const results: Record<string, string | number>[] = [];
const leftOut: { name: string; reason: string }[] = [];
let failed = false;
for (const { load } of BENCHES) {
  const { benches } = await load();
  for (const bench of benches) {
    if (!(only?.test(bench.name) ?? true)) continue;
    const reason = bench.missing?.();
    if (reason === undefined) await measure(bench);
    else leftOut.push({ name: bench.name, reason });
  }
  await endStack();
}
if (values.json) stdout.write(`${JSON.stringify({ results, leftOut })}\n`);
else {
  output.table(
    ['bench', 'value', 'unit', 'baseline', 'against', 'ratio', 'RSS MB'],
    results.map((result) => [
      result.name,
      result.value,
      result.unit,
      result.baseline,
      result.baselineName,
      result.ratio,
      result.rssMb,
    ]),
  );
}
for (const { name, reason } of leftOut) output.warn(`${name} was left out: ${reason}`);
rmSync(location.cwd, { recursive: true, force: true });
process.exitCode = failed ? 1 : 0;

async function measure(bench: Bench): Promise<void> {
  const progress = output.progress(bench.name);
  const deadline = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(new Error(`not done after ${DEADLINE_MS / 60_000} minutes`)),
    DEADLINE_MS,
  );
  try {
    const { signal } = deadline;
    const run = async () =>
      bench.run({
        env: bench.stack ? await stackVariables() : {},
        note: (text) => progress.update(text),
        signal,
      });
    const measured = await Promise.race([
      run(),
      once(signal, 'abort').then(() => Promise.reject(signal.reason)),
    ]);
    results.push(row(bench, measured));
    progress.done();
  } catch (error) {
    failed = true;
    progress.fail(error instanceof Error ? error.message : String(error));
    endServices();
  } finally {
    clearTimeout(timer);
  }
}

function stackVariables(): Promise<Readonly<Record<string, string>>> {
  stack ??= startStack({ ...location, project: 'healthmon-local', tethered: true }).then(async () => ({
    ...(await stackEnv(location)),
    HEALTHMON_BENCH_CWD: location.cwd,
  }));
  return stack;
}

async function endStack(): Promise<void> {
  if (stack === undefined) return;
  stack = undefined;
  await resetStack(location);
}

function row(
  bench: Bench,
  { value, baseline, rssMb, baselineName }: Measurement,
): Record<string, string | number> {
  // 1 or more always means "as good as the baseline or better".
  const ratio = bench.unit.includes('/s') ? value / baseline : baseline / value;
  return {
    name: bench.name,
    value: round(value),
    unit: bench.unit,
    baseline: round(baseline),
    baselineName: baselineName ?? bench.baselineName,
    ratio: Number(ratio.toFixed(3)),
    rssMb: Math.round(rssMb),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
