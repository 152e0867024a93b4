import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/config.js';
import { packageRoot } from '../../core/package-root.js';
import { patientInfoSchema, patientVitalsSchema } from '../../schema/read-table-schema.js';
import type { Field } from '../../schema/table-schema.js';
import { newsSql, severitySql } from '../stream/news2-sql.js';

/** Statements of `templates/bigquery/`, by file name. */
export type TemplateName =
  | 'confusion-matrix'
  | 'deduplicated-vitals'
  | 'drift'
  | 'evaluate'
  | 'explain'
  | 'is-held-out'
  | 'is-tuned-on'
  | 'join'
  | 'join-counts'
  | 'one-row-per-patient'
  | 'outcome-counts'
  | 'predict'
  | 'feature-auc'
  | 'scored-held-out'
  | 'scored-later'
  | 'skew'
  | 'split-counts'
  | 'store-drift'
  | 'store-metrics'
  | 'store-predictions'
  | 'train'
  | 'training-info'
  | 'trial-info'
  | 'ward-predictions'
  | 'verify-export'
  | `tiles/${TileName}`
  | `views/${ViewName}`;

/** Statements of the dashboard's tiles. */
export type TileName =
  | 'age-stay'
  | 'alert-load'
  | 'arrival'
  | 'by-outcome'
  | 'conditions'
  | 'cost'
  | 'feed-gaps'
  | 'outcomes'
  | 'patients'
  | 'pulse'
  | 'satisfaction'
  | 'thresholds';

/** Views of the dataset, each after those that it reads. */
export const VIEW_NAMES = [
  'v_reading_news2',
  'v_ward_now',
  'v_patient_timeline',
  'v_alerts',
  'v_predictions',
  'v_cohort',
  'v_data_quality',
  'v_model_quality',
  'v_model_drift',
] as const;
export type ViewName = (typeof VIEW_NAMES)[number];

/**
 * A statement with its `{{names}}` filled in: tables and the model of the configuration, the columns that the
 * record schemas define, and `values`.
 */
export function statement(
  name: TemplateName,
  config: Config,
  values: Readonly<Record<string, string>> = {},
): string {
  const known: Record<string, () => string> = {
    batchTable: () => tablePath(config, config.bigquery.batchTable),
    streamTable: () => tablePath(config, config.bigquery.streamTable),
    joinedTable: () => tablePath(config, config.bigquery.joinedTable),
    alertsTable: () => tablePath(config, config.bigquery.alertsTable),
    predictionsTable: () => tablePath(config, config.bigquery.predictionsTable),
    metricsTable: () => tablePath(config, config.bigquery.metricsTable),
    versionsTable: () => tablePath(config, config.bigquery.versionsTable),
    driftTable: () => tablePath(config, config.bigquery.driftTable),
    eventsTable: () => tablePath(config, config.bigquery.eventsTable),
    severity: () => severitySql('risk'),
    admissions: () =>
      admissionColumns()
        .map((column) => `admission.${column}`)
        .join(',\n  '),
    columns: () =>
      [
        ...admissionColumns().map((column) => `admission.${column}`),
        ...readingColumns().map((column) => `reading.${column}`),
      ].join(',\n  '),
    mergedVitals: () => vitalColumns().map(newestValue).join(',\n    '),
    vitals: () => statement('deduplicated-vitals', config),
  };
  const text = readFileSync(join(packageRoot(), 'templates', 'bigquery', `${name}.sql`), 'utf8').trim();
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => {
    const value = values[key] ?? known[key]?.() ?? viewPath(config, key) ?? newsSql()[key];
    if (value === undefined) throw new Error(`templates/bigquery/${name}.sql: unknown name {{${key}}}`);
    return value;
  });
}

function viewPath(config: Config, name: string): string | undefined {
  return VIEW_NAMES.includes(name as ViewName) ? tablePath(config, name) : undefined;
}

export interface ViewDefinition {
  /** The comment at the head of its file. */
  description: string;
  query: string;
}

export function viewDefinition(name: ViewName, config: Config): ViewDefinition {
  const text = statement(`views/${name}`, config);
  const query = text.replace(/^(?:--.*\n)+/, '');
  const comment = text.slice(0, text.length - query.length);
  return { description: comment.replaceAll(/^-- ?/gm, '').trim().replaceAll('\n', ' '), query };
}

/** A table or model as one quoted path. The parts were checked when the configuration was read. */
export function tablePath(config: Config, name: string): string {
  return `\`${config.project}.${config.bigquery.dataset}.${name}\``;
}

function admissionColumns(): string[] {
  return patientInfoSchema()
    .fields.filter((field) => field.role !== 'metadata')
    .map((field) => field.name);
}

/** Measured vitals, in the order of the schema. */
export function vitalColumns(): string[] {
  return patientVitalsSchema()
    .fields.filter((field) => field.role === 'feature')
    .map((field) => field.name);
}

/** FHIR brings the measurements of a moment in several messages, so a reading is merged, the newest value first. */
function newestValue(column: string): string {
  return `MAX_BY(${column}, IF(${column} IS NULL, NULL, Ingested_At)) AS ${column}`;
}

/** Vitals that every reading has; the others come only from some sensors. */
export function requiredVitals(): string[] {
  return patientVitalsSchema()
    .fields.filter((field) => field.role === 'feature' && field.constraints.required)
    .map((field) => field.name);
}

function readingColumns(): string[] {
  const required = requiredVitals();
  return [...required, 'event_timestamp', ...vitalColumns().filter((name) => !required.includes(name))];
}

/** Columns of the joined table, each with what it means to a model. */
export function joinedColumns(): Field[] {
  const admission = patientInfoSchema().fields;
  const vitals = patientVitalsSchema().fields;
  return [
    ...admissionColumns().map((name) => admission.find((field) => field.name === name)!),
    ...readingColumns().map((name) => vitals.find((field) => field.name === name)!),
  ];
}
