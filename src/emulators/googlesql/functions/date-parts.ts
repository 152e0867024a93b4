import { quoteString } from '../duck/quote.js';
import { fixedOffsetMinutes, isTimeZone } from '../values/time-zone.js';
import { raise } from './emit.js';
import type { Call, DatePart } from './registry.js';
import { own } from './udf.js';

export type TimeLike = 'DATE' | 'TIME' | 'DATETIME' | 'TIMESTAMP';

const DATE_PARTS = ['DAY', 'WEEK', 'ISOWEEK', 'MONTH', 'QUARTER', 'YEAR', 'ISOYEAR'] as const;
const TIME_PARTS = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR'] as const;
type DatePartName = (typeof DATE_PARTS)[number];
type TimePartName = (typeof TIME_PARTS)[number];

const WEEKDAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];

export const MICROS: Record<TimePartName | 'DAY', bigint> = {
  MICROSECOND: 1n,
  MILLISECOND: 1000n,
  SECOND: 1_000_000n,
  MINUTE: 60_000_000n,
  HOUR: 3_600_000_000n,
  DAY: 86_400_000_000n,
};

export function isDatePart(name: string): name is DatePartName {
  return (DATE_PARTS as readonly string[]).includes(name);
}

function isTimePart(name: string): name is TimePartName {
  return (TIME_PARTS as readonly string[]).includes(name);
}

/** Day that starts a week, 0 for Sunday. */
function firstWeekday(part: { name: string; weekday?: string }): number {
  if (part.name === 'ISOWEEK') return 1;
  return part.weekday === undefined ? 0 : Math.max(0, WEEKDAYS.indexOf(part.weekday.toUpperCase()));
}

/** The date part of an argument, refused unless `kind` has it. */
export function partOf(call: Call, index: number, kind: TimeLike): DatePart {
  const part = call.part(index);
  const name = part.name.toUpperCase();
  const known = isDatePart(name) || isTimePart(name);
  const fits = kind === 'DATE' ? isDatePart(name) : kind === 'TIME' ? isTimePart(name) : known;
  if (!known) call.fail(`A valid date part name is required but found ${part.name}`, part.pos);
  if (!fits) call.fail(`${call.name} does not support the ${name} date part`, part.pos);
  if (part.weekday !== undefined && (name !== 'WEEK' || !WEEKDAYS.includes(part.weekday.toUpperCase()))) {
    call.fail(`A valid date part argument for ${name} is required, but found ${part.weekday}`, part.pos);
  }
  return { ...part, name };
}

/** Floor of a ÷ b for integers; DuckDB's `//` cuts toward zero. */
export function floorDivideSql(a: string, b: bigint): string {
  return `((${a}) - (((${a}) % ${b} + ${b}) % ${b})) // ${b}`;
}

/** Days since 1970-01-01 of a DATE. */
function epochDays(date: string): string {
  return `(${date} - DATE '1970-01-01')`;
}

// Time zones. Instants and clocks of UTC have the same microseconds, so no calendar is needed between them.

export function utcClock(timestamp: string): string {
  return `make_timestamp(epoch_us(${timestamp}))`;
}

export function utcInstant(datetime: string): string {
  return `make_timestamptz(epoch_us(${datetime}))`;
}

/** The clock a zone shows at an instant. `zoneLiteral` is the zone's name when it is known. */
export function localClock(timestamp: string, zone: string, zoneLiteral?: string): string {
  const minutes = zoneLiteral === undefined ? undefined : fixedOffsetMinutes(zoneLiteral);
  if (minutes === 0) return utcClock(timestamp);
  if (minutes !== undefined)
    return `make_timestamp(epoch_us(${timestamp}) + ${BigInt(minutes) * 60_000_000n})`;
  if (zoneLiteral !== undefined && isTimeZone(zoneLiteral)) return `(${timestamp} AT TIME ZONE ${zone})`;
  return `make_timestamp(epoch_us(${timestamp}) + ${own.zone_offset}(epoch_us(${timestamp}), ${zone}))`;
}

/** The instant at which a zone's clock shows a time. */
export function instantAt(datetime: string, zone: string, zoneLiteral?: string): string {
  const minutes = zoneLiteral === undefined ? undefined : fixedOffsetMinutes(zoneLiteral);
  if (minutes === 0) return utcInstant(datetime);
  if (minutes !== undefined)
    return `make_timestamptz(epoch_us(${datetime}) - ${BigInt(minutes) * 60_000_000n})`;
  return `make_timestamptz(${own.zone_instant}(epoch_us(${datetime}), ${zone}))`;
}

