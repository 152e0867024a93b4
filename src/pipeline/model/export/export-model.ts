import { usageError } from '../../../errors/healthmon-error.js';
import { statement, tablePath } from '../../analytics/templates.js';
import { type Question, questionValues, quoted, readQuestion } from '../question.js';
import { modelOfVersion } from '../registry.js';
import type { ModelTools } from '../tools.js';
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
    rowsOf(tools, `SELECT processed_input, weight, category_weights FROM ML.WEIGHTS(MODEL ${model})`),
    rowsOf(tools, `SELECT input, mean FROM ML.FEATURE_INFO(MODEL ${model})`),
  ]);
  const means = new Map(info.map(({ input, mean }) => [String(input), Number(mean)]));
  let intercept = 0;
  const inputs: ExportedInput[] = [];
  for (const row of weights) {
    const name = String(row.processed_input);
    if (name === '__INTERCEPT__') intercept = Number(row.weight);
    else if (!question.features.includes(name)) throw unknownInput(question, name);
    else if (row.weight !== null) {
      inputs.push({ name, kind: 'number', weight: Number(row.weight), mean: means.get(name) ?? 0 });
    } else inputs.push(categoryInput(name, row.category_weights as unknown as CategoryWeight[]));
  }
  return {
    format: 'healthmon-model/1',
    version: question.version,
    label: question.label,
    type,
    outcomes,
    intercept,
    inputs,
    question,
  };
}

interface CategoryWeight {
  category: string | null;
  weight: number;
}

/** How BigQuery ML calls the category of missing values. */
const MISSING = '_null_filler';

function categoryInput(name: string, given: readonly CategoryWeight[]): ExportedInput {
  const isMissing = ({ category }: CategoryWeight) => category === null || category === MISSING;
  const known = given.filter((each) => !isMissing(each));
  return {
    name,
    kind: 'category',
    weights: Object.fromEntries(known.map(({ category, weight }) => [category!, Number(weight)])),
    missing: Number(given.find(isMissing)?.weight ?? 0),
  };
}

function unknownInput({ version }: Question, name: string): Error {
  return usageError({
    code: 'unsupported',
    message: `${version} has the input ${name}, which is no column by itself.`,
    suggestion: 'Export a model of columns of numbers and texts, as "healthmon train" makes them.',
  });
}

/** The positive outcome is the higher one, which the weights are of. */
async function readOutcomes(tools: ModelTools, question: Question): Promise<ExportedModel['outcomes']> {
  const probabilities = quoted(`predicted_${question.label}_probs`);
  const [row] = await rowsOf(
    tools,
    `SELECT ARRAY(SELECT CAST(item.label AS STRING) FROM UNNEST(${probabilities}) AS item ORDER BY item.label DESC) AS labels
FROM ML.PREDICT(MODEL ${tablePath(tools.config, question.model)}, (SELECT * FROM ${question.source.sql} AS joined_row LIMIT 1))`,
  );
  const [event, other, more] = (row?.labels ?? []) as string[];
  if (event !== undefined && other !== undefined && more === undefined) return { event, other };
  throw usageError({
    code: 'unsupported',
    message: `${question.version} does not tell two outcomes apart, or has no rows to ask about.`,
    suggestion: 'Export a model of two outcomes, of a table with rows.',
  });
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
      ? quoted(`predicted_${model.label}`)
      : `(SELECT item.prob FROM UNNEST(${quoted(`predicted_${model.label}_probs`)}) AS item WHERE CAST(item.label AS STRING) = @event)`;
  const values = questionValues(tools, question);
  const outcome = await tools.port.query(
    statement('verify-export', tools.config, { ...values, said, limit: String(count) }),
    {
      params: model.outcomes === null ? [] : [{ name: 'event', type: 'STRING', value: model.outcomes.event }],
      signal: tools.signal,
      doing: 'compare the exported model',
    },
  );
  const rows = await outcome.rows();
  const largestDifference = rows.reduce(
    (largest, row) => Math.max(largest, Math.abs(Number(row.healthmon_said) - scoreModel(model, row))),
    0,
  );
  return { rows: rows.length, largestDifference, passed: rows.length > 0 && largestDifference <= TOLERANCE };
}

async function rowsOf({ port, signal }: ModelTools, sql: string) {
  return (await port.query(sql, { signal, doing: 'read the weights' })).rows();
}
