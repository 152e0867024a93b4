import { printType, sameType } from '../../../googlesql/syntax/types.js';
import { ServiceError } from '../../../serving/service-error.js';
import { type Column, childrenOf, type ForeignKey, indexesOf, referencesTo, type Table } from '../model.js';
import type { ColumnAttributes, ColumnChange, ColumnDefinition } from '../parse/statements.js';
import { columnOf } from './check-table.js';
import { type Draft, invalid, quoted, refused } from './draft.js';
import { columnsIn, generatedFrom } from './expressions.js';
import { attributesOf, checkColumn, commitTimestampOption, newColumn } from './new-column.js';
import { changed } from './sequence-settings.js';

export function addColumn(
  draft: Draft,
  table: Table,
  definition: ColumnDefinition,
  ifNotExists: boolean,
): void {
  if (ifNotExists && columnOf(table, definition.name) !== undefined) return;
  const column = newColumn(draft, table.name, table.nextColumnId, definition);
  const hasValues =
    column.default !== undefined || column.identity !== undefined || column.generated?.stored === true;
  if (column.notNull && !hasValues) {
    throw new ServiceError(
      'UNIMPLEMENTED',
      `Cannot add NOT NULL column ${table.name}.${column.name} to existing table ${table.name}.`,
    );
  }
  const made = draft.put({
    ...table,
    columns: [...table.columns, column],
    nextColumnId: table.nextColumnId + 1,
  });
  if (hasValues) draft.work.push({ kind: 'fill-column', table: made, column });
}

export function dropColumn(draft: Draft, table: Table, name: string): void {
  const column = known(table, name);
  if (isKey(table, column)) throw invalid(`Cannot drop key column ${name} from table ${table.name}.`);
  checkNotInIndex(draft, table, name);
  const foreignKeys = foreignKeysOf(draft, table, name);
  if (foreignKeys.length > 0) {
    throw refused(
      `Cannot drop column \`${name}\` from table \`${table.name}\`. It is used by one or more foreign keys: ${namesOf(foreignKeys)}. You must drop the foreign keys before dropping the column.`,
    );
  }
  const [generated] = generatedFrom(table, column);
  if (generated !== undefined) {
    throw refused(
      `Cannot drop column \`${name}\` from table \`${table.name}\` because it is referenced by generated column \`${generated.name}\`.`,
    );
  }
  const check = checkOn(table, column);
  if (check !== undefined) {
    throw refused(
      `Cannot drop column \`${name}\` on which there is a dependent check constraint: ${check.name}.`,
    );
  }
  if (table.rowDeletionPolicy?.column === name) throw policyBreaks(table, name);
  const made = draft.put({ ...table, columns: table.columns.filter((other) => other !== column) });
  draft.work.push({ kind: 'drop-column', table: made, column });
  if (column.identity !== undefined) draft.work.push({ kind: 'drop-sequence', sequence: column.identity });
}

function checkNotInIndex(draft: Draft, table: Table, name: string): void {
  const index = indexesOf(draft, table).find(
    ({ parts, storing, isManaged }) =>
      !isManaged && (parts.some(({ column }) => column === name) || storing.includes(name)),
  );
  if (index === undefined) return;
  throw refused(
    `Cannot drop column ${name} from table ${table.name} because it is used by index ${index.name}.`,
  );
}

export function alterColumn(draft: Draft, table: Table, name: string, change: ColumnChange): void {
  const column = known(table, name);
  const altered = alteredColumn(draft, table, column, change);
  checkColumn(table.name, altered);
  if (change.kind !== 'set-options' && isParentKey(draft, table, name)) {
    throw invalid(`Cannot alter parent key column ${table.name}.${name}.`);
  }
  checkNullability(draft, table, column, altered);
  checkTypeChange(draft, table, column, altered);
  checkGeneration(table, column, altered);
  if (altered.allowCommitTimestamp === true && column.allowCommitTimestamp !== true) {
    const foreignKeys = foreignKeysOf(draft, table, name);
    if (foreignKeys.length > 0) {
      throw refused(
        `Cannot set the commit_timestamp option for column \`${name}\` of table \`${table.name}\`. It is used by one or more foreign keys: ${namesOf(foreignKeys)}.`,
      );
    }
  }
  const made = draft.put({
    ...table,
    columns: table.columns.map((other) => (other === column ? altered : other)),
  });
  addWork(draft, made, column, altered);
}