export interface Zone {
  sql: string;
  literal: string | undefined;
}

/** The zone argument at `index`, or the session's. */
export function zoneArgument(call: Call, index: number): Zone {
  if (!call.has(index)) {
    const { timeZone } = call.environment;
    return { sql: quoteString(timeZone), literal: timeZone };
  }
  const literal = call.literal(index);
  const known = typeof literal === 'string' ? literal : undefined;
  if (known !== undefined && !isTimeZone(known)) {
    // Refused when it is reached, so that SAFE. can turn it to NULL.
    return { sql: raise(quoteString(`Invalid time zone: ${known}`)), literal: undefined };
  }
  return { sql: call.sql(index), literal: known };
}

// Range

const BOUNDS: Record<string, readonly [first: string, last: string]> = {
  DATE: ["DATE '0001-01-01'", "DATE '9999-12-31'"],
  TIMESTAMP: ["TIMESTAMP '0001-01-01'", "TIMESTAMP '9999-12-31 23:59:59.999999'"],
  TIMESTAMPTZ: ["TIMESTAMPTZ '0001-01-01 00:00:00+00'", "TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'"],
};

/** `sql` with an error (an SQL text) outside of the years 1 to 9999; DuckDB's years go further. */
export function withinYears(sql: string, duckType: string, message: string): string {
  const [first, last] = BOUNDS[duckType]!;
  return `CASE WHEN ${sql} BETWEEN ${first} AND ${last} THEN ${sql} WHEN ${sql} IS NOT NULL THEN ${raise(message, duckType)} END`;
}

// Truncation

/** A DATE cut to the start of a part. */
export function truncateDate(date: string, part: DatePart): string {
  switch (part.name) {
    case 'DAY':
      return date;
    case 'WEEK':
    case 'ISOWEEK': {
      const first = firstWeekday(part);
      const since = first === 0 ? `dayofweek(${date})` : `((dayofweek(${date}) - ${first} + 7) % 7)`;
      return `(${date} - CAST(${since} AS INTEGER))`;
    }
    default:
      return `CAST(date_trunc('${part.name.toLowerCase()}', ${date}) AS DATE)`;
  }
}

/** A DATETIME cut to the start of a part. */
export function truncateDatetime(datetime: string, part: DatePart): string {
  if (part.name === 'MICROSECOND') return datetime;
  if (part.name === 'WEEK' || part.name === 'ISOWEEK') {
    return `CAST(${truncateDate(`CAST(${datetime} AS DATE)`, part)} AS TIMESTAMP)`;
  }
  return `CAST(date_trunc('${part.name.toLowerCase()}', ${datetime}) AS TIMESTAMP)`;
}

// Differences: boundaries of a part between two values

export function differenceOfDates(later: string, earlier: string, part: DatePart): string {
  switch (part.name) {
    case 'DAY':
      return `(${later} - ${earlier})`;
    case 'WEEK':
    case 'ISOWEEK': {
      // 1970-01-01 was a Thursday.
      const shift = 4 - firstWeekday(part);
      const week = (date: string): string => floorDivideSql(`${epochDays(date)} + ${shift}`, 7n);
      return `(${week(later)} - (${week(earlier)}))`;
    }
    case 'ISOYEAR':
      return `(isoyear(${later}) - isoyear(${earlier}))`;
    default:
      return `datediff('${part.name.toLowerCase()}', ${earlier}, ${later})`;
  }
}

export function differenceOfDatetimes(later: string, earlier: string, part: DatePart): string {
  if (isDatePart(part.name))
    return differenceOfDates(`CAST(${later} AS DATE)`, `CAST(${earlier} AS DATE)`, part);
  return differenceOfMicros(`epoch_us(${later})`, `epoch_us(${earlier})`, part.name as TimePartName);
}

/** Boundaries of a clock part between two numbers of microseconds. */
export function differenceOfMicros(later: string, earlier: string, part: TimePartName): string {
  const unit = MICROS[part];
  if (unit === 1n) return `(${later} - ${earlier})`;
  return `(${floorDivideSql(later, unit)} - (${floorDivideSql(earlier, unit)}))`;
}
