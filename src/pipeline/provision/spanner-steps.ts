import type { SpannerAdmin } from '../../gcp/spanner/admin.js';
import type { SpannerData } from '../../gcp/spanner/data.js';
import { type LiveTable, readLiveTable } from '../../gcp/spanner/live-table.js';
import { parentsFirst } from '../../schema/parents-first.js';
import { createTableDdl, isNotNull, quoted, spannerColumn, spannerType } from '../../schema/spanner-ddl.js';
import type { Field, TableSchema } from '../../schema/table-schema.js';
import { createOrKeep, type Step } from './step.js';

interface SpannerPlanOptions {
  admin: SpannerAdmin;
  /** Called only when the database exists. */
  openData(): Promise<SpannerData>;
  instance: string;
  database: string;
  schemas: readonly TableSchema[];
}

/** Instance, database, and one table for each schema; parents before the tables that refer to them. */
export async function planSpanner(options: SpannerPlanOptions): Promise<Step[]> {
  const { admin, instance, database } = options;
  const schemas = parentsFirst(options.schemas.filter(isStored));
  const instanceExists = await admin.instanceExists();
  const databaseExists = instanceExists && (await admin.databaseExists());
  const steps: Step[] = [
    createOrKeep('spanner', `instance ${instance}`, instanceExists, () => admin.createInstance()),
  ];
  const ddlOf = (schema: TableSchema) =>
    createTableDdl(schema, (name) => schemas.find((other) => other.name === name)?.spannerTable);
  if (!databaseExists) {
    const statements = schemas.flatMap(ddlOf);
    steps.push({
      service: 'spanner',
      resource: `database ${database}`,
      action: 'create',
      apply: () => admin.createDatabase(statements),
    });
    // The tables come with the database, in the same request.
    for (const schema of schemas) {
      steps.push({
        service: 'spanner',
        resource: `table ${schema.spannerTable}`,
        action: 'create',
        detail: ddlOf(schema),
      });
    }
    return steps;
  }
  steps.push({ service: 'spanner', resource: `database ${database}`, action: 'unchanged' });
  const data = await options.openData();
  for (const schema of schemas) {
    const live = await readLiveTable(data, schema.spannerTable);
    const resource = `table ${schema.spannerTable}`;
    if (live === undefined) {
      const detail = ddlOf(schema);
      steps.push({
        service: 'spanner',
        resource,
        action: 'create',
        detail,
        apply: () => admin.updateDdl(detail),
      });
    } else {
      const isEmpty = async () =>
        (await data.query(`SELECT 1 FROM ${quoted(schema.spannerTable)} LIMIT 1`)).length === 0;
      steps.push(await planTable(admin, schema, live, resource, isEmpty));
    }
  }
  return steps;
}

/** Schemas whose rows all come from the streaming worker have no table in Spanner. */
function isStored(schema: TableSchema): boolean {
  return schema.bigtableFamily === undefined;
}

async function planTable(
  admin: SpannerAdmin,
  schema: TableSchema,
  live: LiveTable,
  resource: string,
  isEmpty: () => Promise<boolean>,
): Promise<Step> {
  const statements: string[] = [];
  const blocked: string[] = [];
  if (live.primaryKey.join() !== schema.primaryKey.join()) {
    blocked.push(
      `the primary key is (${live.primaryKey.join(', ')}), the schema says (${schema.primaryKey.join(', ')}); a key cannot be changed`,
    );
  }
  const columns = new Map(live.columns.map((column) => [column.name, column]));
  for (const field of schema.fields.filter((candidate) => candidate.filledBy !== 'worker')) {
    const column = columns.get(field.name);
    if (column === undefined) {
      if (isNotNull(schema, field) && !(await isEmpty())) {
        blocked.push(
          `the new column ${field.name} is required, but the table has rows; make it optional, fill it, then require it`,
        );
      } else {
        statements.push(`ALTER TABLE ${quoted(live.name)} ADD COLUMN ${spannerColumn(schema, field)}`);
      }
      continue;
    }
    const wanted = spannerType(field);
    if (column.type !== wanted) {
      if (isWider(wanted, column.type)) {
        statements.push(
          `ALTER TABLE ${quoted(live.name)} ALTER COLUMN ${quoted(field.name)} ${wanted}${column.nullable ? '' : ' NOT NULL'}`,
        );
      } else {
        blocked.push(
          `the column ${field.name} is ${column.type}, the schema says ${wanted}; add a new column, copy the values, then drop the old one`,
        );
        continue;
      }
    }
    const nullability = nullabilityChange(schema, field, column.nullable);
    if (nullability === 'relax') {
      statements.push(`ALTER TABLE ${quoted(live.name)} ALTER COLUMN ${quoted(field.name)} ${wanted}`);
    } else if (nullability === 'tighten') {
      blocked.push(
        `the column ${field.name} may be NULL, the schema requires it; fill the NULLs, then alter the column to NOT NULL by hand`,
      );
    }
  }
  if (blocked.length > 0) {
    return { service: 'spanner', resource, action: 'blocked', detail: [...blocked, ...statements] };
  }
  if (statements.length === 0) return { service: 'spanner', resource, action: 'unchanged' };
  return {
    service: 'spanner',
    resource,
    action: 'update',
    detail: statements,
    apply: () => admin.updateDdl(statements),
  };
}

function nullabilityChange(
  schema: TableSchema,
  field: Field,
  nullable: boolean,
): 'relax' | 'tighten' | undefined {
  const required = isNotNull(schema, field);
  if (required === !nullable) return undefined;
  return required ? 'tighten' : 'relax';
}

/** Every value of the narrower type fits the wider one: longer STRING or BYTES. */
function isWider(wanted: string, present: string): boolean {
  const pattern = /^(ARRAY<)?(STRING|BYTES)\((\d+|MAX)\)>?$/;
  const wide = pattern.exec(wanted);
  const narrow = pattern.exec(present);
  if (wide === null || narrow === null || wide[1] !== narrow[1] || wide[2] !== narrow[2]) return false;
  const size = (text: string) => (text === 'MAX' ? Number.POSITIVE_INFINITY : Number(text));
  return size(wide[3]!) > size(narrow[3]!);
}
