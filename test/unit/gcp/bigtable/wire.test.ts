import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BigtableRow } from '../../../../src/gcp/bigtable/port.js';
import { encodeMutateRows } from '../../../../src/gcp/bigtable/wire.js';

/** The messages that Google generates from `bigtable.proto`, as the client ships them. */
const { google } = createRequire(import.meta.url)('@google-cloud/bigtable/build/protos/protos.js') as {
  google: {
    bigtable: {
      v2: {
        MutateRowsRequest: {
          decode(bytes: Uint8Array): object;
          toObject(message: object, options: object): MutateRowsRequest;
        };
      };
    };
  };
};
interface MutateRowsRequest {
  tableName: string;
  entries: {
    rowKey: Buffer;
    mutations: {
      setCell: { familyName: string; columnQualifier: Buffer; timestampMicros: string; value: Buffer };
    }[];
  }[];
}

const { MutateRowsRequest } = google.bigtable.v2;
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((content) => Buffer.from(content));
const rows = fc.array(
  fc.record({
    key: fc.string({ unit: 'binary', maxLength: 200 }),
    timestampMs: fc.integer({ min: 0, max: 7_258_118_400_000 }),
    family: fc.option(fc.string({ maxLength: 64 }), { nil: undefined }),
    cells: fc.array(fc.record({ qualifier: bytes(20), value: bytes(300) }), { maxLength: 8 }),
  }),
  { maxLength: 20 },
);

describe('a MutateRows request', () => {
  it("is what Google's own decoder reads back", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 300 }),
        fc.string({ maxLength: 64 }),
        rows,
        (table, family, given) => {
          const request = MutateRowsRequest.toObject(
            MutateRowsRequest.decode(encodeMutateRows(table, family, given)),
            { longs: String, bytes: Buffer, defaults: true },
          );
          expect(request.tableName).toBe(table);
          expect(request.entries.map(readBack)).toEqual(given.map((row) => expected(row, family)));
        },
      ),
      { numRuns: 300 },
    );
  });
});

function readBack({ rowKey, mutations }: MutateRowsRequest['entries'][number]) {
  return {
    key: Buffer.from(rowKey).toString('hex'),
    cells: mutations.map(({ setCell }) => [
      setCell.familyName,
      Buffer.from(setCell.columnQualifier).toString('hex'),
      setCell.timestampMicros,
      Buffer.from(setCell.value).toString('hex'),
    ]),
  };
}

function expected({ key, timestampMs, cells, family }: BigtableRow, usual: string) {
  return {
    key: Buffer.from(key, 'utf8').toString('hex'),
    cells: cells.map(({ qualifier, value }) => [
      family ?? usual,
      qualifier.toString('hex'),
      String(timestampMs * 1000),
      value.toString('hex'),
    ]),
  };
}
