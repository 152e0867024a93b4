import type { Changes } from '../../catalog/catalog.js';
import { etagOf } from '../../catalog/catalog.js';
import type {
  JsonObject,
  RangePartitioning,
  TableEntry,
  TableField,
  TableRef,
  TimePartitioning,
} from '../../catalog/entries.js';
import { parseFields } from '../../catalog/fields.js';
import { tableName } from '../../catalog/names.js';
import { hasStorage } from '../../catalog/stored-table.js';
import { BigQueryError } from '../../errors.js';
import {
  type BodyShape,
  booleanField,
  checkBody,
  checkMembers,
  choiceField,
  integerField,
  labelsField,
  mergeLabels,
  objectField,
  objectListField,
  readDefaults,
  requiredText,
  textField,
  textListField,
} from '../http/body.js';
import type { RouteRequest } from '../http/router.js';
import type { ServerContext } from '../server-context.js';
import { selectFields } from './field-selection.js';
import { countPartition } from './partitions.js';
import { present, selfLink } from './resources.js';

export const TABLE_SHAPE: BodyShape = {
  name: 'Table',
  supported: [
    'tableReference',
    'friendlyName',
    'description',
    'labels',
    'schema',
    'timePartitioning',
    'rangePartitioning',
    'requirePartitionFilter',
    'clustering',
    'expirationTime',
    'view',
    'materializedView',
    'defaultCollation',
    'defaultRoundingMode',
    'externalDataConfiguration',
    'maxStaleness',
    'resourceTags',
    'tableConstraints',
  ],
  outputOnly: [
    'kind',
    'etag',
    'id',
    'selfLink',
    'creationTime',
    'lastModifiedTime',
    'type',
    'location',
    'numBytes',
    'numLongTermBytes',
    'numRows',
    'numTotalLogicalBytes',
    'numActiveLogicalBytes',
    'numLongTermLogicalBytes',
    'numPhysicalBytes',
    'numTotalPhysicalBytes',
    'numActivePhysicalBytes',
    'numLongTermPhysicalBytes',
    'numTimeTravelPhysicalBytes',
    'numCurrentPhysicalBytes',
    'numPartitions',
    'streamingBuffer',
    'materializedViewStatus',
    'partitionDefinition',
  ],
  unsupported: [
    'externalCatalogTableOptions',
    'encryptionConfiguration',
    'biglakeConfiguration',
    'snapshotDefinition',
    'cloneDefinition',
    'model',
    'replicas',
    'tableReplicationInfo',
    'managedTableType',
    'restrictions',
  ],
};

/** What comes back in an update because the client read it there. */
export const TABLE_UPDATE_SHAPE: BodyShape = {
  ...TABLE_SHAPE,
  outputOnly: [...TABLE_SHAPE.outputOnly!, 'snapshotDefinition', 'cloneDefinition'],
};

export function tableRef(request: RouteRequest): TableRef {
  return {
    projectId: request.params['project']!,
    datasetId: request.params['dataset']!,
    tableId: request.params['table']!,
  };
}

/** Reads `timePartitioning` of a table or a load job. */
export function readTimePartitioning(body: JsonObject): TimePartitioning | undefined {
  const value = objectField(body, 'timePartitioning');
  if (value === undefined || Object.keys(value).length === 0) return undefined;
  checkMembers(value, 'timePartitioning', ['type', 'field', 'expirationMs', 'requirePartitionFilter']);
  const type = choiceField(value, 'type', ['HOUR', 'DAY', 'MONTH', 'YEAR']);
  if (type === undefined)
    throw new BigQueryError('required', 'Required parameter is missing: timePartitioning.type');
  return present<TimePartitioning>({
    type,
    field: textField(value, 'field') || undefined,
    expirationMs: integerField(value, 'expirationMs') || undefined,
  }) as TimePartitioning;
}

export function readRangePartitioning(body: JsonObject): RangePartitioning | undefined {
  const value = objectField(body, 'rangePartitioning');
  if (value === undefined || Object.keys(value).length === 0) return undefined;
  checkMembers(value, 'rangePartitioning', ['field', 'range']);
  const range = objectField(value, 'range') ?? {};
  checkMembers(range, 'rangePartitioning.range', ['start', 'end', 'interval']);
  const bounds = {
    start: requiredText(range, 'start'),
    end: requiredText(range, 'end'),
    interval: requiredText(range, 'interval'),
  };
  if (!Object.values(bounds).every((text) => /^-?\d+$/.test(text)) || BigInt(bounds.interval) <= 0n) {
    throw new BigQueryError('invalid', 'rangePartitioning.range must hold whole numbers, with interval > 0');
  }
  return { field: requiredText(value, 'field'), range: bounds };
}

