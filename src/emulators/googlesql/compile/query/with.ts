import { raw, subquery } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type { CommonTableExpression, With } from '../../syntax/ast.js';
import { MATERIALIZED_AGGREGATIONS } from '../scope/compilation.js';
import type { NamedQuery } from '../scope/rows.js';
import type { Scope } from '../scope/scope.js';
import { recursiveQuery, refersTo } from './recursion.js';

/** Makes the tables of a WITH clause known in `scope`. */
export function declareTables(node: With, scope: Scope): void {
  scope.hasWith = true;
  const pending = new Map<string, CommonTableExpression>();
  for (const entry of node.entries) {
    const key = entry.name.name.toLowerCase();
    if (pending.has(key))
      throw invalidQuery(`Duplicate alias ${entry.name.name} for WITH subquery`, entry.pos);
    pending.set(key, entry);
  }
  const compile = (entry: CommonTableExpression): NamedQuery => {
    const key = entry.name.name.toLowerCase();
    pending.delete(key);
    const name = scope.compilation.alias('q');
    const loops = node.recursive && refersTo(entry.query, entry.name.name);
    const { result, aggregations } = scope.compilation.counting(() =>
      scope.compilation.observing(() =>
        loops ? recursiveQuery(entry, name, scope, insideOf(entry, scope)) : scope.query(entry.query),
      ),
    );
    const { result: rows, lookups } = result;
    scope.withRecursive ||= loops;
    const named: NamedQuery = {
      name: entry.name.name,
      sql: raw(name),
      columns: rows.columns,
      row: rows.row,
      aggregations,
    };
    if (lookups.outermost < scope.depth) named.outermost = lookups.outermost;
    // DuckDB mistakes the rows of a table of WITH that depends on rows around it, where a subquery of it reads it again.
    if (named.outermost !== undefined && !loops) named.sql = subquery(rows.sql);
    else {
      const materialized = !loops && aggregations >= MATERIALIZED_AGGREGATIONS;
      scope.addTable(rows.columns, rows.sql, { name, materialized });
      if (materialized) named.aggregations = 0;
    }
    scope.tables.set(key, named);
    return named;
  };
  // With RECURSIVE a table may be used before it stands.
  if (node.recursive) {
    scope.lateTables = (name) => {
      const entry = pending.get(name);
      return entry === undefined ? undefined : compile(entry);
    };
  }
  for (const entry of node.entries) {
    if (pending.get(entry.name.name.toLowerCase()) === entry) compile(entry);
  }
}

/** A scope with the tables of a recursive table's own WITH clause, which stand before it in that around it. */
function insideOf({ query }: CommonTableExpression, scope: Scope): Scope {
  const inner = scope.child();
  if (query.with === undefined) return inner;
  declareTables(query.with, inner);
  scope.withTexts.push(...inner.withTexts);
  return inner;
}
