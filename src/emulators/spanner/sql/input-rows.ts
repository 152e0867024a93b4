import type { Column, Table } from '../schema/model.js';
import type { Mutation } from '../store/view.js';
import type { Row, Value } from '../values/value.js';
import { keyColumns } from './names.js';

/** A column that a row leaves to its default. */
export const DEFAULT = Symbol('DEFAULT');

/** Values in the order of the columns that INSERT names. */
export type InputRow = readonly (Value | typeof DEFAULT)[];

/** The key of a row, unless a part of it is left to a default. */
export function inputKey(row: InputRow, columns: readonly Column[], table: Table): Row | undefined {
  const key: Value[] = [];
  for (const part of keyColumns(table)) {
    const place = columns.indexOf(part);
    const value = place < 0 ? (hasDefault(part) ? DEFAULT : null) : row[place]!;
    if (value === DEFAULT || typeof value === 'symbol') return undefined;
    key.push(value);
  }
  return key;
}

function hasDefault(column: Column): boolean {
  return column.default !== undefined || column.generated !== undefined || column.identity !== undefined;
}

/** Rows one after the other that give the same columns are one mutation, so that results keep their order. */
export function insertMutations(
  rows: readonly InputRow[],
  columns: readonly Column[],
  table: Table,
  kind: 'insert' | 'insert-or-update',
): Mutation[] {
  const mutations: { kind: typeof kind; table: string; columns: string[]; rows: Row[] }[] = [];
  let shape = '';
  for (const row of rows) {
    const given = columns.filter((_, index) => row[index] !== DEFAULT);
    const names = given.map(({ name }) => name);
    const key = names.join('\0');
    if (mutations.length === 0 || key !== shape)
      mutations.push({ kind, table: table.name, columns: names, rows: [] });
    shape = key;
    mutations.at(-1)!.rows.push(row.filter((value): value is Value => value !== DEFAULT));
  }
  return mutations;
}
