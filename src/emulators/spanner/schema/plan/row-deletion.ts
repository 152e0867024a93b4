import { childrenOf, findColumn, findTable, referencesTo, type Schema, type Table } from '../model.js';
import { invalid } from './draft.js';

/** Rows that are deleted by a policy must not leave others behind. */
export function checkRowDeletion(schema: Schema, table: Table): void {
  checkPolicy(schema, table);
  for (const above of ancestorsOf(schema, table)) {
    if (above.rowDeletionPolicy === undefined) continue;
    if (table.interleave?.enforced && table.interleave.onDelete === 'NO ACTION') {
      throw invalid(
        `Cannot create or alter table ${table.name} with ON DELETE NO ACTION because there is a row deletion policy on ancestor table ${above.name}.`,
      );
    }
  }
  for (const foreignKey of table.foreignKeys) {
    const referenced = findTable(schema, foreignKey.referencedTable);
    if (referenced === undefined || !foreignKey.enforced || foreignKey.onDelete === 'CASCADE') continue;
    const policed = [referenced, ...ancestorsOf(schema, referenced)].find(
      ({ rowDeletionPolicy }) => rowDeletionPolicy !== undefined,
    );
    if (policed !== undefined) throw referenceRefused(policed.name, [foreignKey.name]);
  }
}

function checkPolicy(schema: Schema, table: Table): void {
  const { name, rowDeletionPolicy } = table;
  if (rowDeletionPolicy === undefined) return;
  const { column: columnName } = rowDeletionPolicy;
  const column = findColumn(table, columnName);
  if (column === undefined) {
    throw invalid(
      `Cannot create ROW DELETION POLICY because there is no column named ${columnName} in table ${name}.`,
    );
  }
  if (column.type.kind !== 'TIMESTAMP') {
    throw invalid(
      `Cannot create ROW DELETION POLICY because column ${columnName} in table ${name} is not of type TIMESTAMP.`,
    );
  }
  for (const below of descendantsOf(schema, table)) {
    if (below.interleave?.enforced && below.interleave.onDelete === 'NO ACTION') {
      throw invalid(
        `Cannot create row deletion policy on ${name} because there is a descendant Table ${below.name} with ON DELETE NO ACTION.`,
      );
    }
  }
  for (const policed of [table, ...descendantsOf(schema, table)]) {
    const blocking = referencesTo(schema, policed)
      .filter(({ foreignKey }) => foreignKey.enforced && foreignKey.onDelete !== 'CASCADE')
      .map(({ foreignKey }) => foreignKey.name);
    if (blocking.length > 0) throw referenceRefused(name, blocking);
  }
}

function referenceRefused(table: string, foreignKeys: readonly string[]) {
  return invalid(
    `Cannot add a row deletion policy to table \`${table}\`. It is referenced by one or more foreign keys: \`${foreignKeys.join(',')}\`.`,
  );
}

function ancestorsOf(schema: Schema, table: Table): Table[] {
  const parent = table.interleave && findTable(schema, table.interleave.parent);
  return parent === undefined ? [] : [parent, ...ancestorsOf(schema, parent)];
}

function descendantsOf(schema: Schema, table: Table): Table[] {
  return childrenOf(schema, table).flatMap((child) => [child, ...descendantsOf(schema, child)]);
}
