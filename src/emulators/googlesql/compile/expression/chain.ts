import { balanced } from '../../duck/balanced.js';
import { duck, raw, series } from '../../duck/sql.js';
import { tooComplex } from '../../errors.js';
import type { CastContext } from '../../functions/conversions.js';
import type { BinaryOperator, Expression, Position } from '../../syntax/ast.js';
import { sameType } from '../../syntax/types.js';
import { type Value, value } from '../scope/value.js';
import { binary } from './arithmetic.js';
import { tryCoerce } from './casts.js';

type Binary = Extract<Expression, { kind: 'Binary' }>;

/** DuckDB takes expressions nested 1,000 deep, and an operator may write several levels. */
const MAX_NESTED = 100;

const ASSOCIATIVE: ReadonlySet<BinaryOperator> = new Set(['||', '&', '|', '^']);

interface Link {
  operator: BinaryOperator;
  right: Value;
  pos: Position;
}

/** Is `a + b + …`, which is nested to the left, longer than a recursion over it should go? */
export function isLongChain(node: Binary): boolean {
  let length = 0;
  for (let left: Expression = node; left.kind === 'Binary'; left = left.left) {
    length += 1;
    if (length > MAX_NESTED) return true;
  }
  return false;
}

/** A chain of operators of one precedence, however long, without nesting it as deep as it is long. */
export function compileChain(
  node: Binary,
  compile: (operand: Expression) => Value,
  context: CastContext,
): Value {
  const nodes: Binary[] = [];
  let first: Expression = node;
  for (; first.kind === 'Binary'; first = first.left) nodes.push(first);
  let result = compile(first);
  const links = nodes
    .reverse()
    .map(({ operator, right, pos }): Link => ({ operator, right: compile(right), pos }));
  let nested = 0;
  for (let at = 0; at < links.length; ) {
    const { operator } = links[at]!;
    const other = links.findIndex((link, index) => index > at && link.operator !== operator);
    const run = links.slice(at, other < 0 ? undefined : other);
    at += run.length;
    // The first operator settles the type that the others keep.
    result = binary(operator, result, run[0]!.right, run[0]!.pos, context);
    if (run.length > 1) result = combined(result, run.slice(1), context);
    nested += run.length > 1 ? 2 : 1;
    if (nested > MAX_NESTED) throw tooComplex();
  }
  return result;
}

/** A run of one operator, that gives the type of `first` from two values of it. */
function combined(first: Value, links: readonly Link[], context: CastContext): Value {
  const { operator, pos } = links[0]!;
  const { type } = first;
  const rest = links.map(({ right }) => tryCoerce(right, type, context) ?? refuse());
  const all = [first, ...rest];
  if (ASSOCIATIVE.has(operator)) {
    return balanced(all, (left, right) => binary(operator, left, right, pos, context));
  }
  const step = binary(
    operator,
    value(raw('_left', 'column'), type, pos),
    value(raw('_right', 'column'), type, pos),
    pos,
    context,
  );
  if (!sameType(step.type, type)) refuse();
  const sql = duck`list_reduce([${series(
    all.map((one) => one.sql),
    ', ',
  )}], lambda _left, _right: ${step.sql})`;
  return value(sql, type, pos);
}

function refuse(): never {
  throw tooComplex();
}
