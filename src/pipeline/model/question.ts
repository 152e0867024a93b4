import { didYouMean } from '../../core/closest.js';
import { notReadyError, usageError } from '../../errors/healthmon-error.js';
import type { Field } from '../../schema/table-schema.js';
import { joinedColumns, requiredVitals, statement, tablePath, vitalColumns } from '../analytics/templates.js';
import { MODEL_TYPES, type ModelTypeName, typeOfRest } from './model-types.js';
import { readVersion, versionName } from './registry.js';
import type { ModelTools } from './tools.js';

export const PATIENT = 'Patient_ID';
export const TIME = 'event_timestamp';
export const UNITS = ['reading', 'patient'] as const;
export type Unit = (typeof UNITS)[number];

export interface Column {
  name: string;
  /** GoogleSQL type. */
  type: string;
}

/** Rows to learn from and to be measured on. */
export interface Source {
  /** What follows FROM. */
  sql: string;
  columns: readonly Column[];
  unit: Unit;
}

/** What a model is asked, and of whom. */
export interface Question {
  /** The model in the dataset: a version, or the name under which one serves. */
  model: string;
  /** What tells this training from all others. */
  version: string;
  type: ModelTypeName;
  label: string;
  features: readonly string[];
  source: Source;
  /** Column by whose hash rows are held out. */
  splitBy: string;
}

export function quoted(name: string): string {
  return `\`${name}\``;
}

export function fieldNamed<F extends { name: string }>(columns: readonly F[], name: string): F | undefined {
  return columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
}

/** The column of that name. @throws a usage error with the nearest name otherwise. */
export function columnOf(columns: readonly Column[], name: string, option: string): Column {
  const found = fieldNamed(columns, name);
  if (found !== undefined) return found;
  const names = columns.map((column) => column.name);
  const near = didYouMean(name, names);
  throw usageError({
    code: 'column-unknown',
    message: `${option} names "${name}", which is no column of the rows to learn from.`,
    detail: `Columns: ${names.join(', ')}.`,
    suggestion: near === undefined ? 'Give one of them.' : `Did you mean "${near}"?`,
  });
}

/** Columns whose name and meaning the shipped schemas know, of whatever table. */
export function meaningOf(name: string): Field | undefined {
  return fieldNamed(joinedColumns(), name);
}

/** The joined table, or one row for each patient of it. */
export function joinedSource({ config }: Pick<ModelTools, 'config'>, unit: Unit): Source {
  const fields = joinedColumns();
  if (unit === 'reading') {
    return { sql: tablePath(config, config.bigquery.joinedTable), columns: fields.map(columnOfField), unit };
  }
  const vitals = vitalColumns();
  const once = fields.filter(({ name }) => ![PATIENT, TIME, ...vitals].includes(name));
  const summaries = requiredVitals().flatMap(summariesOf);
  const sql = statement('one-row-per-patient', config, {
    admissionOnce: once.map(({ name }) => `ANY_VALUE(${name}) AS ${name}`).join(',\n  '),
    vitalSummaries: summaries.map(({ name, sql }) => `${sql} AS ${name}`).join(',\n  '),
  });
  return {
    sql: `(\n${sql}\n)`,
    columns: [
      { name: PATIENT, type: 'STRING' },
      ...once.map(columnOfField),
      { name: TIME, type: 'TIMESTAMP' },
      ...summaries.map(({ name }) => ({ name, type: 'FLOAT64' })),
    ],
    unit,
  };
}

function columnOfField({ name, type }: Field): Column {
  return { name, type };
}

/** The slope is that of least squares, in units an hour. */
function summariesOf(vital: string): { name: string; sql: string }[] {
  const hours = `UNIX_SECONDS(${TIME}) / 3600`;
  return [
    { name: `${vital}_newest`, sql: `MAX_BY(${vital}, ${TIME})` },
    { name: `${vital}_mean`, sql: `AVG(${vital})` },
    { name: `${vital}_lowest`, sql: `MIN(${vital})` },
    { name: `${vital}_highest`, sql: `MAX(${vital})` },
    { name: `${vital}_slope`, sql: `SAFE_DIVIDE(COVAR_POP(${vital}, ${hours}), VAR_POP(${hours}))` },
  ];
}

/** Newer names of the types that answers use. */
const TYPES: Readonly<Record<string, string>> = { INTEGER: 'INT64', FLOAT: 'FLOAT64', BOOLEAN: 'BOOL' };

