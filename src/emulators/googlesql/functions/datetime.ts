import { quoteString } from '../duck/quote.js';
import { STRING } from '../syntax/types.js';
import { FIRST_MICROS, LAST_MICROS } from '../values/calendar.js';
import { conversionSql } from './conversions.js';
import {
  differenceOfDates,
  differenceOfDatetimes,
  differenceOfMicros,
  floorDivideSql,
  instantAt,
  isDatePart,
  localClock,
  MICROS,
  partOf,
  truncateDate,
  truncateDatetime,
  utcClock,
  utcInstant,
  withinYears,
  zoneArgument,
} from './date-parts.js';
import { raise } from './emit.js';
import { intervalParts } from './interval.js';
import { type Call, type DatePart, type Emitter, type FunctionRule, scalar } from './registry.js';
import { own } from './udf.js';

/** The part that starts where it does not stand: months of dates. */
const MONTH_PART = 'MONTH';

function clockOf(call: Call, index: number, zoneIndex: number): string {
  const zone = zoneArgument(call, zoneIndex);
  return localClock(call.sql(index), zone.sql, zone.literal);
}

function atZone(call: Call, datetime: string, zoneIndex: number): string {
  const zone = zoneArgument(call, zoneIndex);
  const message = `'Invalid timestamp: ' || CAST(${datetime} AS VARCHAR) || ' in the time zone ' || ${zone.sql}`;
  const instant = instantAt(datetime, zone.sql, zone.literal);
  return zone.literal === 'UTC' ? instant : withinYears(instant, 'TIMESTAMPTZ', message);
}

/** The clock of a zone as DATE and DATETIME show it, which has to be in the calendar. */
function shownClock(call: Call, index: number, zoneIndex: number): string {
  const clock = clockOf(call, index, zoneIndex);
  const zone = zoneArgument(call, zoneIndex);
  const message = `'Invalid date extracted from timestamp ' || CAST(${call.sql(index)} AS VARCHAR)`;
  return zone.literal === 'UTC' ? clock : withinYears(clock, 'TIMESTAMP', message);
}

// Addition: DuckDB's intervals keep the last day of a month as BigQuery does.

function shift(operator: '+' | '-'): Record<string, Emitter> {
  return {
    '(DATE, INTERVAL) -> DATE': (call) =>
      inYears(call, operator, `CAST(${call.sql(0)} ${operator} ${call.sql(1)} AS DATE)`),
    '(DATETIME, INTERVAL) -> DATETIME': (call) =>
      inYears(call, operator, `(${call.sql(0)} ${operator} ${call.sql(1)})`),
    '(TIMESTAMP, INTERVAL) -> TIMESTAMP': (call) =>
      inYears(call, operator, utcInstant(`(${utcClock(call.sql(0))} ${operator} ${call.sql(1)})`)),
  };
}

function inYears(call: Call, operator: '+' | '-', shifted: string): string {
  const [verb, preposition] = operator === '+' ? ['Adding', 'to'] : ['Subtracting', 'from'];
  const what = quoteString(
    `${verb} ${call.intervalText(1) ?? 'an INTERVAL'} ${preposition} ${call.returns.kind.toLowerCase()} `,
  );
  const message = `${what} || CAST(${call.sql(0)} AS VARCHAR) || ' causes overflow'`;
  return withinYears(shifted, call.duckReturns, message);
}

/** A truncated or last day of `call`, which may lie outside of the calendar. */
function inCalendar(call: Call, verb: string, index: number, result: string): string {
  const part = call.has(index) ? call.part(index) : ({ name: MONTH_PART } as DatePart);
  const shown = part.weekday === undefined ? part.name : `${part.name}(${part.weekday})`;
  const kind = call.type(0).kind.toLowerCase();
  const message = `'${verb} ${kind} ' || CAST(${call.sql(0)} AS VARCHAR) || ' to ${shown} resulted in an out of range ${kind} value'`;
  return withinYears(result, call.duckReturns, message);
}

/** Only weeks begin and end outside of the years 1 to 9999. */
const CROSSES_YEARS = /WEEK|ISOYEAR/i;

