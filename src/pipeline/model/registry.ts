import type { Config } from '../../config/config.js';
import type { LiveModel } from '../../gcp/bigquery/models.js';
import type { QueryParameter } from '../../gcp/bigquery/port.js';
import type { JsonValue } from '../../gcp/bigquery/values.js';
import { modelEventsSchema, modelVersionsSchema } from '../../schema/read-table-schema.js';
import type { TableSchema } from '../../schema/table-schema.js';
import { tablePath } from '../analytics/templates.js';
import type { Unit } from './question.js';
import type { ModelTools } from './tools.js';

/** Label of a model in BigQuery that says which version it is: `v3`. Copies keep it. */
export const VERSION_LABEL = 'healthmon_version';

export interface VersionRecord {
  version: string;
  model: string;
  createdAt: string;
  createdBy: string;
  modelType: string;
  label: string;
  features: string[];
  source: string;
  splitBy: string;
  unit: Unit;
  options: JsonValue;
  trainPatients: number;
  trainRows: number;
  heldOutPatients: number;
  heldOutRows: number;
  /** Text, since it is a whole number of 64 bits. */
  dataHash: string;
  statement: string;
  healthmonVersion: string;
}

export type EventName =
  | 'trained'
  | 'gate_failed'
  | 'promoted'
  | 'rolled_back'
  | 'registered'
  | 'exported'
  | 'archived'
  | 'pruned';

export interface ModelEvent {
  at: string;
  model: string;
  version: string;
  event: EventName;
  doneBy: string;
  reason: string;
  detail: JsonValue;
}

/** `outcome_model_v3`, of a version as of what was copied from it; without a label the name and the time of training. */
export function versionName({ name, labels, createdAt }: LiveModel): string {
  const label = labels[VERSION_LABEL];
  if (label === undefined) return `${name}@${createdAt}`;
  return name.endsWith(`_${label}`) ? name : `${name}_${label}`;
}

/** The number of a version of `model`; undefined of any other name. */
export function numberOfVersion(model: string, version: string): number | undefined {
  const number = version.startsWith(`${model}_v`) ? version.slice(model.length + 2) : '';
  return /^[1-9]\d{0,8}$/.test(number) ? Number(number) : undefined;
}

/** The model in the dataset that is meant by `v2`, by a whole name, or by nothing: the one that serves. */
export function modelOfVersion({ bigquery }: Config, asked: string | undefined): string {
  return asked !== undefined && /^v\d+$/.test(asked)
    ? `${bigquery.model}_${asked}`
    : (asked ?? bigquery.model);
}

export async function readVersion(tools: ModelTools, version: string): Promise<VersionRecord | undefined> {
  const rows = await readRows(tools, tools.config.bigquery.versionsTable, 'version = @name', version);
  return rows.length === 0 ? undefined : versionOf(rows[0]!);
}

/** Versions of the configured model, the oldest first. */
export async function readVersions(tools: ModelTools): Promise<VersionRecord[]> {
  const { versionsTable, model } = tools.config.bigquery;
  const rows = await readRows(tools, versionsTable, 'model = @name', model, 'created_at');
  return rows.map(versionOf);
}

/** Events of the configured model, the oldest first. */
export async function readEvents(tools: ModelTools): Promise<ModelEvent[]> {
  const { eventsTable, model } = tools.config.bigquery;
  const rows = await readRows(tools, eventsTable, 'model = @name', model, 'happened_at');
  return rows.map((row) => ({
    at: String(row.happened_at),
    model: String(row.model),
    version: String(row.version),
    event: row.event as EventName,
    doneBy: String(row.done_by ?? ''),
    reason: String(row.reason ?? ''),
    detail: row.detail ?? null,
  }));
}

async function readRows(
  { port, config, signal }: ModelTools,
  table: string,
  condition: string,
  name: string,
  order = 'created_at',
): Promise<Record<string, JsonValue>[]> {
  const outcome = await port.query(
    `SELECT * FROM ${tablePath(config, table)} AS kept WHERE ${condition} ORDER BY ${order}`,
    { params: [{ name: 'name', type: 'STRING', value: name }], signal, doing: 'read the history of models' },
  );
  return outcome.rows();
}

function versionOf(row: Record<string, JsonValue>): VersionRecord {
  return {
    version: String(row.version),
    model: String(row.model),
    createdAt: String(row.created_at),
    createdBy: String(row.created_by ?? ''),
    modelType: String(row.model_type),
    label: String(row.label),
    features: (row.features as string[]).map(String),
    source: String(row.source),
    splitBy: String(row.split_by),
    unit: row.unit as Unit,
    options: row.options ?? null,
    trainPatients: Number(row.train_patients),
    trainRows: Number(row.train_rows),
    heldOutPatients: Number(row.held_out_patients),
    heldOutRows: Number(row.held_out_rows),
    dataHash: String(row.data_hash),
    statement: String(row.statement),
    healthmonVersion: String(row.healthmon_version),
  };
}

export async function addVersion(tools: ModelTools, record: VersionRecord): Promise<void> {
  await insertRow(tools, tools.config.bigquery.versionsTable, modelVersionsSchema(), {
    version: record.version,
    model: record.model,
    created_at: record.createdAt,
    created_by: record.createdBy,
    model_type: record.modelType,
    label: record.label,
    features: JSON.stringify(record.features),
    source: record.source,
    split_by: record.splitBy,
    unit: record.unit,
    options: JSON.stringify(record.options),
    train_patients: String(record.trainPatients),
    train_rows: String(record.trainRows),
    held_out_patients: String(record.heldOutPatients),
    held_out_rows: String(record.heldOutRows),
    data_hash: record.dataHash,
    statement: record.statement,
    healthmon_version: record.healthmonVersion,
  });
}

export async function addEvent(tools: ModelTools, event: ModelEvent): Promise<void> {
  await insertRow(tools, tools.config.bigquery.eventsTable, modelEventsSchema(), {
    happened_at: event.at,
    model: event.model,
    version: event.version,
    event: event.event,
    done_by: event.doneBy,
    reason: event.reason,
    detail: JSON.stringify(event.detail),
  });
}

/** One row by DML, so that whoever reads next sees it. @param values as text: arrays and objects as JSON. */
async function insertRow(
  { port, config, signal }: ModelTools,
  table: string,
  { fields }: TableSchema,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const given = fields.filter(({ name }) => values[name] !== undefined);
  const expressions = given.map(({ name, type, array }) => {
    if (array) return `JSON_VALUE_ARRAY(@${name})`;
    return type === 'JSON' ? `PARSE_JSON(@${name})` : `@${name}`;
  });
  const params = given.map(
    ({ name, type, array }): QueryParameter => ({
      name,
      type: array || type === 'JSON' ? 'STRING' : type,
      value: values[name]!,
    }),
  );
  await port.query(
    `INSERT INTO ${tablePath(config, table)} (${given.map(({ name }) => `\`${name}\``).join(', ')})\nVALUES (${expressions.join(', ')})`,
    { params, signal, doing: `write to ${table}` },
  );
}
