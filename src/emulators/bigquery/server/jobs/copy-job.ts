import type { JsonObject, ModelRef, TableEntry, TableRef } from '../../catalog/entries.js';
import { tableName } from '../../catalog/names.js';
import { splitDecorator } from '../../catalog/partitioning.js';
import { hasStorage, isIngestionPartitioned } from '../../catalog/table-store.js';
import { quoteIdentifier } from '../../duck/database.js';
import { BigQueryError } from '../../errors.js';
import {
  type BodyShape,
  checkBody,
  choiceField,
  integerField,
  objectField,
  objectListField,
  textField,
} from '../body.js';
import type { ServerContext } from '../context.js';
import type { Job, NewJob } from './job.js';
import { withTimeout } from './query-job.js';
import {
  type Destination,
  destinationTable,
  partitionCondition,
  readDestination,
  readTableRef,
  writeRows,
} from './table-writer.js';

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
  unsupported: ['destinationEncryptionConfiguration'],
};

export interface CopyOptions {
  sources: TableRef[];
  destination: Destination;
  type: 'TABLE' | 'SNAPSHOT';
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
  const operation = choiceField(copy, 'operationType', ['COPY', 'SNAPSHOT', 'RESTORE', 'CLONE']);
  const expires = textField(copy, 'destinationExpirationTime');
  return {
    sources: sources.map((source) => readTableRef(source, projectId)),
    destination,
    type: operation === 'SNAPSHOT' ? 'SNAPSHOT' : 'TABLE',
    expirationTime:
      expires !== undefined && /\D/.test(expires)
        ? new Date(expires).getTime()
        : integerField(copy, 'destinationExpirationTime'),
  };
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
  const rows = await writeRows(context, destination, target.fields, select, {
    withPartitionTime: keepPartitions,
    type: options.type,
  });
  await context.catalog.flush();
  job.statistics = {
    copy: {
      copiedRows: String(rows),
      copiedLogicalBytes: String(await context.statistics.bytes(destinationTable(destination))),
    },
  };
}

function sourceTable(context: ServerContext, ref: TableRef): { table: TableEntry; where: string } {
  const { tableId, partitionId } = splitDecorator(ref.tableId);
  const table = context.catalog.requireTable({ ...ref, tableId });
  if (!hasStorage(table)) {
    throw new BigQueryError(
      'invalid',
      `Using table ${tableName(table.ref)} is not allowed for this operation because of its type: ${table.type}.`,
    );
  }
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
  const existing = catalog.getModel(ref);
  if (existing !== undefined) {
    if (options.destination.write !== 'WRITE_TRUNCATE') {
      throw new BigQueryError('duplicate', `Already Exists: Model ${tableName({ ...dataset, tableId })}`);
    }
    catalog.deleteModel(ref);
  }
  const { modelType, definition, description, friendlyName, labels } = catalog.requireModel(source);
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