function truncated(call: Call, kind: 'DATE' | 'DATETIME', cut: typeof truncateDate): string {
  const part = partOf(call, 1, kind);
  const start = cut(call.sql(0), part);
  return CROSSES_YEARS.test(part.name) ? inCalendar(call, 'Truncating', 1, start) : start;
}

function truncateTimestamp(call: Call): string {
  const part = call.has(1) ? partOf(call, 1, 'TIMESTAMP') : { name: 'DAY', pos: call.pos };
  const zone = zoneArgument(call, 2);
  const clock = localClock(call.sql(0), zone.sql, zone.literal);
  const cut = truncateDatetime(clock, part);
  // Below the hour every zone cuts alike, and a clock that is set back must not lose its hour.
  if (!isDatePart(part.name) && part.name !== 'HOUR')
    return utcInstant(truncateDatetime(utcClock(call.sql(0)), part));
  const message = `'Truncating to the nearest ${part.name.toLowerCase()} causes underflow at timezone ' || ${zone.sql}`;
  return withinYears(instantAt(cut, zone.sql, zone.literal), 'TIMESTAMPTZ', message);
}

const TRUNCATE: Record<string, Emitter> = {
  '(DATE, DATE_TIME_PART) -> DATE': (call) => truncated(call, 'DATE', truncateDate),
  '(DATETIME, DATE_TIME_PART) -> DATETIME': (call) => truncated(call, 'DATETIME', truncateDatetime),
  '(TIMESTAMP, DATE_TIME_PART, [STRING]) -> TIMESTAMP': truncateTimestamp,
};

function differenceOfTimestamps(call: Call): string {
  const part = partOf(call, 2, 'TIMESTAMP');
  const micros = `(epoch_us(${call.sql(0)}) - epoch_us(${call.sql(1)}))`;
  if (part.name in MICROS) {
    const unit = MICROS[part.name as keyof typeof MICROS];
    return unit === 1n ? micros : `(${micros} // ${unit})`;
  }
  if (call.name === 'TIMESTAMP_DIFF')
    return call.fail(`TIMESTAMP_DIFF does not support the ${part.name} date part`, part.pos);
  return differenceOfDatetimes(utcClock(call.sql(0)), utcClock(call.sql(1)), part);
}

const DIFFERENCE: Record<string, Emitter> = {
  '(DATE, DATE, DATE_TIME_PART) -> INT64': (call) =>
    differenceOfDates(call.sql(0), call.sql(1), partOf(call, 2, 'DATE')),
  '(DATETIME, DATETIME, DATE_TIME_PART) -> INT64': (call) =>
    differenceOfDatetimes(call.sql(0), call.sql(1), partOf(call, 2, 'DATETIME')),
  '(TIMESTAMP, TIMESTAMP, DATE_TIME_PART) -> INT64': differenceOfTimestamps,
};

/**
 * The signatures of some types. A string literal takes the narrowest type on offer, so functions of DATETIME must not
 * offer DATE, nor those of TIMESTAMP the other two.
 */
function only(signatures: Record<string, Emitter>, ...types: string[]): Record<string, Emitter> {
  return Object.fromEntries(
    Object.entries(signatures).filter(([text]) => types.some((type) => text.startsWith(`(${type},`))),
  );
}

/** The signatures of TIMESTAMP, which text becomes, and those of DATETIME. */
function ofInstants(signatures: Record<string, Emitter>): Record<string, Emitter> {
  const late = Object.entries(only(signatures, 'DATETIME')).map(([text, emit]) => [`late ${text}`, emit]);
  return { ...only(signatures, 'TIMESTAMP'), ...Object.fromEntries(late) };
}

function timeDifference(call: Call): string {
  const part = partOf(call, 2, 'TIME');
  return differenceOfMicros(
    `epoch_us(${call.sql(0)})`,
    `epoch_us(${call.sql(1)})`,
    part.name as 'MICROSECOND' | 'MILLISECOND' | 'SECOND' | 'MINUTE' | 'HOUR',
  );
}

