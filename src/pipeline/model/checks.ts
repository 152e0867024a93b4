import { HealthmonError, usageError } from '../../errors/healthmon-error.js';
import { statement } from '../analytics/templates.js';
import { MODEL_TYPES, type ModelType } from './model-types.js';
import { type Column, fieldNamed, type Question, questionValues, quoted, textOf } from './question.js';
import type { ModelTools } from './tools.js';

export interface Split {
  trainRows: number;
  evalRows: number;
  trainPatients: number;
  evalPatients: number;
  dataHash: string;
}

/** From which area under the curve on a feature alone looks like the outcome itself. */
export const SUSPICIOUS_AUC = 0.98;
/** From which correlation on two numbers say the same. */
const COLLINEAR = 0.99;
/** Values of a category from which on it is not compared with others: nearly every pair of them would be one-to-one. */
const MAX_CATEGORIES = 200;

/** Counts both sides. @throws when a patient is on both, or one of them is empty. */
export async function checkSplit(tools: ModelTools, question: Question): Promise<Split> {
  const { port, config, signal } = tools;
  const outcome = await port.query(statement('split-counts', config, questionValues(tools, question)), {
    signal,
    doing: 'read the rows to learn from',
  });
  const [row] = await outcome.rows();
  const number = (name: string) => Number(row?.[name] ?? 0);
  if (number('bothSides') > 0) {
    throw new HealthmonError({
      code: 'patients-on-both-sides',
      message: `${number('bothSides')} patients would be trained on and held out at the same time.`,
      detail: `Their rows differ in ${question.splitBy}, by which rows are held out.`,
      suggestion: 'Leave out --split-by to hold out whole patients.',
    });
  }
  if (number('trainRows') === 0 || number('evalRows') === 0) {
    throw new HealthmonError({
      code: 'too-few-patients',
      message: `There are too few patients to split: ${number('trainPatients')} to train on, ${number('evalPatients')} to evaluate on.`,
      detail: 'One patient in five is held out by a hash of the id, and each side needs at least one.',
      suggestion: 'Load more admissions, stream readings of more patients, then run "healthmon join" again.',
    });
  }
  checkOutcomes(question, number('outcomes'));
  return {
    trainRows: number('trainRows'),
    evalRows: number('evalRows'),
    trainPatients: number('trainPatients'),
    evalPatients: number('evalPatients'),
    dataHash: String(row?.dataHash),
  };
}

function checkOutcomes({ type, label }: Question, outcomes: number): void {
  const { classifies, maxOutcomes = 0 }: ModelType = MODEL_TYPES[type];
  if (!classifies) return;
  if (outcomes < 2) {
    throw usageError({
      code: 'single-outcome',
      message: `${label} has the same value in all rows, so that there is nothing to tell apart.`,
      suggestion: 'Choose another --label, or rows in which both outcomes happened.',
    });
  }
  if (outcomes > maxOutcomes) {
    throw usageError({
      code: 'too-many-outcomes',
      message: `${label} has ${outcomes} values; ${type} tells ${maxOutcomes} apart at the most.`,
      suggestion: 'Choose another --label, or a regression such as --type linear_reg.',
    });
  }
}

export interface FeatureChecks {
  /** Features that say the same as one another. */
  collinear: [string, string][];
  /** Area under the curve of each feature alone, the largest first; empty of other than two outcomes. */
  single: { feature: string; rocAuc: number }[];
  /** Whether the model tells two outcomes apart. */
  twoOutcomes: boolean;
}

/** Looks for what says too much. @throws when a feature is the label under another name. */
export async function checkFeatures(tools: ModelTools, question: Question): Promise<FeatureChecks> {
  const { collinear, copies, outcomes } = await readCollinear(tools, question);
  for (const feature of copies) {
    throw usageError({
      code: 'leaking-feature',
      message: `${feature} cannot be a feature: each of its values goes with one value of ${question.label}.`,
      suggestion: `Leave it out with --except ${feature}.`,
    });
  }
  const twoOutcomes = MODEL_TYPES[question.type].classifies && outcomes.length === 2;
  return { collinear, single: twoOutcomes ? await readSingle(tools, question, outcomes) : [], twoOutcomes };
}

function isNumber({ type }: Column): boolean {
  return ['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC'].includes(type);
}

