import type { JsonValue } from '../../catalog/entries.js';
import { invalidQuery, notImplemented } from '../../errors.js';
import type { Position } from '../../sql/ast.js';
import { type BqType, isNumeric } from '../../sql/types.js';
import type { Constant } from '../constants.js';

/** What a preprocessing function sees of its call. */
export interface PreprocessorCall {
  name: string;
  pos: Position;
  /** Types of the arguments. */
  types: readonly BqType[];
  /** Values of the arguments that are literals. */
  literals: readonly (Constant | undefined)[];
}

/**
 * Reads statistics of the first argument over all training rows: `x` in the given DuckDB select list, one row per
 * element when it is an array.
 */
export type Learn = (select: string, tail?: string) => Promise<JsonValue[][]>;

export interface Preprocessor {
  /** Least and most number of arguments. */
  arity: [number, number];
  /** Present in functions that take OVER(): what they learn from the training rows. */
  learn?: (learn: Learn, call: PreprocessorCall) => Promise<JsonValue>;
  /** GoogleSQL in which `__a0`… are the arguments. */
  template: (call: PreprocessorCall, statistics: JsonValue) => string;
}

const NUMBER = 'CAST(__a0 AS FLOAT64)';
const DEFAULT_TOP_K = 32_000;
const DEFAULT_FREQUENCY = 5;
const ENTRY = 'STRUCT<index INT64, value FLOAT64>';

