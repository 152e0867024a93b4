import { notImplemented } from '../../../googlesql/errors.js';
import type { NewEntry } from '../../catalog/catalog.js';
import type { JsonObject, TableEntry, TableField, TableRef } from '../../catalog/entries.js';
import { withDefaultCollation } from '../../catalog/fields.js';
import { BigQueryError } from '../../errors.js';
import {
  type BodyShape,
  booleanField,
  checkBody,
  integerField,
  objectField,
  requiredText,
} from '../http/body.js';
import { present } from '../resources/resources.js';
import { readSchema, readTableChanges } from '../resources/table-resource.js';
import type { ServerContext } from '../server-context.js';
import { checkConstraints, checkDefaultValues } from './table-checks.js';

/** A table, view or materialised view from the body of tables.insert. */
export async function readNewTable(
  context: ServerContext,
  ref: TableRef,
  body: JsonObject,
): Promise<NewEntry<TableEntry>> {
  const base = { ...readTableChanges(body), ref };
  const view = objectField(body, 'view');
  const materialized = objectField(body, 'materializedView');
  const fields = readSchema(body) ?? [];
  if (view !== undefined || materialized !== undefined) checkViewBody(body, fields);
  if (view !== undefined) {
    checkView(view, false);
    return { ...base, ...(await readView(context, ref, view)), type: 'VIEW' };
  }
  if (materialized !== undefined) {
    checkView(materialized, true);
    const definition = await readView(context, ref, materialized);
    return {
      ...base,
      ...definition,
      type: 'MATERIALIZED_VIEW',
      materializedView: present({
        enableRefresh: booleanField(materialized, 'enableRefresh'),
        refreshIntervalMs: integerField(materialized, 'refreshIntervalMs'),
        allowNonIncrementalDefinition: booleanField(materialized, 'allowNonIncrementalDefinition'),
      }),
    };
  }
  const external = objectField(body, 'externalDataConfiguration');
  if (external !== undefined) return { ...base, ...(await readExternal(context, external, fields)) };
  await checkDefaultValues(context, ref, fields);
  const defaultCollation = base.defaultCollation ?? context.catalog.getDataset(ref)?.defaultCollation;
  const table: NewEntry<TableEntry> = {
    ...base,
    ...(defaultCollation !== undefined && { defaultCollation }),
    type: 'TABLE',
    fields: withDefaultCollation(fields, defaultCollation),
  };
  checkConstraints(table);
  return table;
}

/** An external table, whose columns are given with it or its files, or found in them. */
async function readExternal(
  context: ServerContext,
  { schema, ...external }: JsonObject,
  fields: TableField[],
): Promise<Pick<TableEntry, 'type' | 'fields' | 'external'>> {
  const given = fields.length > 0 ? fields : readSchema(schema === undefined ? {} : { schema });
  if (given === undefined || given.length === 0) external['autodetect'] = true;
  const { openExternal } = await import('../jobs/load-job.js');
  const files = await openExternal(context, external, given);
  await files.dispose();
  return { type: 'EXTERNAL', fields: files.fields, external };
}

function checkViewBody(body: JsonObject, fields: readonly TableField[]): void {
  if (objectField(body, 'view') !== undefined && objectField(body, 'materializedView') !== undefined) {
    throw new BigQueryError('invalid', 'Only one of view and materializedView can be specified');
  }
  if (fields.length > 0) {
    throw new BigQueryError('invalid', "Schema field shouldn't be used as input with a view", {
      location: 'schema',
    });
  }
  const layout = ['timePartitioning', 'rangePartitioning', 'clustering'] as const;
  for (const key of objectField(body, 'view') === undefined ? [] : layout) {
    if (objectField(body, key) !== undefined) {
      throw new BigQueryError('invalid', `A view cannot have ${key}`, { location: key });
    }
  }
}

const VIEW_SHAPE: BodyShape = {
  name: 'view',
  supported: ['query', 'useLegacySql'],
  // The columns' names are those of the query in any case.
  outputOnly: ['useExplicitColumnNames'],
  unsupported: ['userDefinedFunctionResources', 'privacyPolicy', 'foreignDefinitions'],
};

const MATERIALIZED_VIEW_SHAPE: BodyShape = {
  name: 'materializedView',
  supported: [
    'query',
    'enableRefresh',
    'refreshIntervalMs',
    'allowNonIncrementalDefinition',
    // In effect it is never stale.
    'maxStaleness',
  ],
  outputOnly: ['lastRefreshTime'],
};

/** Refuses what a view's body asks for beyond its query. */
export function checkView(view: JsonObject, isMaterialized: boolean): void {
  checkBody(view, isMaterialized ? MATERIALIZED_VIEW_SHAPE : VIEW_SHAPE);
  if (booleanField(view, 'useLegacySql') === true) throw notImplemented('Legacy SQL', 'view.useLegacySql');
}

/** Checks the query of a view by analysing it; its columns become the view's schema. */
export async function readView(
  { engine }: ServerContext,
  ref: TableRef,
  view: JsonObject,
): Promise<Pick<TableEntry, 'viewQuery' | 'fields' | 'useLegacySql'>> {
  const viewQuery = requiredText(view, 'query');
  const analysis = await engine.execute({
    sql: viewQuery,
    project: ref.projectId,
    defaultDataset: { projectId: ref.projectId, datasetId: ref.datasetId },
    dryRun: true,
    jobId: `view-${ref.tableId}`,
  });
  if (analysis.schema === undefined) {
    throw new BigQueryError('invalidQuery', 'The query of a view must be a SELECT statement');
  }
  return { viewQuery, fields: analysis.schema, useLegacySql: false };
}
