import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import type { v2 } from '@google-cloud/bigtable';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowReader } from '../../../../src/gcp/bigtable/row-reader.js';
import { readRows } from '../../../../src/gcp/bigtable/rows.js';
import { GRPC } from '../../../../src/gcp/google-errors.js';

interface Chunk {
  rowKey?: Buffer;
  familyName?: { value: string };
  qualifier?: { value: Buffer };
  timestampMicros?: number;
  labels?: string[];
  value?: Buffer;
  valueSize?: number;
  resetRow?: boolean;
  commitRow?: boolean;
}

/** The messages that Google generates from `bigtable.proto`, as the client ships them. */
const { google } = createRequire(import.meta.url)('@google-cloud/bigtable/build/protos/protos.js') as {
  google: {
    bigtable: {
      v2: {
        ReadRowsResponse: {
          encode(message: object): { finish(): Uint8Array };
          fromObject(message: object): object;
        };
      };
    };
  };
};

function answer(...chunks: Chunk[]): Buffer {
  const { ReadRowsResponse } = google.bigtable.v2;
  return Buffer.from(ReadRowsResponse.encode(ReadRowsResponse.fromObject({ chunks })).finish());
}

const cell = fc.record({
  family: fc.string({ minLength: 1, maxLength: 10 }),
  qualifier: fc.string({ maxLength: 10 }),
  timestampMs: fc.integer({ min: 0, max: 7_258_118_400_000 }),
  value: fc.uint8Array({ maxLength: 40 }).map((content) => Buffer.from(content)),
});
const rows = fc.uniqueArray(
  fc.record({
    key: fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
    cells: fc.array(cell, { minLength: 1, maxLength: 6 }),
  }),
  { selector: ({ key }) => key, maxLength: 8 },
);
type Rows = typeof rows extends fc.Arbitrary<infer Row> ? Row : never;

/** Chunks of rows, with values cut in two and rows that are begun again, by the choice of `chance`. */
function chunksOf(given: Rows, chance: () => boolean): Chunk[] {
  const chunks: Chunk[] = [];
  for (const { key, cells } of given) {
    if (chance()) {
      chunks.push(...cellChunks(Buffer.from(key), cells[0]!, undefined, chance), { resetRow: true });
    }
    cells.forEach((each, index) => {
      const rowKey = index === 0 || chance() ? Buffer.from(key) : undefined;
      chunks.push(...cellChunks(rowKey, each, index === 0 ? undefined : cells[index - 1], chance));
    });
    chunks.at(-1)!.commitRow = true;
  }
  return chunks;
}

function cellChunks(
  rowKey: Buffer | undefined,
  { family, qualifier, timestampMs, value }: Rows[0]['cells'][0],
  before: Rows[0]['cells'][0] | undefined,
  chance: () => boolean,
): Chunk[] {
  const isSameFamily = before?.family === family;
  const head: Chunk = {
    ...(rowKey && { rowKey }),
    ...((!isSameFamily || chance()) && {
      familyName: { value: family },
      qualifier: { value: Buffer.from(qualifier) },
    }),
    timestampMicros: timestampMs * 1000,
    labels: chance() ? ['label'] : [],
  };
  if (isSameFamily && before.qualifier !== qualifier) head.qualifier = { value: Buffer.from(qualifier) };
  if (value.length < 2 || chance()) return [{ ...head, value }];
  const middle = Math.floor(value.length / 2);
  return [
    { ...head, value: value.subarray(0, middle), valueSize: value.length },
    { value: value.subarray(middle) },
  ];
}

describe('the rows of an answer', () => {
  it('are those that were sent, however they are cut into chunks and messages', () => {
    fc.assert(
      fc.property(rows, fc.infiniteStream(fc.boolean()), (given, chances) => {
        const chance = () => chances.next().value as boolean;
        const reader = new RowReader();
        let message: Chunk[] = [];
        for (const chunk of chunksOf(given, chance)) {
          message.push(chunk);
          if (chance()) continue;
          reader.push(answer(...message));
          message = [];
        }
        reader.push(answer(...message));
        reader.end();
        expect(reader.rows).toEqual(given);
        expect(reader.lastKey).toBe(given.at(-1)?.key);
      }),
      { numRuns: 300 },
    );
  });

  const whole: Chunk = {
    rowKey: Buffer.from('7'),
    familyName: { value: 'vitals' },
    qualifier: { value: Buffer.from('heart_rate') },
    timestampMicros: 1_000,
    value: Buffer.from('81'),
  };
  const { rowKey: _key, ...keyless } = whole;
  const { familyName: _family, ...familyless } = whole;
  it.each([
    ['a row without a key', [keyless]],
    ['a cell without a family', [familyless]],
    ['a row within another', [whole, { ...whole, rowKey: Buffer.from('8') }]],
    ['a family without a qualifier', [whole, { familyName: { value: 'alerts' }, value: Buffer.from('1') }]],
    ['a row that ends within a cell', [{ ...whole, valueSize: 9, commitRow: true }]],
  ] as const)('are not made of %s', (_name, chunks) => {
    expect(() => new RowReader().push(answer(...chunks))).toThrow(/row|cell/);
  });

  it('are not what an answer begins and does not end', () => {
    const reader = new RowReader();
    reader.push(answer(whole));
    expect(() => reader.end()).toThrow('within a row');
  });
});

