import type { Expression, Query, SelectItem } from '../../googlesql/syntax/ast.js';
import { findColumn, type Table } from '../schema/model.js';
import type { Closure, ClosureScope } from './closure.js';
import { closureOf } from './closures.js';
import type { SqlColumn } from './sql-request.js';

/** An item of a SELECT list that needs no query. */
export interface DirectItem extends SqlColumn {
  closure: Closure;
  /** Names of the columns that it reads. */
  reads: string[];
}

export function columnsOf(items: readonly DirectItem[]): SqlColumn[] {
  return items.map(({ name, type }) => ({ name, type }));
}

/** Columns and expressions of a SELECT list, with the columns that each reads. */
export function itemsOf(
  items: readonly SelectItem[],
  table: Table | undefined,
  alias: string,
  scope: ClosureScope,
): DirectItem[] | undefined {
  const result: DirectItem[] = [];
  for (const item of items) {
    if (item.kind === 'SelectStar') {
      if (table === undefined || item.replace.length > 0 || !isTable(item.qualifier, alias)) return undefined;
      const left = new Set(item.except.map(({ name }) => findColumn(table, name)));
      if (left.has(undefined)) return undefined;
      for (const [index, column] of table.columns.entries()) {
        if (column.hidden || left.has(column)) continue;
        const { name, type } = column;
        result.push({ name, type, reads: [name], closure: { type, run: (row) => row[index] ?? null } });
      }
      continue;
    }
    const reads: string[] = [];
    const noting: ClosureScope = Object.create(scope, {
      column: {
        value: (parts: readonly string[]) => {
          reads.push(parts.at(-1)!);
          return scope.column(parts);
        },
      },
    });
    const closure = closureOf(item.expression, noting);
    if (closure === undefined || closure.type.kind === 'STRUCT') return undefined;
    const path = item.expression.kind === 'PathExpression' ? item.expression.parts.at(-1)!.name : '';
    result.push({ name: item.alias?.name ?? path, type: closure.type, closure, reads });
  }
  return result;
}

function isTable(qualifier: Expression | undefined, alias: string): boolean {
  if (qualifier === undefined) return true;
  if (qualifier.kind !== 'PathExpression' || qualifier.parts.length !== 1) return false;
  return qualifier.parts[0]!.name.toLowerCase() === alias.toLowerCase();
}

/** Columns under the names by which the SELECT list calls them, in whatever case it does. */
export function namedAsWritten(columns: readonly SqlColumn[], { body, pipes }: Query): SqlColumn[] {
  const named = [...columns];
  if (body.kind !== 'Select' || pipes.length > 0 || body.as !== undefined) return named;
  const rename = (items: readonly SelectItem[], place: (index: number) => number) => {
    for (const [index, item] of items.entries()) {
      if (item.kind === 'SelectStar') return;
      const column = named[place(index)];
      if (column === undefined || item.alias !== undefined || item.expression.kind !== 'PathExpression')
        continue;
      named[place(index)] = { ...column, name: item.expression.parts.at(-1)!.name };
    }
  };
  rename(body.items, (index) => index);
  rename([...body.items].reverse(), (index) => named.length - 1 - index);
  return named;
}
