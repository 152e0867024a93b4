import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { type BigtableClient, b } from './bigtable-client.js';
import { type EmulatorProcess, startProcess } from './emulator-process.js';

let dataDir: string;
let running: EmulatorProcess | undefined;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'healthmon-bigtable-'));
});
afterEach(async () => {
  await end();
  rmSync(dataDir, { recursive: true, force: true });
});

async function end(writers: readonly Promise<string[]>[] = []): Promise<string[]> {
  await running?.kill('SIGKILL');
  const acknowledged = (await Promise.all(writers)).flat();
  running?.client.close();
  running = undefined;
  return acknowledged;
}

const ROWS_PER_REQUEST = 50;
const COLUMNS = ['a', 'b', 'c'];

/** Every row has the same text in three columns, so that a part of one can be told. */
function entriesOf(writer: number, request: number) {
  return Array.from({ length: ROWS_PER_REQUEST }, (_, row) => {
    const text = `w${writer}-${request}-${row}`;
    return {
      rowKey: b(text),
      mutations: COLUMNS.map((qualifier) => ({
        setCell: { familyName: 'f', columnQualifier: b(qualifier), timestampMicros: '1000', value: b(text) },
      })),
    };
  });
}

/**
 * Writes until the server is gone. @returns the keys that were acknowledged.
 *
 * @param begun called once rows are acknowledged
 */
async function writeUntilDeath(
  client: BigtableClient,
  table: string,
  writer: number,
  begun: () => void,
): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let request = 0; ; request++) {
    const entries = entriesOf(writer, request);
    const outcome = await client.data('MutateRows', table, { entries });
    if (!('ok' in outcome)) return acknowledged;
    acknowledged.push(...entries.map(({ rowKey }) => rowKey.toString()));
    begun();
  }
}

async function rowsOf(client: BigtableClient, table: string): Promise<Map<string, string[]>> {
  const outcome = await client.read(table);
  if (!('ok' in outcome)) throw new Error(outcome.text);
  const rows = new Map<string, string[]>();
  for (const line of outcome.ok) {
    const key = line.split(' ')[0]!;
    rows.set(key, [...(rows.get(key) ?? []), line]);
  }
  return rows;
}

it.each([1, 2, 3])(
  'kill -9: what was acknowledged is there, and every row is whole (seed %i)',
  async (seed) => {
    const random = createRandom(seed);
    running = await startProcess(dataDir);
    const table = await running.client.createTable({ f: {} });
    const acknowledged = new Set<string>();
    for (let life = 0; life < 3; life++) {
      let writers: Promise<string[]>[] = [];
      const begun = new Promise<void>((resolve) => {
        writers = [0, 1, 2].map((writer) =>
          writeUntilDeath(running!.client, table, 10 * life + writer, resolve),
        );
      });
      await Promise.race([begun, ...writers]);
      await sleep(random.uniform() * 400);
      await end();
      for (const keys of await Promise.all(writers)) for (const key of keys) acknowledged.add(key);
      running = await startProcess(dataDir);
    }
    const rows = await rowsOf(running.client, table);
    expect([...acknowledged].filter((key) => !rows.has(key))).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(0);
    for (const [key, lines] of rows) {
      expect(lines).toEqual(COLUMNS.map((qualifier) => `${key} f:${qualifier}@1000=${key}`));
    }
  },
);

it('a torn journal: the request at its end is gone as a whole, and what comes before it is there', async () => {
  running = await startProcess(dataDir);
  const table = await running.client.createTable({ f: {} });
  for (const request of [0, 1])
    await running.client.must('google.bigtable.v2.Bigtable/MutateRows', {
      tableName: table,
      entries: entriesOf(0, request),
    });
  await end();
  const journal = join(dataDir, 'bigtable.journal');
  const { length } = readFileSync(journal);
  truncateSync(journal, length - 7);
  running = await startProcess(dataDir);
  const rows = await rowsOf(running.client, table);
  expect(rows.size).toBe(ROWS_PER_REQUEST);
  expect([...rows.keys()].every((key) => key.startsWith('w0-0-'))).toBe(true);
});

it('a flipped bit: the record that has it, and all that follow, are left out', async () => {
  running = await startProcess(dataDir);
  const table = await running.client.createTable({ f: {} });
  await running.client.must('google.bigtable.v2.Bigtable/MutateRows', {
    tableName: table,
    entries: entriesOf(0, 0),
  });
  await end();
  const journal = join(dataDir, 'bigtable.journal');
  const bytes = readFileSync(journal);
  bytes[bytes.length - 100]! ^= 1;
  writeFileSync(journal, bytes);
  running = await startProcess(dataDir);
  expect(await running.client.read(table)).toEqual({ ok: [] });
});