function truncateTime(call: Call): string {
  const part = partOf(call, 1, 'TIME');
  const unit = MICROS[part.name as keyof typeof MICROS];
  const micros = `epoch_us(${call.sql(0)})`;
  return `CAST(make_timestamp(${micros} - ${micros} % ${unit}) AS TIME)`;
}

function lastDay(date: string, call: Call): string {
  const part = call.has(1) ? partOf(call, 1, 'DATE') : { name: MONTH_PART, pos: call.pos };
  const start = truncateDate(date, part);
  const inYears = (day: string): string => inCalendar(call, 'Last day of', 1, day);
  switch (part.name) {
    case 'MONTH':
      return `last_day(${date})`;
    case 'QUARTER':
      return `last_day(CAST(${start} + INTERVAL 2 MONTH AS DATE))`;
    case 'YEAR':
      return `make_date(year(${date}), 12, 31)`;
    case 'WEEK':
    case 'ISOWEEK':
      return inYears(`(${start} + 6)`);
    case 'ISOYEAR':
      // Years of 52 and of 53 weeks: a day of the first week of the next one.
      return inYears(`(CAST(date_trunc('isoyear', ${start} + 371) AS DATE) - 1)`);
    default:
      return call.fail(`LAST_DAY does not support the ${part.name} date part`, part.pos);
  }
}

// Constructors

function dateFromParts(call: Call): string {
  const parts = call.all().join(', ');
  const [year, month, day] = call.all();
  const start = `make_date(${year}, ${month}, 1)`;
  const wrong = raise(`'Input calculates to invalid date: ' || printf('%04d-%02d-%02d', ${parts})`, 'DATE');
  return `CASE WHEN ${year} NOT BETWEEN 1 AND 9999 OR ${month} NOT BETWEEN 1 AND 12 THEN ${wrong} WHEN ${day} NOT BETWEEN 1 AND day(last_day(${start})) THEN ${wrong} ELSE make_date(${parts}) END`;
}

/** A time of the clock; seconds of 60 and hours of 24 are refused. */
function timeFromParts(call: Call): string {
  const [hour, minute, second] = [call.sql(0), call.sql(1), call.sql(2)];
  return `CASE WHEN ${hour} NOT BETWEEN 0 AND 23 OR ${minute} NOT BETWEEN 0 AND 59 OR ${second} NOT BETWEEN 0 AND 60 THEN ${raise(
    `'Input calculates to invalid time: ' || printf('%02d:%02d:%02d', ${hour}, ${minute}, ${second})`,
    'TIME',
  )} ELSE CAST(make_timestamp((${hour} * 3600 + ${minute} * 60 + ${second}) * 1000000) AS TIME) END`;
}

function datetimeFromParts(call: Call): string {
  const parts = call.all();
  const [year, month, day, hour, minute, second] = parts;
  const start = `make_date(${year}, ${month}, 1)`;
  const wrong = raise(
    `'Input calculates to invalid datetime: ' || printf('%04d-%02d-%02d %02d:%02d:%02d', ${parts.join(', ')})`,
    'TIMESTAMP',
  );
  const clock = `${hour} BETWEEN 0 AND 23 AND ${minute} BETWEEN 0 AND 59 AND ${second} BETWEEN 0 AND 60`;
  return `CASE WHEN NOT (${year} BETWEEN 1 AND 9999 AND ${month} BETWEEN 1 AND 12 AND ${clock}) THEN ${wrong} WHEN ${day} NOT BETWEEN 1 AND day(last_day(${start})) THEN ${wrong} ELSE make_timestamp(${parts.slice(0, 5).join(', ')}, CAST(${second} AS DOUBLE)) END`;
}

/** A constructor given text, which is read as a cast reads it. */
function fromText(call: Call): string {
  const context = { timeZone: call.environment.timeZone, alias: () => '_c' };
  return conversionSql(call.sql(0), STRING, call.returns, context);
}

// Text

const SIMPLE_ELEMENTS: Record<string, string> = {
  Y: '%Y',
  m: '%m',
  d: '%d',
  H: '%H',
  I: '%I',
  M: '%M',
  S: '%S',
  B: '%B',
  b: '%b',
  A: '%A',
  a: '%a',
  j: '%j',
  y: '%y',
  p: '%p',
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
  '%': '%%',
};

