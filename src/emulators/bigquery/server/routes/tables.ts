import { notImplemented } from '../../../googlesql/errors.js';
import type { Changes } from '../../catalog/catalog.js';
import { etagOf } from '../../catalog/catalog.js';
import type { JsonObject, TableEntry, TableField } from '../../catalog/entries.js';
import { checkSchemaUpdate } from '../../catalog/fields.js';
import { tableName } from '../../catalog/names.js';
import { checkPartitioning } from '../../catalog/partitioning.js';
import { BigQueryError } from '../../errors.js';
import { booleanParameter, checkBody, choiceParameter, objectField, requiredText } from '../http/body.js';
import { listPage } from '../http/paging.js';
import { jsonBody } from '../http/router.js';
import { dropPartition, resolveTable } from '../resources/partitions.js';
import { checkIfMatch, digestEtag, present, typeNotAllowed } from '../resources/resources.js';
import {
  readSchema,
  readTableChanges,
  renderTable,
  renderTableItem,
  TABLE_SHAPE,
  TABLE_UPDATE_SHAPE,
  tableRef,
} from '../resources/table-resource.js';
import type { ServerContext, ServerHandler, ServerRoute } from '../server-context.js';
import { datasetRef } from './datasets.js';
import { checkView, readNewTable, readView } from './new-table.js';
import { checkConstraints, checkDefaultValues, checkTableReference } from './table-checks.js';

const TABLE_VIEWS = ['TABLE_METADATA_VIEW_UNSPECIFIED', 'BASIC', 'STORAGE_STATS', 'FULL'] as const;

const TABLE = '/projects/{project}/datasets/{dataset}/tables/{table}';

/**
 * Reads an update as a function of the table at the moment it is made: columns that another request adds meanwhile
 * must not get lost.
 */
async function readUpdate(
  context: ServerContext,
  body: JsonObject,
  known: TableEntry,
  options: { replace: boolean },
): Promise<(current: TableEntry) => Changes<TableEntry>> {
  const view = objectField(body, 'view') ?? objectField(body, 'materializedView');
  if (view !== undefined) checkView(view, objectField(body, 'view') === undefined);
  let viewChanges: Changes<TableEntry> = {};
  if (view !== undefined && typeof view['query'] === 'string' && view['query'] !== known.viewQuery) {
    if (known.type !== 'VIEW') throw notImplemented(`Changing the query of a ${known.type}`);
    viewChanges = await readView(context, known.ref, view);
  }
  const fields = readSchema(body);
  await checkDefaultValues(context, known.ref, fields ?? []);
  return (current) => {
    const changes: Changes<TableEntry> = {
      ...(options.replace ? CLEARED : {}),
      ...readTableChanges(body, options.replace ? undefined : current),
      ...viewChanges,
    };
    if (fields !== undefined && fields.length > 0)
      changes.fields = mergeSchema({ ...current, ...viewChanges }, fields);
    checkLayoutUnchanged(current, changes);
    checkConstraints({ ...current, ...changes });
    return changes;
  };
}

function mergeSchema(current: TableEntry, fields: TableField[]): TableField[] {
  if (current.type === 'SNAPSHOT') throw typeNotAllowed(current);
  if (current.type === 'TABLE') {
    checkSchemaUpdate(current.fields, fields, {
      allowAddition: true,
      allowRelaxation: true,
      table: tableName(current.ref),
    });
    return fields;
  }
  // Only descriptions of a view's columns can be changed.
  const byName = new Map(fields.map((field) => [field.name.toLowerCase(), field]));
  return current.fields.map((field) => {
    const update = byName.get(field.name.toLowerCase());
    return update === undefined
      ? field
      : (present({ ...field, description: update.description }) as TableField);
  });
}

