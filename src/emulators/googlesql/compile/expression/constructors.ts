import { quoteString } from '../../duck/quote.js';
import { duck, raw, series, struct } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import { sharing } from '../../functions/share.js';
import { own } from '../../functions/udf.js';
import type { ArrayConstructor, Identifier, StructConstructor, Subscript } from '../../syntax/ast.js';
import {
  arrayOf,
  type BqType,
  commonSupertype,
  duckFieldName,
  duckType,
  INT64,
  JSON_TYPE,
  printType,
  STRING,
  type StructField,
  structOf,
} from '../../syntax/types.js';
import type { Scope } from '../scope/scope.js';
import { type Value, value } from '../scope/value.js';
import { constrain } from './cast-expression.js';
import { coerce, tryCoerce } from './casts.js';
import { typeOfNode } from './type-nodes.js';

export function compileArray(node: ArrayConstructor, scope: Scope): Value {
  const context = scope.castContext;
  const items = node.elements.map((element) => scope.compile(element));
  const declared =
    node.element === undefined
      ? undefined
      : typeOfNode(node.element, scope.compilation.dialect.timestampDigits);
  if (declared === undefined && items.length === 0) {
    return {
      ...value(raw('CAST([] AS BIGINT[])', 'cast'), arrayOf(INT64), node.pos),
      coercibility: 'emptyArray',
    };
  }
  const element = declared ?? commonSupertype(items);
  if (element === undefined) {
    const types = items.map((item) => printType(item.type)).join(', ');
    throw invalidQuery(`Array elements of types {${types}} do not have a common supertype`, node.pos);
  }
  if (element.kind === 'ARRAY') {
    throw invalidQuery(
      `Cannot construct array with element type ${printType(element)} because nested arrays are not supported`,
      node.pos,
    );
  }
  const fitted = items.map((item) => {
    const given = tryCoerce(item, element, context);
    const converted =
      given === undefined || node.element === undefined
        ? given
        : constrain(given, element, node.element, context);
    if (converted === undefined) {
      throw invalidQuery(
        `Array element type ${printType(item.type)} does not coerce to ${printType(element)}`,
        item.pos,
      );
    }
    return converted;
  });
  const list = duck`[${series(
    fitted.map((item) => item.sql),
    ', ',
  )}]`;
  const sql =
    fitted.length === 0 || fitted.every((item) => item.literal === null)
      ? duck`CAST(${list} AS ${duckType(element)}[])`
      : list;
  const literal =
    declared === undefined &&
    items.every((item) => item.coercibility === 'literal' || item.coercibility === 'null');
  return value(sql, arrayOf(element), node.pos, literal ? 'literal' : 'none');
}

export function compileStruct(node: StructConstructor, scope: Scope): Value {
  const context = scope.castContext;
  const declared =
    node.type === undefined ? undefined : typeOfNode(node.type, scope.compilation.dialect.timestampDigits);
  if (declared?.kind === 'STRUCT' && declared.fields.length !== node.fields.length) {
    throw invalidQuery(
      `STRUCT type has ${declared.fields.length} fields but constructor call has ${node.fields.length} fields`,
      node.pos,
    );
  }
  const inputs: Value[] = [];
  const values: Value[] = [];
  const fields: StructField[] = [];
  for (const [index, field] of node.fields.entries()) {
    const input = scope.compile(field.expression);
    inputs.push(input);
    const wanted = declared?.kind === 'STRUCT' ? declared.fields[index] : undefined;
    if (wanted !== undefined) {
      const converted = tryCoerce(input, wanted.type, context);
      if (converted === undefined) {
        throw invalidQuery(
          `Struct field ${index + 1} has type ${printType(input.type)} which does not coerce to ${printType(wanted.type)}`,
          input.pos,
        );
      }
      const written = node.type?.kind === 'StructType' ? node.type.fields[index]!.type : undefined;
      values.push(written === undefined ? converted : constrain(converted, wanted.type, written, context));
      fields.push(wanted);
      continue;
    }
    const name = field.alias?.name ?? (node.tuple ? undefined : input.name);
    values.push(input.coercibility === 'null' ? coerce(input, INT64, context) : input);
    fields.push(name === undefined ? { type: input.type } : { name, type: input.type });
  }
  const literal =
    declared === undefined &&
    values.length > 0 &&
    values.every((item) => item.coercibility === 'literal' || item.literal === null);
  const sql = struct(values.map((item) => item.sql));
  const result = value(sql, structOf(fields), node.pos, literal ? 'literal' : 'none');
  return declared === undefined ? { ...result, parts: inputs, constructed: sql } : result;
}

