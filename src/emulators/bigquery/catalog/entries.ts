/** A JSON value, as REST bodies and the catalog file hold it. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

export interface DatasetRef {
  projectId: string;
  datasetId: string;
}

export interface TableRef extends DatasetRef {
  tableId: string;
}

export interface RoutineRef extends DatasetRef {
  routineId: string;
}

export interface ModelRef extends DatasetRef {
  modelId: string;
}

/** What every resource has; times are milliseconds since the epoch. */
export interface EntryTimes {
  creationTime: number;
  lastModifiedTime: number;
  /** Grows with each change of the resource; the etag is made from it. */
  revision: number;
}

/** A column as REST describes it; `type` is always one of REST's names (`INTEGER`, `FLOAT`, `RECORD`…). */
export interface TableField {
  name: string;
  type: RestType;
  mode: 'NULLABLE' | 'REQUIRED' | 'REPEATED';
  fields?: TableField[];
  description?: string;
  maxLength?: string;
  precision?: string;
  scale?: string;
  roundingMode?: string;
  collation?: string;
  defaultValueExpression?: string;
  policyTags?: { names: string[] };
  rangeElementType?: { type: 'DATE' | 'DATETIME' | 'TIMESTAMP' };
}

export const REST_TYPES = [
  'STRING',
  'BYTES',
  'INTEGER',
  'FLOAT',
  'BOOLEAN',
  'TIMESTAMP',
  'DATE',
  'TIME',
  'DATETIME',
  'NUMERIC',
  'BIGNUMERIC',
  'JSON',
  'INTERVAL',
  'RANGE',
  'GEOGRAPHY',
  'RECORD',
] as const;
export type RestType = (typeof REST_TYPES)[number];

export interface DatasetEntry extends EntryTimes {
  ref: DatasetRef;
  location: string;
  friendlyName?: string;
  description?: string;
  labels?: Record<string, string>;
  access?: JsonObject[];
  defaultTableExpirationMs?: number;
  defaultPartitionExpirationMs?: number;
  defaultCollation?: string;
  defaultRoundingMode?: string;
  isCaseInsensitive?: boolean;
  /** Made by the emulator for results of queries, which are not kept. */
  holdsResults?: true;
  maxTimeTravelHours?: string;
  storageBillingModel?: string;
  resourceTags?: Record<string, string>;
}

export type TimePartitioningType = 'HOUR' | 'DAY' | 'MONTH' | 'YEAR';

export interface TimePartitioning {
  type: TimePartitioningType;
  /** Absent: partitioned by ingestion time, with the pseudo column `_PARTITIONTIME`. */
  field?: string;
  expirationMs?: number;
}

export interface RangePartitioning {
  field: string;
  /** INT64 bounds as decimal text. */
  range: { start: string; end: string; interval: string };
}

export type TableType = 'TABLE' | 'VIEW' | 'MATERIALIZED_VIEW' | 'SNAPSHOT' | 'EXTERNAL';

/** Who sees which rows of a table. Times are milliseconds since the epoch. */
export interface RowAccessPolicy {
  policyId: string;
  /** A condition in GoogleSQL. */
  filterPredicate: string;
  /** `user:…`, `group:…`, `domain:…`, `allUsers`… */
  grantees: string[];
  creationTime: number;
  lastModifiedTime: number;
}

export interface TableEntry extends EntryTimes {
  ref: TableRef;
  type: TableType;
  fields: TableField[];
  rowAccessPolicies?: RowAccessPolicy[];
  friendlyName?: string;
  description?: string;
  labels?: Record<string, string>;
  resourceTags?: Record<string, string>;
  timePartitioning?: TimePartitioning;
  rangePartitioning?: RangePartitioning;
  requirePartitionFilter?: boolean;
  clustering?: string[];
  /** Milliseconds since the epoch; the table is gone from then on. */
  expirationTime?: number;
  defaultCollation?: string;
  defaultRoundingMode?: string;
  primaryKey?: string[];
  foreignKeys?: JsonObject[];
  /** Query of a view or materialised view. */
  viewQuery?: string;
  useLegacySql?: boolean;
  materializedView?: {
    enableRefresh?: boolean;
    refreshIntervalMs?: number;
    allowNonIncrementalDefinition?: boolean;
  };
  maxStaleness?: string;
  /** `externalDataConfiguration` of an external table, without its schema. */
  external?: JsonObject;
  /** What a snapshot or clone was made from, and when, in milliseconds since the epoch. */
  base?: { ref: TableRef; time: number };
  /** Set on query results and temporary tables, whose DuckDB table lives under another name. */
  physicalName?: string;
}

/** A routine; the fields are REST's, held as they came. */
export interface RoutineEntry extends EntryTimes {
  ref: RoutineRef;
  routineType: 'SCALAR_FUNCTION' | 'AGGREGATE_FUNCTION' | 'PROCEDURE' | 'TABLE_VALUED_FUNCTION';
  language: 'SQL' | 'JAVASCRIPT';
  /** `gs://` addresses of JavaScript that runs before the body. */
  importedLibraries?: string[];
  definitionBody: string;
  arguments: JsonObject[];
  returnType?: JsonObject;
  returnTableType?: JsonObject;
  description?: string;
  strictMode?: boolean;
  determinismLevel?: string;
  dataGovernanceType?: string;
}

/** A model; `definition` belongs to the `ml` room, which alone reads it. */
export interface ModelEntry extends EntryTimes {
  ref: ModelRef;
  modelType: string;
  friendlyName?: string;
  description?: string;
  labels?: Record<string, string>;
  expirationTime?: number;
  /** Recorded only: there is no registry of Vertex AI. */
  vertexAiModelId?: string;
  definition: JsonObject;
}

/** What changed, for those who keep something per resource (result cache, compiled statements). */
export type CatalogEvent =
  | { kind: 'dataset'; ref: DatasetRef }
  | { kind: 'table'; ref: TableRef }
  | { kind: 'routine'; ref: RoutineRef }
  | { kind: 'model'; ref: ModelRef };

/** The entry of a resource after it changed; absent when it is gone. */
export type CatalogChange = CatalogEvent & { entry?: EntryTimes | undefined };

/** A dataset with its contents, as the catalog file holds it. */
export interface StoredDataset {
  dataset: DatasetEntry;
  tables: TableEntry[];
  routines: RoutineEntry[];
  models: ModelEntry[];
}