/** The same format for DuckDB's strftime when it consists of elements both have; undefined otherwise. */
function nativeFormat(format: string): string | undefined {
  // strftime refuses an empty format.
  if (format === '') return undefined;
  let result = '';
  for (let i = 0; i < format.length; i += 1) {
    if (format[i] !== '%') {
      result += format[i];
      continue;
    }
    i += 1;
    const element = SIMPLE_ELEMENTS[format[i] ?? ''];
    if (element === undefined) return undefined;
    result += element;
  }
  return result;
}

const DATE_FORMAT_ELEMENTS = /%[HIMSTRp]/;
const TIME_FORMAT_ELEMENTS = /%[YmdBbAajyFD]/;

function formatted(kind: 'DATE' | 'TIME' | 'DATETIME' | 'TIMESTAMP'): (call: Call) => string {
  return (call) => {
    const format = call.literal(0);
    const value = call.sql(1);
    const foreign =
      kind === 'DATE' ? DATE_FORMAT_ELEMENTS : kind === 'TIME' ? TIME_FORMAT_ELEMENTS : undefined;
    const native = typeof format === 'string' && !foreign?.test(format) ? nativeFormat(format) : undefined;
    if (kind === 'TIMESTAMP') {
      const clock = clockOf(call, 1, 2);
      if (native !== undefined) return yearsOfFourDigits(call, clock, native, 0, kind);
      return `${own.format_time}(${call.sql(0)}, epoch_us(${clock}), epoch_us(${clock}) - epoch_us(${value}), 'TIMESTAMP')`;
    }
    if (native !== undefined && kind !== 'TIME') return yearsOfFourDigits(call, value, native, 0, kind);
    const micros = kind === 'DATE' ? `epoch_us(CAST(${value} AS TIMESTAMP))` : `epoch_us(${value})`;
    return `${own.format_time}(${call.sql(0)}, ${micros}, 0, ${quoteString(kind)})`;
  };
}

/** strftime pads years to four digits, BigQuery does not; before the year 1000 the slow way is taken. */
function yearsOfFourDigits(call: Call, value: string, native: string, offset: number, kind: string): string {
  const fast = `strftime(${value}, ${quoteString(native)})`;
  if (!native.includes('%Y')) return fast;
  return `CASE WHEN year(${value}) >= 1000 THEN ${fast} ELSE ${own.format_time}(${call.sql(0)}, epoch_us(CAST(${value} AS TIMESTAMP)), ${offset}, ${quoteString(kind)}) END`;
}

function parsed(kind: 'DATE' | 'TIME' | 'DATETIME' | 'TIMESTAMP'): (call: Call) => string {
  return (call) => {
    const zone = kind === 'TIMESTAMP' ? zoneArgument(call, 2).sql : "'UTC'";
    const number = `${own.parse_time}(${call.sql(0)}, ${call.sql(1)}, ${quoteString(kind)}, ${zone})`;
    switch (kind) {
      case 'DATE':
        return `(DATE '1970-01-01' + CAST(${number} AS INTEGER))`;
      case 'TIME':
        return `CAST(make_timestamp(${number}) AS TIME)`;
      case 'DATETIME':
        return `make_timestamp(${number})`;
      case 'TIMESTAMP':
        return `make_timestamptz(${number})`;
    }
  };
}

// Numbers

const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;

function dateFromDays(call: Call): string {
  const days = call.sql(0);
  const message = `'DATE_FROM_UNIX_DATE range is ${FIRST_DAY} to ${LAST_DAY} but saw ' || ${days}`;
  return `CASE WHEN ${days} NOT BETWEEN ${FIRST_DAY} AND ${LAST_DAY} THEN ${raise(message, 'DATE')} ELSE DATE '1970-01-01' + CAST(${days} AS INTEGER) END`;
}

function unixOf(unit: bigint): (call: Call) => string {
  return (call) => {
    const micros = `epoch_us(${call.sql(0)})`;
    return unit === 1n ? micros : `(${floorDivideSql(micros, unit)})`;
  };
}

