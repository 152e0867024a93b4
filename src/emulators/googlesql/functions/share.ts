import { duck, fill, fingerprint, hole, raw, type Sql, struct, template } from '../duck/sql.js';
import { duckFieldName } from '../syntax/types.js';
import { own } from './udf.js';

/** Longest text that may be written twice: nesting doubles it at each level. */
const MAX_REPEATED_TEXT = 400;

/** Must `input` not stand twice in one expression, as it is long or has another value each time? */
export function isCostlyToRepeat(input: Sql): boolean {
  return input.length >= MAX_REPEATED_TEXT || input.isVolatile;
}

/** Must it not be computed twice? */
export function isCostlyToCompute(input: Sql): boolean {
  return isCostlyToRepeat(input) || input.isSlow || input.hasSubquery || input.hasWindow;
}

/**
 * SQL that `body` makes of names for `inputs`. When one stands in it more than once though that is costly, all of them
 * are computed once and handed over by name; all, because a subquery among them could not stand in the lambda that the
 * names need. `constants`, whose names follow, stay where they are.
 */
export function sharing(
  inputs: readonly Sql[],
  body: (names: string[]) => string,
  isCostly: (input: Sql) => boolean = isCostlyToRepeat,
  constants: readonly Sql[] = [],
): Sql {
  const nodes = [...inputs, ...constants];
  const text = body(nodes.map((_, index) => hole(index)));
  const { sql, uses } = fill(text, nodes);
  if (!inputs.some((input, index) => uses[index]! > 1 && isCostly(input))) return sql;
  const { names, around } = bindInputs(inputs);
  return around(fill(text, [...names, ...constants]).sql);
}

/**
 * Names for `inputs`, and the SQL that computes them around what uses the names. The names follow from what the inputs
 * say, so that equal expressions stay equal. DuckDB computes that for 2,048 items of lists at a time; of `items`, a
 * number in its words, all but one are NULL.
 */
export function bindInputs(
  inputs: readonly Sql[],
  items?: Sql,
): { names: Sql[]; around: (body: Sql) => Sql } {
  const row = `r${fingerprint(inputs)}`;
  const one = duck`[${struct(inputs)}]`;
  const list = items === undefined ? one : duck`list_resize(${one}, ${items})`;
  return {
    // In parentheses, as DuckDB takes `row.field` for a column of a table in HAVING.
    names: inputs.map((_, index) => raw(`(${row}).${duckFieldName(index)}`, 'column')),
    around: (body) => duck`list_transform(${list}, lambda ${row}: ${body})[1]`,
  };
}

/** Of a text; 2,048 times as much takes functions of ours, and regular expressions, a fraction of a second. */
const LONG_BYTES = 2048;

/**
 * SQL that `body` makes of `inputs`, with few of a large `size` in bytes at a time: DuckDB computes it for 2,048 rows
 * at once, and looks for an interrupt in between only. During what is in JavaScript the whole server stands still.
 */
export function inTurns(
  inputs: readonly Sql[],
  size: (names: readonly string[]) => string,
  body: (inputs: readonly Sql[]) => Sql,
): Sql {
  const sizeOf = (nodes: readonly Sql[]) => template(nodes, size);
  const once = inputs.some(isCostlyToCompute) ? bindInputs(inputs) : undefined;
  const given = once?.names ?? inputs;
  const bytes = sizeOf(given);
  const few = bindInputs(given, duck`CAST(${bytes} // ${LONG_BYTES} AS BIGINT)`);
  const goesOn = duck`${own.go_on}(CAST(${sizeOf(few.names)} AS BIGINT))`;
  const long = few.around(duck`CASE WHEN ${goesOn} THEN ${body(few.names)} END`);
  const sql = duck`CASE WHEN ${bytes} > ${LONG_BYTES} THEN ${long} ELSE ${body(given)} END`;
  return once === undefined ? sql : once.around(sql);
}
