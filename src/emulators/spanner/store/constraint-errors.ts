import { ServiceError } from '../../serving/service-error.js';
import type { Column, ForeignKey, Table } from '../schema/model.js';
import { keyText, timestampText } from '../values/format.js';
import type { Row } from '../values/value.js';
import type { IndexInfo, TableInfo } from './table-info.js';

/** What writes are refused with, in the words of the service. */

/** Statements of DML have words of their own for what mutations are refused with. */
export type WriteSource = 'mutation' | 'dml';

export function rowExists(info: TableInfo, key: Row, source: WriteSource): ServiceError {
  const shown = keyText(info.keyTypes, key);
  return new ServiceError(
    'ALREADY_EXISTS',
    source === 'mutation'
      ? `Table ${info.name}: Row ${shown} already exists.`
      : `Failed to insert row with primary key (${dmlKeyText(info, key)}) due to previously existing row`,
  );
}

/** `{pk#K:1}` */
function dmlKeyText(info: TableInfo, key: Row): string {
  const parts = info.table.primaryKey.map(({ column }, index) => {
    const shown = keyText([info.keyTypes[index]!], [key[index]!]);
    return `pk#${column}:${shown.slice(shown.indexOf('(') + 1, -2)}`;
  });
  return `{${parts.join(', ')}}`;
}

export function rowMissing(info: TableInfo, key: Row): ServiceError {
  return new ServiceError('NOT_FOUND', `Table ${info.name}: Row ${keyText(info.keyTypes, key)} not found.`);
}

export function columnMissing(table: string, column: string): ServiceError {
  return new ServiceError('NOT_FOUND', `Column not found in table ${table}: ${column}`);
}

export function parentMissing(parent: TableInfo, child: TableInfo, key: Row): ServiceError {
  return new ServiceError(
    'NOT_FOUND',
    `Insert failed because key was not found in parent table:  Parent Table: ${parent.name}  Child Table: ${child.name}  Key: ${keyText(parent.keyTypes, key)}`,
  );
}

export function hasChildren(parent: TableInfo, child: TableInfo, key: Row): ServiceError {
  return failed(
    `Delete failed because one or more keys exist within the child table:  Parent Table: ${parent.name}  Child Table: ${child.name}  Key: ${keyText(parent.keyTypes, key)}`,
  );
}

export function nullValue(table: Table, column: Column): ServiceError {
  return failed(
    `Cannot specify a null value for column: ${table.name}.${column.name} in table: ${table.name}`,
  );
}

export function valueMissing(table: Table, column: Column): ServiceError {
  return failed(
    `A new row in table ${table.name} does not specify a non-null value for NOT NULL column: ${column.name}`,
  );
}

export function tooLong(table: Table, column: Column, size: number, limit: number): ServiceError {
  return failed(
    `New value exceeds the maximum size limit for this column: ${table.name}.${column.name}, size: ${size}, limit: ${limit}.`,
  );
}

export function generatedColumn(table: Table, column: Column): ServiceError {
  return failed(`Cannot write into generated column \`${table.name}.${column.name}\`.`);
}

export function commitTimestampRefused(table: Table, column: Column): ServiceError {
  return failed(
    `Cannot write commit timestamp because the allow_commit_timestamp column option is not set to true for column ${table.name}.${column.name}, or for all corresponding shared key columns in this table's interleaved table hierarchy.`,
  );
}

export function futureTimestamp(nanos: bigint): ServiceError {
  return failed(
    `Cannot write timestamps in the future, found: ${timestampText(nanos).replace('Z', '+00:00')}`,
  );
}

export function notUnique(index: IndexInfo, parts: Row): ServiceError {
  const types = index.partTypes.map(({ type }) => type);
  return new ServiceError(
    'ALREADY_EXISTS',
    `UNIQUE violation on index ${index.name},  duplicate key: ${keyText(types, parts)} in this transaction.`,
  );
}

export function referenceMissing(foreignKey: ForeignKey, from: TableInfo): ServiceError {
  const { name, referencedTable, referencedColumns } = foreignKey;
  return failed(
    `Foreign key constraint \`${name}\` is violated on table \`${from.name}\`. Cannot find referenced values in ${referencedTable}(${referencedColumns.join(', ')}).`,
  );
}

export function stillReferenced(from: TableInfo): ServiceError {
  return failed(
    `Foreign key constraint violation when deleting or updating referenced row(s): referencing row(s) found in table \`${from.name}\`.`,
  );
}

export function checkViolated(info: TableInfo, constraint: string, key: Row): ServiceError {
  return new ServiceError(
    'OUT_OF_RANGE',
    `Check constraint \`${info.name}\`.\`${constraint}\` is violated for key ${keyText(info.keyTypes, key)}`,
  );
}

export function keyTooLarge(info: TableInfo, size: number, limit: number): ServiceError {
  return new ServiceError(
    'INVALID_ARGUMENT',
    `The key of a row in table ${info.name} has ${size} bytes, and at most ${limit} are allowed.`,
  );
}

function failed(message: string): ServiceError {
  return new ServiceError('FAILED_PRECONDITION', message);
}
