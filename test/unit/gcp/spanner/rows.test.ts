import { protos } from '@google-cloud/spanner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SpannerValue } from '../../../../src/gcp/spanner/data.js';
import { WireRows } from '../../../../src/gcp/spanner/rows.js';

const { Write } = protos.google.spanner.v1.Mutation;

/** What the service makes of the bytes. */
function decoded(bytes: Buffer): unknown[][] {
  const { values } = Write.toObject(Write.decode(bytes), { enums: String });
  return ((values ?? []) as { values?: object[] }[]).map((row) => (row.values ?? []).map(plain));
}

function plain(value: object): unknown {
  const [kind, content] = Object.entries(value)[0]!;
  if (kind === 'nullValue') return null;
  if (kind === 'listValue') return ((content as { values?: object[] }).values ?? []).map(plain);
  return content;
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.integer({ min: 35, max: 50 }).map((length) => '€'.repeat(length)),
  fc.integer({ min: 120, max: 140 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 0, max: 70_000 }).map((length) => 'é'.repeat(length)),
);
const scalar = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const value: fc.Arbitrary<SpannerValue> = fc.oneof(scalar, fc.array(scalar, { maxLength: 4 }));

describe('rows in the encoding of a commit', () => {
  it('decode to the values that went in, in any order of rows', () => {
    const rows = new WireRows();
    fc.assert(
      fc.property(fc.array(fc.array(value, { maxLength: 6 }), { minLength: 1, maxLength: 8 }), (input) => {
        rows.clear();
        for (const values of input) rows.add(values, undefined);
        const indexes = input.map((_, index) => index);
        for (const order of [indexes, indexes.toReversed()]) {
          const bytes = Buffer.alloc(rows.size);
          expect(rows.copy(order, bytes, 0)).toBe(rows.size);
          expect(decoded(bytes)).toEqual(order.map((index) => input[index]));
        }
        expect(indexes.reduce((sum, index) => sum + rows.rowBytes(index), 0)).toBe(rows.size);
      }),
      { numRuns: 200 },
    );
  });

  it('write what JSON has no number for as text, and the last column of every row', () => {
    const rows = new WireRows();
    rows.add([Number.NaN, Number.NEGATIVE_INFINITY], 'spanner.commit_timestamp()');
    expect(decoded(rows.row(0))).toEqual([['NaN', '-Infinity', 'spanner.commit_timestamp()']]);
  });
});
