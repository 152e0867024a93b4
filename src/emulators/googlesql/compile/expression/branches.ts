import { duck, type Sql, series } from '../../duck/sql.js';
import type { Argument } from '../../syntax/ast.js';
import type { Scope } from '../scope/scope.js';
import type { Value } from '../scope/value.js';

/**
 * The scopes of the branches of CASE, of which the last is taken where none of `count` tests holds. DuckDB runs a
 * subquery in a branch for all rows, with its errors; where the statement asks for it (see
 * `Environment.guardsBranches`), its SELECTs get the tests that lead to the branch.
 */
export function branchScopes(scope: Scope, count: number, test: (index: number) => Sql): Scope[] {
  const indexes = [...Array(count + 1).keys()];
  if (!guardsBranches(scope)) return indexes.map(() => scope);
  const tests = indexes.slice(0, count).map(test);
  return indexes.map((index) => {
    const before = tests.slice(0, index).map((sql) => duck`NOT coalesce(${sql}, false)`);
    return guarded(scope, [...before, ...tests.slice(index, index + 1)]);
  });
}

/** The scopes of the arguments of a function, some of which it may not compute. */
export function argumentScopes(name: string, given: readonly Argument[], scope: Scope): Scope[] {
  const scopes = given.map(() => scope);
  if (!CONDITIONAL.has(name) || !guardsBranches(scope)) return scopes;
  const sqlOf = (index: number): Sql => scope.compile(given[index] as Parameters<Scope['compile']>[0]).sql;
  if (name === 'IF') {
    if (given.length !== 3) return scopes;
    return [scope, guarded(scope, [sqlOf(0)]), guarded(scope, [duck`NOT coalesce(${sqlOf(0)}, false)`])];
  }
  return scopes.map((_, index) => {
    const before = [...Array(index).keys()].map((earlier) => duck`(${sqlOf(earlier)}) IS NULL`);
    return guarded(scope, before);
  });
}

const CONDITIONAL: ReadonlySet<string> = new Set(['IF', 'COALESCE', 'IFNULL']);

/** Notes subqueries in branches, for a statement that fails to be compiled anew with guards. */
export function noteBranches(scope: Scope, branches: readonly Value[]): void {
  if (branches.some(({ sql }) => sql.hasSubquery)) scope.compilation.branchesHoldSubqueries = true;
}

/** As `noteBranches`, for the arguments of a function. */
export function noteArguments(name: string, scope: Scope, inputs: readonly Value[]): void {
  if (CONDITIONAL.has(name)) noteBranches(scope, inputs);
}

function guardsBranches(scope: Scope): boolean {
  return scope.compilation.context.environment.guardsBranches === true;
}

function guarded(scope: Scope, tests: readonly Sql[]): Scope {
  // What DuckDB computes of whole groups and windows cannot stand in a subquery.
  if (tests.length === 0 || tests.some((sql) => sql.isOpaque || sql.isVolatile)) return scope;
  const inner = scope.withLocals([]);
  inner.guard = series(tests, ' AND ');
  return inner;
}
