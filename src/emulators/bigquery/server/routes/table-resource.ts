import type { Changes, NewEntry } from '../../catalog/catalog.js';
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
import { hasStorage } from '../../catalog/table-store.js';
import { BigQueryError, notImplemented } from '../../errors.js';
import {
  type BodyShape,
  booleanField,
  choiceField,
  integerField,
  labelsField,
  mergeLabels,
  objectField,
  objectListField,
  requiredText,
  textField,
  textListField,
} from '../body.js';
import type { ServerContext } from '../context.js';
import { present, selfLink } from '../resources.js';
import type { RouteRequest } from '../router.js';

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
    'externalDataConfiguration',
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
  const range = objectField(value, 'range') ?? {};
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
  const fields = value === undefined ? undefined : textListField(value, 'fields');
  return fields === undefined || fields.length === 0 ? undefined : fields;
}

export function readSchema(body: JsonObject): TableField[] | undefined {
  const schema = objectField(body, 'schema');
  return schema === undefined ? undefined : parseFields(schema['fields']);
}

/** Properties a body sets apart from the schema and the view; null clears. */
export function readTableChanges(
  body: JsonObject,
  current?: TableEntry,
): Omit<Changes<TableEntry>, 'fields' | 'type'> {
  const changes: Changes<TableEntry> = {};
  const given = (key: string) => key in body;
  for (const key of [
    'friendlyName',
    'description',
    'defaultCollation',
    'defaultRoundingMode',
    'maxStaleness',
  ] as const) {
    if (given(key)) changes[key] = textField(body, key);
  }
  if (given('labels')) {
    changes.labels =
      body['labels'] === null ? undefined : mergeLabels(current?.labels, labelsField(body) ?? {});
  }
  if (given('resourceTags')) {
    changes.resourceTags = objectField(body, 'resourceTags') as Record<string, string> | undefined;
  }
  if (given('expirationTime')) changes.expirationTime = integerField(body, 'expirationTime') || undefined;
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

function readConstraints(body: JsonObject): Pick<TableEntry, 'primaryKey' | 'foreignKeys'> {
  const constraints = objectField(body, 'tableConstraints') ?? {};
  const primaryKey = objectField(constraints, 'primaryKey');
  return {
    primaryKey: primaryKey === undefined ? undefined : textListField(primaryKey, 'columns'),
    foreignKeys: objectListField(constraints, 'foreignKeys'),
  };
}

/** A table, view or materialised view from the body of tables.insert. */
export async function readNewTable(
  context: ServerContext,
  ref: TableRef,
  body: JsonObject,
): Promise<NewEntry<TableEntry>> {
  const base = { ...readTableChanges(body), ref };
  if (base.expirationTime !== undefined && base.expirationTime <= Date.now()) {
    throw new BigQueryError('invalid', `Invalid expirationTime: ${base.expirationTime} is in the past`);
  }
  const view = objectField(body, 'view');
  if (view !== undefined) return { ...base, ...(await readView(context, ref, view)), type: 'VIEW' };
  const materialized = objectField(body, 'materializedView');
  if (materialized !== undefined) {
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
  return { ...base, type: 'TABLE', fields: readSchema(body) ?? [] };
}

/** Checks the query of a view by analysing it; its columns become the view's schema. */
export async function readView(
  { engine }: ServerContext,
  ref: TableRef,
  view: JsonObject,
): Promise<Pick<TableEntry, 'viewQuery' | 'fields' | 'useLegacySql'>> {
  if (booleanField(view, 'useLegacySql') === true) throw notImplemented('Legacy SQL', 'view.useLegacySql');
  if (view['userDefinedFunctionResources'] !== undefined) {
    throw notImplemented('view.userDefinedFunctionResources');
  }
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

export async function renderTable(
  context: ServerContext,
  entry: TableEntry,
  request: Pick<RouteRequest, 'origin'>,
): Promise<object> {
  const { ref } = entry;
  const stored = hasStorage(entry);
  const rows = stored ? await context.statistics.rowCount(ref) : undefined;
  const bytes = stored ? String(await context.statistics.bytes(ref)) : undefined;
  return present({
    kind: 'bigquery#table',
    etag: etagOf(entry),
    id: tableName(ref),
    selfLink: selfLink(
      request,
      `/projects/${ref.projectId}/datasets/${ref.datasetId}/tables/${encodeURIComponent(ref.tableId)}`,
    ),
    tableReference: { projectId: ref.projectId, datasetId: ref.datasetId, tableId: ref.tableId },
    friendlyName: entry.friendlyName,
    description: entry.description,
    labels: entry.labels,
    schema: entry.fields.length === 0 ? undefined : { fields: entry.fields },
    numBytes: bytes,
    numLongTermBytes: stored ? '0' : undefined,
    numRows: rows?.toString(),
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
    maxStaleness: entry.maxStaleness,
    resourceTags: entry.resourceTags,
    tableConstraints:
      entry.primaryKey === undefined && entry.foreignKeys === undefined
        ? undefined
        : present({
            primaryKey: entry.primaryKey === undefined ? undefined : { columns: entry.primaryKey },
            foreignKeys: entry.foreignKeys,
          }),
    numTotalLogicalBytes: bytes,
    numActiveLogicalBytes: bytes,
    numLongTermLogicalBytes: stored ? '0' : undefined,
  });
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
