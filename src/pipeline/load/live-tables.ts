import { notReadyError } from '../../errors/healthmon-error.js';
import type { SpannerData } from '../../gcp/spanner/data.js';
import { type LiveTable, readLiveTable } from '../../gcp/spanner/live-table.js';
import { identifierOf } from '../../schema/parse-table-schema.js';
import { spannerColumns, spannerType, withoutLength } from '../../schema/spanner-ddl.js';
import type { TableSchema } from '../../schema/table-schema.js';
import type { Reference } from './foreign-keys.js';
import type { LoadInput } from './scan.js';

/** The table of a schema. Exit code 3 when it is missing or no row would fit. */
export async function liveTableOf(data: SpannerData, schema: TableSchema): Promise<LiveTable> {
  const live = await readLiveTable(data, schema.spannerTable);
  if (live === undefined) {
    throw notReadyError({
      code: 'not-provisioned',
      message: `The Spanner table ${schema.spannerTable} does not exist.`,
      suggestion:
        schema.spannerTable === 'PatientInfo'
          ? 'Run "healthmon provision" first.'
          : 'Run "healthmon provision --schema FILE" with the table schema first.',
    });
  }
  const differences = unfit(schema, live);
  if (differences.length > 0) {
    throw notReadyError({
      code: 'schema-drift',
      message: `The table ${schema.spannerTable} does not fit its schema.`,
      detail: differences.join('\n'),
      suggestion: '"healthmon provision --diff" shows what provision would add and what it cannot change.',
    });
  }
  return live;
}

/** What would make Spanner refuse every row. Lengths and NULLs may differ: those are for single rows to fail by. */
function unfit(schema: TableSchema, live: LiveTable): string[] {
  const columns = new Map(live.columns.map((column) => [column.name, column]));
  const written = spannerColumns(schema);
  const differences: string[] = [];
  for (const field of written.filter(({ filledBy }) => filledBy !== 'commit-timestamp')) {
    const column = columns.get(field.name);
    const type = withoutLength(spannerType(field));
    if (column === undefined) differences.push(`The column ${field.name} is missing.`);
    else if (column.generated) differences.push(`The column ${field.name} is computed by Spanner.`);
    else if (withoutLength(column.type) !== type) {
      differences.push(`The column ${field.name} is ${column.type}, the schema says ${type}.`);
    }
  }
  for (const { name, nullable, hasDefault, generated } of live.columns) {
    if (!nullable && !hasDefault && !generated && !written.some((field) => field.name === name)) {
      differences.push(`The column ${name} requires a value, and the schema lacks it.`);
    }
  }
  if (live.primaryKey.join() !== schema.primaryKey.join()) {
    differences.push(
      `The key is (${live.primaryKey.join(', ')}), the schema says (${schema.primaryKey.join(', ')}).`,
    );
  }
  return differences;
}

/** References to tables of this load, or to tables of that name in the database. */
export async function referencesOf(
  data: SpannerData,
  schema: TableSchema,
  input: LoadInput,
): Promise<Reference[]> {
  const found: Reference[] = [];
  for (const key of schema.foreignKeys) {
    const parent =
      key.resource === '' ? schema : input.find((table) => table.schema.name === key.resource)?.schema;
    const parentTable = parent?.spannerTable ?? identifierOf(key.resource);
    const live = await readLiveTable(data, parentTable);
    if (live === undefined) {
      throw notReadyError({
        code: 'not-provisioned',
        message: `The table ${parentTable}, which ${schema.spannerTable} refers to, does not exist.`,
        suggestion: 'Run "healthmon provision --schema FILE" with its table schema first.',
      });
    }
    const isPrimaryKey = live.primaryKey.join() === key.referencedFields.join();
    found.push({ key, parentTable, isPrimaryKey, withinTable: parentTable === schema.spannerTable });
  }
  return found;
}
