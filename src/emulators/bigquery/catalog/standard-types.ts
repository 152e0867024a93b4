import { notImplemented } from '../../googlesql/errors.js';
import { arrayOf, type BqType, rangeOf, scalarType, structOf } from '../../googlesql/syntax/types.js';
import type { JsonObject, JsonValue } from './entries.js';

function object(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

/** A type in REST's `StandardSqlDataType` shape, as routines carry it; undefined for ANY TYPE. */
export function fromStandardType(data: JsonValue | undefined): BqType | undefined {
  const source = object(data);
  const kind = source?.['typeKind'];
  if (source === undefined || typeof kind !== 'string' || kind === 'TYPE_KIND_UNSPECIFIED') return undefined;
  if (kind === 'ARRAY') {
    const element = fromStandardType(source['arrayElementType']);
    return element === undefined ? undefined : arrayOf(element);
  }
  if (kind === 'RANGE') {
    const element = fromStandardType(source['rangeElementType']);
    return element === undefined ? undefined : rangeOf(element);
  }
  if (kind === 'STRUCT') {
    const fields = object(source['structType'])?.['fields'];
    const list = Array.isArray(fields) ? fields : [];
    return structOf(
      list.map((item) => {
        const field = object(item) ?? {};
        const type = fromStandardType(field['type']);
        if (type === undefined) throw notImplemented('A struct field without type');
        return typeof field['name'] === 'string' && field['name'] !== ''
          ? { name: field['name'], type }
          : { type };
      }),
    );
  }
  const type = scalarType(kind);
  if (type === undefined) throw notImplemented(`The type ${kind}`);
  return type;
}

/** A type in REST's `StandardSqlDataType` shape. */
export function toStandardType(type: BqType): JsonObject {
  switch (type.kind) {
    case 'ARRAY':
      return { typeKind: 'ARRAY', arrayElementType: toStandardType(type.element) };
    case 'RANGE':
      return { typeKind: 'RANGE', rangeElementType: toStandardType(type.element) };
    case 'STRUCT':
      return {
        typeKind: 'STRUCT',
        structType: {
          fields: type.fields.map(
            (field): JsonObject =>
              field.name === undefined
                ? { type: toStandardType(field.type) }
                : { name: field.name, type: toStandardType(field.type) },
          ),
        },
      };
    default:
      return { typeKind: type.kind };
  }
}
