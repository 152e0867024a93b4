import { describe, expect, it } from 'vitest';
import { decodeRow, timestampText } from '../../../../src/gcp/bigquery/values.js';

const cell = (v: unknown) => ({ v });

describe('decodeRow', () => {
  it.each([
    ['INTEGER', '42', 42],
    ['INTEGER', '9007199254740993', '9007199254740993'],
    ['FLOAT', '0.1', 0.1],
    ['FLOAT', 'NaN', 'NaN'],
    ['FLOAT', '-Infinity', '-Infinity'],
    ['BOOLEAN', 'true', true],
    ['BOOLEAN', 'false', false],
    ['NUMERIC', '12345678901234567890123456789.123456789', '12345678901234567890123456789.123456789'],
    ['TIMESTAMP', '1772359200123456', '2026-03-01T10:00:00.123456Z'],
    ['DATE', '2026-03-01', '2026-03-01'],
    ['JSON', '{"a":[1,null]}', { a: [1, null] }],
    ['STRING', null, null],
  ])('%s %j → %j', (type, wire, expected) => {
    expect(decodeRow([{ name: 'x', type }], { f: [cell(wire)] })).toEqual([expected]);
  });

  it('reads records and repeated fields, a missing array as empty', () => {
    const fields = [
      { name: 'tags', type: 'STRING', mode: 'REPEATED' },
      { name: 'none', type: 'INTEGER', mode: 'REPEATED' },
      { name: 'r', type: 'RECORD', fields: [{ name: 'n', type: 'INTEGER' }] },
    ];
    const row = { f: [cell([cell('a'), cell('b')]), cell(null), cell({ f: [cell('7')] })] };
    expect(decodeRow(fields, row)).toEqual([['a', 'b'], [], { n: 7 }]);
  });
});

describe('timestampText', () => {
  it.each([
    [0n, '1970-01-01T00:00:00Z'],
    [-1n, '1969-12-31T23:59:59.999999Z'],
    [1_500_000n, '1970-01-01T00:00:01.5Z'],
    [-62135596800000000n, '0001-01-01T00:00:00Z'],
  ])('%s µs is %s', (micros, text) => {
    expect(timestampText(micros)).toBe(text);
  });
});
