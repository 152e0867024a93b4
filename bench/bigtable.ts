import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Table } from '@google-cloud/bigtable';
import { resolveConfig } from '../src/config/config.js';
import { createGoogleClients } from '../src/gcp/clients.js';
import { bareMutating, bareReading } from './bare-grpc.js';
import type { Bench, BenchContext, Measurement } from './registry.js';
import { missingCbt, type OwnService, restartOf, withBoth } from './services.js';

const ROWS = 20_000;
/** The program itself takes half a second to start. */
const IMPORT_ROWS = 200_000;
const RESTART = { rows: 1_000_000, targetMs: 3_000 } as const;
const ROWS_PER_REQUEST = 1000;
const REQUESTS_AT_ONCE = 4;
/** The client is that of the local target, whose project it is. */
const PROJECT = 'healthmon-local';
const COLUMNS = ['temperature_c', 'systolic', 'diastolic', 'heart_rate'];
/** Of alternating measurements; the best of each counts, and the first are for the compilers. */
const ROUNDS = 6;

export const benches: readonly Bench[] = [
  {
    name: 'bigtable.mutate_rows',
    unit: 'rows/s',
    baselineName: "Google's emulator, same client",
    run: (context) => compare(context, mutateRows, bareWrites),
  },
  {
    // As fast as the service is: the client above takes most of its time for itself.
    name: 'bigtable.mutate_rows_bare',
    unit: 'rows/s',
    baselineName: "Google's emulator, same bare client",
    run: (context) => compare(context, bareWrites, bareWrites),
  },
  {
    name: 'bigtable.read_rows',
    unit: 'rows/s',
    baselineName: "Google's emulator, same client",
    run: (context) => compare(context, readRows, bareReads),
  },
  {
    // As with writes: the client above is busy for most of the time, whatever it reads from.
    name: 'bigtable.read_rows_bare',
    unit: 'rows/s',
    baselineName: "Google's emulator, same bare client",
    run: (context) => compare(context, bareReads, bareReads),
  },
  {
    name: 'bigtable.cbt_import',
    unit: 'rows/s',
    baselineName: "Google's emulator, same client",
    missing: missingCbt,
    run: (context) => compare(context, cbtImport, bareWrites),
  },
  {
    name: 'bigtable.restart',
    unit: 'ms',
    baselineName: `asked for, with ${RESTART.rows} rows of ${COLUMNS.length} cells`,
    run: restart,
  },
];

async function restart(context: BenchContext): Promise<Measurement> {
  const write = (service: OwnService) =>
    withTable(service, (table) => insert(table, vitals(RESTART.rows)), { keep: true });
  return { ...(await restartOf('bigtable', write, context)), baseline: RESTART.targetMs };
}

/** @returns rows per second. */
type Measure = (target: OwnService) => Promise<number>;

/** Google's emulator is the baseline, or a bare loop on ours where that is not installed. */
async function compare(context: BenchContext, measure: Measure, bare: Measure): Promise<Measurement> {
  return withBoth('bigtable', async (ours, official) => {
    const best: Measurement = { value: 0, baseline: 0, rssMb: 0 };
    if (official === undefined) best.baselineName = "bare loop, for Google's emulator is not installed";
    for (let round = 0; round < ROUNDS; round++) {
      context.signal.throwIfAborted();
      context.note(`round ${round + 1}`);
      // The client gets faster from one measurement to the next: neither is always the first.
      const measureOurs = async () => {
        best.value = Math.max(best.value, await measure(ours));
      };
      const measureBaseline = async () => {
        best.baseline = Math.max(best.baseline, await (official ? measure(official) : bare(ours)));
      };
      for (const run of round % 2 === 0 ? [measureBaseline, measureOurs] : [measureOurs, measureBaseline]) {
        await run();
      }
      best.rssMb = ours.peakRssMb();
    }
    return best;
  });
}

async function mutateRows(target: OwnService): Promise<number> {
  return withTable(target, async (table) => {
    const rows = vitals();
    const started = performance.now();
    await insert(table, rows);
    return (ROWS / (performance.now() - started)) * 1000;
  });
}

async function readRows(target: OwnService): Promise<number> {
  return withTable(target, async (table) => {
    await insert(table, vitals());
    const started = performance.now();
    let rows = 0;
    for await (const _row of table.createReadStream()) rows++;
    if (rows !== ROWS) throw new Error(`${rows} rows were read`);
    return (ROWS / (performance.now() - started)) * 1000;
  });
}

function bareWrites(target: OwnService): Promise<number> {
  return withTable(target, (table) =>
    bareMutating(
      target.endpoint,
      table.name,
      vitals().map(({ key, data }) => ({ key, cells: data.f })),
      ROWS_PER_REQUEST,
    ),
  );
}

function bareReads(target: OwnService): Promise<number> {
  return withTable(target, async (table) => {
    await insert(table, vitals());
    return bareReading(target.endpoint, table.name, ROWS);
  });
}

async function cbtImport(target: OwnService): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'healthmon-cbt-'));
  try {
    const lines = [`,${COLUMNS.map(() => 'f').join()}`, `,${COLUMNS.join()}`];
    for (const { key, data } of vitals(IMPORT_ROWS)) lines.push([key, ...Object.values(data.f)].join());
    const file = join(folder, 'rows.csv');
    writeFileSync(file, `${lines.join('\n')}\n`);
    return await withTable(target, async (table) => {
      const started = performance.now();
      await promisify(execFile)('cbt', ['-project', PROJECT, '-instance', 'i', 'import', table.id, file], {
        env: { ...process.env, BIGTABLE_EMULATOR_HOST: target.endpoint },
        timeout: 120_000,
      });
      return (IMPORT_ROWS / (performance.now() - started)) * 1000;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let serial = 0;

/** A table of its own with the family `f`. */
export async function withTable<T>(
  target: OwnService,
  use: (table: Table) => Promise<T>,
  { keep = false } = {},
): Promise<T> {
  const config = resolveConfig({ flags: {}, env: {}, cwd: tmpdir() });
  const clients = createGoogleClients(config, () => target, process.env);
  try {
    const bigtable = await clients.bigtable();
    const [table] = await bigtable.instance('i').createTable(`bench-${++serial}`, { families: ['f'] });
    try {
      return await use(table);
    } finally {
      if (!keep) await table.delete();
    }
  } finally {
    await clients.close();
  }
}

interface VitalsRow {
  key: string;
  data: { f: Record<string, string> };
}

function vitals(count = ROWS): VitalsRow[] {
  return Array.from({ length: count }, (_, row) => ({
    key: `${row % 200}#${String(9_999_999_999_999 - row * 1000)}`,
    data: {
      f: Object.fromEntries(COLUMNS.map((column, at) => [column, String(60 + ((row * 7 + at) % 80))])),
    },
  }));
}

async function insert(table: Table, rows: readonly VitalsRow[]): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < rows.length) {
      const batch = rows.slice(next, next + ROWS_PER_REQUEST);
      next += ROWS_PER_REQUEST;
      await table.insert(batch);
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work));
}
