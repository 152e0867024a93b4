import { FIRST_MICROS } from './calendar.js';
import { datetimeTextOf, timestampOfText } from './time-text.js';

/**
 * A TIMESTAMP with nanoseconds as one whole number for DuckDB, whose own types either lack the digits or the years:
 * microseconds since the year 1, and in the lowest bits the nanoseconds beyond them. It is never negative, so that
 * numbers come in the order of the times, and both parts are had by shifting, where DuckDB is slow to divide.
 */
export const NANOS_BITS = 10n;
export const NANOS_MASK = (1n << NANOS_BITS) - 1n;

const NANOS_PER_MICRO = 1000n;

/** @param nanos since 1970-01-01 */
export function packNanos(nanos: bigint): bigint {
  const beyond = ((nanos % NANOS_PER_MICRO) + NANOS_PER_MICRO) % NANOS_PER_MICRO;
  return (((nanos - beyond) / NANOS_PER_MICRO - FIRST_MICROS) << NANOS_BITS) | beyond;
}

/** @returns nanoseconds since 1970-01-01 */
export function unpackNanos(packed: bigint): bigint {
  return ((packed >> NANOS_BITS) + FIRST_MICROS) * NANOS_PER_MICRO + (packed & NANOS_MASK);
}

/** Nanoseconds since 1970-01-01; without a zone in the text it is a time of `defaultZone`. */
export function nanosOfText(text: string, defaultZone: string): bigint | undefined {
  const digits = /(\.\d{6})(\d{1,3})(?!\d)/;
  const micros = timestampOfText(text.replace(digits, '$1'), defaultZone);
  if (micros === undefined) return undefined;
  return micros * NANOS_PER_MICRO + BigInt((digits.exec(text)?.[2] ?? '').padEnd(3, '0'));
}

/** `2024-01-05 12:34:56.123456789+00`, in UTC. */
export function packedText(packed: bigint): string {
  const text = datetimeTextOf((packed >> NANOS_BITS) + FIRST_MICROS);
  const beyond = packed & NANOS_MASK;
  if (beyond === 0n) return `${text.replace(/(\.\d+?)0+$/, '$1')}+00`;
  const fraction = text.includes('.') ? text : `${text}.000000`;
  return `${fraction}${String(beyond).padStart(3, '0')}+00`;
}
