import type { DuckDBValue } from '@duckdb/node-api';
import { printType } from '../../../googlesql/syntax/types.js';
import type { JsonObject, TableEntry, TableField } from '../../catalog/entries.js';
import { fromTableField } from '../../catalog/rest-types.js';
import type { ServerContext } from '../server-context.js';

/** Fields as streamed rows must fill them: a column with a default value may be missing. */
export function withoutDefaults(fields: readonly TableField[]): TableField[] {
  return fields.map((field) =>
    field.defaultValueExpression !== undefined && field.mode === 'REQUIRED'
      ? { ...field, mode: 'NULLABLE' }
      : field,
  );
}

/** Puts default values where a row does not name the column at all; an explicit null stays NULL. */
export async function fillDefaults(
  context: ServerContext,
  table: TableEntry,
  values: DuckDBValue[][],
  sources: readonly JsonObject[],
): Promise<void> {
  const columns = table.fields.flatMap((field, index) =>
    field.defaultValueExpression === undefined ? [] : [{ field, index }],
  );
  if (columns.length === 0 || values.length === 0) return;
  const items = columns.map(
    ({ field }, index) =>
      `CAST((${field.defaultValueExpression}) AS ${printType(fromTableField(field).type)}) AS c${index}`,
  );
  const { projectId, datasetId } = table.ref;
  const result = await context.engine.execute({
    sql: `SELECT ${items.join(', ')} FROM UNNEST(GENERATE_ARRAY(1, ${values.length}))`,
    project: projectId,
    defaultDataset: { projectId, datasetId },
    jobId: 'default-values',
  });
  const defaults = await context.database.rows(`SELECT * FROM ${result.resultTable}`);
  await context.database.run(`DROP TABLE ${result.resultTable}`);
  sources.forEach((source, row) => {
    const named = new Set(Object.keys(source).map((key) => key.toLowerCase()));
    columns.forEach(({ field, index }, column) => {
      if (!named.has(field.name.toLowerCase())) values[row]![index] = defaults[row]![column]!;
    });
  });
}
