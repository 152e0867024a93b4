import { usageError } from '../../errors/healthmon-error.js';
import type { BigQueryPort } from '../../gcp/bigquery/port.js';
import { statement, tablePath } from '../analytics/templates.js';
import { MODEL_TYPES } from './model-types.js';
import { columnOf, columnsOf, fieldNamed, type Question, quoted, readQuestion, TIME } from './question.js';
import { modelOfVersion } from './registry.js';
import type { CommandTools, ModelTools } from './tools.js';

export interface DriftInput {
  /** `v2` or the name of a model; undefined is the one that serves. */
  version: string | undefined;
  /** What is looked at: the rows of this long before the newest one. Undefined looks at all. */
  studyMs: number | undefined;
  /** What it is compared with: the rows of this long before those. Undefined compares with the training. */
  baseMs: number | undefined;
  /** Table whose rows are looked at in the place of those of the model. */
  table: string | undefined;
  /** From which distance on something has moved. */
  max: number;
  /** `column=distance`, where it is another. */
  features: readonly string[];
  /** Keep what comes out in BigQuery. */
  store: boolean;
}

export interface DriftRow {
  kind: 'feature' | 'prediction' | 'label';
  input: string;
  metric: string;
  threshold: number;
  /** Null where one side has no values. */
  value: number | null;
  isAnomaly: boolean;
}

export interface DriftResult {
  version: string;
  base: string;
  study: string;
  /** What has moved farthest first. */
  rows: DriftRow[];
  drifted: boolean;
  stored: boolean;
}

/** Rows as SELECT, and what they are called. */
interface Rows {
  sql: string;
  name: string;
}

/** Compares, and keeps what came out where that is asked for. */
export async function checkDrift(tools: CommandTools, input: DriftInput): Promise<DriftResult> {
  const question = await readQuestion(tools, modelOfVersion(tools.config, input.version));
  const { study, base } = await rowsOf(tools, question, input);
  const settings = settingsOf(question, input);
  const columns = question.features.map(quoted).join(', ');
  const compared = { kind: 'feature', columns, study: study.sql, settings } as const;
  const parts = [
    base === undefined
      ? statement('skew', tools.config, { ...compared, model: tablePath(tools.config, question.model) })
      : statement('drift', tools.config, { ...compared, base: base.sql }),
    ...answersSql(tools, question, study, base, input.max),
  ];
  const rows = await read(tools.port, parts, tools.signal);
  const result: DriftResult = {
    version: question.version,
    base: base?.name ?? 'training',
    study: study.name,
    rows,
    drifted: rows.some(({ isAnomaly }) => isAnomaly),
    stored: input.store,
  };
  if (input.store) await storeDrift(tools, result);
  return result;
}

async function storeDrift(tools: CommandTools, { version, base, study, rows }: DriftResult): Promise<void> {
  await tools.port.query(statement('store-drift', tools.config), {
    params: [
      { name: 'checked_at', type: 'TIMESTAMP', value: new Date(tools.nowMs()).toISOString() },
      { name: 'version', type: 'STRING', value: version },
      { name: 'base', type: 'STRING', value: base },
      { name: 'study', type: 'STRING', value: study },
      { name: 'rows', type: 'STRING', value: JSON.stringify(rows) },
    ],
    signal: tools.signal,
    doing: 'store what drifted',
  });
}

async function read(port: BigQueryPort, parts: readonly string[], signal: AbortSignal): Promise<DriftRow[]> {
  const sql = parts.map((part) => part.replace(/^(?:--.*\n)+/, '')).join('\nUNION ALL\n');
  const outcome = await port.query(sql, { signal, doing: 'compare the rows' });
  return (await outcome.rows())
    .map(
      (row): DriftRow => ({
        kind: row.kind as DriftRow['kind'],
        input: String(row.input),
        metric: String(row.metric),
        threshold: Number(row.threshold),
        value: row.value === null ? null : Number(row.value),
        isAnomaly: row.is_anomaly === true,
      }),
    )
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
}

