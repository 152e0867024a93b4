import {
  bytesSql,
  floatSql,
  INT64_MAX,
  INT64_MIN,
  int64Sql,
  rangeSql,
  textSql,
} from '../../duck/literal-text.js';
import { quoteString } from '../../duck/quote.js';
import { raw, type Sql } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type { IntegerLiteral, Position, TypedLiteral } from '../../syntax/ast.js';
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
  timestampOfDigits,
} from '../../syntax/types.js';
import { literalValue, type Value } from '../scope/value.js';

function literal(text: string): Sql {
  return raw(text, 'literal');
}

export function integerLiteral(node: IntegerLiteral, negative: boolean, pos: Position): Value {
  const number = negative ? -node.value : node.value;
  if (number > INT64_MAX || number < INT64_MIN) {
    throw invalidQuery(`Invalid integer literal: ${negative ? '-' : ''}${node.text}`, node.pos);
  }
  return literalValue(literal(int64Sql(number)), INT64, pos, number);
}

export function floatLiteral(text: string, pos: Position): Value {
  // One beyond the range of its type is an infinity, as the service reads it.
  return literalValue(literal(floatSql(Number(text))), FLOAT64, pos, text);
}

export function stringLiteral(text: string, pos: Position): Value {
  return literalValue(literal(quoteString(text)), STRING, pos, text);
}

export function bytesLiteral(bytes: Uint8Array, pos: Position): Value {
  return literalValue(literal(bytesSql(bytes)), BYTES, pos, bytes);
}

export function booleanLiteral(flag: boolean, pos: Position): Value {
  return literalValue(literal(flag ? 'true' : 'false'), BOOL, pos, flag);
}

export function nullLiteral(pos: Position): Value {
  return { sql: literal('NULL'), type: INT64, pos, coercibility: 'null', literal: null };
}

export function typedNull(type: BqType, pos: Position): Value {
  return {
    sql: raw(`CAST(NULL AS ${duckType(type)})`, 'cast'),
    type,
    pos,
    coercibility: 'literal',
    literal: null,
  };
}

/** `DATE '2024-01-01'`, `NUMERIC '1.5'`, `JSON '{}'`. */
export function typedLiteral(node: TypedLiteral, timeZone: string, timestampDigits: 6 | 9): Value {
  const type =
    node.type === 'TIMESTAMP' ? timestampOfDigits(timestampDigits) : (scalarType(node.type) ?? JSON_TYPE);
  const sql = textSql(type, node.value, timeZone);
  if (sql === undefined) throw invalidQuery(badLiteral(type, node.value), node.pos);
  // A typed literal does not coerce as a bare string does.
  return { sql: literal(sql), type, pos: node.pos, coercibility: 'none', literal: node.value };
}

function badLiteral(type: BqType, text: string): string {
  if (type.kind === 'JSON')
    return `Invalid JSON literal: syntax error while parsing value - invalid literal: ${text}`;
  return `Invalid ${printType(type)} literal: ${quoteDouble(text)}`;
}

export function rangeLiteral(type: RangeType, text: string, pos: Position, timeZone: string): Value {
  const sql = rangeSql(type, text, timeZone);
  if (sql === undefined) throw invalidQuery(`Invalid ${printType(type)} literal: ${quoteDouble(text)}`, pos);
  return { sql: literal(sql), type, pos, coercibility: 'none', literal: text };
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
  const given = input.literal;
  if (typeof given === 'string' || typeof given === 'bigint') {
    const sql = textSql(type, String(given), timeZone);
    return { ...input, sql: literal(sql ?? fail()), type, literal: String(given) };
  }
  return fail();
}

function showLiteral(input: Value): string {
  return input.type.kind === 'STRING' ? quoteDouble(String(input.literal)) : String(input.literal);
}
