import type { DuckDBValue } from '@duckdb/node-api';
import { hidesRowNumbers } from '../../../googlesql/duck/row-range.js';
import { etagOf } from '../../catalog/catalog.js';
import { despiteOthers } from '../../catalog/despite-others.js';
import type { JsonObject, TableEntry } from '../../catalog/entries.js';
import { tableName } from '../../catalog/names.js';
import { partitionStart } from '../../catalog/partitioning.js';
import { requireAllRows } from '../../catalog/row-access.js';
import { hasStorage, isIngestionPartitioned } from '../../catalog/stored-table.js';
import { BigQueryError, type ErrorProto } from '../../errors.js';
import {
  type BodyShape,
  booleanField,
  checkBody,
  checkMembers,
  countParameter,
  listField,
  textField,
} from '../http/body.js';
import { callerOf } from '../http/caller.js';
import { parseExactJson } from '../http/exact-json.js';
import { offsetOfToken, pageToken } from '../http/paging.js';
import { fillDefaults, withoutDefaults } from '../load/defaults.js';
import { objectConverter, ValueError } from '../load/values.js';
import { selectFields } from '../resources/field-selection.js';
import { countPartition, partitionCondition, resolveTable } from '../resources/partitions.js';
import { present } from '../resources/resources.js';
import { readPage, withRows } from '../resources/row-reader.js';
import { tableRef } from '../resources/table-resource.js';
import type { ServerContext, ServerHandler, ServerRoute } from '../server-context.js';
import { timestampFormatParameter } from './queries.js';

const DATA = '/projects/{project}/datasets/{dataset}/tables/{table}';

const list: ServerHandler = async (context, request) => {
  const { table, partitionId } = resolveTable(context, tableRef(request));
  requireAllRows(table, callerOf(request.headers));
  if (!hasStorage(table)) {
    throw new BigQueryError('invalid', `Cannot list a table of type ${table.type}.`);
  }
  const { query } = request;
  const token = query.get('pageToken');
  const startIndex = token ? offsetOfToken(token) : (countParameter(query, 'startIndex') ?? 0);
  const selection = selectFields(table.fields, query.get('selectedFields'));
  const maxResults = countParameter(query, 'maxResults');
  const where = partitionId === undefined ? undefined : partitionCondition(table, partitionId);
  const totalRows =
    partitionId === undefined
      ? await context.statistics.rowCount(table.ref)
      : await countPartition(context, table, partitionId);
  const isResult = table.physicalName !== undefined;
  const page = await readPage(context.database, {
    columns: isResult && !query.get('selectedFields') ? '*' : selection.columns,
    fields: selection.fields,
    table: context.catalog.physicalName(table.ref),
    startIndex,
    maxResults,
    timestamps: timestampFormatParameter(query),
    appendOnly: isResult && !hidesRowNumbers(table.fields),
    where,
  });
  const next = startIndex + page.rowCount;
  const head = present({
    kind: 'bigquery#tableDataList',
    etag: etagOf(table),
    totalRows: String(totalRows),
    // Asked for no rows, the service still says where they begin; without that, no rows are the end.
    pageToken: next < totalRows && (page.rowCount > 0 || maxResults === 0) ? pageToken(next) : undefined,
  });
  return { body: withRows(head, page) };
};

const INSERT_SHAPE: BodyShape = {
  name: 'TableDataInsertAllRequest',
  supported: ['kind', 'rows', 'ignoreUnknownValues', 'skipInvalidRows', 'templateSuffix', 'traceId'],
};
const ROW_MEMBERS = ['insertId', 'json'];
const MAX_ROWS = 50_000;

interface InsertErrors {
  index: number;
  errors: ErrorProto[];
}

const insertAll: ServerHandler = (context, request) =>
  despiteOthers(context.catalog, async () => insertRows(context, request));

