import { duck, NOTHING, type Sql } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type { Expression, OrderItem } from '../../syntax/ast.js';
import { INT64 } from '../../syntax/types.js';
import { tryCoerce } from '../expression/casts.js';
import type { Scope } from '../scope/scope.js';

/** ORDER BY, LIMIT and OFFSET of a query. */
export interface Tail {
  orderBy: readonly OrderItem[];
  limit?: Expression;
  offset?: Expression;
}

/** LIMIT and OFFSET as DuckDB text, '' when there is neither. */
export function limitSql(tail: Pick<Tail, 'limit' | 'offset'>, scope: Scope): Sql {
  const count = (node: Expression, word: string): Sql => {
    const given = scope.compile(node);
    const input = tryCoerce(given, INT64, scope.castContext);
    if (given.undeclared !== undefined) return duck` ${word} 0`;
    if (input === undefined || input.coercibility === 'none') {
      throw invalidQuery(`${word} expects an integer literal or parameter`, node.pos);
    }
    if (input.literal === null || (typeof input.literal === 'bigint' && input.literal < 0n)) {
      throw invalidQuery(`${word} expects a non-negative integer literal or parameter`, node.pos);
    }
    return duck` ${word} ${typeof input.literal === 'bigint' ? input.literal : input.sql}`;
  };
  const limit = tail.limit === undefined ? NOTHING : count(tail.limit, 'LIMIT');
  return tail.offset === undefined ? limit : duck`${limit}${count(tail.offset, 'OFFSET')}`;
}

/** The place (from 0) that `ORDER BY 2` means. */
export function ordinalOf(node: Expression, count: number): number | undefined {
  if (node.kind !== 'IntegerLiteral') return undefined;
  if (node.value < 1n || node.value > BigInt(count)) {
    throw invalidQuery(
      `ORDER BY column number item is out of range. Column numbers go from 1 to ${count}`,
      node.pos,
    );
  }
  return Number(node.value) - 1;
}
