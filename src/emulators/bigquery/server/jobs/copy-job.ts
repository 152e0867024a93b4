import { randomUUID } from 'node:crypto';
import { RESULTS_DATABASE } from '../../../googlesql/duck/database.js';
import { quoteIdentifier } from '../../../googlesql/duck/quote.js';
import type { JsonObject, ModelRef, TableEntry, TableRef } from '../../catalog/entries.js';
import { tableName } from '../../catalog/names.js';
import { hasStorage, isIngestionPartitioned } from '../../catalog/stored-table.js';
import { BigQueryError } from '../../errors.js';
import {
  type BodyShape,
  checkBody,
  choiceField,
  objectField,
  objectListField,
  textField,
} from '../http/body.js';
import {
  type Destination,
  destinationTable,
  readDestination,
  readTableRef,
} from '../resources/destination.js';
import { partitionCondition, resolveTable } from '../resources/partitions.js';
import { typeNotAllowed } from '../resources/resources.js';
import type { ServerContext } from '../server-context.js';
import type { Job, NewJob } from './job.js';
import { withTimeout } from './query-job.js';
import { writeRows } from './table-writer.js';

const SHAPE: BodyShape = {
  name: 'configuration.copy',
  supported: [
    'sourceTable',
    'sourceTables',
    'destinationTable',
    'createDisposition',
    'writeDisposition',
    'operationType',
    'destinationExpirationTime',
  ],
  // The Node client sends the location, which belongs into the job reference, here as well.
  outputOnly: ['location'],
  unsupported: ['destinationEncryptionConfiguration'],
};

const OPERATIONS = ['COPY', 'SNAPSHOT', 'RESTORE', 'CLONE'] as const;

export interface CopyOptions {
  sources: TableRef[];
  destination: Destination;
  operation: (typeof OPERATIONS)[number];
  expirationTime?: number;
}

export function readCopyOptions(copy: JsonObject, projectId: string): CopyOptions {
  checkBody(copy, SHAPE);
  const single = objectField(copy, 'sourceTable');
  const sources = [
    ...(single === undefined ? [] : [single]),
    ...(objectListField(copy, 'sourceTables') ?? []),
  ];
  const destination = readDestination(copy, projectId, 'WRITE_EMPTY');
  if (sources.length === 0)
    throw new BigQueryError('required', 'Required parameter is missing: sourceTables');
  if (destination === undefined)
    throw new BigQueryError('required', 'Required parameter is missing: destinationTable');
  const operation = choiceField(copy, 'operationType', OPERATIONS) ?? 'COPY';
  if (operation !== 'COPY' && sources.length > 1) {
    throw new BigQueryError('invalid', `Only one source table can be specified for ${operation}`);
  }
  return {
    sources: sources.map((source) => readTableRef(source, projectId)),
    destination,
    operation,
    expirationTime: readExpiration(copy),
  };
}

/** RFC 3339 text or milliseconds since the epoch. */
function readExpiration(copy: JsonObject): number | undefined {
  const text = textField(copy, 'destinationExpirationTime');
  if (!text) return undefined;
  const time = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isSafeInteger(time) || time <= Date.now()) {
    throw new BigQueryError('invalid', `Invalid destinationExpirationTime: ${text}`, {
      location: 'destinationExpirationTime',
    });
  }
  return time;
}

export function startCopyJob(
  context: ServerContext,
  job: Omit<NewJob, 'type'>,
  options: CopyOptions,
  timeoutMs?: number,
): Job {
  return context.jobs.start({ ...job, type: 'COPY' }, (started) =>
    withTimeout(started, timeoutMs, () => runCopy(context, started, options)),
  );
}