function fromUnix(unit: bigint): (call: Call) => string {
  return (call) => {
    const number = call.sql(0);
    const [first, last] = [FIRST_MICROS / unit, LAST_MICROS / unit];
    const message = `'${call.name} range is ${first} to ${last} but saw ' || ${number}`;
    return `CASE WHEN ${number} NOT BETWEEN ${first} AND ${last} THEN ${raise(message, 'TIMESTAMPTZ')} ELSE make_timestamptz(${number} * ${unit}) END`;
  };
}

// Current time: fixed for a statement

function now(call: Call, zoneIndex: number): string {
  const zone = zoneArgument(call, zoneIndex);
  return localClock(`make_timestamptz(${call.environment.statementTimeMicros})`, zone.sql, zone.literal);
}

const CURRENT = { bare: true, perStatement: true };

// Buckets: from 1950-01-01 on unless an origin is given

function bucket(duckType: 'DATE' | 'TIMESTAMP' | 'TIMESTAMPTZ'): (call: Call) => string {
  return (call) => {
    const toClock = (sql: string): string =>
      duckType === 'TIMESTAMPTZ' ? utcClock(sql) : `CAST(${sql} AS TIMESTAMP)`;
    const origin = call.has(2) ? toClock(call.sql(2)) : "TIMESTAMP '1950-01-01 00:00:00'";
    const start = `time_bucket(${call.sql(1)}, ${toClock(call.sql(0))}, ${origin})`;
    const value = duckType === 'TIMESTAMPTZ' ? utcInstant(start) : `CAST(${start} AS ${duckType})`;
    if (call.intervalText(1) !== undefined) return value;
    const { months, days, micros } = intervalParts(call.sql(1));
    const message = `${call.name} does not support a bucket width of months together with days or a time`;
    return `CASE WHEN ${months} <> 0 AND (${days} <> 0 OR ${micros} <> 0) THEN ${raise(quoteString(message), duckType)} ELSE ${value} END`;
  };
}

/** Months added so that the last day of a month stays the last day. */
function addMonths(duckType: 'DATE' | 'TIMESTAMP'): (call: Call) => string {
  return (call) => {
    const moved = `(${call.sql(0)} + to_months(CAST(${call.sql(1)} AS INTEGER)))`;
    const date = `CAST(${call.sql(0)} AS DATE)`;
    const atEnd = `(last_day(CAST(${moved} AS DATE)) + (${call.sql(0)} - CAST(${date} AS TIMESTAMP)))`;
    const sum = `CAST(CASE WHEN ${date} = last_day(${date}) THEN ${atEnd} ELSE ${moved} END AS ${duckType})`;
    const what = call.returns.kind.toLowerCase();
    const message = `'Adding ' || ${call.sql(1)} || ' MONTH to ${what} ' || CAST(${call.sql(0)} AS VARCHAR) || ' causes overflow'`;
    return withinYears(sum, duckType, message);
  };
}

/** Whole months when the days agree or both are the last of their month, else with the days over 31. */
function monthsBetween(call: Call): string {
  const [a, b] = [call.sql(0), call.sql(1)];
  const months = `((year(${a}) - year(${b})) * 12 + month(${a}) - month(${b}))`;
  const lastOf = (value: string): string => `day(${value}) = day(last_day(CAST(${value} AS DATE)))`;
  const microsOfDay = (value: string): string =>
    `(epoch_us(CAST(${value} AS TIMESTAMP)) - epoch_us(CAST(CAST(${value} AS DATE) AS TIMESTAMP)))`;
  const days = `(day(${a}) - day(${b}) + (${microsOfDay(a)} - ${microsOfDay(b)}) / 86400000000.0)`;
  return `CASE WHEN day(${a}) = day(${b}) OR (${lastOf(a)} AND ${lastOf(b)}) THEN CAST(${months} AS DOUBLE) ELSE ${months} + ${days} / 31.0 END`;
}

const WEEKDAY_PREFIXES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

