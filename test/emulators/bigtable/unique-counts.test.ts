import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hllExtract, hllInit } from '../../../src/emulators/googlesql/values/hll.js';
import type { Json } from '../../helpers/message-client.js';
import { startEmbedded } from './backends.js';
import { b } from './bigtable-client.js';

const UNIQUE = { valueType: { aggregateType: { inputType: { int64Type: {} }, hllppUniqueCount: {} } } };

let dataDir: string;
let server: Awaited<ReturnType<typeof startEmbedded>>;
let table: string;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'healthmon-unique-'));
  server = await startEmbedded({ dataDir });
  table = await server.client.createTable({ u: UNIQUE });
});
afterEach(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const cell = (input: Json) => ({
  familyName: 'u',
  columnQualifier: { rawValue: b('q') },
  timestamp: { rawTimestampMicros: '1000' },
  input,
});
const add = (intValue: number): Json => ({ addToCell: cell({ intValue }) });
const merge = (sketch: Uint8Array): Json => ({ mergeToCell: cell({ rawValue: Buffer.from(sketch) }) });
const mutate = (...mutations: Json[]) =>
  server.client.data('MutateRow', table, { rowKey: b('r'), mutations });
const sketchOf = (from: number, to: number, precision = 15n) =>
  hllInit(
    Array.from({ length: to - from }, (_, index) => BigInt(from + index)),
    BigInt(to - from),
    precision,
  );

/** What HLL_COUNT.EXTRACT makes of the only cell. */
async function estimate(): Promise<number> {
  const rows = await server.client.read(table);
  const [line] = 'ok' in rows ? rows.ok : [];
  return Number(hllExtract([b(line!.slice(line!.indexOf('=') + 1))], 'the test'));
}

test('counts what is distinct, and after a restart too', async () => {
  await mutate(add(1), add(2), add(2));
  await mutate(add(-3), add(1));
  expect(await estimate()).toBe(3);
  await server.stop();
  server = await startEmbedded({ dataDir });
  expect(await estimate()).toBe(3);
  await mutate(add(3), add(-3));
  expect(await estimate()).toBe(4);
});

test('merges sketches of other engines, small and large', async () => {
  await mutate(add(1), merge(sketchOf(0, 10)));
  expect(await estimate()).toBe(10);
  await mutate(merge(sketchOf(5, 40_000)), add(40_001));
  expect(Math.abs((await estimate()) / 40_001 - 1)).toBeLessThan(0.02);
});

test.each([
  ['no sketch', b('a')],
  ['an integer', b('\0\0\0\0\0\0\0\x01')],
  ['a sketch that cannot be merged', sketchOf(0, 3, 12n)],
  ['half a sketch', sketchOf(0, 3).subarray(0, 12)],
  ['a number without an end', Buffer.alloc(1024 * 1024, 0x80)],
])('refuses %s as a state, and changes nothing', async (_, bytes) => {
  await mutate(add(7));
  const refused = await mutate(add(8), merge(bytes));
  expect(refused).toMatchObject({
    code: 3,
    text: expect.stringContaining('HyperLogLog++ sketch of precision 15'),
  });
  expect(await estimate()).toBe(1);
});
