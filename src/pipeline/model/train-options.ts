import { didYouMean } from '../../core/closest.js';
import { usageError } from '../../errors/healthmon-error.js';
import { statement } from '../analytics/templates.js';
import { MODEL_TYPES } from './model-types.js';
import { type Question, questionValues, quoted } from './question.js';
import type { ModelTools } from './tools.js';

/** What `--option` may set; https://docs.cloud.google.com/bigquery/docs/reference/standard-sql/bigqueryml-syntax-create-glm */
const OPTIONS = [
  'L1_REG',
  'L2_REG',
  'EARLY_STOP',
  'MIN_REL_PROGRESS',
  'LEARN_RATE',
  'LEARN_RATE_STRATEGY',
  'LS_INIT_LEARN_RATE',
  'OPTIMIZE_STRATEGY',
  'FIT_INTERCEPT',
  'CATEGORY_ENCODING_METHOD',
  'CALCULATE_P_VALUES',
  'AUTO_CLASS_WEIGHTS',
  'MAX_PARALLEL_TRIALS',
  'HPARAM_TUNING_ALGORITHM',
  'HPARAM_TUNING_OBJECTIVES',
  'NUM_PARALLEL_TREE',
  'MAX_TREE_DEPTH',
  'TREE_METHOD',
  'MIN_TREE_CHILD_WEIGHT',
  'COLSAMPLE_BYTREE',
  'COLSAMPLE_BYLEVEL',
  'COLSAMPLE_BYNODE',
  'MIN_SPLIT_LOSS',
  'SUBSAMPLE',
] as const;

const NUMBER = String.raw`-?\d+(?:\.\d+)?(?:e[+-]?\d+)?`;
const SPACE = new RegExp(
  String.raw`^HPARAM_(?:RANGE\(${NUMBER}\s*,\s*${NUMBER}\)|CANDIDATES\(\[${NUMBER}(?:\s*,\s*${NUMBER})*\]\))$`,
  'i',
);

export interface TrainOptions {
  maxIterations: number;
  /** `key=value` of BigQuery ML. */
  options: readonly string[];
  /** Trials of tuning; undefined trains once. */
  tune: number | undefined;
  /** Id in the registry of Vertex AI that the model is added to when it is trained; by default to none. */
  vertexAiModelId?: string | undefined;
}

export const SPLIT_COLUMN = 'healthmon_split';

/** OPTIONS of CREATE MODEL by name, as SQL. */
export function createOptions(
  { type, label, version }: Question,
  { maxIterations, options, tune, vertexAiModelId }: TrainOptions,
): Record<string, string> {
  return {
    MODEL_TYPE: `'${type}'`,
    INPUT_LABEL_COLS: `['${label}']`,
    DATA_SPLIT_METHOD: "'CUSTOM'",
    DATA_SPLIT_COL: `'${SPLIT_COLUMN}'`,
    MAX_ITERATIONS: String(maxIterations),
    ...(MODEL_TYPES[type].linear && { ENABLE_GLOBAL_EXPLAIN: 'TRUE' }),
    ...(tune !== undefined && { NUM_TRIALS: String(tune) }),
    ...(vertexAiModelId !== undefined && registryOptions(vertexAiModelId, version)),
    ...Object.fromEntries(options.map(optionOf)),
  };
}

/** The version in the registry is called as this one is: `v3`. */
function registryOptions(vertexAiModelId: string, version: string): Record<string, string> {
  return {
    MODEL_REGISTRY: "'VERTEX_AI'",
    VERTEX_AI_MODEL_ID: `'${vertexAiModelId}'`,
    VERTEX_AI_MODEL_VERSION_ALIASES: `['v${version.split('_v').at(-1)}']`,
  };
}

function optionOf(text: string): [name: string, sql: string] {
  const [, given = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const name = given.trim().toUpperCase();
  if (!(OPTIONS as readonly string[]).includes(name)) {
    const near = didYouMean(name, OPTIONS);
    throw usageError({
      code: 'invalid-option',
      message: `--option "${text}" sets nothing that can be set here.`,
      detail: `It takes NAME=VALUE with one of: ${OPTIONS.join(', ')}.`,
      suggestion: near === undefined ? 'Give one of them.' : `Did you mean "${near.toLowerCase()}=${value}"?`,
    });
  }
  return [name, optionValue(value.trim(), text)];
}

function optionValue(value: string, text: string): string {
  if (new RegExp(`^${NUMBER}$`, 'i').test(value) || SPACE.test(value)) return value.toUpperCase();
  if (/^(true|false)$/i.test(value)) return value.toUpperCase();
  if (/^[a-z][a-z_]*$/i.test(value)) return `'${value.toUpperCase()}'`;
  throw usageError({
    code: 'invalid-option',
    message: `--option "${text}" has no value that BigQuery ML takes.`,
    suggestion: 'Give a number, TRUE, FALSE, a word, HPARAM_RANGE(a, b) or HPARAM_CANDIDATES([a, b]).',
  });
}

/** CREATE MODEL for a question. */
export function trainStatement(
  tools: Pick<ModelTools, 'config'>,
  question: Question,
  options: TrainOptions,
): string {
  const values = questionValues(tools, question);
  const created = Object.entries(createOptions(question, options));
  return statement('train', tools.config, {
    ...values,
    features: question.features.map(quoted).join(',\n  '),
    options: created.map(([name, sql]) => `${name} = ${sql}`).join(',\n  '),
    split: `${splitSql(tools, values, options.tune !== undefined)} AS ${SPLIT_COLUMN}`,
  });
}

/** Tuning chooses by patients of its own, so that those who are held out measure what nobody chose by. */
function splitSql(
  { config }: Pick<ModelTools, 'config'>,
  { isHeldOut, splitText }: Record<string, string>,
  tunes: boolean,
): string {
  if (!tunes) return isHeldOut!;
  const isTunedOn = statement('is-tuned-on', config, { splitText: splitText! });
  return `CASE\n    WHEN ${isHeldOut} THEN 'TEST'\n    WHEN ${isTunedOn} THEN 'EVAL'\n    ELSE 'TRAIN'\n  END`;
}
