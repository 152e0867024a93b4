import { createHash } from 'node:crypto';
import { structSql } from '../duck/literal-text.js';
import { duckFieldName } from '../syntax/types.js';

/** Longest text that may be written twice: nesting doubles it at each level. */
const MAX_REPEATED_TEXT = 400;
const VOLATILE = /\b(?:random|gen_random_uuid)\(/;

/** Must `input` not stand twice in one expression, as it is long or has another value each time? */
export function isCostlyToRepeat(input: string): boolean {
  return input.length >= MAX_REPEATED_TEXT || VOLATILE.test(input);
}

/** Must it not be computed twice? Functions of ours run in JavaScript, row by row. */
export function isCostlyToCompute(input: string): boolean {
  return isCostlyToRepeat(input) || callsJavaScript(input) || /\bSELECT\b|\bOVER \(/.test(input);
}

/** Does the text call functions of ours for each row, other than those that only a few need? */
export function callsJavaScript(sql: string): boolean {
  return /\bbq_(?!(?:error|within_budget|go_on)\b)/.test(sql);
}

/** Of a text; 2,048 times as much takes functions of ours, and regular expressions, less than a second. */
const LONG_BYTES = 8192;

/**
 * Text that `body` makes of `inputs`, with few long ones at a time: DuckDB computes it for 2,048 rows at once, and
 * looks for an interrupt in between only. During what is in JavaScript the whole server stands still.
 *
 * @param texts those of the inputs that may be long: STRING, BYTES or JSON
 */
export function inTurns(
  inputs: readonly string[],
  texts: readonly { place: number; size: (sql: string) => string }[],
  body: (inputs: readonly string[]) => string,
): string {
  const longest = (names: readonly string[]): string => {
    const sizes = texts.map(({ place, size }) => size(names[place]!));
    return sizes.length === 1 ? sizes[0]! : `greatest(${sizes.join(', ')})`;
  };
  const write = (names: readonly string[]): string => {
    const bytes = longest(names);
    const few = bindInputs(names, `CAST(${bytes} // ${LONG_BYTES} AS BIGINT)`);
    const goesOn = `bq_go_on(CAST(${longest(few.names)} AS BIGINT))`;
    const long = few.around(`CASE WHEN ${goesOn} THEN ${body(few.names)} END`);
    return `CASE WHEN ${bytes} > ${LONG_BYTES} THEN ${long} ELSE ${body(names)} END`;
  };
  return sharing(inputs, write, isCostlyToCompute);
}

/**
 * Text that `body` makes of `inputs`. When it repeats one though that is costly, all of them are computed once and
 * handed over by name; all, because a subquery among them could not stand in the lambda that the names need. The
 * names follow from the text, so that equal expressions stay equal.
 */
export function sharing(
  inputs: readonly string[],
  body: (inputs: readonly string[]) => string,
  isCostly: (input: string) => boolean = isCostlyToRepeat,
): string {
  const plain = body(inputs);
  const repeated = inputs.some(
    (input) => isCostly(input) && plain.indexOf(input) !== plain.lastIndexOf(input),
  );
  if (!repeated) return plain;
  const { names, around } = bindInputs(inputs);
  return around(body(names));
}

/**
 * Names for `inputs`, and the text that computes them around what uses the names. DuckDB computes that for 2,048
 * items of lists at a time; of `items`, a number in its words, all but one are NULL.
 */
export function bindInputs(
  inputs: readonly string[],
  items?: string,
): { names: string[]; around: (body: string) => string } {
  const row = `r${createHash('md5').update(inputs.join()).digest('hex').slice(0, 12)}`;
  const one = `[${structSql(inputs)}]`;
  const list = items === undefined ? one : `list_resize(${one}, ${items})`;
  return {
    // In parentheses, as DuckDB takes `row.field` for a column of a table in HAVING.
    names: inputs.map((_, index) => `(${row}).${duckFieldName(index)}`),
    around: (body) => `list_transform(${list}, lambda ${row}: ${body})[1]`,
  };
}