export const PREPROCESSORS: Readonly<Record<string, Preprocessor>> = {
  STANDARD_SCALER: {
    arity: [1, 1],
    learn: (learn) => oneRow(learn, 'avg(x), stddev_samp(x)'),
    template: (_, statistics) => {
      const [mean, stddev] = numbers(statistics);
      return scaled(`${NUMBER} - ${float(mean!)}`, stddev!);
    },
  },
  MIN_MAX_SCALER: {
    arity: [1, 1],
    learn: (learn) => oneRow(learn, 'min(x), max(x)'),
    template: (_, statistics) => {
      const [min, max] = numbers(statistics);
      const inner = scaled(`${NUMBER} - ${float(min!)}`, max! - min!);
      return `LEAST(GREATEST(${inner}, 0.0), 1.0)`;
    },
  },
  MAX_ABS_SCALER: {
    arity: [1, 1],
    learn: (learn) => oneRow(learn, 'max(abs(x))'),
    template: (_, statistics) => scaled(NUMBER, numbers(statistics)[0]!),
  },
  ROBUST_SCALER: {
    arity: [1, 4],
    learn: (learn, { literals }) => {
      const [low, high] = Array.isArray(literals[1]) ? literals[1].map(Number) : [25, 75];
      return oneRow(
        learn,
        `quantile_disc(x, ${low! / 100}), quantile_disc(x, 0.5), quantile_disc(x, ${high! / 100})`,
      );
    },
    template: ({ literals }, statistics) => {
      const [low, median, high] = numbers(statistics);
      const centred = literals[2] === false ? NUMBER : `${NUMBER} - ${float(median!)}`;
      return literals[3] === false ? `(${centred})` : scaled(centred, high! - low!);
    },
  },
  NORMALIZER: {
    arity: [1, 2],
    template: ({ literals }) => {
      const p = literals[1] === undefined ? 2 : Number(literals[1]);
      const norm =
        p === Number.POSITIVE_INFINITY
          ? 'MAX(ABS(CAST(v AS FLOAT64)))'
          : p === 0
            ? 'CAST(COUNTIF(v != 0) AS FLOAT64)'
            : `POW(SUM(POW(ABS(CAST(v AS FLOAT64)), ${float(p)})), ${float(1 / p)})`;
      return `ARRAY(SELECT IFNULL(SAFE_DIVIDE(CAST(e AS FLOAT64), (SELECT ${norm} FROM UNNEST(__a0) AS v)), 0.0)
        FROM UNNEST(__a0) AS e WITH OFFSET o ORDER BY o)`;
    },
  },
  BUCKETIZE: {
    arity: [2, 4],
    template: (call) => {
      const points = call.literals[1];
      if (!Array.isArray(points))
        throw notImplemented('ML.BUCKETIZE with split points that are not literals');
      const sorted = [...new Set(points.map(Number))].sort((a, b) => a - b);
      const inner = call.literals[2] === true ? sorted.slice(1, -1) : sorted;
      return buckets(inner, formatOf(call, 3));
    },
  },
  QUANTILE_BUCKETIZE: {
    arity: [2, 3],
    learn: async (learn, call) => {
      const count = Number(call.literals[1]);
      if (!Number.isInteger(count) || count < 2) {
        throw invalidQuery('ML.QUANTILE_BUCKETIZE needs a literal number of buckets of at least 2', call.pos);
      }
      const quantiles = Array.from({ length: count - 1 }, (_, index) => (index + 1) / count);
      return oneRow(learn, quantiles.map((quantile) => `quantile_disc(x, ${quantile})`).join(', '));
    },
    template: (call, statistics) => buckets([...new Set(numbers(statistics))], formatOf(call, 2)),
  },
  HASH_BUCKETIZE: {
    arity: [2, 2],
    template: ({ literals, pos }) => {
      const size = literals[1];
      if (typeof size !== 'bigint' || size < 0n) {
        throw invalidQuery('ML.HASH_BUCKETIZE needs a literal number of buckets', pos);
      }
      return size === 0n
        ? 'FARM_FINGERPRINT(CAST(__a0 AS STRING))'
        : `MOD(ABS(FARM_FINGERPRINT(CAST(__a0 AS STRING))), ${size})`;
    },
  },
  ONE_HOT_ENCODER: {
    arity: [1, 4],
    learn: (learn, call) => vocabulary(learn, call, 2),
    template: ({ literals }, statistics) => {
      const { categories, mostFrequent } = readVocabulary(statistics);
      const entry = `[STRUCT(${placeOf('__a0', categories)} AS index, 1.0 AS value)]`;
      if (String(literals[1] ?? 'none').toLowerCase() !== 'most_frequent') return entry;
      return `IF(__a0 = ${text(mostFrequent)}, ARRAY<${ENTRY}>[], ${entry})`;
    },
  },
  MULTI_HOT_ENCODER: {
    arity: [1, 3],
    learn: (learn, call) => vocabulary(learn, call, 1),
    template: (_, statistics) =>
      `ARRAY(SELECT AS STRUCT index, 1.0 AS value FROM (SELECT DISTINCT ${placeOf('e', readVocabulary(statistics).categories)} AS index
        FROM UNNEST(__a0) AS e) ORDER BY index)`,
  },
  LABEL_ENCODER: {
    arity: [1, 3],
    learn: (learn, call) => vocabulary(learn, call, 1),
    template: (_, statistics) => placeOf('__a0', readVocabulary(statistics).categories),
  },
  IMPUTER: {
    arity: [2, 2],
    learn: (learn, call) => {
      const strategy = String(call.literals[1]).toLowerCase();
      if (strategy === 'most_frequent') {
        return oneRow(
          learn,
          'CAST(x AS VARCHAR)',
          'WHERE x IS NOT NULL GROUP BY x ORDER BY count(*) DESC, x LIMIT 1',
        );
      }
      if (strategy === 'mean') return oneRow(learn, 'avg(x)');
      if (strategy === 'median') return oneRow(learn, 'CAST(quantile_disc(x, 0.5) AS DOUBLE)');
      throw invalidQuery("The strategy of ML.IMPUTER must be 'mean', 'median' or 'most_frequent'", call.pos);
    },
    template: ({ types }, statistics) => {
      const [value] = statistics as JsonValue[];
      if (isNumeric(types[0]!)) return `IFNULL(${NUMBER}, ${float(Number(value ?? Number.NaN))})`;
      return `IFNULL(__a0, CAST(${text(String(value ?? ''))} AS ${types[0]!.kind}))`;
    },
  },
  FEATURE_CROSS: {
    arity: [1, 2],
    template: (call) => {
      const crosses = combinations(structNames(call), degreeOf(call), false).filter(
        (names) => names.length > 1,
      );
      return structText(
        crosses,
        (names) => `CONCAT(${names.map((name) => `CAST(${fieldText(name)} AS STRING)`).join(", '_', ")})`,
      );
    },
  },
  POLYNOMIAL_EXPAND: {
    arity: [1, 2],
    template: (call) =>
      structText(combinations(structNames(call), degreeOf(call), true), (names) =>
        names.map((name) => `CAST(${fieldText(name)} AS FLOAT64)`).join(' * '),
      ),
  },
  NGRAMS: {
    arity: [1, 3],
    template: (call) => {
      const range = Array.isArray(call.literals[1]) ? call.literals[1].map(Number) : [1, 1];
      const [low, high = low] = range;
      const separator = text(String(call.literals[2] ?? ' '));
      return `ARRAY(SELECT ARRAY_TO_STRING(ARRAY(SELECT e FROM UNNEST(__a0) AS e WITH OFFSET o
          WHERE o >= i AND o < i + n ORDER BY o), ${separator})
        FROM UNNEST(GENERATE_ARRAY(0, ARRAY_LENGTH(__a0) - 1)) AS i, UNNEST(GENERATE_ARRAY(${low}, ${high})) AS n
        WHERE i + n <= ARRAY_LENGTH(__a0) ORDER BY i, n)`;
    },
  },
};

