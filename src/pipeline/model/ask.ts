import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { usageError } from '../../errors/healthmon-error.js';
import { tablePath } from '../analytics/templates.js';
import { MODEL_TYPES, type ModelTypeName } from './model-types.js';
import {
  type Column,
  columnOf,
  columnsOf,
  joinedSource,
  meaningOf,
  PATIENT,
  type Question,
  type Source,
  TIME,
  type Unit,
} from './question.js';
import type { ModelTools } from './tools.js';

/** What "healthmon train" can be asked. */
export interface Asked {
  label?: string | undefined;
  /** Default: every column that may be known when the prediction is made. */
  features?: readonly string[] | undefined;
  /** Columns that are no features after all. */
  except?: readonly string[] | undefined;
  table?: string | undefined;
  /** File with a query, from `cwd`. */
  sql?: string | undefined;
  type?: ModelTypeName | undefined;
  splitBy?: string | undefined;
  unit?: Unit | undefined;
  /** Only what is known before the discharge. */
  duringStay?: boolean | undefined;
}

const DEFAULT_LABEL = 'Outcome';
/** Types that BigQuery ML learns from and these commands offer. */
const FEATURE_TYPES = ['STRING', 'INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC', 'BOOL', 'DATE'];

/**
 * The question that was asked, with every column looked up.
 * @param model what is to be trained.
 */
export async function ask(
  asked: Asked,
  tools: ModelTools & { cwd: string },
  model: string,
): Promise<Question> {
  const source = await sourceOf(asked, tools);
  const { columns } = source;
  const label = columnOf(columns, asked.label ?? DEFAULT_LABEL, '--label');
  const type = asked.type ?? 'LOGISTIC_REG';
  checkLabel(label, type);
  const splitBy = splitOf(asked, columns);
  const features = featuresOf(asked, columns, label.name, splitBy);
  return { model, version: model, type, label: label.name, features, source, splitBy };
}

async function sourceOf(
  { table, sql, unit = 'reading' }: Asked,
  tools: ModelTools & { cwd: string },
): Promise<Source> {
  const { config, cwd } = tools;
  if (table !== undefined && sql !== undefined) {
    throw usageError({
      code: 'conflicting-options',
      message: '--table and --sql both say what to learn from.',
      suggestion: 'Give one of them.',
    });
  }
  if (table === undefined && sql === undefined) return joinedSource(tools, unit);
  if (unit === 'patient') {
    throw usageError({
      code: 'unsupported',
      message: '--unit patient summarises the joined table only.',
      suggestion: 'Let the table or query have one row for each patient, and leave --unit out.',
    });
  }
  const from = table === undefined ? queryOf(resolve(cwd, sql!)) : pathOf(table);
  return { sql: from, columns: await columnsOf(tools, from), unit };

  function pathOf(name: string): string {
    if (/^\w+$/.test(name)) return tablePath(config, name);
    if (/^(?:[\w-]+\.){1,2}\w+$/.test(name)) return `\`${name}\``;
    throw usageError({
      code: 'invalid-option',
      message: `--table "${name}" is no name of a table.`,
      suggestion: 'Give TABLE, DATASET.TABLE or PROJECT.DATASET.TABLE; a query goes into a file for --sql.',
    });
  }
}

function queryOf(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw usageError({
      code: 'file-unreadable',
      message: `The query ${file} cannot be read.`,
      detail: (cause as Error).message,
      suggestion: 'Check the path given to --sql.',
      cause,
    });
  }
  return `(\n${text
    .replace(/^\uFEFF/, '')
    .trim()
    .replace(/;$/, '')}\n)`;
}

function checkLabel({ name, type }: Column, modelType: ModelTypeName): void {
  const number = ['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC'].includes(type);
  const { classifies } = MODEL_TYPES[modelType];
  if (classifies ? type === 'FLOAT64' || !FEATURE_TYPES.includes(type) : !number) {
    throw usageError({
      code: 'label-type',
      message: `${name} is ${type}, which ${modelType} cannot predict.`,
      suggestion: number
        ? 'Give --type linear_reg or boosted_tree_regressor.'
        : 'Give a classifier, such as --type logistic_reg, or another --label.',
    });
  }
}

function splitOf({ splitBy }: Asked, columns: readonly Column[]): string {
  if (splitBy !== undefined) return columnOf(columns, splitBy, '--split-by').name;
  const found = columns.find(({ name }) => name.toLowerCase() === PATIENT.toLowerCase());
  if (found !== undefined) return found.name;
  throw usageError({
    code: 'column-unknown',
    message: `The rows have no column ${PATIENT}, by which patients are held out.`,
    detail: 'Rows of one patient on both sides would make every metric promise too much.',
    suggestion: 'Give --split-by COLUMN with the column that tells patients apart.',
  });
}

function featuresOf(
  asked: Asked,
  columns: readonly Column[],
  label: string,
  splitBy: string,
): readonly string[] {
  if (asked.features !== undefined) {
    const features = asked.features.map((name) => columnOf(columns, name, '--features'));
    for (const { name } of features) refuseFeature(name, asked, label, splitBy);
    return features.map(({ name }) => name);
  }
  const except = (asked.except ?? []).map((name) => columnOf(columns, name, '--except').name);
  const isOptional = new Set(optionalColumns(columns));
  const features = columns.filter(({ name, type }) => {
    const field = meaningOf(name);
    return (
      ![label, splitBy, PATIENT, TIME, ...except].includes(name) &&
      FEATURE_TYPES.includes(type) &&
      (field === undefined || field.role === 'feature') &&
      !isOptional.has(name) &&
      !(asked.duringStay && field?.knownAt === 'discharge')
    );
  });
  if (features.length === 0) {
    throw usageError({
      code: 'invalid-option',
      message: 'No column is left to learn from.',
      suggestion: 'Name fewer columns with --except, or name features with --features.',
    });
  }
  return features.map(({ name }) => name);
}

/** Vitals that only some sensors give are no features unless they are asked for. */
function optionalColumns(columns: readonly Column[]): string[] {
  return columns.flatMap(({ name }) => {
    const field = meaningOf(name);
    return field?.loinc !== undefined && !field.constraints.required ? [name] : [];
  });
}

function refuseFeature(name: string, { duringStay }: Asked, label: string, splitBy: string): void {
  const field = meaningOf(name);
  const why =
    name === label
      ? 'is the label itself'
      : name === splitBy || field?.role === 'identifier'
        ? 'tells patients apart, so that it would be learned by heart'
        : field?.role === 'later'
          ? 'is known only after the outcome'
          : duringStay && field?.knownAt === 'discharge'
            ? 'is known only at the discharge, not during the stay'
            : undefined;
  if (why === undefined) return;
  throw usageError({
    code: 'leaking-feature',
    message: `${name} cannot be a feature: it ${why}.`,
    suggestion: `Leave ${name} out of --features.`,
  });
}