/** `operand.field` of a struct or a JSON value. */
export function fieldOf(operand: Value, field: Identifier): Value {
  if (operand.type.kind === 'JSON') {
    const sql = duck`${own.json_member}(${operand.sql}, ${quoteString(field.name)})`;
    return { ...value(sql, JSON_TYPE, field.pos), name: field.name };
  }
  if (operand.type.kind !== 'STRUCT') {
    throw invalidQuery(
      `Cannot access field ${field.name} on a value with type ${printType(operand.type)}`,
      field.pos,
    );
  }
  const wanted = field.name.toLowerCase();
  const found = operand.type.fields.flatMap((item, index) =>
    item.name?.toLowerCase() === wanted ? [index] : [],
  );
  if (found.length === 0) {
    throw invalidQuery(`Field name ${field.name} does not exist in ${printType(operand.type)}`, field.pos);
  }
  if (found.length > 1) throw invalidQuery(`Struct field name ${field.name} is ambiguous`, field.pos);
  const index = found[0]!;
  const item = operand.type.fields[index]!;
  return {
    ...value(duck`(${operand.sql}).${duckFieldName(index)}`, item.type, field.pos),
    name: item.name,
  };
}

/** `array[OFFSET(i)]`, `array[i]`, `json['key']`, `struct[0]` */
export function subscript(node: Subscript, operand: Value, scope: Scope): Value {
  const context = scope.castContext;
  const index = scope.compile(node.index);
  if (operand.type.kind === 'JSON') {
    if (node.mode !== undefined) throw invalidQuery(`JSON subscript does not take ${node.mode}`, node.pos);
    const text = tryCoerce(index, STRING, context);
    const name = index.type.kind === 'STRING' && text !== undefined ? own.json_member : own.json_item;
    const key = name === own.json_member ? index : coerce(index, INT64, context);
    return value(duck`${name}(${operand.sql}, ${key.sql})`, JSON_TYPE, node.pos);
  }
  if (operand.type.kind === 'STRUCT') return structSubscript(node, operand, index);
  if (operand.type.kind !== 'ARRAY') {
    throw invalidQuery(
      `Element access using [] is not supported on values of type ${printType(operand.type)}`,
      node.pos,
    );
  }
  const position = tryCoerce(index, INT64, context);
  if (position === undefined) {
    throw invalidQuery(
      `Array position in [] must be coercible to INT64 type, but has type ${printType(index.type)}`,
      index.pos,
    );
  }
  return elementAt(operand, position, node.mode ?? 'OFFSET', operand.type.element, node);
}

function elementAt(array: Value, index: Value, mode: string, element: BqType, node: Subscript): Value {
  const safe = mode.startsWith('SAFE_');
  const fromOne = mode.endsWith('ORDINAL');
  const first = fromOne ? 1n : 0n;
  const known = typeof index.literal === 'bigint' ? index.literal : undefined;
  // No array is that long, so that the last INT64 may stand for the place after it.
  const last = 2n ** 63n - 1n;
  const oneBased = (at: string): string => {
    if (fromOne) return at;
    return known === undefined ? `(${at} + 1)` : String(known === last ? last : known + 1n);
  };
  // DuckDB counts negative places from the end; BigQuery has no such elements.
  if (known !== undefined && known < first) {
    const text = safe ? `CAST(NULL AS ${duckType(element)})` : outOfBounds(String(known), element);
    return value(raw(text), element, node.pos);
  }
  const sql = sharing([array.sql, index.sql], ([list, at]) => {
    // DuckDB knows no type of the element at a place that is NULL always.
    const get = `CAST((${list})[${oneBased(at!)}] AS ${duckType(element)})`;
    if (safe && known !== undefined) return get;
    if (safe) return `CASE WHEN ${at} >= ${first} AND ${at} <= len(${list}) THEN ${get} END`;
    const limit = fromOne ? `> len(${list})` : `>= len(${list})`;
    const low = known === undefined ? `${at} < ${first} OR ` : '';
    const failure = outOfBounds(known === undefined ? `' || ${at} || '` : String(known), element);
    return `CASE WHEN ${low}${at} ${limit} THEN ${failure} ELSE ${get} END`;
  });
  return value(sql, element, node.pos);
}

function outOfBounds(shown: string, element: BqType): string {
  return `CAST(${own.error}('Array index ${shown} is out of bounds') AS ${duckType(element)})`;
}

function structSubscript(node: Subscript, operand: Value, index: Value): Value {
  if (operand.type.kind !== 'STRUCT' || typeof index.literal !== 'bigint') {
    throw invalidQuery('A struct is subscripted by an integer literal', node.pos);
  }
  const place = Number(index.literal) - (node.mode?.endsWith('ORDINAL') ? 1 : 0);
  const field = operand.type.fields[place];
  if (field === undefined)
    throw invalidQuery(`Struct subscript ${index.literal} is out of bounds`, index.pos);
  return value(duck`(${operand.sql}).${duckFieldName(place)}`, field.type, node.pos);
}