function checkLayoutUnchanged(current: TableEntry, changes: Changes<TableEntry>): void {
  const next = { ...current, ...changes };
  const before = current.timePartitioning;
  const after = next.timePartitioning;
  if (before?.type !== after?.type || before?.field !== after?.field) {
    throw new BigQueryError('invalid', 'Cannot change partitioning of an existing table');
  }
  if (JSON.stringify(current.rangePartitioning) !== JSON.stringify(next.rangePartitioning)) {
    throw new BigQueryError('invalid', 'Cannot change partitioning of an existing table');
  }
  checkPartitioning(next);
}

/** What an update (PUT) resets when the body does not mention it; columns and layout stay. */
const CLEARED: Changes<TableEntry> = {
  friendlyName: undefined,
  description: undefined,
  labels: undefined,
  expirationTime: undefined,
};

function updateHandler(replace: boolean): ServerHandler {
  return async (context, request) => {
    const known = context.catalog.requireTable(tableRef(request));
    const body = jsonBody(request);
    checkBody(body, TABLE_UPDATE_SHAPE);
    checkTableReference(body, known.ref);
    if (booleanParameter(request.query, 'autodetect_schema')) {
      throw notImplemented('Detecting a schema in an update', 'autodetect_schema');
    }
    const changesOf = await readUpdate(context, body, known, { replace });
    const entry = await context.tables.updateTable(known.ref, (current) => {
      checkIfMatch(request, etagOf(current));
      return changesOf(current);
    });
    await context.catalog.flush();
    return { body: await renderTable(context, entry, request) };
  };
}

export const tableRoutes: readonly ServerRoute[] = [
  [
    'GET',
    '/projects/{project}/datasets/{dataset}/tables',
    ({ catalog }, request) => {
      const dataset = datasetRef(request);
      const all = catalog.listTables(dataset);
      const page = listPage(all, request.query, ({ ref }) => ref.tableId);
      return {
        body: present({
          kind: 'bigquery#tableList',
          etag: digestEtag(`${catalog.tablesEtag(dataset)}/${all.length}`),
          nextPageToken: page.nextPageToken,
          tables: page.items.length === 0 ? undefined : page.items.map(renderTableItem),
          totalItems: all.length,
        }),
      };
    },
  ],
  [
    'POST',
    '/projects/{project}/datasets/{dataset}/tables',
    async (context, request) => {
      const body = jsonBody(request);
      checkBody(body, TABLE_SHAPE);
      const dataset = context.catalog.requireDataset(datasetRef(request));
      checkTableReference(body, dataset.ref);
      const tableId = requiredText(objectField(body, 'tableReference') ?? {}, 'tableId');
      const table = await readNewTable(context, { ...dataset.ref, tableId }, body);
      const entry = await context.tables.createTable(table);
      await context.catalog.flush();
      return { body: await renderTable(context, entry, request) };
    },
  ],
  [
    'GET',
    TABLE,
    async (context, request) => {
      const { table, partitionId } = resolveTable(context, tableRef(request));
      const view = choiceParameter(request.query, 'view', TABLE_VIEWS);
      const selectedFields = request.query.get('selectedFields');
      const rendering = { selectedFields, basic: view === 'BASIC', partitionId };
      return { body: await renderTable(context, table, request, rendering) };
    },
  ],
  ['PATCH', TABLE, updateHandler(false)],
  ['PUT', TABLE, updateHandler(true)],
  [
    'DELETE',
    TABLE,
    async (context, request) => {
      const { table, partitionId } = resolveTable(context, tableRef(request));
      checkIfMatch(request, etagOf(table));
      if (partitionId === undefined) await context.tables.dropTable(table.ref);
      else await dropPartition(context, table, partitionId);
      await context.catalog.flush();
      return {};
    },
  ],
  ['POST', `${TABLE}:getIamPolicy`, refuse('Table-level IAM policies (getIamPolicy)')],
  ['POST', `${TABLE}:setIamPolicy`, refuse('Table-level IAM policies (setIamPolicy)')],
  ['POST', `${TABLE}:testIamPermissions`, refuse('Table-level IAM policies (testIamPermissions)')],
];

function refuse(feature: string): ServerHandler {
  return () => {
    throw notImplemented(feature);
  };
}
