import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Config } from '../src/config/config.js';
import { type BigtableRow, bigtablePort } from '../src/gcp/bigtable/port.js';
import type { GoogleClients } from '../src/gcp/clients.js';
import { rowKeyOf, VITALS } from '../src/pipeline/stream/reading.js';
import { bigtableTables } from '../src/schema/bigtable-columns.js';
import { patientVitalsSchema } from '../src/schema/read-table-schema.js';
import type { ServerInput } from './dashboard-server.js';
import type { Bench, BenchContext, Measurement } from './registry.js';
import { type OwnService, running, startScript } from './services.js';
import { createVitalsTarget } from './vitals-target.js';

const PATIENTS = 1_000;
/** Of each patient, five minutes apart, for the course of the twelve hours before. */
const READINGS = 12;
const STEP_MS = 5 * 60_000;
const INTERVAL_MS = 1_000;
const WAIT_MS = 60_000;
const TICKS = 9;
const PAINTS = 15;
/** What is stored in one request. */
const ROWS_PER_REQUEST = 1_000;

/** What a tick and a first look may take. */
const TARGET = { paintMs: 500, tickCpuMs: 100, tickKilobytes: 50 } as const;

export const benches: readonly Bench[] = [
  {
    name: 'dashboard.first_paint',
    unit: 'ms',
    baselineName: `asked for, with ${PATIENTS} patients`,
    stack: true,
    run: (context) => onWard(context, TARGET.paintMs, async ({ open }) => median(await times(PAINTS, open))),
  },
  {
    name: 'dashboard.tick',
    unit: 'ms of CPU',
    baselineName: `asked for, with new vitals of all ${PATIENTS} patients`,
    stack: true,
    run: (context) =>
      onWard(context, TARGET.tickCpuMs, async (ward) =>
        median((await ticks(ward)).map(({ cpuMs }) => cpuMs)),
      ),
  },
  {
    name: 'dashboard.tick_size',
    unit: 'kB',
    baselineName: `asked for, with new vitals of all ${PATIENTS} patients`,
    stack: true,
    run: (context) =>
      onWard(context, TARGET.tickKilobytes, async (ward) =>
        median((await ticks(ward)).map(({ bytes }) => bytes / 1_000)),
      ),
  },
];

interface Ward {
  url: string;
  cookie: string;
  server: OwnService;
  /** Stores a reading of every patient, the same number of minutes after the last. */
  advance(): Promise<void>;
  /** Milliseconds until the page of the ward is there. */
  open(): Promise<number>;
}

/** Measures on a dashboard in a process of its own, over a ward on the Bigtable of the stack. */
async function onWard(
  context: BenchContext,
  baseline: number,
  measure: (ward: Ward) => Promise<number>,
): Promise<Measurement> {
  const { config, clients } = await createVitalsTarget(context);
  try {
    const advance = await wardOf(config, clients);
    for (let reading = 0; reading < READINGS; reading += 1) await advance();
    const token = randomUUID();
    return await running(
      () => startServer(context, config, token),
      async (server) => {
        const url = `http://${server.endpoint}`;
        const welcome = await fetch(`${url}/?t=${token}`, { redirect: 'manual' });
        const cookie = welcome.headers.get('set-cookie')!.split(';')[0]!;
        const open = async () => {
          const startedMs = performance.now();
          const page = await (await fetch(`${url}/`, { headers: { cookie } })).text();
          if (!page.includes('NEWS2')) throw new Error('the page of the ward shows no ward');
          return performance.now() - startedMs;
        };
        // Compiled, connected, and with all courses there.
        await times(PAINTS, open);
        const value = await measure({ url, cookie, server, advance, open });
        return { value, baseline, rssMb: server.peakRssMb() };
      },
    );
  } finally {
    await clients.close();
  }
}

