import type { Row, Value } from '../../values/value.js';
import type { Schema } from '../model.js';
import type { Cells } from './cells.js';
import {
  checkConstraints,
  constraintColumnUsage,
  constraintTableUsage,
  keyColumnUsage,
  referentialConstraints,
  tableConstraints,
} from './constraint-rows.js';
import { DEFINITIONS, type SystemColumn, type SystemTableName } from './definitions.js';
import {
  databaseOptions,
  roles,
  schemata,
  sequenceOptions,
  sequences,
  tableSynonyms,
  views,
} from './object-rows.js';
import { columnColumnUsage, columnOptions, columns, indexColumns, indexes, tables } from './table-rows.js';

export interface SystemTable {
  /** With its schema: `INFORMATION_SCHEMA.TABLES`. */
  name: string;
  columns: readonly SystemColumn[];
  /** Values in the order of `columns`. */
  rows(): Row[];
}

/** Those that are not here are of features that are not there, and have no rows. */
const ROWS: Partial<Record<SystemTableName, (schema: Schema) => Cells[]>> = {
  CHECK_CONSTRAINTS: checkConstraints,
  COLUMNS: columns,
  COLUMN_COLUMN_USAGE: columnColumnUsage,
  COLUMN_OPTIONS: columnOptions,
  CONSTRAINT_COLUMN_USAGE: constraintColumnUsage,
  CONSTRAINT_TABLE_USAGE: constraintTableUsage,
  DATABASE_OPTIONS: databaseOptions,
  INDEXES: indexes,
  INDEX_COLUMNS: indexColumns,
  KEY_COLUMN_USAGE: keyColumnUsage,
  REFERENTIAL_CONSTRAINTS: referentialConstraints,
  ROLES: roles,
  SCHEMATA: schemata,
  SEQUENCES: sequences,
  SEQUENCE_OPTIONS: sequenceOptions,
  TABLES: tables,
  TABLE_CONSTRAINTS: tableConstraints,
  TABLE_SYNONYMS: tableSynonyms,
  VIEWS: views,
};

/** A table of INFORMATION_SCHEMA, in any case. @param path parts of its name */
export function systemTable(path: readonly string[], schema: Schema): SystemTable | undefined {
  const [namespace, name, ...rest] = path.map((part) => part.toUpperCase());
  const definition = DEFINITIONS.get(name as SystemTableName);
  if (namespace !== 'INFORMATION_SCHEMA' || definition === undefined || rest.length > 0) return undefined;
  return {
    name: `${namespace}.${name}`,
    columns: definition,
    rows: () => (ROWS[name as SystemTableName]?.(schema) ?? []).map((cells) => rowOf(definition, cells)),
  };
}

const NOTHING: Readonly<Record<string, Value>> = { STRING: '', BOOL: false, INT64: 0n };

function rowOf(definition: readonly SystemColumn[], cells: Cells): Row {
  return definition.map(
    ({ name, type, isNullable }) => cells[name] ?? (isNullable ? null : NOTHING[type.kind]!),
  );
}
