import { type BqType, duckFieldName, duckType, hasNanoseconds, type RangeType } from '../syntax/types.js';
import { parseFloatText } from '../values/float-text.js';
import { readWkt, storedText } from '../values/geography/text.js';
import { duckIntervalText, type IntervalValue, intervalOfCastText } from '../values/interval-text.js';
import { canonicalJson, jsonText, parseJson } from '../values/json-value.js';
import { nanosOfText, packNanos } from '../values/nanoseconds.js';
import { decimalText, NUMERIC_SCALE, parseStrict } from '../values/numeric.js';
import {
  dateOfText,
  dateTextOf,
  datetimeOfText,
  datetimeTextOf,
  timeOfText,
  timestampOfText,
  timeTextOf,
} from '../values/time-text.js';
import { quoteString } from './quote.js';

export const INT64_MAX = 2n ** 63n - 1n;
export const INT64_MIN = -(2n ** 63n);

/** DuckDB text of an INT64; a bare number would be a 32-bit integer there. */
export function int64Sql(number: bigint): string {
  return number < 0n ? `CAST(${number} AS BIGINT)` : `${number}::BIGINT`;
}

/** DuckDB text of a FLOAT64; through a string, as `0.1` alone would be a decimal there. */
export function floatSql(number: number): string {
  if (Number.isNaN(number)) return "'nan'::DOUBLE";
  if (!Number.isFinite(number)) return `'${number > 0 ? '' : '-'}infinity'::DOUBLE`;
  return `'${Object.is(number, -0) ? '-0' : number}'::DOUBLE`;
}

/** DuckDB text of a TIMESTAMP that has nanoseconds. @param nanos since 1970-01-01 */
export function nanosecondsSql(nanos: bigint): string {
  return `${packNanos(nanos)}::HUGEINT`;
}

export function bytesSql(bytes: Uint8Array): string {
  return `from_hex('${Buffer.from(bytes).toString('hex')}')`;
}

export function intervalSql(interval: IntervalValue): string {
  return `INTERVAL '${duckIntervalText(interval)}'`;
}

/**
 * DuckDB text of a value of `type` given as text (typed literals, parameters, literals that coerce); undefined when
 * the text is no such value.
 */
export function textSql(type: BqType, text: string, timeZone: string): string | undefined {
  switch (type.kind) {
    case 'STRING':
      return quoteString(text);
    case 'INT64': {
      if (!/^\s*[+-]?\d+\s*$/.test(text)) return undefined;
      const number = BigInt(text.trim().replace(/^\+/, ''));
      return number > INT64_MAX || number < INT64_MIN ? undefined : int64Sql(number);
    }
    case 'FLOAT64':
      return floatText(text);
    case 'FLOAT32': {
      const float = floatText(text);
      return float === undefined ? undefined : `CAST(${float} AS FLOAT)`;
    }
    case 'UUID':
      return /^\{?[0-9a-f]{4}(?:-?[0-9a-f]{4}){7}\}?$/i.test(text)
        ? `CAST('${text.replace(/[{}]/g, '')}' AS UUID)`
        : undefined;
    case 'BOOL':
      return /^true$/i.test(text) ? 'true' : /^false$/i.test(text) ? 'false' : undefined;
    case 'NUMERIC': {
      const scaled = attempt(() => parseStrict(text, 'NUMERIC'));
      return scaled === undefined
        ? undefined
        : `CAST('${decimalText(scaled, NUMERIC_SCALE)}' AS DECIMAL(38,9))`;
    }
    case 'BIGNUMERIC': {
      const scaled = attempt(() => parseStrict(text, 'BIGNUMERIC'));
      return scaled === undefined ? undefined : `CAST('${scaled}' AS BIGNUM)`;
    }
    case 'DATE': {
      const days = dateOfText(text);
      return days === undefined ? undefined : `DATE '${dateTextOf(days)}'`;
    }
    case 'TIME': {
      const micros = timeOfText(text);
      return micros === undefined ? undefined : `TIME '${timeTextOf(micros)}'`;
    }
    case 'DATETIME': {
      const micros = datetimeOfText(text);
      return micros === undefined ? undefined : `TIMESTAMP '${datetimeTextOf(micros)}'`;
    }
    case 'TIMESTAMP': {
      if (hasNanoseconds(type)) {
        const nanos = nanosOfText(text, timeZone);
        return nanos === undefined ? undefined : nanosecondsSql(nanos);
      }
      const micros = timestampOfText(text, timeZone);
      return micros === undefined ? undefined : `TIMESTAMPTZ '${datetimeTextOf(micros)}+00'`;
    }
    case 'INTERVAL': {
      const interval = intervalOfCastText(text);
      return interval === undefined ? undefined : intervalSql(interval);
    }
    case 'JSON': {
      const json = attempt(() => jsonText(canonicalJson(parseJson(text))));
      return json === undefined ? undefined : quoteString(json);
    }
    case 'GEOGRAPHY': {
      const stored = attempt(() => storedText(readWkt(text)));
      return stored === undefined ? undefined : quoteString(stored);
    }
    case 'BYTES':
      return bytesSql(new TextEncoder().encode(text));
    case 'RANGE':
      return rangeSql(type, text, timeZone);
    default:
      return undefined;
  }
}

function floatText(text: string): string | undefined {
  const trimmed = text.trim();
  const number = parseFloatText(trimmed);
  if (trimmed === '' || (Number.isNaN(number) && !/^[+-]?nan$/i.test(trimmed))) return undefined;
  return floatSql(number);
}

export function rangeSql(type: RangeType, text: string, timeZone: string): string | undefined {
  const match = /^\[([^,]+),([^,]+)\)$/.exec(text);
  if (match === null) return undefined;
  const ends = [match[1]!.trim(), match[2]!.trim()].map((end) =>
    /^(unbounded|null)$/i.test(end)
      ? `CAST(NULL AS ${duckType(type.element)})`
      : textSql(type.element, end, timeZone),
  );
  if (ends[0] === undefined || ends[1] === undefined) return undefined;
  return `{'f1': ${ends[0]}, 'f2': ${ends[1]}}`;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** DuckDB text of a struct of these fields. */
export function structSql(fields: readonly string[]): string {
  if (fields.length === 0) return '{f1: CAST(NULL AS BOOLEAN)}';
  return `{${fields.map((field, index) => `'${duckFieldName(index)}': ${field}`).join(', ')}}`;
}
