import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbedded } from './backends.js';
import { type BigtableClient, b, TABLES } from './bigtable-client.js';
import { type ReadRowsResponse, validateChunks } from './chunk-validator.js';

const DATA = 'google.bigtable.v2.Bigtable';
let client: BigtableClient;
let stop: () => Promise<void>;
let draws: number[] = [];
beforeAll(async () => {
  const surroundings = { random: () => draws.shift() ?? 0.99 };
  ({ client, stop } = await startEmbedded({ surroundings }));
});
afterAll(() => stop());

async function responses(tableName: string, request: object = {}): Promise<ReadRowsResponse[]> {
  return (await client.must(`${DATA}/ReadRows`, { tableName, ...request })) as ReadRowsResponse[];
}

describe('the answer to a read', () => {
  it('has many rows in each message', async () => {
    const table = await client.createTable({ f: {} });
    await client.write(
      table,
      Array.from({ length: 5000 }, (_, row) => `r${10_000 + row} f:q=${'v'.repeat(100)}`),
    );
    const messages = await responses(table);
    expect(validateChunks(messages)).toHaveLength(5000);
    expect(messages.length).toBeLessThan(5);
  });

  it('splits values so that no message comes near 4 MiB, and names the whole size before the last piece', async () => {
    const table = await client.createTable({ f: {} });
    const values = [3_500_000, 1_048_576, 1_048_577, 0].map((length, at) => Buffer.alloc(length, 97 + at));
    for (const [at, value] of values.entries()) {
      const setCell = { familyName: 'f', columnQualifier: b(`q${at}`), timestampMicros: '1000', value };
      await client.must(`${DATA}/MutateRow`, {
        tableName: table,
        rowKey: b('big'),
        mutations: [{ setCell }],
      });
    }
    await client.write(table, ['c f:q=next']);
    const messages = await responses(table);
    const [big, next] = validateChunks(messages);
    expect(big!.cells.map(({ value }) => value.length)).toEqual(values.map(({ length }) => length));
    expect(big!.cells.every(({ value }, at) => value.equals(values[at]!))).toBe(true);
    expect(next!.key.toString()).toBe('c');
    const sizes = messages.map(({ chunks = [] }) =>
      chunks.reduce((bytes, { value }) => bytes + (value?.length ?? 0), 0),
    );
    expect(Math.max(...sizes)).toBeLessThan(2_500_000);
  });

  it('comes with statistics when they are asked for, and says how much was looked at', async () => {
    const table = await client.createTable({ f: {} });
    await client.write(table, ['a f:p=1', 'a f:q=2', 'b f:q=3', 'c f:r=4']);
    const filter = { columnQualifierRegexFilter: b('q') };
    const messages = await responses(table, { filter, requestStatsView: 'REQUEST_STATS_FULL' });
    expect(messages.at(-1)!.requestStats).toMatchObject({
      fullReadStatsView: {
        readIterationStats: {
          rowsSeenCount: '3',
          rowsReturnedCount: '2',
          cellsSeenCount: '4',
          cellsReturnedCount: '2',
        },
      },
    });
    expect((await responses(table, { filter })).some(({ requestStats }) => requestStats)).toBe(false);
  });

  it('has the rows that a sample draws', async () => {
    const table = await client.createTable({ f: {} });
    await client.write(table, ['a f:q=1', 'b f:q=2', 'c f:q=3', 'd f:q=4']);
    draws = [0.2, 0.3, 0.1, 0.25];
    const outcome = await client.read(table, { filter: { rowSampleFilter: 0.25 } });
    expect(outcome).toEqual({ ok: ['a f:q@1000=1', 'c f:q@1000=3'] });
  });

  it('has every row once when rows are written and removed meanwhile', async () => {
    const table = await client.createTable({ f: {} });
    const key = (row: number) => `r${100_000 + row}`;
    const kept = Array.from({ length: 3000 }, (_, row) => key(2 * row));
    await client.write(
      table,
      kept.map((each) => `${each} f:q=${'v'.repeat(1000)}`),
    );
    const changing = (async () => {
      for (let row = 1; row < 3000; row += 60) {
        await client.write(table, [`${key(row)} f:q=other`]);
        await client.must(`${DATA}/MutateRow`, {
          tableName: table,
          rowKey: b(key(row)),
          mutations: [{ deleteFromRow: {} }],
        });
      }
    })();
    const [messages] = await Promise.all([responses(table), changing]);
    const keys = new Set(validateChunks(messages).map((row) => row.key.toString()));
    expect(kept.filter((each) => !keys.has(each))).toEqual([]);
  });
});

describe('sampling row keys', () => {
  it('gives the keys that the table was split by, sorted, and an empty one for its end', async () => {
    const table = await client.createTable(
      { f: {} },
      { initialSplits: [{ key: b('m') }, { key: b('c') }, { key: b('c') }] },
    );
    await client.write(table, ['a f:q=12345', 'd f:q=12345', 'x f:q=12345']);
    const samples = await client.must(`${DATA}/SampleRowKeys`, { tableName: table });
    expect(samples.map(({ rowKey }) => (rowKey as Buffer | undefined)?.toString() ?? '')).toEqual([
      'c',
      'm',
      '',
    ]);
    const offsets = samples.map(({ offsetBytes }) => Number(offsetBytes ?? 0));
    expect(offsets).toEqual([6, 12, 18]);
  });

  it('divides a table that was not split', async () => {
    const table = await client.createTable({ f: {} });
    await client.write(
      table,
      Array.from({ length: 300 }, (_, row) => `r${100 + row} f:q=${'v'.repeat(20_000)}`),
    );
    const samples = await client.must(`${DATA}/SampleRowKeys`, { tableName: table });
    expect(samples.length).toBeGreaterThan(4);
    expect(samples.length).toBeLessThan(8);
  });
});

it('lists tables page by page', async () => {
  const parent = 'projects/p/instances/paged';
  for (const tableId of ['c', 'a', 'b'])
    await client.must(`${TABLES}/CreateTable`, { parent, tableId, table: {} });
  const names: string[] = [];
  let pageToken = '';
  do {
    const [page] = await client.must(`${TABLES}/ListTables`, { parent, pageSize: 2, pageToken });
    names.push(...(page!.tables as { name: string }[]).map(({ name }) => name.split('/').at(-1)!));
    pageToken = String(page!.nextPageToken ?? '');
  } while (pageToken !== '');
  expect(names).toEqual(['a', 'b', 'c']);
  expect(await client.call(`${TABLES}/ListTables`, { parent, pageToken: 'nonsense' })).toMatchObject({
    code: 3,
  });
});
