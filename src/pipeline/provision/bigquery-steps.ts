import type { BigQueryAdmin, BigQueryView, LiveBigQueryTable } from '../../gcp/bigquery/admin.js';
import { type BigQueryTableSpec, bigQueryTable } from '../../schema/bigquery-schema.js';
import type { TableSchema } from '../../schema/table-schema.js';
import { createOrKeep, type Step } from './step.js';

export interface BigQueryPlan {
  dataset: string;
  tables: readonly { name: string; schema: TableSchema }[];
  /** Each after those that it reads. */
  views: readonly (BigQueryView & { name: string })[];
}

/** The dataset, one table for each schema, and the views, which differ when their text does. */
export async function planBigQuery(
  admin: BigQueryAdmin,
  { dataset, tables, views }: BigQueryPlan,
): Promise<Step[]> {
  const exists = await admin.datasetExists();
  const steps = [createOrKeep('bigquery', `dataset ${dataset}`, exists, () => admin.createDataset())];
  for (const { name, schema } of tables) {
    const spec = bigQueryTable(schema);
    const live = exists ? await admin.table(name) : undefined;
    if (live === undefined) {
      steps.push({
        service: 'bigquery',
        resource: `table ${name}`,
        action: 'create',
        detail: [layoutText(spec)],
        apply: () => admin.createTable(name, spec),
      });
    } else steps.push(planTable(admin, name, spec, live));
  }
  for (const { name, ...view } of views) {
    steps.push(planView(admin, name, view, exists ? await admin.view(name) : undefined));
  }
  return steps;
}

function planView(
  admin: BigQueryAdmin,
  name: string,
  view: BigQueryView,
  live: BigQueryView | undefined,
): Step {
  const resource = `view ${name}`;
  if (live === undefined)
    return createOrKeep('bigquery', resource, false, () => admin.createView(name, view));
  const detail = (['query', 'description'] as const)
    .filter((part) => live[part] !== view[part])
    .map((part) => `the ${part} differs from the template`);
  if (detail.length === 0) return { service: 'bigquery', resource, action: 'unchanged' };
  return {
    service: 'bigquery',
    resource,
    action: 'update',
    detail,
    apply: () => admin.updateView(name, view),
  };
}

function layoutText({ schema, timePartitioning, clustering }: BigQueryTableSpec): string {
  const parts = [`${schema.fields.length} columns`];
  if (timePartitioning) parts.push(`partitioned by day of ${timePartitioning.field}`);
  if (clustering) parts.push(`clustered by ${clustering.fields.join(', ')}`);
  return parts.join(', ');
}

/** Newer names of the types, which some answers use. */
const TYPE_SYNONYMS: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
};

function planTable(
  admin: BigQueryAdmin,
  name: string,
  spec: BigQueryTableSpec,
  live: LiveBigQueryTable,
): Step {
  const added: string[] = [];
  const blocked: string[] = [];
  const columns = new Map(live.columns.map((column) => [column.name.toLowerCase(), column]));
  for (const field of spec.schema.fields) {
    const column = columns.get(field.name.toLowerCase());
    if (column === undefined) {
      added.push(`add the column ${field.name} ${field.type}`);
      if (field.mode === 'REQUIRED') {
        blocked.push(`the new column ${field.name} is part of the key; BigQuery adds optional columns only`);
      }
      continue;
    }
    const type = TYPE_SYNONYMS[column.type] ?? column.type;
    if (type !== field.type)
      blocked.push(`the column ${field.name} is ${type}, the schema says ${field.type}`);
    else if ((column.mode === 'REPEATED') !== (field.mode === 'REPEATED')) {
      blocked.push(`the column ${field.name} is ${column.mode ?? 'NULLABLE'}, the schema says ${field.mode}`);
    }
  }
  const partition = spec.timePartitioning?.field;
  if (live.partitionField !== partition) {
    blocked.push(
      `it is partitioned by ${live.partitionField ?? 'nothing'}, the schema says ${partition ?? 'nothing'}; copy it into a new table`,
    );
  }
  const resource = `table ${name}`;
  if (blocked.length > 0) return { service: 'bigquery', resource, action: 'blocked', detail: blocked };
  if (added.length === 0) return { service: 'bigquery', resource, action: 'unchanged' };
  const known = new Set(live.columns.map((column) => column.name.toLowerCase()));
  const fields = [
    ...live.columns,
    ...spec.schema.fields.filter((field) => !known.has(field.name.toLowerCase())),
  ];
  return {
    service: 'bigquery',
    resource,
    action: 'update',
    detail: added,
    apply: () => admin.setSchema(name, fields),
  };
}
