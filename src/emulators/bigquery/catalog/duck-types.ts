import type { RestType, TableField } from './entries.js';

/** DuckDB storage type of each scalar BigQuery type. */
const SCALAR_STORAGE = {
  STRING: 'VARCHAR',
  BYTES: 'BLOB',
  INTEGER: 'BIGINT',
  FLOAT: 'DOUBLE',
  BOOLEAN: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMP WITH TIME ZONE',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'TIMESTAMP',
  NUMERIC: 'DECIMAL(38,9)',
  BIGNUMERIC: 'DECIMAL(38,9)',
  JSON: 'VARCHAR',
  INTERVAL: 'INTERVAL',
} as const satisfies Partial<Record<RestType, string>>;

/** DuckDB type that stores a column; struct fields are positional (`f1`, `f2`…). */
export function duckType(field: TableField): string {
  const element = elementType(field);
  return field.mode === 'REPEATED' ? `${element}[]` : element;
}

function elementType(field: TableField): string {
  if (field.type === 'RECORD') {
    const members = (field.fields ?? []).map((member, index) => `f${index + 1} ${duckType(member)}`);
    return `STRUCT(${members.join(', ')})`;
  }
  if (field.type === 'RANGE') {
    const bound = SCALAR_STORAGE[field.rangeElementType!.type];
    return `STRUCT(f1 ${bound}, f2 ${bound})`;
  }
  if (field.type === 'GEOGRAPHY') throw new Error('GEOGRAPHY columns are refused before they reach storage');
  return SCALAR_STORAGE[field.type];
}
