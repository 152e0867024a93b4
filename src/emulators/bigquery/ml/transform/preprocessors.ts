import { invalidQuery } from '../../../googlesql/errors.js';
import { isNumeric } from '../../../googlesql/syntax/types.js';
import type { JsonValue } from '../../catalog/entries.js';
import { BUCKET_FUNCTIONS } from './buckets.js';
import {
  float,
  integerAt,
  type Learn,
  literalAt,
  type MlFunction,
  type MlFunctionCall,
  numbers,
  oneRow,
  text,
} from './rule.js';
import { VECTOR_FUNCTIONS } from './vectors.js';
import { VOCABULARY_FUNCTIONS } from './vocabulary.js';

const NUMBER = 'CAST(__a0 AS FLOAT64)';
const MAX_STRUCT_FIELDS = 10;

/** Scalar functions and functions with OVER() of the ML family, for TRANSFORM and for queries. */
export const PREPROCESSORS: Readonly<Record<string, MlFunction>> = {
  STANDARD_SCALER: {
    arity: [1, 1],
    // The service divides by the deviation of the population, where its documentation prints that of a sample.
    learn: (learn) => oneRow(learn, 'avg(x), stddev_pop(x)'),
    template: (_, statistics) => {
      const [mean, stddev] = numbers(statistics);
      return scaled(`${NUMBER} - ${float(mean!)}`, stddev!);
    },
    overRows: () => ratio(`${NUMBER} - AVG(${NUMBER}) OVER ()`, `STDDEV_POP(${NUMBER}) OVER ()`),
  },
  MIN_MAX_SCALER: {
    arity: [1, 1],
    learn: (learn) => oneRow(learn, 'min(x), max(x)'),
    template: (_, statistics) => {
      const [min, max] = numbers(statistics);
      const inner = scaled(`${NUMBER} - ${float(min!)}`, max! - min!);
      return `LEAST(GREATEST(${inner}, 0.0), 1.0)`;
    },
    overRows: () => {
      const range = `(MAX(${NUMBER}) OVER () - MIN(${NUMBER}) OVER ())`;
      return ratio(`${NUMBER} - MIN(${NUMBER}) OVER ()`, range);
    },
  },
  MAX_ABS_SCALER: {
    arity: [1, 1],
    learn: (learn) => oneRow(learn, 'max(abs(x))'),
    template: (_, statistics) => scaled(NUMBER, numbers(statistics)[0]!),
    overRows: () => ratio(NUMBER, `MAX(ABS(${NUMBER})) OVER ()`),
  },
  ROBUST_SCALER: {
    arity: [1, 4],
    learn: (learn, call) => {
      const [low, high] = quantileRange(call);
      return oneRow(
        learn,
        `quantile_disc(x, ${low / 100}), quantile_disc(x, 0.5), quantile_disc(x, ${high / 100})`,
      );
    },
    template: (call, statistics) => {
      const [low, median, high] = numbers(statistics);
      const centred = literalAt(call, 2) === false ? NUMBER : `${NUMBER} - ${float(median!)}`;
      return literalAt(call, 3) === false ? `(${centred})` : scaled(centred, high! - low!);
    },
    overRows: (call) => {
      const [low, high] = quantileRange(call);
      const centred = literalAt(call, 2) === false ? NUMBER : `${NUMBER} - ${percentile(0.5)}`;
      if (literalAt(call, 3) === false) return `(${centred})`;
      return ratio(centred, `(${percentile(high / 100)} - ${percentile(low / 100)})`);
    },
  },
  ...BUCKET_FUNCTIONS,
  ...VOCABULARY_FUNCTIONS,
  ...VECTOR_FUNCTIONS,
  IMPUTER: {
    arity: [2, 2],
    learn: (learn, call) => learnImputation(learn, call),
    template: ({ types }, statistics) => {
      const [value] = statistics as JsonValue[];
      if (isNumeric(types[0]!)) return `IFNULL(${NUMBER}, ${float(Number(value ?? Number.NaN))})`;
      return `IFNULL(__a0, CAST(${text(String(value ?? ''))} AS ${types[0]!.kind}))`;
    },
    overRows: (call) => {
      const strategy = imputerStrategy(call);
      if (strategy === 'mean') return `IFNULL(${NUMBER}, AVG(${NUMBER}) OVER ())`;
      if (strategy === 'median') return `IFNULL(${NUMBER}, ${percentile(0.5)})`;
      const value = isNumeric(call.types[0]!) ? NUMBER : '__a0';
      return `IFNULL(${value}, (SELECT ml_x FROM (SELECT ${value} AS ml_x FROM __rows WHERE __where)
        WHERE ml_x IS NOT NULL GROUP BY ml_x ORDER BY COUNT(*) DESC, ml_x LIMIT 1))`;
    },
  },
  FEATURE_CROSS: {
    arity: [1, 2],
    template: (call) => {
      const degree = integerAt(call, 1, 2, [2, 4]);
      const crosses = combinations(structNames(call), degree, false).filter((names) => names.length > 1);
      return structText(
        crosses,
        (names) => `CONCAT(${names.map((name) => `CAST(${fieldText(name)} AS STRING)`).join(", '_', ")})`,
      );
    },
  },
  POLYNOMIAL_EXPAND: {
    arity: [1, 2],
    template: (call) =>
      structText(combinations(structNames(call), integerAt(call, 1, 2, [1, 4]), true), (names) =>
        names.map((name) => `CAST(${fieldText(name)} AS FLOAT64)`).join(' * '),
      ),
  },
  NGRAMS: {
    arity: [2, 3],
    template: (call) => {
      const [low, high] = ngramSizes(call);
      const separator = text(String(literalAt(call, 2) ?? ' '));
      const grams = Array.from({ length: high - low + 1 }, (_, index) => {
        const words = low + index;
        const frame = `OVER (ORDER BY o ROWS BETWEEN CURRENT ROW AND ${words - 1} FOLLOWING)`;
        return `SELECT o, ${words} AS n, COUNT(*) ${frame} AS words, STRING_AGG(e, ${separator}) ${frame} AS gram
          FROM UNNEST(__a0) AS e WITH OFFSET AS o`;
      });
      return `ARRAY(SELECT COALESCE(gram, '') FROM (${grams.join(' UNION ALL ')}) WHERE words = n ORDER BY o, n)`;
    },
  },
};