describe('a read that breaks off', () => {
  const row = (key: string, rest: Chunk = { commitRow: true }) => ({
    rowKey: Buffer.from(key),
    familyName: { value: 'vitals' },
    qualifier: { value: Buffer.from('heart_rate') },
    value: Buffer.from('81'),
    ...rest,
  });
  const failing = (code: number) => Object.assign(new Error('broken off'), { code });

  interface Request {
    rows: { rowRanges: { startKeyClosed?: Buffer; startKeyOpen?: Buffer; endKeyOpen?: Buffer }[] };
    rowsLimit: number;
  }

  /** A client whose calls answer one after the other, each with messages and how it ends. */
  function clientOf(...calls: (readonly [messages: Buffer[], error?: Error])[]) {
    const requests: Request[] = [];
    const client = {
      readRows(request: Request) {
        const [messages, error] = calls[requests.length]!;
        requests.push(request);
        return Readable.from(
          (async function* () {
            yield* messages;
            if (error !== undefined) throw error;
          })(),
        );
      },
    };
    return { client: client as unknown as v2.BigtableClient, requests };
  }

  it('goes on after the last row that came as a whole', async () => {
    const { client, requests } = clientOf(
      [[answer(row('a'), row('b')), answer(row('c', {}))], failing(GRPC.unavailable)],
      [[answer(row('c'), row('d'))]],
    );
    const found = await readRows(client, 'table', [{ start: 'a', end: 'm' }], { limit: 10 });
    expect(found.map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd']);
    expect(requests.map(({ rowsLimit }) => rowsLimit)).toEqual([10, 8]);
    expect(requests.map(({ rows: { rowRanges } }) => rowRanges)).toEqual([
      [{ startKeyClosed: Buffer.from('a'), endKeyOpen: Buffer.from('m') }],
      [{ startKeyOpen: Buffer.from('b'), endKeyOpen: Buffer.from('m') }],
    ]);
  });

  it('asks only for the ranges that are left, by the bytes of their keys', async () => {
    const ranges = [
      { start: '\u{1f600}', end: '\u{1f601}' },
      { start: '\uffee', end: '\uffef' },
      { start: 'a', end: 'b' },
      { start: '\u{1f600}x', end: '' },
    ];
    const { client, requests } = clientOf(
      [[answer(row('a'), row('\uffee1'))], failing(GRPC.unavailable)],
      [[]],
    );
    await readRows(client, 'table', ranges, { limit: 10 });
    expect(requests[1]!.rows.rowRanges).toEqual([
      { startKeyClosed: Buffer.from('\u{1f600}'), endKeyOpen: Buffer.from('\u{1f601}') },
      { startKeyOpen: Buffer.from('\uffee1'), endKeyOpen: Buffer.from('\uffef') },
      { startKeyClosed: Buffer.from('\u{1f600}x') },
    ]);
  });

  it('ends when all ranges or as many rows as were asked for had come', async () => {
    const inTime = clientOf([[answer(row('a'), row('b'))], failing(GRPC.unavailable)]);
    await expect(readRows(inTime.client, 't', [{ start: '', end: '' }], { limit: 2 })).resolves.toHaveLength(
      2,
    );
    const passed = clientOf([[answer(row('a'))], failing(GRPC.unavailable)]);
    await expect(
      readRows(passed.client, 't', [{ start: 'a', end: 'a\0' }], { limit: 9 }),
    ).resolves.toHaveLength(1);
  });

  it('fails at once when another call would fail alike', async () => {
    const { client, requests } = clientOf([[answer(row('a'))], failing(GRPC.notFound)]);
    await expect(readRows(client, 't', [{ start: '', end: '' }], { limit: 2 })).rejects.toThrow('broken off');
    expect(requests).toHaveLength(1);
  });

  it('fails when an answer makes no rows', async () => {
    const { client } = clientOf([[answer(row('a', {}))]]);
    await expect(readRows(client, 't', [{ start: '', end: '' }], { limit: 2 })).rejects.toThrow(
      'within a row',
    );
  });
});
