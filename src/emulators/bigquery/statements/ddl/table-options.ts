import { notImplemented } from '../../../googlesql/errors.js';
import type { DatasetEntry, ModelEntry, TableEntry } from '../../catalog/entries.js';
import { checkRoundingMode } from '../../catalog/fields.js';
import {
  booleanOption,
  labelsOption,
  numberOption,
  type OptionSetters,
  textOption,
  timeOption,
} from './options.js';

const MILLISECONDS_PER_DAY = 86_400_000;

function days(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * MILLISECONDS_PER_DAY);
}

/** An option of the service that the emulator does not have. */
function refused(feature: string) {
  return () => {
    throw notImplemented(feature);
  };
}

/** Options that everything with a name of its own has. */
const descriptions: OptionSetters<Pick<TableEntry, 'description' | 'friendlyName' | 'labels'>> = {
  description: (entry, value, option) => {
    entry.description = textOption(value, option);
  },
  friendly_name: (entry, value, option) => {
    entry.friendlyName = textOption(value, option);
  },
  labels: (entry, value, option) => {
    entry.labels = labelsOption(value, option);
  },
};

type TableProperties = Omit<TableEntry, 'ref' | 'creationTime' | 'lastModifiedTime' | 'revision'>;

/** Options of tables, views and materialised views. */
export const tableOptions: OptionSetters<TableProperties> = {
  ...descriptions,
  tags: (entry, value, option) => {
    entry.resourceTags = labelsOption(value, option);
  },
  expiration_timestamp: (entry, value, option) => {
    entry.expirationTime = timeOption(value, option);
  },
  partition_expiration_days: (entry, value, option) => {
    const expirationMs = days(numberOption(value, option));
    if (entry.timePartitioning) entry.timePartitioning = { ...entry.timePartitioning, expirationMs };
  },
  require_partition_filter: (entry, value, option) => {
    entry.requirePartitionFilter = booleanOption(value, option);
  },
  default_rounding_mode: (entry, value, option) => {
    entry.defaultRoundingMode = textOption(value, option);
    checkRoundingMode(entry.defaultRoundingMode, 'default_rounding_mode');
  },
  max_staleness: (entry, value, option) => {
    entry.maxStaleness = textOption(value, option);
  },
  enable_refresh: (entry, value, option) => {
    entry.materializedView = { ...entry.materializedView, enableRefresh: booleanOption(value, option) };
  },
  refresh_interval_minutes: (entry, value, option) => {
    const minutes = numberOption(value, option);
    const refreshIntervalMs = minutes === undefined ? undefined : minutes * 60_000;
    entry.materializedView = { ...entry.materializedView, refreshIntervalMs };
  },
  allow_non_incremental_definition: (entry, value, option) => {
    const allowNonIncrementalDefinition = booleanOption(value, option);
    entry.materializedView = { ...entry.materializedView, allowNonIncrementalDefinition };
  },
  kms_key_name: refused('The option kms_key_name'),
  enable_change_history: refused('The option enable_change_history'),
  enable_fine_grained_mutations: refused('The option enable_fine_grained_mutations'),
  storage_uri: refused('The option storage_uri'),
  file_format: refused('The option file_format'),
  table_format: refused('The option table_format'),
};

export const modelOptions: OptionSetters<
  Pick<ModelEntry, 'description' | 'friendlyName' | 'labels' | 'expirationTime' | 'vertexAiModelId'>
> = {
  ...descriptions,
  expiration_timestamp: (entry, value, option) => {
    entry.expirationTime = timeOption(value, option);
  },
  kms_key_name: refused('The option kms_key_name'),
  vertex_ai_model_id: (entry, value, option) => {
    entry.vertexAiModelId = textOption(value, option);
  },
  deploy_model: refused('The option deploy_model'),
  endpoint_idle_ttl: refused('The option endpoint_idle_ttl'),
};

type DatasetProperties = Omit<DatasetEntry, 'ref' | 'creationTime' | 'lastModifiedTime' | 'revision'>;

export const datasetOptions: OptionSetters<DatasetProperties> = {
  ...descriptions,
  tags: (entry, value, option) => {
    entry.resourceTags = labelsOption(value, option);
  },
  location: (entry, value, option) => {
    entry.location = textOption(value, option) ?? entry.location;
  },
  default_table_expiration_days: (entry, value, option) => {
    entry.defaultTableExpirationMs = days(numberOption(value, option));
  },
  default_partition_expiration_days: (entry, value, option) => {
    entry.defaultPartitionExpirationMs = days(numberOption(value, option));
  },
  default_rounding_mode: (entry, value, option) => {
    entry.defaultRoundingMode = textOption(value, option);
    checkRoundingMode(entry.defaultRoundingMode, 'default_rounding_mode');
  },
  max_time_travel_hours: (entry, value, option) => {
    const hours = numberOption(value, option);
    entry.maxTimeTravelHours = hours === undefined ? undefined : String(hours);
  },
  storage_billing_model: (entry, value, option) => {
    entry.storageBillingModel = textOption(value, option);
  },
  is_case_insensitive: (entry, value, option) => {
    entry.isCaseInsensitive = booleanOption(value, option);
    if (entry.isCaseInsensitive) throw notImplemented('The option is_case_insensitive');
  },
  default_kms_key_name: refused('The option default_kms_key_name'),
  failover_reservation: refused('The option failover_reservation'),
  is_primary: refused('The option is_primary'),
  primary_replica: refused('The option primary_replica'),
};