/** Scalar functions of the service that are refused by name. */
export const REFUSED_PREPROCESSORS = [
  'CONVERT_COLOR_SPACE',
  'CONVERT_IMAGE_TYPE',
  'DECODE_IMAGE',
  'RESIZE_IMAGE',
];

/** A constant column scales to 0, and NULL stays NULL. */
function scaled(numerator: string, divisor: number): string {
  return divisor > 0 ? `((${numerator}) / ${float(divisor)})` : `(0.0 * (${numerator}))`;
}

function ratio(numerator: string, divisor: string): string {
  return `IF(${divisor} > 0, (${numerator}) / ${divisor}, 0.0 * (${numerator}))`;
}

function percentile(share: number): string {
  return `PERCENTILE_DISC(${NUMBER}, ${share}) OVER ()`;
}

function quantileRange(call: MlFunctionCall): [number, number] {
  const given = literalAt(call, 1);
  if (given === undefined || given === null) return [25, 75];
  const [low, high] = Array.isArray(given) && given.length === 2 ? given.map(Number) : [];
  if (low !== undefined && high !== undefined && low > 0 && high > low && high < 100) return [low, high];
  throw invalidQuery(
    'The quantile range of ML.ROBUST_SCALER must be two ascending numbers between 0 and 100',
    call.pos,
  );
}

function imputerStrategy(call: MlFunctionCall): string {
  const strategy = String(literalAt(call, 1)).toLowerCase();
  if (!['mean', 'median', 'most_frequent'].includes(strategy)) {
    throw invalidQuery("The strategy of ML.IMPUTER must be 'mean', 'median' or 'most_frequent'", call.pos);
  }
  if (strategy !== 'most_frequent' && !isNumeric(call.types[0]!)) {
    throw invalidQuery(`The strategy '${strategy}' of ML.IMPUTER needs a numerical expression`, call.pos);
  }
  return strategy;
}

function learnImputation(learn: Learn, call: MlFunctionCall): Promise<JsonValue> {
  const strategy = imputerStrategy(call);
  if (strategy === 'mean') return oneRow(learn, 'avg(x)');
  if (strategy === 'median') return oneRow(learn, 'CAST(quantile_disc(x, 0.5) AS DOUBLE)');
  return oneRow(
    learn,
    'CAST(x AS VARCHAR)',
    'WHERE x IS NOT NULL GROUP BY x ORDER BY count(*) DESC, x LIMIT 1',
  );
}

function structNames({ name, types, pos }: MlFunctionCall): string[] {
  const [type] = types;
  if (type?.kind !== 'STRUCT' || type.fields.some((field) => field.name === undefined)) {
    throw invalidQuery(`ML.${name} needs a STRUCT whose fields all have names`, pos);
  }
  const names = type.fields.map((field) => field.name!);
  if (names.length > MAX_STRUCT_FIELDS) {
    throw invalidQuery(`ML.${name} takes a STRUCT of at most ${MAX_STRUCT_FIELDS} fields`, pos);
  }
  return names;
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

/** Smallest and largest number of words; one number stands for both. */
function ngramSizes(call: MlFunctionCall): [number, number] {
  const range = literalAt(call, 1);
  const [low, high] = (Array.isArray(range) && range.length === 2 ? range : [range, range]).map(Number);
  if (Number.isInteger(low) && Number.isInteger(high) && low! >= 1 && high! >= low!) return [low!, high!];
  throw invalidQuery('The range of ML.NGRAMS must be an INT64 or two ascending ones, from 1 on', call.pos);
}
