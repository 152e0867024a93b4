import {
  arrayOf,
  type BqType,
  collationOf,
  type Field,
  rangeOf,
  type ScalarKind,
  structOf,
} from '../../googlesql/syntax/types.js';
import type { RestType, TableField } from './entries.js';

/** FLOAT32 and UUID are none of BigQuery's. */
type BigQueryKind = Exclude<ScalarKind, 'FLOAT32' | 'UUID'>;

const REST_NAMES: Record<BigQueryKind, RestType> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  NUMERIC: 'NUMERIC',
  BIGNUMERIC: 'BIGNUMERIC',
  BOOL: 'BOOLEAN',
  STRING: 'STRING',
  BYTES: 'BYTES',
  DATE: 'DATE',
  DATETIME: 'DATETIME',
  TIME: 'TIME',
  TIMESTAMP: 'TIMESTAMP',
  INTERVAL: 'INTERVAL',
  JSON: 'JSON',
  GEOGRAPHY: 'GEOGRAPHY',
};

const KINDS_BY_REST_NAME = new Map<string, BigQueryKind>(
  Object.entries(REST_NAMES).map(([kind, name]) => [name, kind as BigQueryKind]),
);

/** A column in REST's terms; anonymous struct fields get BigQuery's names `_field_1`, `_field_2`… */
export function toTableField(field: Field): TableField {
  const { name, type } = field;
  if (type.kind === 'ARRAY') return { ...toTableField({ name, type: type.element }), mode: 'REPEATED' };
  const mode = field.mode ?? 'NULLABLE';
  if (type.kind === 'STRUCT') {
    const fields = type.fields.map((inner, index) =>
      toTableField({ name: inner.name ?? `_field_${index + 1}`, type: inner.type }),
    );
    return { name, type: 'RECORD', mode, fields };
  }
  if (type.kind === 'RANGE') {
    const element = type.element.kind;
    if (element !== 'DATE' && element !== 'DATETIME' && element !== 'TIMESTAMP') {
      throw new Error(`RANGE<${element}> does not exist`);
    }
    return { name, type: 'RANGE', mode, rangeElementType: { type: element } };
  }
  if (type.kind === 'FLOAT32' || type.kind === 'UUID') throw new Error(`BigQuery has no type ${type.kind}`);
  const collation = collationOf(type);
  return { name, type: REST_NAMES[type.kind], mode, ...(collation && { collation }) };
}

/** The type of a column that REST describes. */
export function fromTableField(field: TableField): Field {
  const type = restType(field);
  return { name: field.name, type: field.mode === 'REPEATED' ? arrayOf(type) : type, mode: field.mode };
}

function restType(field: TableField): BqType {
  if (field.type === 'RECORD') {
    return structOf(
      (field.fields ?? []).map((inner) => ({ name: inner.name, type: fromTableField(inner).type })),
    );
  }
  if (field.type === 'RANGE') return rangeOf({ kind: field.rangeElementType?.type ?? 'DATE' });
  const kind = KINDS_BY_REST_NAME.get(field.type);
  if (kind === undefined) throw new Error(`Columns of type ${field.type} are not supported`);
  return field.collation === 'und:ci' ? { kind, collation: field.collation } : { kind };
}
