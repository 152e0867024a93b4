import type { Expression, OrderItem } from '../../googlesql/syntax/ast.js';
import { findColumn, type Table } from '../schema/model.js';
import { isReadWrite, type KeyRange, type ReadView } from '../store/view.js';
import type { Row, Value } from '../values/value.js';
import { keyIdentity } from './change-target.js';
import type { Closure, ClosureScope } from './closure.js';
import { closureScope } from './closure-scope.js';
import { closureAs, closureOf } from './closures.js';
import { comparator } from './compare-values.js';
import { invalidArgument } from './errors.js';
import { keyColumns } from './names.js';
import type { Statement } from './statement.js';

/** How rows of one table are found without DuckDB. */
export interface Access {
  rows(
    view: ReadView,
    options?: { limit?: number | undefined; reverse?: boolean | undefined },
  ): IterableIterator<Row>;
  /** Rows come in the order of the key. */
  isOrdered: boolean;
}

/** Values that parts of the key may have, as far as a condition tells. */
type KeyTests = Map<number, Value[]>;

/** More keys than these are left to DuckDB. */
const MAX_KEYS = 1000;

/**
 * Rows of a table by a condition that names the first parts of its key, or none at all; undefined when DuckDB finds
 * them quicker, or when the condition needs it.
 */
export function planAccess(
  table: Table,
  alias: string,
  where: Expression | undefined,
  statement: Statement,
): Access | undefined {
  const scope = closureScope(statement, table, alias);
  if (where === undefined)
    return { rows: (view, options) => scanned(view, table, {}, undefined, options), isOrdered: true };
  const conditions = where.kind === 'Logical' && where.operator === 'AND' ? where.operands : [where];
  const test = closureOf(where, scope);
  if (test?.type.kind !== 'BOOL' || table.primaryKey.length === 0) return undefined;
  const tests: KeyTests = new Map();
  for (const condition of conditions) noteKeyTest(condition, table, scope, tests);
  const keys = keysOf(table, tests);
  if (keys === undefined) return undefined;
  const isWhole = keys[0]?.length === table.primaryKey.length;
  return {
    isOrdered: keys.length <= 1,
    rows: (view, options) => {
      if (isReadWrite(view)) refusePending(view, table, columnsOf(where, table));
      if (isWhole) return found(view, table, keys, test);
      return byPrefixes(view, table, keys, test, options);
    },
  };
}

function* found(view: ReadView, table: Table, keys: readonly Row[], test: Closure): IterableIterator<Row> {
  for (const key of keys) {
    const row = view.get(table, key);
    if (row !== undefined && test.run(row) === true) yield row;
  }
}

function* byPrefixes(
  view: ReadView,
  table: Table,
  keys: readonly Row[],
  test: Closure,
  options?: { limit?: number | undefined; reverse?: boolean | undefined },
): IterableIterator<Row> {
  let left = options?.limit ?? Number.POSITIVE_INFINITY;
  for (const key of keys) {
    const bound = { key, inclusive: true };
    for (const row of scanned(view, table, { start: bound, end: bound }, test, {
      ...options,
      limit: undefined,
    })) {
      if (left-- <= 0) return;
      yield row;
    }
  }
}

function* scanned(
  view: ReadView,
  table: Table,
  range: KeyRange,
  test: Closure | undefined,
  options?: { limit?: number | undefined; reverse?: boolean | undefined },
): IterableIterator<Row> {
  for (const row of view.scan(table, range, options))
    if (test === undefined || test.run(row) === true) yield row;
}

/** `key = value` and `key IN (values)`, where the values are known before any row is. */
function noteKeyTest(node: Expression, table: Table, scope: ClosureScope, tests: KeyTests): void {
  const values = wantedValues(node);
  if (values === undefined) return;
  const path = values.column;
  if (path.kind !== 'PathExpression') return;
  const found = scope.column(path.parts.map((part) => part.name));
  const place =
    found && keyColumns(table).findIndex((column) => table.columns.indexOf(column) === found.index);
  if (found === undefined || place === undefined || place < 0 || tests.has(place)) return;
  const constants = values.items.flatMap((item): Closure | readonly Closure[] | undefined => {
    if ('array' in item) return arrayItems(item.array, scope);
    return closureAs(constantOf(item.value, scope), found.type, scope.timeZone);
  });
  if (constants.some((closure) => closure === undefined || !isOf(closure as Closure, found.type.kind)))
    return;
  const wanted = (constants as Closure[]).map((closure) => closure.run([]));
  // Nothing is equal to NULL.
  tests.set(
    place,
    wanted.filter((value) => value !== null),
  );
}

