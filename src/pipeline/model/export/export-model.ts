import { usageError } from '../../../errors/healthmon-error.js';
import { statement, tablePath } from '../../analytics/templates.js';
import { record } from '../lifecycle.js';
import { type Question, questionValues, quoted, readQuestion } from '../question.js';
import { modelOfVersion } from '../registry.js';
import type { CommandTools, ModelTools } from '../tools.js';
import { type ExportedInput, type ExportedModel, scoreModel } from './scorer.js';

export interface Verified {
  rows: number;
  /** Of what BigQuery and the exported model say of the same row. */
  largestDifference: number;
  passed: boolean;
}

/** How far the two may be apart: they add the same numbers in another order. */
export const TOLERANCE = 1e-6;

/** Weights and means of a model, so that it can be applied without BigQuery. Refuses models of trees. */
export async function exportModel(
  tools: ModelTools,
  asked: string,
): Promise<ExportedModel & { question: Question }> {
  const question = await readQuestion(tools, modelOfVersion(tools.config, asked));
  const { type } = question;
  if (type !== 'LINEAR_REG' && type !== 'LOGISTIC_REG') {
    throw usageError({
      code: 'unsupported',
      message: `${question.version} is of the type ${type}; BigQuery ML does not tell its trees to a query.`,
      suggestion:
        'Export a linear or logistic model; on Google Cloud --gcs alone writes trees to Cloud Storage.',
    });
  }
  const outcomes = type === 'LINEAR_REG' ? null : await readOutcomes(tools, question);
  const model = tablePath(tools.config, question.model);
  const [weights, info] = await Promise.all([
    rowsOf(tools, `SELECT * FROM ML.WEIGHTS(MODEL ${model})`) as Promise<unknown> as Promise<WeightRow[]>,
    rowsOf(tools, `SELECT input, mean FROM ML.FEATURE_INFO(MODEL ${model})`),
  ]);
  const means = new Map(info.map(({ input, mean }) => [String(input), Number(mean)]));
  // With more than two outcomes BigQuery gives every input once for each of them.
  const sums = outcomes === null || outcomes.length === 2 ? [undefined] : outcomes;
  const ofSums = (name: string) =>
    sums.map((outcome) => {
      const row = weights.find((each) => each.processed_input === name && each.class_label === outcome);
      if (row === undefined) throw noWeight(question, name, outcome);
      return row;
    });
  const inputs: ExportedInput[] = [];
  for (const name of new Set(weights.map(({ processed_input }) => processed_input))) {
    if (name === INTERCEPT) continue;
    if (!question.features.includes(name)) throw unknownInput(question, name);
    const given = ofSums(name);
    inputs.push(
      given[0]!.weight === null
        ? categoryInput(name, given)
        : {
            name,
            kind: 'number',
            weights: given.map(({ weight }) => Number(weight)),
            mean: means.get(name) ?? 0,
          },
    );
  }
  return {
    format: 'healthmon-model/1',
    version: question.version,
    label: question.label,
    type,
    outcomes,
    intercepts: ofSums(INTERCEPT).map(({ weight }) => Number(weight)),
    inputs,
    question,
  };
}

/** A row of ML.WEIGHTS. */
interface WeightRow {
  /** Only of more than two outcomes. */
  class_label?: string;
  processed_input: string;
  /** Null of a category. */
  weight: number | null;
  category_weights: { category: string | null; weight: number }[];
}

const INTERCEPT = '__INTERCEPT__';
/** How BigQuery ML calls the category of missing values. */
const MISSING = '_null_filler';

/** @param rows of the input, one for each sum. */
function categoryInput(name: string, rows: readonly WeightRow[]): ExportedInput {
  const nameOf = (category: string | null) => category ?? MISSING;
  const bySum = rows.map(
    ({ category_weights }) =>
      new Map(category_weights.map(({ category, weight }) => [nameOf(category), Number(weight)])),
  );
  const weightsOf = (category: string) => bySum.map((weights) => weights.get(category) ?? 0);
  const known = rows[0]!.category_weights.map(({ category }) => nameOf(category));
  return {
    name,
    kind: 'category',
    weights: Object.fromEntries(
      known.filter((category) => category !== MISSING).map((category) => [category, weightsOf(category)]),
    ),
    missing: weightsOf(MISSING),
  };
}

