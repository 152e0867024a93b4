import { quoteString } from '../duck/database.js';
import { invalidQuery } from '../errors.js';
import { canonicalJson, jsonText, parseJson } from '../functions/js/json-value.js';
import { decimalText, NUMERIC_SCALE, parseStrict } from '../functions/js/numeric.js';
import { parseFloatText } from '../functions/js/typed-value.js';
import type { IntegerLiteral, Position, TypedLiteral } from '../sql/ast.js';
import {
  BOOL,
  type BqType,
  BYTES,
  duckType,
  FLOAT64,
  INT64,
  JSON_TYPE,
  printType,
  type RangeType,
  STRING,
  scalarType,
} from '../sql/types.js';
import { duckIntervalText, type IntervalValue, intervalOfCastText } from './interval-text.js';
import {
  dateOfText,
  dateTextOf,
  datetimeOfText,
  datetimeTextOf,
  timeOfText,
  timestampOfText,
  timeTextOf,
} from './time-text.js';
import { literalValue, type Value } from './value.js';

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** DuckDB text of an INT64; a bare number would be a 32-bit integer there. */
export function int64Sql(number: bigint): string {
  return number < 0n ? `CAST(${number} AS BIGINT)` : `${number}::BIGINT`;
}

export function integerLiteral(node: IntegerLiteral, negative: boolean, pos: Position): Value {
  const number = negative ? -node.value : node.value;
  if (number > INT64_MAX || number < INT64_MIN) {
    throw invalidQuery(`Invalid integer literal: ${negative ? '-' : ''}${node.text}`, node.pos);
  }
  return literalValue(int64Sql(number), INT64, pos, number);
}

export function floatLiteral(text: string, pos: Position): Value {
  if (!Number.isFinite(Number(text))) throw invalidQuery(`Invalid floating point literal: ${text}`, pos);
  return literalValue(floatSql(Number(text)), FLOAT64, pos, text);
}

/** DuckDB text of a FLOAT64; through a string, as `0.1` alone would be a decimal there. */
export function floatSql(number: number): string {
  if (Number.isNaN(number)) return "'nan'::DOUBLE";
  if (!Number.isFinite(number)) return `'${number > 0 ? '' : '-'}infinity'::DOUBLE`;
  return `'${Object.is(number, -0) ? '-0' : number}'::DOUBLE`;
}

export function stringLiteral(text: string, pos: Position): Value {
  return literalValue(stringSql(text), STRING, pos, text);
}

/** DuckDB text of a STRING. */
export const stringSql = quoteString;

export function bytesLiteral(bytes: Uint8Array, pos: Position): Value {
  return literalValue(bytesSql(bytes), BYTES, pos, bytes);
}

export function bytesSql(bytes: Uint8Array): string {
  return `from_hex('${Buffer.from(bytes).toString('hex')}')`;
}

export function booleanLiteral(flag: boolean, pos: Position): Value {
  return literalValue(flag ? 'true' : 'false', BOOL, pos, flag);
}

export function nullLiteral(pos: Position): Value {
  return { sql: 'NULL', type: INT64, pos, coercibility: 'null', literal: null };
}

export function typedNull(type: BqType, pos: Position): Value {
  return { sql: `CAST(NULL AS ${duckType(type)})`, type, pos, coercibility: 'literal', literal: null };
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
      return stringSql(text);
    case 'INT64': {
      if (!/^\s*[+-]?\d+\s*$/.test(text)) return undefined;
      const number = BigInt(text.trim().replace(/^\+/, ''));
      return number > INT64_MAX || number < INT64_MIN ? undefined : int64Sql(number);
    }
    case 'FLOAT64':
      return floatText(text);
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
      const micros = timestampOfText(text, timeZone);
      return micros === undefined ? undefined : `TIMESTAMPTZ '${datetimeTextOf(micros)}+00'`;
    }
    case 'INTERVAL': {
      const interval = intervalOfCastText(text);
      return interval === undefined ? undefined : intervalSql(interval);
    }
    case 'JSON': {
      const json = attempt(() => jsonText(canonicalJson(parseJson(text))));
      return json === undefined ? undefined : stringSql(json);
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

function rangeSql(type: RangeType, text: string, timeZone: string): string | undefined {
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

/** `DATE '2024-01-01'`, `NUMERIC '1.5'`, `JSON '{}'`. */
export function typedLiteral(node: TypedLiteral, timeZone: string): Value {
  const type = scalarType(node.type) ?? JSON_TYPE;
  const sql = textSql(type, node.value, timeZone);
  if (sql === undefined) throw invalidQuery(badLiteral(type, node.value), node.pos);
  // A typed literal does not coerce as a bare string does.
  return { sql, type, pos: node.pos, coercibility: 'none', literal: node.value };
}

function badLiteral(type: BqType, text: string): string {
  if (type.kind === 'JSON')
    return `Invalid JSON literal: syntax error while parsing value - invalid literal: ${text}`;
  return `Invalid ${printType(type)} literal: ${quoteDouble(text)}`;
}

export function rangeLiteral(type: RangeType, text: string, pos: Position, timeZone: string): Value {
  const sql = rangeSql(type, text, timeZone);
  if (sql === undefined) throw invalidQuery(`Invalid ${printType(type)} literal: ${quoteDouble(text)}`, pos);
  return { sql, type, pos, coercibility: 'none', literal: text };
}

/** Text in double quotes, as error messages show it. */
function quoteDouble(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** A numeric or string literal as a literal of another type, when it can be one. */
export function literalAs(input: Value, type: BqType, timeZone: string): Value {
  const fail = (): never => {
    throw invalidQuery(`Could not cast literal ${showLiteral(input)} to type ${printType(type)}`, input.pos);
  };
  const literal = input.literal;
  if (typeof literal === 'string' || typeof literal === 'bigint') {
    const sql = textSql(type, String(literal), timeZone);
    return { ...input, sql: sql ?? fail(), type, literal: String(literal) };
  }
  return fail();
}

function showLiteral(input: Value): string {
  return input.type.kind === 'STRING' ? quoteDouble(String(input.literal)) : String(input.literal);
}
