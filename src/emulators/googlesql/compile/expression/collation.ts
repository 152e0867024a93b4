import { duck } from '../../duck/sql.js';
import { notImplemented } from '../../errors.js';
import type { FunctionRule } from '../../functions/registry.js';
import type { FunctionCall } from '../../syntax/ast.js';
import { type Collation, collationOf } from '../../syntax/types.js';
import type { Value } from '../scope/value.js';
import type { GivenArgument } from './signatures.js';

/** Functions that look for a text in another one. */
const SEARCHING = new Set(['ENDS_WITH', 'INSTR', 'STARTS_WITH', 'STRPOS']);
/** Functions that compare what they are given in ways which DuckDB's collations do not reach. */
const REFUSED = new Set([
  ...['ARRAY_INCLUDES', 'ARRAY_INCLUDES_ALL', 'ARRAY_INCLUDES_ANY', 'GREATEST', 'LEAST', 'PERCENTILE_DISC'],
  ...['REPLACE', 'SPLIT'],
]);
/** Functions whose texts are about their arguments, and not made of them. */
const NOT_PROPAGATING = new Set(['COLLATE', 'TYPEOF', 'TO_JSON_STRING']);

/** The collation of the arguments, which a text that is made of them has too. */
export function collationOfArguments(given: readonly GivenArgument[]): Collation | undefined {
  for (const argument of given) {
    const collation = argument.kind === 'value' ? collationOf(argument.value.type) : undefined;
    if (collation !== undefined) return collation;
  }
  return undefined;
}

/**
 * The arguments of a call as DuckDB compares them rightly: its collations hold for operators, grouping and sorting,
 * and not for functions that search and for DISTINCT in aggregates.
 */
export function comparableArguments(
  rule: FunctionRule,
  node: FunctionCall,
  given: readonly GivenArgument[],
): readonly GivenArgument[] {
  if (rule.name === 'COLLATE' || collationOfArguments(given) === undefined) return given;
  const counts = rule.name === 'COUNT' && node.distinct;
  if (REFUSED.has(rule.name) || (node.distinct && !counts && !['MIN', 'MAX'].includes(rule.name))) {
    const what = node.distinct ? `DISTINCT in ${rule.name}` : rule.name;
    throw notImplemented(`${what} of text with a collation`, 'query', node.pos);
  }
  if (!counts && !SEARCHING.has(rule.name)) return given;
  return given.map((argument) =>
    argument.kind === 'value' && argument.value.type.kind === 'STRING'
      ? { ...argument, value: folded(argument.value) }
      : argument,
  );
}

/** The text by which a collated one is compared. */
export function folded(input: Value): Value {
  const { literal: _literal, ...rest } = input;
  return { ...rest, sql: duck`lower(${input.sql})`, coercibility: 'none' };
}

/** Texts with the collation that one of them has. */
export function alikeCollated(values: readonly Value[]): readonly Value[] {
  const collation = values.map(({ type }) => collationOf(type)).find((each) => each !== undefined);
  if (collation === undefined) return values;
  return values.map((each) => (collationOf(each.type) === undefined ? collated(each, collation) : each));
}

function collated(text: Value, collation: Collation): Value {
  if (text.type.kind !== 'STRING') return text;
  return { ...text, sql: duck`(${text.sql} COLLATE NOCASE)`, type: { ...text.type, collation } };
}

/** The result of a call over collated text. */
export function withCollation(rule: FunctionRule, result: Value, collation: Collation | undefined): Value {
  return collation === undefined || NOT_PROPAGATING.has(rule.name) ? result : collated(result, collation);
}
