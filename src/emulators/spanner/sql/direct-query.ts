import type { Expression, Query, Select, SelectItem } from '../../googlesql/syntax/ast.js';
import { INT64 } from '../../googlesql/syntax/types.js';
import { findTable, type Table } from '../schema/model.js';
import type { ReadView } from '../store/view.js';
import type { Row } from '../values/value.js';
import { type Access, keyDirection, planAccess, refusePending } from './access.js';
import type { ClosureScope } from './closure.js';
import { closureScope } from './closure-scope.js';
import { closureAs, closureOf } from './closures.js';
import { columnsOf, type DirectItem, itemsOf } from './select-items.js';
import type { SqlColumn } from './sql-request.js';
import type { Statement } from './statement.js';

/** Rows that are handed on at a time. */
const BATCH_ROWS = 1000;

/** A query that is answered from the rows themselves. */
export interface DirectQuery {
  columns: SqlColumn[];
  rows(view: ReadView): AsyncGenerator<Row[]>;
}

/**
 * Look-ups by key, scans of whole tables in the order of the key, counts of both, and constants: what is quicker
 * without DuckDB. Undefined for all else, and for what is wrong, of which the compiler tells.
 */
export function directQuery(query: Query, statement: Statement): DirectQuery | undefined {
  const { body } = query;
  if (query.with !== undefined || query.pipes.length > 0 || body.kind !== 'Select') return undefined;
  if (body.distinct || body.as || body.groupBy || body.having || body.qualify || body.windows.length > 0)
    return undefined;
  return body.from === undefined ? constantQuery(query, body, statement) : tableQuery(query, body, statement);
}

function constantQuery(query: Query, select: Select, statement: Statement): DirectQuery | undefined {
  if (select.where || query.limit || query.offset || query.orderBy.length > 0) return undefined;
  const items = itemsOf(select.items, undefined, '', closureScope(statement, undefined, ''));
  if (items === undefined) return undefined;
  return {
    columns: columnsOf(items),
    async *rows() {
      yield [items.map(({ closure }) => closure.run([]))];
    },
  };
}

function tableQuery(query: Query, select: Select, statement: Statement): DirectQuery | undefined {
  const from = select.from!;
  if (from.kind !== 'TableReference' || from.systemTime !== undefined || from.withOffset !== undefined)
    return undefined;
  const names = from.path.identifiers.map(({ name }) => name);
  const table = findTable(statement.schema, names.join('.'));
  if (table === undefined) return undefined;
  const alias = from.alias?.name ?? names.at(-1)!;
  const scope = closureScope(statement, table, alias);
  const access = planAccess(table, alias, select.where, statement);
  if (access === undefined) return undefined;
  if (isCount(select.items)) return countQuery(query, select, access, table);
  const items = itemsOf(select.items, table, alias, scope);
  const direction = keyDirection(query.orderBy, table, scope);
  const limit = bound(query.limit, scope);
  const offset = bound(query.offset, scope);
  if (items === undefined || direction === undefined || limit === null || offset === null) return undefined;
  if (query.orderBy.length > 0 && !access.isOrdered) return undefined;
  return {
    columns: columnsOf(items),
    rows: (view) => {
      refusePending(
        view,
        table,
        items.flatMap(({ reads }) => reads),
      );
      const skipped = offset ?? 0;
      const most = limit === undefined ? undefined : limit + skipped;
      const rows = access.rows(view, { limit: most, reverse: direction === 'backward' });
      return batches(rows, items, skipped, most);
    },
  };
}

async function* batches(
  rows: IterableIterator<Row>,
  items: readonly DirectItem[],
  offset: number,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<Row[]> {
  let batch: Row[] = [];
  let seen = 0;
  for (const row of rows) {
    if (seen >= most) break;
    if (seen++ < offset) continue;
    batch.push(items.map(({ closure }) => closure.run(row)));
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function isCount(items: readonly SelectItem[]): boolean {
  const [item] = items;
  if (items.length !== 1 || item?.kind !== 'SelectExpression') return false;
  const call = item.expression;
  if (call.kind !== 'FunctionCall' || call.arguments.length !== 1 || call.safe || call.over || call.distinct)
    return false;
  const { kind } = call.arguments[0]!;
  return (
    call.name.length === 1 &&
    call.name[0]!.name.toUpperCase() === 'COUNT' &&
    // A constant is counted for every row.
    (kind === 'StarArgument' || kind === 'IntegerLiteral')
  );
}

/** All rows are counted as they are written; those of a condition are gone through. */
function countQuery(query: Query, select: Select, access: Access, table: Table): DirectQuery | undefined {
  if (query.limit || query.offset || query.orderBy.length > 0) return undefined;
  const [item] = select.items;
  const name = item?.kind === 'SelectExpression' ? (item.alias?.name ?? '') : '';
  return {
    columns: [{ name, type: INT64 }],
    async *rows(view) {
      let count = 0;
      if (select.where === undefined) count = view.count(table);
      else for (const _ of access.rows(view)) count++;
      yield [[BigInt(count)]];
    },
  };
}

/** The number of LIMIT or OFFSET; undefined when there is none, null for what the compiler has to see. */
function bound(node: Expression | undefined, scope: ClosureScope): number | undefined | null {
  if (node === undefined) return undefined;
  if (node.kind !== 'IntegerLiteral' && node.kind !== 'NamedParameter') return null;
  const value = closureAs(closureOf(node, scope), INT64, scope.timeZone)?.run([]);
  return typeof value === 'bigint' && value >= 0n ? Number(value) : null;
}
