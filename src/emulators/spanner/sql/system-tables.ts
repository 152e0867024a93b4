import type { CatalogTable } from '../../googlesql/compile/scope/query-context.js';
import { quoteIdentifier, quoteString } from '../../googlesql/duck/quote.js';
import { duckType } from '../../googlesql/syntax/types.js';
import { systemTable } from '../schema/information-schema/system-tables.js';
import type { Schema } from '../schema/model.js';

/** Tables of INFORMATION_SCHEMA, their rows written into the query as JSON. */
export function informationSchema(path: readonly string[], schema: Schema): CatalogTable | undefined {
  const table = systemTable(path, schema);
  if (table === undefined) return undefined;
  const fields = table.columns.map(({ name, type }, index) => ({ name, key: `c${index}`, type }));
  const rows = table
    .rows()
    .map((row) => Object.fromEntries(fields.map(({ key }, index) => [key, jsonValue(row[index])])));
  const shape = [Object.fromEntries(fields.map(({ key, type }) => [key, duckType(type)]))];
  const columns = fields.map(({ name, key }) => `r.${key} AS ${quoteIdentifier(name)}`).join(', ');
  const source = `SELECT unnest(from_json(${quoteString(JSON.stringify(rows))}, ${quoteString(JSON.stringify(shape))})) AS r`;
  return {
    kind: 'table',
    name: table.name.split('.'),
    sql: `(SELECT ${columns} FROM (${source}))`,
    columns: fields.map(({ name, type }) => ({ name, physicalName: name, type })),
  };
}

/** Integers here are positions, and counters as text. */
function jsonValue(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