function nextDay(call: Call): string {
  const wanted = `(list_position([${WEEKDAY_PREFIXES.map((day) => `'${day}'`).join(', ')}], lower(left(${call.sql(1)}, 3))) - 1)`;
  const date = `CAST(${call.sql(0)} AS DATE)`;
  const next = `(${date} + CAST((${wanted} - dayofweek(${date}) + 6) % 7 + 1 AS INTEGER))`;
  const outside = `'Next day of ' || CAST(${date} AS VARCHAR) || ' resulted in an out of range date value'`;
  return `CASE WHEN ${wanted} IS NULL AND ${call.sql(1)} IS NOT NULL THEN ${raise(
    `'Invalid day of week: ' || ${call.sql(1)}`,
    'DATE',
  )} ELSE ${withinYears(next, 'DATE', outside)} END`;
}

export const datetimeFunctions: FunctionRule[] = [
  scalar('DATE_ADD', shift('+')),
  scalar('DATE_SUB', shift('-')),
  scalar('DATETIME_ADD', only(shift('+'), 'DATETIME', 'TIMESTAMP')),
  scalar('DATETIME_SUB', only(shift('-'), 'DATETIME', 'TIMESTAMP')),
  scalar('TIMESTAMP_ADD', ofInstants(shift('+'))),
  scalar('TIMESTAMP_SUB', ofInstants(shift('-'))),
  scalar('TIME_ADD', { '(TIME, INTERVAL) -> TIME': '($1 + $2)' }),
  scalar('TIME_SUB', { '(TIME, INTERVAL) -> TIME': '($1 - $2)' }),
  scalar('DATE_DIFF', DIFFERENCE),
  scalar('DATETIME_DIFF', only(DIFFERENCE, 'DATETIME', 'TIMESTAMP')),
  scalar('TIMESTAMP_DIFF', ofInstants(DIFFERENCE)),
  scalar('TIME_DIFF', { '(TIME, TIME, DATE_TIME_PART) -> INT64': timeDifference }),
  scalar('DATE_TRUNC', TRUNCATE),
  scalar('DATETIME_TRUNC', only(TRUNCATE, 'DATETIME', 'TIMESTAMP')),
  scalar('TIMESTAMP_TRUNC', ofInstants(TRUNCATE)),
  scalar('TIME_TRUNC', { '(TIME, DATE_TIME_PART) -> TIME': truncateTime }),
  scalar('LAST_DAY', {
    '(DATE, [DATE_TIME_PART]) -> DATE': (call) => lastDay(call.sql(0), call),
    '(DATETIME, [DATE_TIME_PART]) -> DATE': (call) => lastDay(`CAST(${call.sql(0)} AS DATE)`, call),
  }),
  scalar('ADD_MONTHS', {
    '(DATE, INT64) -> DATE': addMonths('DATE'),
    '(DATETIME, INT64) -> DATETIME': addMonths('TIMESTAMP'),
  }),
  scalar('MONTHS_BETWEEN', {
    '(DATE, DATE) -> FLOAT64': monthsBetween,
    '(DATETIME, DATETIME) -> FLOAT64': monthsBetween,
  }),
  scalar('NEXT_DAY', { '(DATE, STRING) -> DATE': nextDay }),
  scalar('DATE', {
    '(INT64, INT64, INT64) -> DATE': dateFromParts,
    '(DATE) -> DATE': '$1',
    '(TIMESTAMP, [STRING]) -> DATE': (call) => `CAST(${shownClock(call, 0, 1)} AS DATE)`,
    '(DATETIME) -> DATE': 'CAST($1 AS DATE)',
  }),
  scalar('DATETIME', {
    '(INT64, INT64, INT64, INT64, INT64, INT64) -> DATETIME': datetimeFromParts,
    '(DATETIME) -> DATETIME': '$1',
    '(DATE, [TIME]) -> DATETIME': (call) =>
      call.has(1) ? `(${call.sql(0)} + ${call.sql(1)})` : `CAST(${call.sql(0)} AS TIMESTAMP)`,
    '(TIMESTAMP, [STRING]) -> DATETIME': (call) => shownClock(call, 0, 1),
    'hidden (STRING) -> DATETIME': fromText,
  }),
  scalar('TIME', {
    '(INT64, INT64, INT64) -> TIME': timeFromParts,
    '(TIME) -> TIME': '$1',
    '(TIMESTAMP, [STRING]) -> TIME': (call) => `CAST(${clockOf(call, 0, 1)} AS TIME)`,
    '(DATETIME) -> TIME': 'CAST($1 AS TIME)',
    'hidden (STRING) -> TIME': fromText,
  }),
  scalar('TIMESTAMP', {
    '(STRING, [STRING]) -> TIMESTAMP': (call) =>
      `CAST(${own.cast_timestamp}(${call.sql(0)}, ${zoneArgument(call, 1).sql}) AS TIMESTAMPTZ)`,
    '(DATE, [STRING]) -> TIMESTAMP': (call) => atZone(call, `CAST(${call.sql(0)} AS TIMESTAMP)`, 1),
    '(DATETIME, [STRING]) -> TIMESTAMP': (call) => atZone(call, call.sql(0), 1),
    '(TIMESTAMP) -> TIMESTAMP': '$1',
  }),
  scalar('CURRENT_DATE', { '([STRING]) -> DATE': (call) => `CAST(${now(call, 0)} AS DATE)` }, CURRENT),
  scalar('CURRENT_TIME', { '([STRING]) -> TIME': (call) => `CAST(${now(call, 0)} AS TIME)` }, CURRENT),
  scalar('CURRENT_DATETIME', { '([STRING]) -> DATETIME': (call) => now(call, 0) }, CURRENT),
  scalar(
    'CURRENT_TIMESTAMP',
    { '() -> TIMESTAMP': (call) => `make_timestamptz(${call.environment.statementTimeMicros})` },
    CURRENT,
  ),
  scalar('UNIX_DATE', { '(DATE) -> INT64': "($1 - DATE '1970-01-01')" }),
  scalar('DATE_FROM_UNIX_DATE', { '(INT64) -> DATE': dateFromDays }),
  scalar('UNIX_SECONDS', { '(TIMESTAMP) -> INT64': unixOf(1_000_000n) }),
  scalar('UNIX_MILLIS', { '(TIMESTAMP) -> INT64': unixOf(1000n) }),
  scalar('UNIX_MICROS', { '(TIMESTAMP) -> INT64': unixOf(1n) }),
  scalar('TIMESTAMP_SECONDS', { '(INT64) -> TIMESTAMP': fromUnix(1_000_000n) }),
  scalar('TIMESTAMP_MILLIS', { '(INT64) -> TIMESTAMP': fromUnix(1000n) }),
  scalar('TIMESTAMP_MICROS', { '(INT64) -> TIMESTAMP': fromUnix(1n) }),
  scalar('FORMAT_DATE', { '(STRING, DATE) -> STRING': formatted('DATE') }),
  scalar('FORMAT_TIME', { '(STRING, TIME) -> STRING': formatted('TIME') }),
  scalar('FORMAT_DATETIME', { '(STRING, DATETIME) -> STRING': formatted('DATETIME') }),
  scalar('FORMAT_TIMESTAMP', { '(STRING, TIMESTAMP, [STRING]) -> STRING': formatted('TIMESTAMP') }),
  scalar('PARSE_DATE', { '(STRING, STRING) -> DATE': parsed('DATE') }),
  scalar('PARSE_TIME', { '(STRING, STRING) -> TIME': parsed('TIME') }),
  scalar('PARSE_DATETIME', { '(STRING, STRING) -> DATETIME': parsed('DATETIME') }),
  scalar('PARSE_TIMESTAMP', { '(STRING, STRING, [STRING]) -> TIMESTAMP': parsed('TIMESTAMP') }),
  scalar('DATE_BUCKET', { '(DATE, INTERVAL, [DATE]) -> DATE': bucket('DATE') }),
  scalar('DATETIME_BUCKET', { '(DATETIME, INTERVAL, [DATETIME]) -> DATETIME': bucket('TIMESTAMP') }),
  scalar('TIMESTAMP_BUCKET', { '(TIMESTAMP, INTERVAL, [TIMESTAMP]) -> TIMESTAMP': bucket('TIMESTAMPTZ') }),
];