function isOf({ type }: Closure, kind: string): boolean {
  return type.kind === kind;
}

type Wanted = { value: Expression } | { array: Expression };

function wantedValues(node: Expression): { column: Expression; items: Wanted[] } | undefined {
  if (node.kind === 'Comparison' && node.operator === '=') {
    const [column, value] =
      node.left.kind === 'PathExpression' ? [node.left, node.right] : [node.right, node.left];
    return { column, items: [{ value }] };
  }
  if (node.kind !== 'In' || node.negated) return undefined;
  if (node.source.kind === 'List')
    return { column: node.operand, items: node.source.items.map((value) => ({ value })) };
  return node.source.kind === 'Unnest'
    ? { column: node.operand, items: [{ array: node.source.array }] }
    : undefined;
}

/** An expression without columns. */
function constantOf(node: Expression, scope: ClosureScope): Closure | undefined {
  return closureOf(node, { ...scope, column: () => undefined });
}

function arrayItems(node: Expression, scope: ClosureScope): readonly Closure[] | undefined {
  if (node.kind !== 'NamedParameter') return undefined;
  const given = scope.parameter(node.name);
  if (given?.type.kind !== 'ARRAY') return undefined;
  const { element } = given.type;
  return ((given.value ?? []) as Row).map((value) => ({ type: element, run: () => value }));
}

/** All keys, or beginnings of them, that the tests leave; in their order, each once. */
function keysOf(table: Table, tests: KeyTests): Row[] | undefined {
  const columns = keyColumns(table);
  let keys: Row[] = [[]];
  for (const [place, column] of columns.entries()) {
    const values = tests.get(place);
    if (values === undefined) break;
    const compare = comparator(column.type);
    if (compare === undefined || keys.length * values.length > MAX_KEYS) return undefined;
    const sorted = [...values].sort(
      (left, right) => compare(left, right) * (table.primaryKey[place]!.descending ? -1 : 1),
    );
    const distinct = sorted.filter(
      (value, index) => index === 0 || keyIdentity([value]) !== keyIdentity([sorted[index - 1]!]),
    );
    keys = keys.flatMap((key) => distinct.map((value) => [...key, value]));
  }
  return keys[0]?.length === 0 ? undefined : keys;
}

/** Columns that an expression may name: all that stand anywhere in it. */
function columnsOf(node: Expression, table: Table): Set<string> {
  const names = new Set<string>();
  JSON.stringify(node, (key, value: unknown) => {
    if (key === 'name' && typeof value === 'string') {
      const column = findColumn(table, value);
      if (column !== undefined) names.add(column.name);
    }
    return typeof value === 'bigint' ? String(value) : value;
  });
  return names;
}

/** A commit timestamp that a transaction wrote cannot be read before it commits. */
export function refusePending(view: ReadView, table: Table, names: Iterable<string>): void {
  if (!isReadWrite(view)) return;
  for (const name of names) {
    const column = findColumn(table, name);
    if (column === undefined || column.type.kind !== 'TIMESTAMP') continue;
    if (!view.hasPendingTimestamp(table, column)) continue;
    throw invalidArgument(
      `Column ${column.name} in table ${table.name} cannot be accessed because it, or its associated index, has a pending CommitTimestamp`,
    );
  }
}

/** Whether rows in the order of the key, or in the opposite one, are in this order too. */
export function keyDirection(
  orderBy: readonly OrderItem[],
  table: Table,
  scope: ClosureScope,
): 'forward' | 'backward' | undefined {
  if (orderBy.length === 0) return 'forward';
  if (orderBy.length > table.primaryKey.length) return undefined;
  let direction: 'forward' | 'backward' | undefined;
  for (const [place, { expression, descending, nulls, collation }] of orderBy.entries()) {
    if (expression.kind !== 'PathExpression' || nulls !== undefined || collation !== undefined)
      return undefined;
    const found = scope.column(expression.parts.map((part) => part.name));
    const part = table.primaryKey[place]!;
    if (found === undefined || table.columns[found.index] !== findColumn(table, part.column))
      return undefined;
    const here = descending === part.descending ? 'forward' : 'backward';
    if (direction !== undefined && direction !== here) return undefined;
    direction = here;
  }
  return direction;
}
