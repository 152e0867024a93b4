import { textSql } from '../../duck/literal-text.js';
import { duck, raw, type Sql, struct } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import { type CastContext, conversionSql, isCastable } from '../../functions/conversions.js';
import { sharing } from '../../functions/share.js';
import { own } from '../../functions/udf.js';
import type { Position } from '../../syntax/ast.js';
import { type BqType, coercionCost, duckType, printType, sameType } from '../../syntax/types.js';
import { type Value, value } from '../scope/value.js';
import { literalAs, typedNull } from './literals.js';

// Implicit conversion

/** `input` as a value of `type`, as BigQuery converts arguments by itself; undefined when it does not. */
export function tryCoerce(input: Value, type: BqType, context: CastContext): Value | undefined {
  const parts = partsOf(input);
  if (coercionCost(input.type, type, input.coercibility, parts) === undefined) return undefined;
  if (input.undeclared !== undefined) context.declare?.(input.undeclared, type);
  if (input.coercibility === 'null') return nullAs(input, type);
  if (input.coercibility === 'emptyArray') {
    return { ...input, sql: raw(`CAST([] AS ${duckType(type)})`, 'cast'), type, coercibility: 'literal' };
  }
  if (sameType(input.type, type, true)) return { ...input, type };
  if (parts !== undefined && type.kind === 'STRUCT') {
    const fields = parts.map((part, index) => coerce(part, type.fields[index]!.type, context).sql);
    return { ...input, sql: struct(fields), type };
  }
  if (input.coercibility === 'literal' && typeof input.literal === 'string' && input.type.kind !== 'BYTES') {
    return literalAs(input, type, context.timeZone);
  }
  if (typeof input.literal === 'bigint' && (type.kind === 'NUMERIC' || type.kind === 'BIGNUMERIC')) {
    return literalAs(input, type, context.timeZone);
  }
  return { ...input, sql: sharedConversion(input, type, context), type };
}

/** NULL, or a call of ERROR, as a value of a type. */
function nullAs({ pos, name, failure }: Value, type: BqType): Value {
  if (failure === undefined) return { ...typedNull(type, pos), name };
  const sql = duck`CAST(${own.error}(${failure}) AS ${duckType(type)})`;
  return { ...value(sql, type, pos), name, failure };
}

export function coerce(input: Value, type: BqType, context: CastContext): Value {
  const coerced = tryCoerce(input, type, context);
  if (coerced === undefined) {
    throw invalidQuery(`Could not convert ${printType(input.type)} to ${printType(type)}`, input.pos);
  }
  return coerced;
}

/** The fields of a struct constructor, as long as the value still is what the constructor wrote. */
function partsOf({ sql, parts, constructed }: Value): readonly Value[] | undefined {
  return constructed === sql ? parts : undefined;
}

// Explicit conversion

/** CAST(input AS type). A literal that cannot be cast fails when it is reached. */
export function castValue(input: Value, type: BqType, pos: Position, context: CastContext): Value {
  if (input.undeclared !== undefined) context.declare?.(input.undeclared, type);
  if (input.coercibility === 'null') return { ...nullAs(input, type), pos, coercibility: 'none' };
  if (input.coercibility === 'emptyArray' && type.kind === 'ARRAY') {
    return { ...input, sql: raw(`CAST([] AS ${duckType(type)})`, 'cast'), type, pos, coercibility: 'none' };
  }
  if (!isCastable(input.type, type)) {
    throw invalidQuery(`Invalid cast from ${printType(input.type)} to ${printType(type)}`, input.pos);
  }
  if (sameType(input.type, type, true))
    return { ...input, type, pos, coercibility: 'none', literal: undefined };
  const decimal = type.kind === 'NUMERIC' || type.kind === 'BIGNUMERIC';
  const textual =
    input.type.kind === 'STRING' || input.type.kind === 'INT64' || (input.type.kind === 'FLOAT64' && decimal);
  const toText = ['STRING', 'BYTES', 'ARRAY', 'STRUCT'].includes(type.kind);
  const plainTarget = !toText && (type.kind !== 'BOOL' || input.type.kind === 'STRING');
  if (input.literal != null && input.coercibility === 'literal' && textual && plainTarget) {
    const sql = textSql(type, String(input.literal), context.timeZone);
    if (sql !== undefined) return value(raw(sql, 'literal'), type, pos);
  }
  return value(sharedConversion(input, type, context), type, pos);
}

function sharedConversion(input: Value, type: BqType, context: CastContext): Sql {
  return sharing([input.sql], ([sql]) => conversionSql(sql!, input.type, type, context)).as('cast');
}
