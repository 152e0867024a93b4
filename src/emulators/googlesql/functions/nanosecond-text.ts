import { FIRST_MICROS } from '../values/calendar.js';
import { NANOS_BITS, NANOS_MASK } from '../values/nanoseconds.js';
import { own } from './udf.js';

// DuckDB texts of timestamps that have nanoseconds, which `values/nanoseconds.ts` says how they are held.

/** Microseconds since 1970, rounded down. */
export function microsOfPacked(packed: string): string {
  return `(CAST(${packed} >> ${NANOS_BITS} AS BIGINT) - ${-FIRST_MICROS})`;
}

/** Nanoseconds beyond the microseconds, from 0 to 999. */
export function beyondMicros(packed: string): string {
  return `CAST(${packed} & ${NANOS_MASK} AS BIGINT)`;
}

/** The TIMESTAMPTZ at or below it. */
export function instantOfPacked(packed: string): string {
  return `make_timestamptz(${microsOfPacked(packed)})`;
}

/** @param beyond nanoseconds, from 0 to 999 */
export function packedOfMicros(micros: string, beyond = '0'): string {
  return `(((CAST(${micros} AS HUGEINT) + ${-FIRST_MICROS}) << ${NANOS_BITS}) + ${beyond})`;
}

export function packedOfInstant(instant: string, beyond?: string): string {
  return packedOfMicros(`epoch_us(${instant})`, beyond);
}

/** What a function of ours gives as a text, since it passes no integers of this size. */
export function packedOfText(text: string, zone: string): string {
  return `CAST(${own.cast_nanoseconds}(${text}, ${zone}) AS HUGEINT)`;
}

/** Nanoseconds from `earlier` to `later`, a HUGEINT. */
export function elapsedNanos(later: string, earlier: string): string {
  const micros = `(CAST(${microsOfPacked(later)} AS HUGEINT) - ${microsOfPacked(earlier)})`;
  return `(${micros} * 1000 + (${beyondMicros(later)} - ${beyondMicros(earlier)}))`;
}