function alteredColumn(draft: Draft, table: Table, column: Column, change: ColumnChange): Column {
  const fullName = `${table.name}.${column.name}`;
  switch (change.kind) {
    case 'attributes':
      return withAttributes(draft, table, column, change);
    case 'set-options':
      return { ...column, allowCommitTimestamp: commitTimestampOption(change.options) };
    case 'set-default':
      if (column.generated !== undefined) {
        throw refused(`Column ${fullName} with a DEFAULT value cannot be a generated column and vice versa.`);
      }
      if (column.identity !== undefined) {
        throw invalid(`Cannot alter an identity column \`${fullName}\` to a generated or default column.`);
      }
      return { ...column, default: change.expression };
    case 'drop-default':
      return { ...column, default: undefined };
    case 'set-on-update':
      return { ...column, onUpdate: change.expression };
    case 'drop-on-update':
      return { ...column, onUpdate: undefined };
    case 'set-not-null':
    case 'drop-not-null':
      return { ...column, notNull: change.kind === 'set-not-null' };
    case 'alter-identity': {
      if (column.identity === undefined) {
        throw invalid(`Column ${column.name} is not an identity column in table ${table.name}.`);
      }
      const { settings, restarts } = changed(column.identity, change.change);
      if (restarts) draft.work.push({ kind: 'start-sequence', sequence: settings });
      return { ...column, identity: settings };
    }
  }
}

function withAttributes(draft: Draft, table: Table, column: Column, attributes: ColumnAttributes): Column {
  const fullName = `\`${table.name}.${column.name}\``;
  if (column.identity === undefined && attributes.identity !== undefined) {
    throw invalid(`Cannot alter column ${fullName} to an identity column.`);
  }
  if (column.identity !== undefined && attributes.identity === undefined) {
    throw invalid(`Cannot alter column ${fullName} to drop the identity property.`);
  }
  return { ...column, ...attributesOf(draft, column.name, attributes, column.identity) };
}

function checkNullability(draft: Draft, table: Table, column: Column, altered: Column): void {
  if (column.notNull === altered.notNull) return;
  const { name } = column;
  if (isKey(table, column)) {
    throw invalid(
      childrenOf(draft, table).length > 0
        ? `Requested change to key column ${table.name}.${name} could not be made.`
        : `Cannot change key column ${table.name}.${name}.`,
    );
  }
  const foreignKeys = foreignKeysOf(draft, table, name);
  if (foreignKeys.length > 0) {
    throw refused(
      `Cannot change the nullability for column \`${name}\` of table \`${table.name}\`. It is used by one or more foreign keys: ${namesOf(foreignKeys)}.`,
    );
  }
  const index = indexesOf(draft, table).find(
    ({ nullFiltered, parts }) => !nullFiltered && parts.some((part) => part.column === name),
  );
  if (index !== undefined) {
    throw refused(
      `Changing NOT NULL constraints on column ${name} is not allowed because it affects index ${index.name}.`,
    );
  }
}

function checkTypeChange(draft: Draft, table: Table, column: Column, altered: Column): void {
  if (sameType(column.type, altered.type)) return;
  const { name } = column;
  if (table.rowDeletionPolicy?.column === name) throw policyBreaks(table, name);
  if (!isConvertible(column, altered)) {
    throw invalid(
      `Cannot change type of column \`${name}\` from \`${printType(column.type)}\` to \`${printType(altered.type)}\``,
    );
  }
  if (column.generated?.stored) {
    throw invalid(`Cannot change the data type of a stored generated column \`${table.name}.${name}\`.`);
  }
  if (generatedFrom(table, column).some(({ generated }) => generated!.stored)) {
    throw refused(
      `Cannot change the data type of column \`${name}\`, which has a dependent stored generated column.`,
    );
  }
  const check = checkOn(table, column);
  if (check !== undefined) {
    throw invalid(
      `Cannot change the data type of column \`${name}\`, which is used by check constraint \`${check.name}\`.`,
    );
  }
  const foreignKeys = foreignKeysOf(draft, table, name);
  if (foreignKeys.length > 0) {
    throw refused(
      `Cannot change the type for column \`${name}\` of table \`${table.name}\`. It is used by one or more foreign keys: ${namesOf(foreignKeys)}.`,
    );
  }
}