/** Columns of a table or query, without running it. */
export async function columnsOf({ port, signal }: ModelTools, sql: string): Promise<Column[]> {
  const { schema } = await port.query(`SELECT * FROM ${sql} AS joined_row`, {
    dryRun: true,
    signal,
    doing: 'look at the rows to learn from',
  });
  return schema.map(({ name, type, mode }) => ({
    name,
    type: mode === 'REPEATED' ? 'ARRAY' : (TYPES[type] ?? type),
  }));
}

/**
 * What a model that was trained is asked, from its own metadata, and from the record of its version which rows it is asked
 * of; a model without a record is asked of the joined table. Exit code 3 when there is no such model.
 */
export async function readQuestion(
  tools: ModelTools,
  model = tools.config.bigquery.model,
): Promise<Question> {
  const live = await tools.models.get(model);
  if (live === undefined) {
    throw notReadyError({
      code: 'not-provisioned',
      message: `There is no model ${model} in the dataset ${tools.config.bigquery.dataset}.`,
      suggestion: 'Run "healthmon train" first, or "healthmon models list" for those that there are.',
    });
  }
  const type = typeOfRest(live.type);
  if (type === undefined || live.label === undefined) {
    throw usageError({
      code: 'unsupported',
      message: `The model ${model} is of the type ${live.type}, which these commands do not ask.`,
      suggestion: `Use "healthmon query" for it. Types that they ask: ${Object.keys(MODEL_TYPES).join(', ')}.`,
    });
  }
  const version = versionName(live);
  const record = live.labels.healthmon_version === undefined ? undefined : await readVersion(tools, version);
  const source = await recordedSource(tools, record?.source, record?.unit);
  const splitBy = record?.splitBy ?? PATIENT;
  for (const name of [live.label, splitBy, ...live.features.map((feature) => feature.name)]) {
    columnOf(source.columns, name, `The model ${model}`);
  }
  return {
    model,
    version,
    type,
    label: live.label,
    features: live.features.map(({ name }) => name),
    source,
    splitBy,
  };
}

async function recordedSource(
  tools: ModelTools,
  sql: string | undefined,
  unit: Unit = 'reading',
): Promise<Source> {
  const joined = joinedSource(tools, unit);
  if (sql === undefined || sql === joined.sql) return joined;
  return { sql, columns: await columnsOf(tools, sql), unit };
}

/** SQL of a text that differs when the value of any of the columns does; in JSON it would take several times as long. */
export function textOf(columns: readonly string[]): string {
  const texts = columns.map((name) => `IFNULL(CAST(${quoted(name)} AS STRING), '\\\\N')`);
  return `CONCAT(${texts.join(", '\\x1f', ")})`;
}

/** What the templates of `templates/bigquery/` ask of a model. */
export function questionValues(
  { config }: Pick<ModelTools, 'config'>,
  { model, type, label, features, source, splitBy }: Question,
): Record<string, string> {
  const classifies = MODEL_TYPES[type].classifies;
  const has = (name: string) => fieldNamed(source.columns, name) !== undefined;
  const splitText = `CAST(${quoted(splitBy)} AS STRING)`;
  const vitals = vitalColumns().filter(has);
  const time = has(TIME) ? [TIME] : [];
  const shown = vitals.length > 0 ? [...time, ...vitals] : [...time, ...features];
  const predicted = quoted(`predicted_${label}`);
  const probabilities = quoted(`predicted_${label}_probs`);
  const isHeldOut = statement('is-held-out', config, { splitText });
  return {
    model: tablePath(config, model),
    source: source.sql,
    label: quoted(label),
    labelText: `CAST(${quoted(label)} AS STRING)`,
    actual: quoted(`actual_${label}`),
    predicted,
    probabilities,
    probability: classifies
      ? `(SELECT prob FROM UNNEST(${probabilities}) AS item WHERE item.label = ${predicted}) AS probability,`
      : 'CAST(NULL AS FLOAT64) AS probability,',
    features: features.map(quoted).join(', '),
    rowText: textOf([...features, label, splitBy]),
    shown: shown.map(quoted).join(', '),
    splitBy: quoted(splitBy),
    splitText,
    patient: has(PATIENT) ? `CAST(${PATIENT} AS STRING)` : splitText,
    isHeldOut,
    newest: has(TIME) ? `${TIME} DESC` : 'TO_JSON_STRING(joined_row)',
    order: has(TIME) ? TIME : 'outcome',
  };
}
