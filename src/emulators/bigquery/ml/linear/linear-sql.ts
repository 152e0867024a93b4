import { quoteString } from '../../../googlesql/duck/quote.js';
import type { FittedInput } from '../fitted-inputs.js';
import { inputSql, type Relation } from '../inputs.js';
import { doubleListSql, doubleSql } from '../sql-text.js';

/** Linear functions of processed inputs: `weights[output][input]` as in a GlmModel. */
export interface LinearFunctions {
  inputs: readonly FittedInput[];
  weights: readonly (readonly (readonly number[])[])[];
}

export interface LinearSql {
  /** Text behind FROM: the relation as `i`, joined with the weights of its categories. */
  from: string;
  /** By output and input: DuckDB text of the input's contribution. */
  contributions: string[][];
}

/**
 * The contributions of inputs as SQL over a relation, so that DuckDB scores rows without their leaving it. Weights
 * of categories are tables to join with.
 */
export function linearSql(
  { inputs, weights }: LinearFunctions,
  relation: Relation,
  missing: (column: string) => Error,
): LinearSql {
  const joins: string[] = [];
  const contributions: string[][] = weights.map(() => []);
  for (const [index, input] of inputs.entries()) {
    const sql = inputSql(input, relation, 'i', () => missing(input.column));
    if (input.kind === 'category' && input.categories.length > 0) {
      const alias = `w${index}`;
      const table = weightTableSql(
        input.categories,
        weights.map((output) => output[index]!),
      );
      joins.push(` LEFT JOIN (${table}) AS ${alias} ON ${alias}.k IS NOT DISTINCT FROM ${sql}`);
      for (const [output, list] of contributions.entries()) list.push(`coalesce(${alias}.v${output}, 0e0)`);
      continue;
    }
    for (const [output, list] of contributions.entries()) {
      list.push(contributionSql(input, weights[output]![index]!, sql));
    }
  }
  return { from: `(${relation.sql}) AS i${joins.join('')}`, contributions };
}

/**
 * A table with a row per category: `k` is its name, `v0`, `v1`… its weight in each output. Names and weights travel
 * in one text each, as DuckDB takes seconds to read some ten thousand literals.
 */
function weightTableSql(
  categories: readonly (string | null)[],
  weights: readonly (readonly number[])[],
): string {
  const names = categories.filter((category) => category !== null);
  let number = 0;
  let separator = '';
  do separator = `\u001f${number++}\u001e`;
  while (names.some((name) => name.includes(separator)));
  const split =
    names.length === 0
      ? 'CAST([] AS VARCHAR[])'
      : `string_split(${quoteString(names.join(separator))}, ${quoteString(separator)})`;
  const keys = names.length === categories.length ? split : `list_append(${split}, NULL)`;
  const values = weights.map(
    (list, output) => `unnest(CAST(string_split('${list.join(',')}', ',') AS DOUBLE[])) AS v${output}`,
  );
  return `SELECT unnest(${keys}) AS k, ${values.join(', ')}`;
}

function contributionSql(input: FittedInput, weights: readonly number[], sql: string): string {
  switch (input.kind) {
    case 'numeric':
      return `coalesce(${doubleSql(weights[0]!)} * (${sql} - ${doubleSql(input.mean)}), 0e0)`;
    case 'category':
      return '0e0';
    case 'set': {
      const categories = `[${input.categories.map(quoteString).join(', ')}]`;
      const weight = `coalesce(${doubleListSql(weights)}[list_position(${categories}, e)], 0e0)`;
      return sumSql(`list_transform(${sql}, lambda e: ${weight})`);
    }
    case 'vector':
      return sumSql(
        `list_transform(${sql}, lambda e, n: coalesce(e, 0e0) * coalesce(${doubleListSql(weights)}[n], 0e0))`,
      );
    case 'sparse':
      return sumSql(
        `list_transform(${sql}, lambda e: CAST(coalesce(e.f2, 0) AS DOUBLE) * coalesce(${doubleListSql(weights)}[e.f1 + 1], 0e0))`,
      );
  }
}

function sumSql(list: string): string {
  return `coalesce(list_sum(${list}), 0e0)`;
}