export function readClustering(body: JsonObject): string[] | undefined {
  const value = objectField(body, 'clustering');
  checkMembers(value, 'clustering', ['fields']);
  const fields = value === undefined ? undefined : textListField(value, 'fields');
  return fields === undefined || fields.length === 0 ? undefined : fields;
}

export function readSchema(body: JsonObject): TableField[] | undefined {
  const schema = objectField(body, 'schema');
  if (schema !== undefined) {
    checkBody(schema, { name: 'schema', supported: ['fields'], unsupported: ['foreignTypeInfo'] });
  }
  return schema === undefined ? undefined : parseFields(schema['fields']);
}

/** Properties a body sets apart from the schema and the view; null clears. */
export function readTableChanges(
  body: JsonObject,
  current?: TableEntry,
): Omit<Changes<TableEntry>, 'fields' | 'type'> {
  const changes: Changes<TableEntry> = {};
  const given = (key: string) => key in body;
  for (const key of ['friendlyName', 'description', 'maxStaleness'] as const) {
    if (given(key)) changes[key] = textField(body, key);
  }
  Object.assign(changes, readDefaults(body));
  if (given('labels')) {
    changes.labels =
      body['labels'] === null ? undefined : mergeLabels(current?.labels, labelsField(body) ?? {});
  }
  if (given('resourceTags')) {
    changes.resourceTags = objectField(body, 'resourceTags') as Record<string, string> | undefined;
  }
  if (given('expirationTime')) changes.expirationTime = readExpirationTime(body, current);
  if (given('timePartitioning')) changes.timePartitioning = readTimePartitioning(body);
  if (given('rangePartitioning')) changes.rangePartitioning = readRangePartitioning(body);
  if (given('clustering')) changes.clustering = readClustering(body);
  const partitioning = objectField(body, 'timePartitioning');
  const inner = partitioning === undefined ? undefined : booleanField(partitioning, 'requirePartitionFilter');
  if (given('requirePartitionFilter') || inner !== undefined) {
    changes.requirePartitionFilter = booleanField(body, 'requirePartitionFilter') ?? inner;
  }
  if (given('tableConstraints')) Object.assign(changes, readConstraints(body));
  return changes;
}

/** A time in the past is taken only when it is the one the table has: then the client just sends it back. */
function readExpirationTime(body: JsonObject, current: TableEntry | undefined): number | undefined {
  const time = integerField(body, 'expirationTime') || undefined;
  if (time !== undefined && time !== current?.expirationTime && time <= Date.now()) {
    throw new BigQueryError('invalid', `Invalid expirationTime: ${time} is in the past`, {
      location: 'expirationTime',
    });
  }
  return time;
}

function readConstraints(body: JsonObject): Pick<TableEntry, 'primaryKey' | 'foreignKeys'> {
  const constraints = objectField(body, 'tableConstraints') ?? {};
  checkMembers(constraints, 'tableConstraints', ['primaryKey', 'foreignKeys']);
  const primaryKey = objectField(constraints, 'primaryKey');
  checkMembers(primaryKey, 'tableConstraints.primaryKey', ['columns']);
  const foreignKeys = objectListField(constraints, 'foreignKeys');
  for (const key of foreignKeys ?? []) {
    checkMembers(key, 'tableConstraints.foreignKeys', ['name', 'referencedTable', 'columnReferences']);
  }
  return {
    primaryKey: primaryKey === undefined ? undefined : textListField(primaryKey, 'columns'),
    foreignKeys,
  };
}

export interface TableView {
  /** Paths of the columns to show; all of them when absent. */
  selectedFields?: string | null;
  /** Without the sizes, which have to be counted. */
  basic?: boolean;
  /** Only this partition is counted. */
  partitionId?: string;
}