const insertRows: ServerHandler = async (context, request) => {
  const body = parseExactJson(request.rawBody.toString('utf8')) as JsonObject | null;
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new BigQueryError('parseError', 'Parse Error: the request body must be a JSON object');
  }
  checkBody(body, INSERT_SHAPE);
  const named = resolveTable(context, tableRef(request));
  const table = await insertionTarget(context, named.table, body);
  const partition = named.partitionId === undefined ? undefined : streamedPartition(table, named.partitionId);
  const rows = listField(body, 'rows') ?? [];
  if (rows.length === 0) throw new BigQueryError('invalid', 'No rows present in the request.');
  if (rows.length > MAX_ROWS) {
    throw new BigQueryError(
      'invalid',
      `too many rows present in the request, limit: ${MAX_ROWS} row count: ${rows.length}.`,
    );
  }
  const convert = objectConverter(withoutDefaults(table.fields), {
    ignoreUnknownValues: booleanField(body, 'ignoreUnknownValues') ?? false,
  });
  const values: DuckDBValue[][] = [];
  const sources: JsonObject[] = [];
  const insertIds: (string | undefined)[] = [];
  const errors: InsertErrors[] = [];
  rows.forEach((row, index) => {
    try {
      const item = row as JsonObject | null;
      const json = item?.['json'];
      if (item !== null && typeof item === 'object') checkMembers(item, 'rows', ROW_MEMBERS);
      if (json === null || typeof json !== 'object' || Array.isArray(json)) {
        throw new ValueError('', 'Row is missing its "json" object.');
      }
      values.push(convert(json));
      sources.push(json);
      insertIds.push(textField(item!, 'insertId'));
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      errors.push({
        index,
        errors: [{ reason: 'invalid', location: error.location, debugInfo: '', message: error.message }],
      });
    }
  });
  const skipInvalidRows = booleanField(body, 'skipInvalidRows') ?? false;
  if (errors.length === 0 || skipInvalidRows) {
    await fillDefaults(context, table, values, sources);
    await appendNew(context, table, values, insertIds, partition);
  } else {
    const invalid = new Set(errors.map(({ index }) => index));
    rows.forEach((_, index) => {
      if (invalid.has(index)) return;
      errors.push({ index, errors: [{ reason: 'stopped', location: '', debugInfo: '', message: '' }] });
    });
  }
  return {
    body: present({
      kind: 'bigquery#tableDataInsertAllResponse',
      insertErrors: errors.length === 0 ? undefined : errors,
    }),
  };
};

/** Appends the rows whose insert id was not seen lately. */
async function appendNew(
  context: ServerContext,
  table: TableEntry,
  values: DuckDBValue[][],
  insertIds: (string | undefined)[],
  partition: Date | undefined,
): Promise<void> {
  const name = tableName(table.ref);
  const keys = values.map((_, index) => {
    const id = insertIds[index];
    return id === undefined || id === '' ? undefined : `${name}/${table.creationTime}/${id}`;
  });
  await context.insertIds.writeNew(keys, Date.now, (indices) =>
    context.appender.append(
      table,
      values.filter((_, index) => indices.has(index)),
      partition,
    ),
  );
}

/** Start of the partition that a decorator sends rows to; only partitions by ingestion time can be chosen so. */
function streamedPartition(table: TableEntry, partitionId: string): Date {
  if (!isIngestionPartitioned(table)) {
    throw new BigQueryError(
      'invalid',
      `Streaming to metadata partition of column based partitioning table ${tableName(table.ref)} is disallowed.`,
    );
  }
  return new Date(`${partitionStart(table, partitionId).replace(' ', 'T')}Z`);
}

/** The table that rows go to: with a template suffix another one of the same schema, made when missing. */
async function insertionTarget(
  context: ServerContext,
  table: TableEntry,
  body: JsonObject,
): Promise<TableEntry> {
  if (table.type !== 'TABLE') {
    throw new BigQueryError('invalid', `Cannot add rows to a table of type ${table.type}.`);
  }
  const suffix = textField(body, 'templateSuffix');
  if (suffix === undefined || suffix === '') return table;
  const ref = { ...table.ref, tableId: `${table.ref.tableId}${suffix}` };
  const existing = context.catalog.getTable(ref);
  if (existing !== undefined) return existing;
  const { fields, description, timePartitioning, rangePartitioning, clustering } = table;
  const created = await context.tables.createTable({
    ref,
    type: 'TABLE',
    fields,
    description,
    timePartitioning,
    rangePartitioning,
    clustering,
  });
  await context.catalog.flush();
  return created;
}

export const tabledataRoutes: readonly ServerRoute[] = [
  ['GET', `${DATA}/data`, list],
  ['POST', `${DATA}/insertAll`, insertAll],
];
