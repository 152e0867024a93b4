import { invalidQuery } from '../../../googlesql/errors.js';
import type { JsonValue } from '../../catalog/entries.js';
import { integerAt, type Learn, literalAt, type MlFunction, type MlFunctionCall, text } from './rule.js';

const DEFAULT_TOP_K = 32_000;
const DEFAULT_FREQUENCY = 5;
const MAX_TOP_K = 999_999;
const ENTRY = 'STRUCT<index INT64, value FLOAT64>';

/** Terms of the training rows by which others are encoded. */
interface Vocabulary {
  /** In alphabetical order; the number of a term is its place from 1, and 0 means any other. */
  terms: string[];
  mostFrequent: string;
  /** Rows that hold each term. */
  counts: number[];
  /** Training rows. */
  rows: number;
}

/** Which terms are kept: the most frequent ones, if they occur often enough. */
interface Limits {
  topK: number;
  frequency: number;
}

/** `top_k` and `frequency_threshold` stand at `place` and behind it. */
function limitsOf(call: MlFunctionCall, place: number): Limits {
  return {
    topK: integerAt(call, place, DEFAULT_TOP_K, [1, MAX_TOP_K]),
    frequency: integerAt(call, place + 1, DEFAULT_FREQUENCY, [0, Number.POSITIVE_INFINITY]),
  };
}

async function learnVocabulary(learn: Learn, { topK, frequency }: Limits): Promise<JsonValue> {
  const rows = await learn(
    'x, count(*) AS n',
    `WHERE x IS NOT NULL GROUP BY x HAVING count(*) >= ${frequency} ORDER BY n DESC, x LIMIT ${topK}`,
  );
  const chosen = rows.map(([term, count]) => ({ term: String(term), count: Number(count) }));
  const sorted = [...chosen].sort((left, right) => compareBytes(left.term, right.term));
  const vocabulary: Vocabulary = {
    terms: sorted.map(({ term }) => term),
    mostFrequent: chosen[0]?.term ?? '',
    counts: sorted.map(({ count }) => count),
    rows: learn.rows,
  };
  return vocabulary as unknown as JsonValue;
}

function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function readVocabulary(statistics: JsonValue): Vocabulary {
  return statistics as unknown as Vocabulary;
}

/** Number of a term of a stored vocabulary. */
function placeOf(value: string, terms: readonly string[]): string {
  if (terms.length === 0) return '0';
  const branches = terms.map((term, index) => `WHEN ${text(term)} THEN ${index + 1}`);
  return `CASE ${value} ${branches.join(' ')} ELSE 0 END`;
}

/**
 * The vocabulary of the query's own rows, as a table of `ml_term`, its number `ml_n`, and the number of rows that hold
 * it, `ml_count`.
 */
function vocabularyQuery(limits: Limits, array: boolean): string {
  const source = array
    ? `SELECT ml_term FROM (SELECT __a0 AS ml_row FROM __rows WHERE __where),
        UNNEST(ARRAY(SELECT DISTINCT ml_e FROM UNNEST(ml_row) AS ml_e)) AS ml_term`
    : 'SELECT __a0 AS ml_term FROM __rows WHERE __where';
  return `SELECT ml_term, ml_count, ROW_NUMBER() OVER (ORDER BY ml_term) AS ml_n FROM (
      SELECT ml_term, COUNT(*) AS ml_count FROM (${source}) WHERE ml_term IS NOT NULL GROUP BY ml_term
      HAVING COUNT(*) >= ${limits.frequency} ORDER BY ml_count DESC, ml_term LIMIT ${limits.topK})`;
}

/** Number of the argument in the vocabulary of the query's own rows. */
function placeInRows(limits: Limits): string {
  return `IFNULL((SELECT ml_n FROM (${vocabularyQuery(limits, false)}) WHERE ml_term = __a0), 0)`;
}

/** One entry per different number of the terms in a row. */
function entries(numbered: string, value: string, order: string): string {
  return `ARRAY(SELECT AS STRUCT ml_index AS index, ${value} AS value
    FROM (SELECT ml_index, COUNT(*) AS ml_here, MIN(ml_o) AS ml_first FROM (${numbered}) GROUP BY ml_index)
    ORDER BY ${order})`;
}

const NUMBERED_ROWS = (limits: Limits): string =>
  `SELECT IFNULL(ml_v.ml_n, 0) AS ml_index, ml_o FROM UNNEST(__a0) AS ml_e WITH OFFSET AS ml_o
   LEFT JOIN (${vocabularyQuery(limits, true)}) AS ml_v ON ml_v.ml_term = ml_e`;

