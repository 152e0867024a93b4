import type { Value } from './cell-problem.js';
import type { Field, TableSchema } from './table-schema.js';

/** A column in BigQuery's REST API. */
export interface BigQueryColumn {
  name: string;
  type: string;
  mode: 'NULLABLE' | 'REQUIRED' | 'REPEATED';
  description?: string;
  maxLength?: string;
}

export interface BigQueryTableSpec {
  schema: { fields: BigQueryColumn[] };
  timePartitioning?: { type: 'DAY'; field: string };
  clustering?: { fields: string[] };
}

/** Legacy names are what `tables.get` answers, so the same names are sent. */
const REST_TYPES = {
  STRING: 'STRING',
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  NUMERIC: 'NUMERIC',
  BOOL: 'BOOLEAN',
  DATE: 'DATE',
  TIMESTAMP: 'TIMESTAMP',
  JSON: 'JSON',
  BYTES: 'BYTES',
} as const;

/**
 * The table in BigQuery. Only key columns are REQUIRED: a source may bring part of a record, and a column can be
 * added to a table as NULLABLE only.
 */
export function bigQueryTable(schema: TableSchema): BigQueryTableSpec {
  const spec: BigQueryTableSpec = { schema: { fields: schema.fields.map((field) => column(schema, field)) } };
  if (schema.partitionBy !== undefined) spec.timePartitioning = { type: 'DAY', field: schema.partitionBy };
  if (schema.clusterBy.length > 0) spec.clustering = { fields: [...schema.clusterBy] };
  return spec;
}

function column(schema: TableSchema, field: Field): BigQueryColumn {
  const required = schema.primaryKey.includes(field.name);
  const described: BigQueryColumn = {
    name: field.name,
    type: REST_TYPES[field.type],
    mode: field.array ? 'REPEATED' : required ? 'REQUIRED' : 'NULLABLE',
  };
  if (field.description !== undefined) described.description = field.description;
  return described;
}

/**
 * A value as NDJSON and streaming inserts take it: INT64 and NUMERIC as text, JSON embedded, NaN and infinities
 * as text. A NULL array is an empty one, since BigQuery stores no NULL array.
 */
export function bigQueryJson(field: Field, value: Value): string {
  if (value === null) return field.array ? '[]' : 'null';
  if (Array.isArray(value)) return `[${value.map((element) => scalarJson(field, element)).join(',')}]`;
  return scalarJson(field, value);
}

function scalarJson(field: Field, value: Value): string {
  if (field.type === 'JSON' && typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : `"${value}"`;
  if (field.type === 'TIMESTAMP' && typeof value === 'string') return `"${toMicroseconds(value)}"`;
  return JSON.stringify(value);
}

/** BigQuery keeps microseconds and refuses more digits. */
function toMicroseconds(timestamp: string): string {
  return timestamp.length > 27 ? `${timestamp.slice(0, 26)}Z` : timestamp;
}