async function runCopy(context: ServerContext, job: Job, options: CopyOptions): Promise<void> {
  const [first] = options.sources;
  const model = modelOf(context, first!);
  if (model !== undefined) {
    copyModel(context, model, options);
    await context.catalog.flush();
    job.statistics = { copy: {} };
    return;
  }
  const tables = options.sources.map((ref) => sourceTable(context, ref));
  const target = tables[0]!.table;
  if (
    options.operation === 'RESTORE'
      ? target.type !== 'SNAPSHOT'
      : options.operation !== 'COPY' && target.type !== 'TABLE'
  )
    throw typeNotAllowed(target);
  const destination: Destination = {
    ...options.destination,
    timePartitioning: target.timePartitioning,
    rangePartitioning: target.rangePartitioning,
    clustering: target.clustering,
    properties: {
      description: target.description,
      friendlyName: target.friendlyName,
      labels: target.labels,
      expirationTime: options.expirationTime,
      base:
        options.operation === 'SNAPSHOT' || options.operation === 'CLONE'
          ? { ref: target.ref, time: Date.now() }
          : undefined,
    },
  };
  const keepPartitions =
    tables.every(({ table }) => isIngestionPartitioned(table)) && !destination.ref.tableId.includes('$');
  const columns = [
    ...target.fields.map((field) => field.name),
    ...(keepPartitions ? ['_PARTITIONTIME'] : []),
  ];
  const select = tables
    .map(({ table, where }) => {
      checkSameColumns(target, table);
      return `SELECT ${columns.map(quoteIdentifier).join(', ')} FROM ${context.catalog.physicalName(table.ref)}${where}`;
    })
    .join(' UNION ALL ');
  const write = (from: string) =>
    writeRows(context, destination, target.fields, from, {
      withPartitionTime: keepPartitions,
      type: options.operation === 'SNAPSHOT' ? 'SNAPSHOT' : 'TABLE',
    });
  const replaced = tableName(destination.ref);
  // A table that replaces itself would be gone before it is read.
  const rows = tables.some(({ table }) => tableName(table.ref) === replaced)
    ? await throughScratchTable(context, select, write)
    : await write(select);
  await context.catalog.flush();
  job.statistics = {
    copy: {
      copiedRows: String(rows),
      copiedLogicalBytes: String(await context.statistics.bytes(destinationTable(destination))),
    },
  };
}

async function throughScratchTable(
  { database }: ServerContext,
  select: string,
  write: (select: string) => Promise<number>,
): Promise<number> {
  const scratch = `${RESULTS_DATABASE}.main.copy_${randomUUID().replaceAll('-', '')}`;
  await database.run(`CREATE TABLE ${scratch} AS ${select}`);
  try {
    return await write(`SELECT * FROM ${scratch}`);
  } finally {
    await database.run(`DROP TABLE ${scratch}`);
  }
}

function sourceTable(context: ServerContext, ref: TableRef): { table: TableEntry; where: string } {
  const { table, partitionId } = resolveTable(context, ref);
  if (!hasStorage(table)) throw typeNotAllowed(table);
  return {
    table,
    where: partitionId === undefined ? '' : ` WHERE ${partitionCondition(table, partitionId)}`,
  };
}

function checkSameColumns(expected: TableEntry, actual: TableEntry): void {
  const shape = (table: TableEntry) =>
    JSON.stringify(
      table.fields.map(({ name, type, mode }) => [name.toLowerCase(), type, mode === 'REPEATED']),
    );
  if (shape(expected) === shape(actual)) return;
  throw new BigQueryError(
    'invalid',
    `Source tables have incompatible schemas: ${tableName(expected.ref)} and ${tableName(actual.ref)}`,
  );
}

/** `bq cp` names models in the place of tables. */
function modelOf(context: ServerContext, { tableId, ...dataset }: TableRef): ModelRef | undefined {
  const ref: ModelRef = { ...dataset, modelId: tableId };
  const isTable = context.catalog.getTable({ ...dataset, tableId }) !== undefined;
  return !isTable && context.catalog.getModel(ref) !== undefined ? ref : undefined;
}

function copyModel(context: ServerContext, source: ModelRef, options: CopyOptions): void {
  const { catalog } = context;
  const { tableId, ...dataset } = options.destination.ref;
  const ref: ModelRef = { ...dataset, modelId: tableId };
  catalog.requireDataset(ref);
  const { modelType, definition, description, friendlyName, labels } = catalog.requireModel(source);
  const existing = catalog.getModel(ref);
  if (existing !== undefined) {
    if (options.destination.write !== 'WRITE_TRUNCATE') {
      throw new BigQueryError('duplicate', `Already Exists: Model ${tableName({ ...dataset, tableId })}`);
    }
    catalog.deleteModel(ref);
  }
  catalog.insertModel({
    ref,
    modelType,
    description,
    friendlyName,
    labels,
    definition: structuredClone(definition),
    expirationTime: options.expirationTime,
  });
}