async function readCollinear(tools: ModelTools, question: Question) {
  const { port, signal } = tools;
  const { label, source, splitBy } = question;
  const features = question.features.map((name) => fieldNamed(source.columns, name)!);
  const numbers = features.filter(isNumber);
  const categories = features.filter((column) => !isNumber(column));
  const { classifies } = MODEL_TYPES[question.type];
  const withLabel = classifies ? [...categories, fieldNamed(source.columns, label)!] : categories;
  const correlations = pairs(numbers).map(([a, b]) => `CORR(${float(a)}, ${float(b)})`);
  const distinct = withLabel.map(({ name }) => `COUNT(DISTINCT CAST(${quoted(name)} AS STRING))`);
  const joint = pairs(withLabel).map(([a, b]) => `COUNT(DISTINCT ${textOf([a.name, b.name])})`);
  const list = (parts: string[], type: string) =>
    parts.length === 0 ? `ARRAY<${type}>[]` : `[${parts.join(', ')}]`;
  const outcomeList = `ARRAY_AGG(DISTINCT CAST(${quoted(label)} AS STRING) ORDER BY CAST(${quoted(label)} AS STRING) LIMIT 3)`;
  const sql = `SELECT
  ${list(
    correlations.map((each) => `IFNULL(${each}, 0)`),
    'FLOAT64',
  )} AS correlations,
  ${list(distinct, 'INT64')} AS counts,
  ${list(joint, 'INT64')} AS joint,
  ${outcomeList} AS outcomes
FROM ${source.sql} AS joined_row
WHERE ${quoted(label)} IS NOT NULL AND ${quoted(splitBy)} IS NOT NULL`;
  const outcome = await port.query(sql, {
    signal,
    doing: 'compare the features',
  });
  const [row] = await outcome.rows();
  const numbersOf = (name: string) => ((row?.[name] ?? []) as (number | string)[]).map(Number);
  const correlated = pairs(numbers).filter(
    (_, index) => Math.abs(numbersOf('correlations')[index]!) >= COLLINEAR,
  );
  const counts = new Map(withLabel.map((column, index) => [column, numbersOf('counts')[index]!]));
  const together = numbersOf('joint');
  const oneToOne = pairs(withLabel).filter(([a, b], index) => {
    const [left, right] = [counts.get(a)!, counts.get(b)!];
    return left > 1 && left <= MAX_CATEGORIES && left === right && together[index] === left;
  });
  const isLabel = ({ name }: Column) => classifies && name === label;
  return {
    collinear: [...correlated, ...oneToOne.filter(([, b]) => !isLabel(b))].map(([a, b]): [string, string] => [
      a.name,
      b.name,
    ]),
    copies: oneToOne.filter(([, b]) => isLabel(b)).map(([a]) => a.name),
    outcomes: row?.outcomes as string[],
  };
}

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a, index) => items.slice(index + 1).map((b): [T, T] => [a, b]));
}

function float({ name }: Column): string {
  return `CAST(${quoted(name)} AS FLOAT64)`;
}

async function readSingle(
  tools: ModelTools,
  question: Question,
  outcomes: readonly string[],
): Promise<FeatureChecks['single']> {
  const { port, config, signal } = tools;
  const columns = question.features.map((name) => fieldNamed(question.source.columns, name)!);
  const each = (of: (column: Column, name: string) => string) =>
    columns.map((column) => of(column, quoted(column.name)));
  const trained = (counted: string, name: string) =>
    `SUM(IF(is_held_out, 0, ${counted})) OVER (PARTITION BY feature, ${name})`;
  const share = (name: string) =>
    `SAFE_DIVIDE(${trained('events', name)}, ${trained('events + others', name)})`;
  const whichOf = (parts: string[]) => `CASE ${parts.join(' ')} END`;
  const sql = statement('feature-auc', config, {
    ...questionValues(tools, question),
    columns: each((_, name) => name).join(', '),
    sets: each((_, name) => `(is_held_out, ${name})`).join(', '),
    name: whichOf(each((column, name) => `WHEN GROUPING(${name}) = 0 THEN '${column.name}'`)),
    score: whichOf(
      each(
        (column, name) =>
          `WHEN feature = '${column.name}' THEN ${isNumber(column) ? float(column) : share(name)}`,
      ),
    ),
  });
  const outcome = await port.query(sql, {
    params: [{ name: 'event', type: 'STRING', value: outcomes.at(-1)! }],
    signal,
    doing: 'look at each feature alone',
  });
  return (await outcome.rows())
    .filter(({ roc_auc }) => roc_auc !== null)
    .map(({ feature, roc_auc }) => ({
      feature: String(feature),
      // A feature that orders outcomes the other way round says as much.
      rocAuc: Math.max(Number(roc_auc), 1 - Number(roc_auc)),
    }))
    .sort((a, b) => b.rocAuc - a.rocAuc);
}

/** What the checks found, in words. */
export function warningsOf({ collinear, single }: FeatureChecks): string[] {
  return [
    ...collinear.map(([a, b]) => `${a} and ${b} say the same: their weights cannot be told apart.`),
    ...single
      .filter(({ rocAuc }) => rocAuc >= SUSPICIOUS_AUC)
      .map(
        ({ feature, rocAuc }) =>
          `${feature} alone has an area of ${rocAuc.toFixed(3)} under the ROC curve: it may know the outcome.`,
      ),
  ];
}