function noWeight({ version }: Question, name: string, outcome: string | undefined): Error {
  return usageError({
    code: 'unsupported',
    message: `${version} has no weight of ${name}${outcome === undefined ? '' : ` for the outcome ${outcome}`}.`,
    suggestion: 'Export a model with an intercept, as "healthmon train" makes them.',
  });
}

function unknownInput({ version }: Question, name: string): Error {
  return usageError({
    code: 'unsupported',
    message: `${version} has the input ${name}, which is no column by itself.`,
    suggestion: 'Export a model of columns of numbers and texts, as "healthmon train" makes them.',
  });
}

/** The highest first: of two the one that the weights are of. */
async function readOutcomes(tools: ModelTools, question: Question): Promise<string[]> {
  const [row] = await rowsOf(
    tools,
    `SELECT ${ofOutcomes(question.label, 'CAST(item.label AS STRING)')} AS labels
FROM ML.PREDICT(MODEL ${tablePath(tools.config, question.model)}, (SELECT * FROM ${question.source.sql} AS joined_row LIMIT 1))`,
  );
  if (row !== undefined) return row.labels as string[];
  throw usageError({
    code: 'unsupported',
    message: `${question.version} has no rows to ask about.`,
    suggestion: 'Export a model of a table with rows.',
  });
}

/** SQL of an array: something of each outcome, the highest first. */
function ofOutcomes(label: string, expression: string): string {
  return `ARRAY(SELECT ${expression} FROM UNNEST(${quoted(`predicted_${label}_probs`)}) AS item ORDER BY item.label DESC)`;
}

/** Adds to the history that a version left BigQuery. @param formats `json`, `onnx`, `html` or `gcs`. */
export async function recordExported(tools: CommandTools, version: string, formats: string[]): Promise<void> {
  await record(tools, version, 'exported', { detail: { formats, target: tools.config.target } });
}

/** A folder of Cloud Storage, such as `gs://bucket/models/v1`. */
const FOLDER = /^gs:\/\/[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](?:\/[^\s'"`\\]+)?$/;

/**
 * Lets BigQuery write the whole model, trees too, into a folder of Cloud Storage, as TensorFlow or XGBoost read it. The local
 * BigQuery refuses it.
 * @returns the version.
 */
export async function exportToStorage(tools: ModelTools, asked: string, folder: string): Promise<string> {
  if (!FOLDER.test(folder)) {
    throw usageError({
      code: 'invalid-option',
      message: `--gcs "${folder}" is no folder of Cloud Storage.`,
      suggestion: 'Give gs://BUCKET/FOLDER.',
    });
  }
  const { model, version } = await readQuestion(tools, modelOfVersion(tools.config, asked));
  await tools.port.query(
    `EXPORT MODEL ${tablePath(tools.config, model)} OPTIONS (URI = '${folder.replace(/\/$/, '')}')`,
    { signal: tools.signal, doing: 'export the model' },
  );
  return version;
}

/** Asks BigQuery and the exported model the same. @param count held-out rows at the most. */
export async function verifyExport(
  tools: ModelTools,
  { question, ...model }: ExportedModel & { question: Question },
  count: number,
): Promise<Verified> {
  const said =
    model.outcomes === null
      ? `[${quoted(`predicted_${model.label}`)}]`
      : ofOutcomes(model.label, 'item.prob');
  const outcome = await tools.port.query(
    statement('verify-export', tools.config, {
      ...questionValues(tools, question),
      said,
      limit: String(count),
    }),
    { signal: tools.signal, doing: 'compare the exported model' },
  );
  const rows = await outcome.rows();
  const differenceOf = (row: (typeof rows)[number]) => {
    const scores = scoreModel(model, row);
    return Math.max(
      ...(row.healthmon_said as number[]).map((each, index) => Math.abs(Number(each) - scores[index]!)),
    );
  };
  const largestDifference = rows.reduce((largest, row) => Math.max(largest, differenceOf(row)), 0);
  return { rows: rows.length, largestDifference, passed: rows.length > 0 && largestDifference <= TOLERANCE };
}

async function rowsOf({ port, signal }: ModelTools, sql: string) {
  return (await port.query(sql, { signal, doing: 'read the weights' })).rows();
}