/** Preprocessing functions of the service that are refused by name. */
export const REFUSED_PREPROCESSORS = [
  'BAG_OF_WORDS',
  'CONVERT_COLOR_SPACE',
  'CONVERT_IMAGE_TYPE',
  'DECODE_IMAGE',
  'DISTANCE',
  'LP_NORM',
  'RESIZE_IMAGE',
  'TF_IDF',
];

async function oneRow(learn: Learn, select: string, tail = ''): Promise<JsonValue> {
  const [row] = await learn(select, tail);
  return row ?? [];
}

function numbers(statistics: JsonValue): number[] {
  return (statistics as JsonValue[]).map((value) => (value === null ? Number.NaN : Number(value)));
}

/** A number as GoogleSQL text of a FLOAT64. */
function float(value: number): string {
  if (Number.isFinite(value)) return `(${value.toExponential()})`;
  return `CAST('${Number.isNaN(value) ? 'NaN' : value > 0 ? '+inf' : '-inf'}' AS FLOAT64)`;
}

function text(value: string): string {
  return JSON.stringify(value);
}

/** A constant column scales to 0, and NULL stays NULL. */
function scaled(numerator: string, divisor: number): string {
  return divisor > 0 ? `((${numerator}) / ${float(divisor)})` : `(0.0 * (${numerator}))`;
}

function formatOf({ literals }: PreprocessorCall, place: number): string {
  return String(literals[place] ?? 'bucket_names').toLowerCase();
}

function buckets(points: readonly number[], format: string): string {
  const names = Array.from({ length: points.length + 1 }, (_, index) => {
    const start = index === 0 ? '-inf' : String(points[index - 1]);
    const end = index === points.length ? '+inf' : String(points[index]);
    if (format === 'bucket_ranges') return `${index === 0 ? '(' : '['}${start}, ${end})`;
    if (format === 'bucket_ranges_json') return JSON.stringify({ start, end });
    return `bin_${index + 1}`;
  });
  const branches = points.map((point, index) => `WHEN __a0 < ${float(point)} THEN ${text(names[index]!)}`);
  return `CASE WHEN __a0 IS NULL THEN CAST(NULL AS STRING) ${branches.join(' ')} ELSE ${text(names.at(-1)!)} END`;
}

interface Vocabulary {
  categories: string[];
  mostFrequent: string;
}

/** Categories in alphabetical order: the most frequent ones, if they occur often enough. */
async function vocabulary(learn: Learn, { literals }: PreprocessorCall, place: number): Promise<JsonValue> {
  const topK = Number(literals[place] ?? DEFAULT_TOP_K);
  const frequency = Number(literals[place + 1] ?? DEFAULT_FREQUENCY);
  const rows = await learn(
    'x, count(*) AS n',
    `WHERE x IS NOT NULL GROUP BY x HAVING count(*) >= ${frequency} ORDER BY n DESC, x LIMIT ${topK}`,
  );
  const categories = rows.map(([category]) => String(category));
  return { categories: [...categories].sort(compareBytes), mostFrequent: categories[0] ?? '' };
}

function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function readVocabulary(statistics: JsonValue): Vocabulary {
  return statistics as unknown as Vocabulary;
}

/** Number of a category from 1; 0 for NULL and for categories that are not in the vocabulary. */
function placeOf(value: string, categories: readonly string[]): string {
  if (categories.length === 0) return '0';
  const branches = categories.map((category, index) => `WHEN ${text(category)} THEN ${index + 1}`);
  return `CASE ${value} ${branches.join(' ')} ELSE 0 END`;
}

function structNames({ name, types, pos }: PreprocessorCall): string[] {
  const [type] = types;
  if (type?.kind !== 'STRUCT' || type.fields.some((field) => field.name === undefined)) {
    throw invalidQuery(`ML.${name} needs a STRUCT whose fields all have names`, pos);
  }
  return type.fields.map((field) => field.name!);
}

function degreeOf({ name, literals, pos }: PreprocessorCall): number {
  const degree = Number(literals[1] ?? 2);
  if (!Number.isInteger(degree) || degree < 1 || degree > 4) {
    throw invalidQuery(`The degree of ML.${name} must be a literal between 1 and 4`, pos);
  }
  return degree;
}

/** Combinations of up to `degree` names, each before those that extend it. */
function combinations(names: readonly string[], degree: number, repeat: boolean): string[][] {
  const result: string[][] = [];
  const extend = (chosen: string[], from: number): void => {
    for (let index = from; index < names.length; index++) {
      const next = [...chosen, names[index]!];
      result.push(next);
      if (next.length < degree) extend(next, repeat ? index : index + 1);
    }
  };
  extend([], 0);
  return result;
}

function fieldText(name: string): string {
  return `__a0.\`${name}\``;
}

function structText(lists: readonly string[][], value: (names: string[]) => string): string {
  return `STRUCT(${lists.map((names) => `${value(names)} AS \`${names.join('_')}\``).join(', ')})`;
}