/** STRING and BYTES, and arrays of them, are converted into each other. */
function isConvertible({ type: from }: Column, { type: to }: Column): boolean {
  const [one, other] = from.kind === 'ARRAY' && to.kind === 'ARRAY' ? [from.element, to.element] : [from, to];
  const kinds = ['STRING', 'BYTES'];
  return kinds.includes(one.kind) && kinds.includes(other.kind);
}

function checkGeneration(table: Table, column: Column, altered: Column): void {
  const fullName = `\`${table.name}.${column.name}\``;
  const [before, after] = [column.generated, altered.generated];
  if (before === undefined && after === undefined) return;
  if (before === undefined) throw invalid(`Cannot convert column ${fullName} to a generated column.`);
  if (after === undefined) {
    throw invalid(`Cannot convert generated column ${fullName} to a regular column.`);
  }
  if (before.stored !== after.stored) {
    throw invalid(`Cannot change the STORED attribute for generated column ${fullName}.`);
  }
  const isUsed = before.stored || generatedFrom(table, column).length > 0 || checkOn(table, column);
  if (before.expression !== after.expression && isUsed) {
    throw invalid(
      `Cannot change the expression of a generated column ${fullName} because it is stored or has other dependencies.`,
    );
  }
}

function addWork(draft: Draft, table: Table, column: Column, altered: Column): void {
  if (!sameType(column.type, altered.type)) {
    draft.work.push({ kind: 'convert-column', table, column: altered, from: column });
  }
  const limit = altered.maxLength ?? Number.POSITIVE_INFINITY;
  const isConverted = !sameType(column.type, altered.type) && altered.maxLength !== undefined;
  if (isConverted || limit < (column.maxLength ?? Number.POSITIVE_INFINITY)) {
    draft.work.push({ kind: 'check-length', table, column: altered });
  }
  if (altered.notNull && !column.notNull) {
    draft.work.push({ kind: 'check-not-null', table, column: altered });
  }
  if (altered.allowCommitTimestamp === true && column.allowCommitTimestamp !== true) {
    draft.work.push({ kind: 'check-commit-timestamps', table, column: altered });
  }
}

function known(table: Table, name: string): Column {
  const column = columnOf(table, name);
  if (column !== undefined) return column;
  throw new ServiceError('NOT_FOUND', `Column not found in table ${table.name}: ${name}`);
}

function isKey(table: Table, { name }: Column): boolean {
  return table.primaryKey.some(({ column }) => column === name);
}

function isParentKey(draft: Draft, table: Table, name: string): boolean {
  const parent = table.interleave && draft.table(table.interleave.parent);
  return parent?.primaryKey.some(({ column }) => column === name) === true;
}

function foreignKeysOf(draft: Draft, table: Table, column: string): ForeignKey[] {
  const own = table.foreignKeys.filter(({ columns }) => columns.includes(column));
  const others = referencesTo(draft, table)
    .map(({ foreignKey }) => foreignKey)
    .filter(({ referencedColumns }) => referencedColumns.includes(column));
  return [...new Set([...own, ...others])];
}

function namesOf(foreignKeys: readonly ForeignKey[]): string {
  return quoted(foreignKeys.map(({ name }) => name));
}

function checkOn(table: Table, column: Column) {
  return table.checks.find(({ expression }) => columnsIn([column], expression).length > 0);
}

function policyBreaks(table: Table, column: string): ServiceError {
  return invalid(
    `ROW DELETION POLICY will break if drop/alter column named ${column} in table ${table.name}. Row Deletion Policy must be set on column of type TIMESTAMP.`,
  );
}