async function rowsOf(
  tools: ModelTools,
  question: Question,
  { studyMs, baseMs, table }: DriftInput,
): Promise<{ study: Rows; base: Rows | undefined }> {
  const { source } = question;
  const all = `SELECT * FROM ${source.sql} AS joined_row`;
  if (table !== undefined) {
    const from = tablePath(tools.config, table);
    const columns = await columnsOf(tools, from);
    for (const name of question.features) columnOf(columns, name, `The model ${question.model}`);
    const label =
      fieldNamed(columns, question.label) === undefined ? `, NULL AS ${quoted(question.label)}` : '';
    return { study: { sql: `SELECT *${label} FROM ${from} AS other_row`, name: table }, base: undefined };
  }
  if (studyMs === undefined) return { study: { sql: all, name: 'all rows' }, base: undefined };
  if (fieldNamed(source.columns, TIME) === undefined) {
    throw usageError({
      code: 'unsupported',
      message: `The rows of ${question.model} have no ${TIME}, by which windows are cut.`,
      suggestion: 'Leave out --study and --base, or name rows to look at with --table.',
    });
  }
  const newest = `(SELECT MAX(${TIME}) FROM ${source.sql} AS newest_row)`;
  const before = (ms: number) => `TIMESTAMP_SUB(${newest}, INTERVAL ${Math.round(ms / 1000)} SECOND)`;
  const study = { sql: `${all} WHERE ${TIME} > ${before(studyMs)}`, name: `the last ${minutes(studyMs)}` };
  if (baseMs === undefined) return { study, base: undefined };
  return {
    study,
    base: {
      sql: `${all} WHERE ${TIME} <= ${before(studyMs)} AND ${TIME} > ${before(studyMs + baseMs)}`,
      name: `the ${minutes(baseMs)} before`,
    },
  };
}

function minutes(ms: number): string {
  return `${Math.round(ms / 60_000)} min`;
}

function settingsOf({ features }: Question, input: DriftInput): string {
  const own = input.features.map((text) => {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    const column = columnOf(
      features.map((feature) => ({ name: feature, type: '' })),
      name,
      '--feature',
    );
    const threshold = Number(value);
    if (value.trim() !== '' && threshold >= 0 && threshold < 1) return `('${column.name}', ${threshold})`;
    throw usageError({
      code: 'invalid-option',
      message: `--feature "${text}" has no distance from 0 to below 1.`,
      suggestion: `Give --feature ${column.name}=0.1.`,
    });
  });
  return [...thresholds(input.max), ...(own.length === 0 ? [] : [`[${own.join(', ')}] AS thresholds`])].join(
    ', ',
  );
}

function thresholds(max: number): string[] {
  return [`${max} AS categorical_default_threshold`, `${max} AS numerical_default_threshold`];
}

/**
 * What the model says, and what came, of the rows of either side; against the training of the rows of the model that are not
 * looked at.
 */
function answersSql(
  tools: ModelTools,
  question: Question,
  study: Rows,
  base: Rows | undefined,
  max: number,
): string[] {
  const all = `SELECT * FROM ${question.source.sql} AS joined_row`;
  // The rows of the model against themselves say nothing.
  if (base === undefined && study.sql === all) return [];
  const before = base?.sql ?? all;
  const predicted = (rows: string) => {
    const { classifies } = MODEL_TYPES[question.type];
    const value = classifies
      ? `(SELECT MAX_BY(item.prob, CAST(item.label AS STRING)) FROM UNNEST(${quoted(`predicted_${question.label}_probs`)}) AS item)`
      : quoted(`predicted_${question.label}`);
    return `SELECT ${value} AS prediction FROM ML.PREDICT(MODEL ${tablePath(tools.config, question.model)}, (${rows}))`;
  };
  const label = quoted(question.label);
  const known = (rows: string) => `SELECT ${label} FROM (${rows}) WHERE ${label} IS NOT NULL`;
  const settings = thresholds(max).join(', ');
  return [
    statement('drift', tools.config, {
      kind: 'prediction',
      columns: 'prediction',
      base: predicted(before),
      study: predicted(study.sql),
      settings,
    }),
    statement('drift', tools.config, {
      kind: 'label',
      columns: label,
      base: known(before),
      study: known(study.sql),
      settings,
    }),
  ];
}
