import { describe, expect, it } from 'vitest';
import {
  nanosOfText,
  packedText,
  packNanos,
  unpackNanos,
} from '../../../../src/emulators/googlesql/values/nanoseconds.js';

const TIMES = [
  '0001-01-01 00:00:00+00',
  '0001-01-01 00:00:00.000000001+00',
  '1677-09-21 00:12:43.145224192+00',
  '1969-12-31 23:59:59.999999999+00',
  '1970-01-01 00:00:00+00',
  '1970-01-01 00:00:00.000001+00',
  '2020-01-01 00:00:00.12+00',
  '2020-01-01 00:00:00.123456+00',
  '2020-01-01 00:00:00.123456001+00',
  '9999-12-31 23:59:59.999999999+00',
];

describe('timestamps with nanoseconds', () => {
  const nanos = TIMES.map((text) => nanosOfText(text, 'UTC')!);

  it('come back from the number that DuckDB holds, and from its text', () => {
    expect(nanos.map((each) => unpackNanos(packNanos(each)))).toEqual(nanos);
    expect(nanos.map((each) => packedText(packNanos(each)))).toEqual(TIMES);
  });

  it('are in the order of their numbers, none of which is negative', () => {
    const packed = nanos.map(packNanos);
    expect(packed[0]).toBe(0n);
    expect([...packed].sort((a, b) => (a < b ? -1 : 1))).toEqual(packed);
  });

  it('are read with nine digits, and in the zone that is given', () => {
    expect(nanosOfText('1970-01-01 01:00:00.0000000010', 'UTC')).toBeUndefined();
    expect(nanosOfText('1970-01-01 01:00:00.00000001', 'Europe/Berlin')).toBe(10n);
    expect(nanosOfText('10000-01-01', 'UTC')).toBeUndefined();
  });
});