function numberedTerms({ terms }: Vocabulary): string {
  return `SELECT ${placeOf('ml_e', terms)} AS ml_index, ml_o FROM UNNEST(__a0) AS ml_e WITH OFFSET AS ml_o`;
}

function dropsMostFrequent(call: MlFunctionCall): boolean {
  const drop = String(literalAt(call, 1) ?? 'none').toLowerCase();
  if (drop !== 'none' && drop !== 'most_frequent') {
    throw invalidQuery("The argument drop of ML.ONE_HOT_ENCODER must be 'none' or 'most_frequent'", call.pos);
  }
  return drop === 'most_frequent';
}

function encoderOfArrays(value: string, order: string): MlFunction {
  return {
    arity: [1, 3],
    learn: (learn, call) => learnVocabulary(learn, limitsOf(call, 1)),
    template: (_, statistics) => entries(numberedTerms(readVocabulary(statistics)), value, order),
    overRows: (call) => entries(NUMBERED_ROWS(limitsOf(call, 1)), value, order),
  };
}

/** Share of a number's terms in the row times the inverse frequency of the number's term among the rows. */
function tfIdf(numbered: string, inverse: string): string {
  return entries(numbered, `ml_here / ARRAY_LENGTH(__a0) * (${inverse})`, 'ml_index');
}

function inverseFrequency(rows: string, count: string): string {
  return `LN(1 + ${rows} / (1 + ${count}))`;
}

export const VOCABULARY_FUNCTIONS: Readonly<Record<string, MlFunction>> = {
  ONE_HOT_ENCODER: {
    arity: [1, 4],
    learn: (learn, call) => learnVocabulary(learn, limitsOf(call, 2)),
    template: (call, statistics) => {
      const { terms, mostFrequent } = readVocabulary(statistics);
      const value = dropsMostFrequent(call)
        ? `IF(IFNULL(__a0 = ${text(mostFrequent)}, FALSE), 0.0, 1.0)`
        : '1.0';
      return `[STRUCT(${placeOf('__a0', terms)} AS index, ${value} AS value)]`;
    },
    overRows: (call) => {
      const limits = limitsOf(call, 2);
      const most = `(SELECT ml_term FROM (${vocabularyQuery(limits, false)}) ORDER BY ml_count DESC, ml_term LIMIT 1)`;
      const value = dropsMostFrequent(call) ? `IF(IFNULL(__a0 = ${most}, FALSE), 0.0, 1.0)` : '1.0';
      return `CAST([STRUCT(${placeInRows(limits)}, ${value})] AS ARRAY<${ENTRY}>)`;
    },
  },
  MULTI_HOT_ENCODER: encoderOfArrays('1.0', 'ml_first'),
  LABEL_ENCODER: {
    arity: [1, 3],
    learn: (learn, call) => learnVocabulary(learn, limitsOf(call, 1)),
    template: (_, statistics) => placeOf('__a0', readVocabulary(statistics).terms),
    overRows: (call) => placeInRows(limitsOf(call, 1)),
  },
  BAG_OF_WORDS: encoderOfArrays('CAST(ml_here AS FLOAT64)', 'ml_index'),
  // Terms that are not in the vocabulary count as one with the mean inverse frequency of those that are.
  TF_IDF: {
    arity: [1, 3],
    learn: (learn, call) => learnVocabulary(learn, limitsOf(call, 1)),
    template: (_, statistics) => {
      const vocabulary = readVocabulary(statistics);
      const each = vocabulary.counts.map((count) => Math.log(1 + vocabulary.rows / (1 + count)));
      const mean = each.reduce((sum, value) => sum + value, 0) / Math.max(each.length, 1);
      const branches = [mean, ...each].map((value, index) => `WHEN ${index} THEN ${value.toExponential()}`);
      return tfIdf(numberedTerms(vocabulary), `CASE ml_index ${branches.join(' ')} END`);
    },
    overRows: (call) => {
      const limits = limitsOf(call, 1);
      const each = `SELECT ml_n, ${inverseFrequency('(SELECT COUNT(*) FROM __rows WHERE __where)', 'ml_count')} AS ml_idf
        FROM (${vocabularyQuery(limits, true)})`;
      const inverse = `SELECT ml_idf FROM (${each} UNION ALL SELECT 0, AVG(ml_idf) FROM (${each})) WHERE ml_n = ml_index`;
      return tfIdf(NUMBERED_ROWS(limits), inverse);
    },
  },
};
