import { printType } from '../../../googlesql/syntax/types.js';
import {
  type Column,
  childrenOf,
  findTable,
  indexesOf,
  type KeyPart,
  type Schema,
  type Table,
} from '../model.js';
import { invalid, refused } from './draft.js';
import { columnsIn } from './expressions.js';
import { checkKeyColumn } from './new-column.js';
import { checkRowDeletion } from './row-deletion.js';

/** https://cloud.google.com/spanner/quotas#tables */
const MAX_COLUMNS = 1024;
export const MAX_KEY_PARTS = 16;
const MAX_DEPTH = 7;
const MAX_INDEXES_PER_TABLE = 128;

/** Rules for a table among others. */
export function checkTable(schema: Schema, table: Table): void {
  checkColumns(table);
  checkKey(table);
  const indexes = indexesOf(schema, table);
  if (indexes.length > MAX_INDEXES_PER_TABLE) {
    throw refused(
      `Cannot add index ${indexes.at(-1)!.name} to table ${table.name}: too many indices (limit ${MAX_INDEXES_PER_TABLE} per table).`,
    );
  }
  checkInterleaving(schema, table);
  for (const child of childrenOf(schema, table)) checkInterleaving(schema, child);
  checkGeneratedColumns(table);
  checkChecks(table);
  checkRowDeletion(schema, table);
}

function checkColumns({ name, columns }: Table): void {
  const known = new Set<string>();
  for (const column of columns) {
    const key = column.name.toLowerCase();
    if (known.has(key)) throw refused(`Duplicate column name ${name}.${column.name}.`);
    known.add(key);
  }
  if (columns.length > MAX_COLUMNS) {
    throw refused(`Table ${name} has too many columns; the limit is ${MAX_COLUMNS}.`);
  }
}

function checkKey(table: Table): void {
  const { name, primaryKey } = table;
  const known = new Set<string>();
  for (const { column: part } of primaryKey) {
    const column = columnOf(table, part);
    if (column === undefined) throw refused(`Table ${name} references nonexistent key column ${part}.`);
    if (known.has(part)) throw invalid(`Table ${name} references key column ${part} more than once.`);
    known.add(part);
    checkKeyColumn(table, column);
  }
  if (primaryKey.length > MAX_KEY_PARTS) {
    throw invalid(`Table ${name} has too many keys (${primaryKey.length}); the limit is ${MAX_KEY_PARTS}.`);
  }
}

function checkInterleaving(schema: Schema, table: Table): void {
  if (table.interleave === undefined) return;
  const parent = findTable(schema, table.interleave.parent);
  if (parent === undefined) return;
  checkParentKey(`Table ${table.name}`, parent, table, table.primaryKey, false);
  let depth = 1;
  for (let above: Table | undefined = parent; above !== undefined; depth++) {
    above = above.interleave && findTable(schema, above.interleave.parent);
  }
  if (depth > MAX_DEPTH) {
    throw refused(`Table ${table.name} is too deeply nested; the limit is ${MAX_DEPTH}.`);
  }
  if (table.columns.length === 0) {
    throw refused(`Table ${table.name} adds no columns and is not a top level table.`);
  }
}

/** The key of a child begins with that of the parent. @param isIndex names of columns may differ, and NOT NULL */
export function checkParentKey(
  child: string,
  parent: Table,
  table: Table,
  parts: readonly KeyPart[],
  isIndex: boolean,
): void {
  for (const [position, parentPart] of parent.primaryKey.entries()) {
    const part = parts[position];
    const reference = `${child} references parent key column ${parentPart.column}`;
    if (part === undefined || (part.column !== parentPart.column && !isIndex)) {
      const elsewhere = parts.findIndex(({ column }) => column === parentPart.column);
      throw refused(
        elsewhere >= 0
          ? `${reference} at incorrect position ${elsewhere}.`
          : `${child} does not reference ${isIndex ? 'index ' : ''}parent key column ${parentPart.column}.`,
      );
    }
    if (part.descending !== parentPart.descending) {
      throw refused(`${reference} with incorrect order ${part.descending ? 'ASC' : 'DESC'}.`);
    }
    checkSameColumn(reference, columnOf(parent, parentPart.column)!, columnOf(table, part.column)!, isIndex);
  }
}

function checkSameColumn(reference: string, parent: Column, child: Column, isIndex: boolean): void {
  const [type, wanted] = [printType(child.type), printType(parent.type)];
  if (type !== wanted) throw refused(`${reference} with incorrect type ${type} (should be ${wanted}).`);
  if (child.maxLength !== parent.maxLength) {
    throw refused(
      `${reference} with incorrect length ${child.maxLength ?? 'MAX'} (should be ${parent.maxLength ?? 'MAX'}).`,
    );
  }
  if (!isIndex && child.notNull !== parent.notNull) {
    const shown = ({ notNull }: Column) => (notNull ? 'not null' : 'nullable');
    throw refused(`${reference} that is ${shown(parent)}, but child key is ${shown(child)}.`);
  }
}

function checkGeneratedColumns({ columns }: Table): void {
  const done = new Set<Column>();
  const visit = (column: Column, path: readonly Column[]): void => {
    if (done.has(column) || column.generated === undefined) return;
    const at = path.indexOf(column);
    if (at >= 0) {
      const names = path.map(({ name }) => name).join(',');
      throw refused(`Cycle detected while analysing generated column, which include objects (${names})`);
    }
    for (const source of columnsIn(columns, column.generated.expression)) {
      if (source.allowCommitTimestamp === true) {
        throw refused(
          `Cannot use commit timestamp column \`${source.name}\` as a dependency of a materialized generated column.`,
        );
      }
      visit(source, [...path, column]);
    }
    done.add(column);
  };
  for (const column of columns) visit(column, []);
}

function checkChecks(table: Table): void {
  for (const { expression } of table.checks) {
    const sources = columnsIn(table.columns, expression);
    const stamped = sources.find(({ allowCommitTimestamp }) => allowCommitTimestamp === true);
    if (stamped !== undefined) {
      throw invalid(
        `Column \`${stamped.name}\` has option commit_timestamp, which is not supported in check constraint.`,
      );
    }
  }
}

/** In the same case, as keys and indexes have to name it. */
export function columnOf(table: Table, name: string): Column | undefined {
  return table.columns.find((column) => column.name === name);
}