/** @returns what stores the next reading of every patient. */
async function wardOf(config: Config, clients: GoogleClients): Promise<Ward['advance']> {
  const tables = bigtableTables(patientVitalsSchema(), config.bigtable);
  const now = await bigtablePort(clients, config, tables.now);
  const vitals = await bigtablePort(clients, config, tables.vitals);
  let atMs = Date.now() - READINGS * STEP_MS;
  let turn = 0;
  return async () => {
    atMs += STEP_MS;
    turn += 1;
    const rows = Array.from({ length: PATIENTS }, (_, patient) => readingOf(patient, turn, atMs));
    for (const [port, keyed] of [
      [vitals, rows.map(({ row, key }) => ({ ...row, key }))],
      [now, rows.map(({ row }) => row)],
    ] as const) {
      for (let from = 0; from < keyed.length; from += ROWS_PER_REQUEST) {
        await port.mutateRows(keyed.slice(from, from + ROWS_PER_REQUEST));
      }
    }
  };
}

async function startServer({ env }: BenchContext, config: Config, token: string): Promise<OwnService> {
  const folder = mkdtempSync(join(tmpdir(), 'healthmon-bench-dashboard-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const input: ServerInput = {
    flags: {
      'bigtable.table': config.bigtable.table,
      'bigtable.nowTable': config.bigtable.nowTable,
      'bigquery.dataset': config.bigquery.dataset,
    },
    env,
    intervalMs: INTERVAL_MS,
    tokenFile,
  };
  const script = fileURLToPath(new URL('./dashboard-server.js', import.meta.url));
  return startScript(process.execPath, [script, JSON.stringify(input)], () =>
    rmSync(folder, { recursive: true, force: true }),
  );
}

/** What a patient's reading of a turn is as a row of newest values, and its key among all readings. */
function readingOf(patient: number, turn: number, eventTimeMs: number): { row: BigtableRow; key: string } {
  const patientId = String(patient + 1);
  const cells = VITALS.flatMap((vital, index) => {
    if (!vital.required) return [];
    const range = vital.maximum - vital.minimum;
    const value = Math.round(vital.minimum + range * (0.4 + 0.02 * ((patient * 7 + turn * 3 + index) % 11)));
    return [{ qualifier: Buffer.from(vital.qualifier), value: Buffer.from(String(value)) }];
  });
  const key = rowKeyOf({ patientId, deviceId: '', eventTimeMs, values: [] });
  return { row: { key: patientId, timestampMs: eventTimeMs, cells }, key };
}

interface Tick {
  /** Of the server, from the change to what is sent of it. */
  cpuMs: number;
  bytes: number;
}

/** What the server takes, and sends, for the ticks after every patient has new vitals. */
async function ticks({ url, cookie, server, advance }: Ward): Promise<Tick[]> {
  const stream = await fetch(`${url}/live?view=%2F`, { headers: { cookie } });
  const reader = stream.body!.getReader();
  let sentBytes = 0;
  const received = (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read())
      sentBytes += part.value.length;
  })().catch(() => undefined);
  const measured: Tick[] = [];
  while (measured.length < TICKS) {
    // The page as a whole, and what was read while rows were written, are no tick's.
    await delay(2 * INTERVAL_MS);
    const sentBefore = sentBytes;
    await advance();
    const before = server.cpuMicroseconds();
    const deadlineMs = Date.now() + WAIT_MS;
    while (sentBytes - sentBefore < PATIENTS) {
      if (Date.now() > deadlineMs) throw new Error('the page does not show what was stored');
      await delay(INTERVAL_MS / 10);
    }
    // The first read after the change shows it; the rest of what it sends is on its way.
    await delay(INTERVAL_MS / 4);
    const cpuMs = (server.cpuMicroseconds() - before) / 1_000;
    measured.push({ cpuMs, bytes: sentBytes - sentBefore });
  }
  await reader.cancel();
  await received;
  return measured;
}

async function times(count: number, run: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  while (values.length < count) values.push(await run());
  return values;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
