import type { Changes } from '../../catalog/catalog.js';
import { etagOf } from '../../catalog/catalog.js';
import type { JsonObject, TableEntry, TableField } from '../../catalog/entries.js';
import { checkSchemaUpdate } from '../../catalog/fields.js';
import { tableName } from '../../catalog/names.js';
import { checkPartitioning } from '../../catalog/partitioning.js';
import { BigQueryError, notImplemented } from '../../errors.js';
import { checkBody, objectField, requiredText } from '../body.js';
import type { ServerContext, ServerHandler, ServerRoute } from '../context.js';
import { listPage } from '../paging.js';
import { checkIfMatch, digestEtag, present } from '../resources.js';
import { jsonBody } from '../router.js';
import { datasetRef } from './datasets.js';
import {
  readNewTable,
  readSchema,
  readTableChanges,
  readView,
  renderTable,
  renderTableItem,
  TABLE_SHAPE,
  tableRef,
} from './table-resource.js';

const TABLE = '/projects/{project}/datasets/{dataset}/tables/{table}';

async function readUpdate(
  context: ServerContext,
  body: JsonObject,
  current: TableEntry,
  options: { replace: boolean },
): Promise<Changes<TableEntry>> {
  const changes: Changes<TableEntry> = readTableChanges(body, options.replace ? undefined : current);
  const view = objectField(body, 'view') ?? objectField(body, 'materializedView');
  if (view !== undefined && typeof view['query'] === 'string' && view['query'] !== current.viewQuery) {
    if (current.type !== 'VIEW') throw notImplemented(`Changing the query of a ${current.type}`);
    Object.assign(changes, await readView(context, current.ref, view));
  }
  const fields = readSchema(body);
  if (fields !== undefined && fields.length > 0) changes.fields = mergeSchema(current, fields);
  checkLayoutUnchanged(current, changes);
  return changes;
}

function mergeSchema(current: TableEntry, fields: TableField[]): TableField[] {
  if (current.type === 'TABLE' || current.type === 'SNAPSHOT') {
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
    if (update === undefined) {
      throw new BigQueryError(
        'invalid',
        `Schema field ${field.name} of view ${tableName(current.ref)} is missing`,
      );
    }
    return present({ ...field, description: update.description }) as TableField;
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
    const current = context.catalog.requireTable(tableRef(request));
    checkIfMatch(request, etagOf(current));
    const body = jsonBody(request);
    checkBody(body, TABLE_SHAPE);
    const changes = await readUpdate(context, body, current, { replace });
    const entry = await context.tables.updateTable(
      current.ref,
      replace ? { ...CLEARED, ...changes } : changes,
    );
    await context.catalog.flush();
    return { body: await renderTable(context, entry, request) };
  };
}

export const tableRoutes: readonly ServerRoute[] = [
  [
    'GET',
    '/projects/{project}/datasets/{dataset}/tables',
    ({ catalog }, request) => {
      const all = catalog.listTables(datasetRef(request));
      const page = listPage(all, request.query);
      return {
        body: present({
          kind: 'bigquery#tableList',
          etag: digestEtag(all.map(etagOf).join()),
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
    async (context, request) => ({
      body: await renderTable(context, context.catalog.requireTable(tableRef(request)), request),
    }),
  ],
  ['PATCH', TABLE, updateHandler(false)],
  ['PUT', TABLE, updateHandler(true)],
  [
    'DELETE',
    TABLE,
    async ({ catalog, tables }, request) => {
      const current = catalog.requireTable(tableRef(request));
      checkIfMatch(request, etagOf(current));
      await tables.dropTable(current.ref);
      await catalog.flush();
      return {};
    },
  ],
  ['POST', `${TABLE}:getIamPolicy`, refuse('Table-level IAM policies (getIamPolicy)')],
  ['POST', `${TABLE}:setIamPolicy`, refuse('Table-level IAM policies (setIamPolicy)')],
  ['POST', `${TABLE}:testIamPermissions`, refuse('Table-level IAM policies (testIamPermissions)')],
  ['GET', `${TABLE}/rowAccessPolicies`, refuse('Row access policies')],
  ['POST', `${TABLE}/rowAccessPolicies`, refuse('Row access policies')],
];

function refuse(feature: string): ServerHandler {
  return () => {
    throw notImplemented(feature);
  };
}
