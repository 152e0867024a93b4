import { int64Sql } from '../duck/literal-text.js';
import {
  type BqType,
  duckFieldName,
  duckType,
  hasNanoseconds,
  type ScalarKind,
  type ScalarType,
  sameType,
} from '../syntax/types.js';
import { beyondMicros, instantOfPacked, packedOfInstant, packedOfText } from './nanosecond-text.js';
import { own } from './udf.js';

/** What a cast needs to know besides its operand. */
export interface CastContext {
  timeZone: string;
  /** Text for a name that is free in lambdas. */
  alias: (prefix?: string) => string;
  /** What TIMESTAMP means; without nanoseconds when absent. */
  timestamp?: ScalarType;
  /** Told what a parameter without a type turns out to be. */
  declare?: (parameter: string, type: BqType) => void;
  /** `||` takes beside a STRING whatever has a text, as CONCAT does. */
  joinsAnyText?: boolean;
}

const CASTS: Record<ScalarKind, readonly ScalarKind[]> = {
  INT64: ['INT64', 'FLOAT32', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC', 'BOOL', 'STRING'],
  FLOAT32: ['INT64', 'FLOAT32', 'FLOAT64', 'NUMERIC', 'STRING'],
  FLOAT64: ['INT64', 'FLOAT32', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC', 'STRING'],
  NUMERIC: ['INT64', 'FLOAT32', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC', 'STRING'],
  BIGNUMERIC: ['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC', 'STRING'],
  BOOL: ['INT64', 'BOOL', 'STRING'],
  STRING: [
    'INT64',
    'FLOAT32',
    'FLOAT64',
    'NUMERIC',
    'BIGNUMERIC',
    'BOOL',
    'STRING',
    'BYTES',
    'DATE',
    'DATETIME',
    'TIME',
    'TIMESTAMP',
    'INTERVAL',
    'UUID',
  ],
  BYTES: ['BYTES', 'STRING', 'UUID'],
  DATE: ['DATE', 'DATETIME', 'TIMESTAMP', 'STRING'],
  DATETIME: ['DATE', 'DATETIME', 'TIME', 'TIMESTAMP', 'STRING'],
  TIME: ['TIME', 'STRING'],
  TIMESTAMP: ['DATE', 'DATETIME', 'TIME', 'TIMESTAMP', 'STRING'],
  INTERVAL: ['INTERVAL', 'STRING'],
  JSON: ['JSON'],
  GEOGRAPHY: ['GEOGRAPHY'],
  UUID: ['UUID', 'STRING', 'BYTES'],
};

/** Whether CAST exists between two types. */
export function isCastable(from: BqType, to: BqType): boolean {
  if (from.kind === 'ARRAY' || to.kind === 'ARRAY') {
    return from.kind === 'ARRAY' && to.kind === 'ARRAY' && isCastable(from.element, to.element);
  }
  if (from.kind === 'STRUCT' || to.kind === 'STRUCT') {
    return (
      from.kind === 'STRUCT' &&
      to.kind === 'STRUCT' &&
      from.fields.length === to.fields.length &&
      from.fields.every((field, index) => isCastable(field.type, to.fields[index]!.type))
    );
  }
  if (from.kind === 'RANGE') {
    return to.kind === 'RANGE' ? sameType(from, to) : to.kind === 'STRING';
  }
  if (to.kind === 'RANGE') return from.kind === 'STRING';
  return CASTS[from.kind].includes(to.kind);
}

/** DuckDB text of `sql`, a value of type `from`, as a value of type `to`; the pair must be castable. */
export function conversionSql(sql: string, from: BqType, to: BqType, context: CastContext): string {
  if (sameType(from, to, true)) return sql;
  if (from.kind === 'ARRAY' && to.kind === 'ARRAY')
    return arrayConversion(sql, from.element, to.element, context);
  if (from.kind === 'STRUCT' && to.kind === 'STRUCT') return structConversion(sql, from, to, context);
  if (to.kind === 'RANGE') return rangeFromText(sql, to.element, context);
  if (from.kind === 'RANGE') return rangeToText(sql, from.element, context);
  const target = duckType(to);
  switch (to.kind) {
    case 'INT64':
      return toInt64(sql, from);
    case 'FLOAT64':
      if (from.kind === 'BIGNUMERIC') return `${own.big_to_double}(CAST(${sql} AS VARCHAR))`;
      if (from.kind === 'STRING') return `CAST(trim(${sql}) AS DOUBLE)`;
      return `CAST(${sql} AS DOUBLE)`;
    case 'FLOAT32':
      return toFloat32(sql, from, context);
    case 'NUMERIC':
      return toNumeric(sql, from);
    case 'BIGNUMERIC':
      return toBignumeric(sql, from);
    case 'BOOL':
      if (from.kind === 'INT64') return `(${sql} <> 0)`;
      return `CASE lower(${sql}) WHEN 'true' THEN true WHEN 'false' THEN false ELSE CAST(${own.error}('Bad bool value: ' || ${sql}) AS BOOLEAN) END`;
    case 'STRING':
      return toText(sql, from, context);
    case 'BYTES':
      return from.kind === 'UUID' ? `from_hex(replace(CAST(${sql} AS VARCHAR), '-', ''))` : `encode(${sql})`;
    case 'UUID':
      return from.kind === 'BYTES' ? `CAST(lower(to_hex(${sql})) AS UUID)` : toUuid(sql);
    case 'DATE':
      if (from.kind === 'STRING')
        return fromCanonicalText(sql, '\\d{4}-\\d{2}-\\d{2}', 'DATE', `${own.cast_date}(${sql})`);
      if (from.kind === 'TIMESTAMP')
        return `CAST(${localTime(instant(sql, from), context.timeZone)} AS DATE)`;
      return `CAST(${sql} AS DATE)`;
    case 'TIME':
      if (from.kind === 'STRING') return `CAST(${own.cast_time}(${sql}) AS TIME)`;
      if (from.kind === 'TIMESTAMP')
        return `CAST(${localTime(instant(sql, from), context.timeZone)} AS TIME)`;
      return `CAST(${sql} AS TIME)`;
    case 'DATETIME':
      if (from.kind === 'STRING') {
        return fromCanonicalText(
          sql,
          '\\d{4}-\\d{2}-\\d{2}[ T]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?',
          'TIMESTAMP',
          `${own.cast_datetime}(${sql})`,
        );
      }
      return from.kind === 'TIMESTAMP'
        ? localTime(instant(sql, from), context.timeZone)
        : `CAST(${sql} AS TIMESTAMP)`;
    case 'TIMESTAMP':
      if (hasNanoseconds(to)) {
        if (from.kind === 'STRING') return packedOfText(sql, zoneText(context.timeZone));
        return packedOfInstant(conversionSql(sql, from, { kind: to.kind }, context));
      }
      if (from.kind === 'STRING') {
        return fromCanonicalText(
          sql,
          '\\d{4}-\\d{2}-\\d{2}[ T]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?(Z|\\+00(:00)?)',
          'TIMESTAMPTZ',
          `${own.cast_timestamp}(${sql}, ${zoneText(context.timeZone)})`,
        );
      }
      return `(CAST(${sql} AS TIMESTAMP) AT TIME ZONE ${zoneText(context.timeZone)})`;
    case 'INTERVAL':
      return `CAST(${own.cast_interval}(${sql}) AS INTERVAL)`;
    default:
      return `CAST(${sql} AS ${target})`;
  }
}

/** Native conversion for the usual shape of the text; `slow` for all others, and to refuse what is wrong. */
function fromCanonicalText(sql: string, pattern: string, duck: string, slow: string): string {
  return `CASE WHEN regexp_full_match(${sql}, '${pattern}') THEN coalesce(TRY_CAST(${sql} AS ${duck}), CAST(${slow} AS ${duck})) ELSE CAST(${slow} AS ${duck}) END`;
}

function zoneText(zone: string): string {
  return `'${zone.replaceAll("'", "''")}'`;
}

function localTime(sql: string, zone: string): string {
  return `(${sql} AT TIME ZONE ${zoneText(zone)})`;
}

function toInt64(sql: string, from: BqType): string {
  switch (from.kind) {
    // BigQuery rounds halves away from zero, DuckDB's cast to even.
    case 'FLOAT32':
    case 'FLOAT64':
      return `CAST(round(${sql}) AS BIGINT)`;
    case 'BIGNUMERIC':
      return `CAST(${own.big_text}(${own.big_round}(CAST(${sql} AS VARCHAR), ${int64Sql(0n)}, 'ROUND_HALF_AWAY_FROM_ZERO')) AS BIGINT)`;
    case 'STRING':
      return `CASE WHEN regexp_full_match(${sql}, '-?[0-9]{1,18}') THEN CAST(${sql} AS BIGINT) ELSE ${own.cast_int64}(${sql}) END`;
    default:
      return `CAST(${sql} AS BIGINT)`;
  }
}

const MAX_FLOAT32 = "'3.4028234663852886e38'::DOUBLE";

function toFloat32(sql: string, from: BqType, context: CastContext): string {
  const wide = from.kind === 'FLOAT64' ? sql : conversionSql(sql, from, { kind: 'FLOAT64' }, context);
  const text = conversionSql(wide, { kind: 'FLOAT64' }, { kind: 'STRING' }, context);
  return `CASE WHEN isfinite(${wide}) AND abs(${wide}) > ${MAX_FLOAT32} THEN CAST(${own.error}('float out of range: ' || ${text}) AS FLOAT) ELSE CAST(${wide} AS FLOAT) END`;
}

function toNumeric(sql: string, from: BqType): string {
  switch (from.kind) {
    case 'STRING':
      return `${own.numeric_cast}(${sql})`;
    case 'FLOAT32':
      return `${own.numeric_from_double}(CAST(${sql} AS DOUBLE))`;
    case 'FLOAT64':
      return `${own.numeric_from_double}(${sql})`;
    case 'BIGNUMERIC':
      return `${own.numeric_cast}(${own.big_text}(CAST(${sql} AS VARCHAR)))`;
    default:
      return `CAST(${sql} AS DECIMAL(38,9))`;
  }
}

function toBignumeric(sql: string, from: BqType): string {
  switch (from.kind) {
    case 'INT64':
      return `CAST(CAST(${sql} AS VARCHAR) || repeat('0', 38) AS BIGNUM)`;
    case 'FLOAT64':
      return `CAST(${own.big_from_double}(${sql}) AS BIGNUM)`;
    case 'NUMERIC':
      return `CAST(${own.big_cast}(CAST(${sql} AS VARCHAR)) AS BIGNUM)`;
    default:
      return `CAST(${own.big_cast}(${sql}) AS BIGNUM)`;
  }
}

function toUuid(sql: string): string {
  return `CASE WHEN regexp_full_match(${sql}, '\\{?[0-9a-fA-F]{4}(-?[0-9a-fA-F]{4}){7}\\}?') THEN CAST(regexp_replace(${sql}, '[{}]', '', 'g') AS UUID) ELSE CAST(${own.error}('Invalid UUID value: ' || ${sql}) AS UUID) END`;
}

/** CAST(… AS STRING) */
function toText(sql: string, from: BqType, context: CastContext): string {
  switch (from.kind) {
    case 'FLOAT32':
      // The digits of a FLOAT32 are those that its own text has.
      return `CASE WHEN isfinite(${sql}) THEN ${floatTextSql(`CAST(CAST(${sql} AS VARCHAR) AS DOUBLE)`)} ELSE ${floatTextSql(`CAST(${sql} AS DOUBLE)`)} END`;
    case 'FLOAT64':
      return floatTextSql(sql);
    case 'NUMERIC':
      return `regexp_replace(CAST(${sql} AS VARCHAR), '\\.?0+$', '')`;
    case 'BIGNUMERIC':
      return `${own.big_text}(CAST(${sql} AS VARCHAR))`;
    case 'BYTES':
      return `${own.bytes_to_string}(${sql})`;
    case 'TIMESTAMP':
      return hasNanoseconds(from)
        ? nanosecondText(sql, context.timeZone)
        : timestampText(sql, context.timeZone, fractionText);
    case 'DATETIME':
      return `(strftime(${sql}, '%Y-%m-%d %H:%M:%S') || ${fractionText(sql)})`;
    case 'TIME':
      return `(left(CAST(${sql} AS VARCHAR), 8) || ${fractionText(sql)})`;
    case 'DATE':
      return `strftime(${sql}, '%Y-%m-%d')`;
    case 'INTERVAL':
      return intervalTextSql(sql);
    default:
      return `CAST(${sql} AS VARCHAR)`;
  }
}

/** DuckDB prints the shortest digits too, save for `.0` and for exponents, which the exact function does. */
function floatTextSql(sql: string): string {
  return `CASE WHEN abs(${sql}) >= 0.0001 AND abs(${sql}) < 1e15 THEN CASE WHEN ${sql} = trunc(${sql}) THEN CAST(CAST(${sql} AS BIGINT) AS VARCHAR) ELSE CAST(${sql} AS VARCHAR) END WHEN ${sql} = 0 THEN '0' WHEN isnan(${sql}) THEN 'NaN' ELSE ${own.float_text}(${sql}) END`;
}

/** '' for whole seconds, else milliseconds or microseconds. */
function fractionText(sql: string): string {
  const micros = `(microsecond(${sql}) % 1000000)`;
  return `CASE WHEN ${micros} = 0 THEN '' WHEN ${micros} % 1000 = 0 THEN printf('.%03d', ${micros} // 1000) ELSE printf('.%06d', ${micros}) END`;
}

/** A TIMESTAMP as DuckDB has it. */
function instant(sql: string, type: BqType): string {
  return hasNanoseconds(type) ? instantOfPacked(sql) : sql;
}

/** The fraction has three, six or nine digits. */
function nanosecondText(packed: string, zone: string): string {
  const beyond = beyondMicros(packed);
  const fraction = (local: string) =>
    `CASE WHEN ${beyond} = 0 THEN ${fractionText(local)} ELSE printf('.%06d%03d', microsecond(${local}) % 1000000, ${beyond}) END`;
  return timestampText(instantOfPacked(packed), zone, fraction);
}

function timestampText(sql: string, zone: string, fraction: (local: string) => string): string {
  const local = localTime(sql, zone);
  const text = `(strftime(${local}, '%Y-%m-%d %H:%M:%S') || ${fraction(local)}`;
  if (zone === 'UTC') return `${text} || '+00')`;
  const offset = `CAST((${own.zone_offset}(epoch_us(${sql}), ${zoneText(zone)}) // 60000000) AS BIGINT)`;
  return `${text} || printf('%s%02d', CASE WHEN ${offset} < 0 THEN '-' ELSE '+' END, abs(${offset}) // 60) || CASE WHEN ${offset} % 60 = 0 THEN '' ELSE printf(':%02d', abs(${offset}) % 60) END)`;
}

function intervalTextSql(sql: string): string {
  const months = `(datepart('year', ${sql}) * 12 + datepart('month', ${sql}))`;
  // Hours, minutes and seconds share one sign; DuckDB's parts are cut toward zero alike.
  const time = `(datepart('hour', ${sql}) * 3600000000 + datepart('minute', ${sql}) * 60000000 + datepart('microsecond', ${sql}))`;
  const sign = (part: string) => `CASE WHEN ${part} < 0 THEN '-' ELSE '' END`;
  const seconds = `abs(${time}) // 1000000`;
  const micros = `abs(${time}) % 1000000`;
  return `(${sign(months)} || printf('%d-%d', abs(${months}) // 12, abs(${months}) % 12) || ' ' || datepart('day', ${sql}) || ' ' || ${sign(time)} || printf('%d:%d:%d', ${seconds} // 3600, ${seconds} // 60 % 60, ${seconds} % 60) || CASE WHEN ${micros} = 0 THEN '' WHEN ${micros} % 1000 = 0 THEN printf('.%03d', ${micros} // 1000) ELSE printf('.%06d', ${micros}) END)`;
}

function arrayConversion(sql: string, from: BqType, to: BqType, context: CastContext): string {
  const name = context.alias('e');
  return `list_transform(${sql}, lambda ${name}: ${conversionSql(name, from, to, context)})`;
}

function structConversion(
  sql: string,
  from: Extract<BqType, { kind: 'STRUCT' }>,
  to: Extract<BqType, { kind: 'STRUCT' }>,
  context: CastContext,
): string {
  const fields = from.fields.map((field, index) => {
    const name = duckFieldName(index);
    return `'${name}': ${conversionSql(`(${sql}).${name}`, field.type, to.fields[index]!.type, context)}`;
  });
  return `CASE WHEN ${sql} IS NULL THEN NULL ELSE {${fields.join(', ')}} END`;
}

function rangeFromText(sql: string, element: BqType, context: CastContext): string {
  const end = (index: number) => {
    const part = `trim(regexp_extract(${sql}, '^\\[(.*),(.*)\\)$', ${index}))`;
    return `CASE WHEN upper(${part}) IN ('UNBOUNDED', 'NULL') THEN NULL ELSE ${conversionSql(part, { kind: 'STRING' }, element, context)} END`;
  };
  return `CASE WHEN ${sql} IS NULL THEN NULL ELSE {'f1': ${end(1)}, 'f2': ${end(2)}} END`;
}

function rangeToText(sql: string, element: BqType, context: CastContext): string {
  const end = (name: string) =>
    `coalesce(${conversionSql(`(${sql}).${name}`, element, { kind: 'STRING' }, context)}, 'UNBOUNDED')`;
  return `CASE WHEN ${sql} IS NULL THEN NULL ELSE '[' || ${end('f1')} || ', ' || ${end('f2')} || ')' END`;
}