export async function renderTable(
  context: ServerContext,
  entry: TableEntry,
  request: Pick<RouteRequest, 'origin'>,
  { selectedFields, basic, partitionId }: TableView = {},
): Promise<object> {
  const { ref } = entry;
  const { fields } = selectFields(entry.fields, selectedFields ?? null);
  const decorated = partitionId === undefined ? ref : { ...ref, tableId: `${ref.tableId}$${partitionId}` };
  const sizes = basic || !hasStorage(entry) ? {} : await renderSizes(context, entry, partitionId);
  return present({
    kind: 'bigquery#table',
    etag: etagOf(entry),
    id: tableName(decorated),
    selfLink: selfLink(
      request,
      `/projects/${ref.projectId}/datasets/${ref.datasetId}/tables/${encodeURIComponent(decorated.tableId)}`,
    ),
    tableReference: { ...decorated },
    friendlyName: entry.friendlyName,
    description: entry.description,
    labels: entry.labels,
    schema: fields.length === 0 ? undefined : { fields },
    creationTime: String(entry.creationTime),
    lastModifiedTime: String(entry.lastModifiedTime),
    expirationTime: entry.expirationTime?.toString(),
    type: entry.type,
    location: context.catalog.requireDataset(ref).location,
    view:
      entry.type === 'VIEW'
        ? { query: entry.viewQuery, useLegacySql: entry.useLegacySql ?? false }
        : undefined,
    materializedView: entry.type === 'MATERIALIZED_VIEW' ? renderMaterializedView(entry) : undefined,
    ...renderLayout(entry),
    defaultCollation: entry.defaultCollation,
    defaultRoundingMode: entry.defaultRoundingMode,
    externalDataConfiguration: entry.external,
    maxStaleness: entry.maxStaleness,
    resourceTags: entry.resourceTags,
    tableConstraints:
      entry.primaryKey === undefined && entry.foreignKeys === undefined
        ? undefined
        : present({
            primaryKey: entry.primaryKey === undefined ? undefined : { columns: entry.primaryKey },
            foreignKeys: entry.foreignKeys,
          }),
    snapshotDefinition: entry.type === 'SNAPSHOT' ? renderBase(entry, 'snapshotTime') : undefined,
    cloneDefinition: entry.type === 'TABLE' ? renderBase(entry, 'cloneTime') : undefined,
    ...sizes,
  });
}

async function renderSizes(
  context: ServerContext,
  entry: TableEntry,
  partitionId: string | undefined,
): Promise<object> {
  const rows = await context.statistics.rowCount(entry.ref);
  const bytes = await context.statistics.bytes(entry.ref);
  const counted = partitionId === undefined ? rows : await countPartition(context, entry, partitionId);
  // Rows have no sizes of their own here: a partition gets its share of the table's.
  const size = String(rows === 0 ? 0 : Math.round((bytes * counted) / rows));
  return {
    numBytes: size,
    numLongTermBytes: '0',
    numRows: String(counted),
    numTotalLogicalBytes: size,
    numActiveLogicalBytes: size,
    numLongTermLogicalBytes: '0',
  };
}

function renderBase(entry: TableEntry, timeKey: string): object | undefined {
  if (entry.base === undefined) return undefined;
  return {
    baseTableReference: { ...entry.base.ref },
    [timeKey]: new Date(entry.base.time).toISOString(),
  };
}

function renderMaterializedView(entry: TableEntry): object {
  const { enableRefresh, refreshIntervalMs, allowNonIncrementalDefinition } = entry.materializedView ?? {};
  return present({
    query: entry.viewQuery,
    enableRefresh: enableRefresh ?? true,
    refreshIntervalMs: String(refreshIntervalMs ?? 1_800_000),
    allowNonIncrementalDefinition,
    lastRefreshTime: String(entry.lastModifiedTime),
  });
}

function renderLayout(entry: TableEntry): object {
  const { timePartitioning: time } = entry;
  return {
    timePartitioning:
      time === undefined
        ? undefined
        : present({ type: time.type, field: time.field, expirationMs: time.expirationMs?.toString() }),
    rangePartitioning: entry.rangePartitioning,
    requirePartitionFilter: entry.requirePartitionFilter,
    clustering: entry.clustering === undefined ? undefined : { fields: entry.clustering },
  };
}

/** A table as tables.list shows it. */
export function renderTableItem(entry: TableEntry): object {
  const { ref } = entry;
  return present({
    kind: 'bigquery#table',
    id: tableName(ref),
    tableReference: { projectId: ref.projectId, datasetId: ref.datasetId, tableId: ref.tableId },
    friendlyName: entry.friendlyName,
    type: entry.type,
    labels: entry.labels,
    creationTime: String(entry.creationTime),
    expirationTime: entry.expirationTime?.toString(),
    view: entry.type === 'VIEW' ? { useLegacySql: entry.useLegacySql ?? false } : undefined,
    ...renderLayout(entry),
  });
}
