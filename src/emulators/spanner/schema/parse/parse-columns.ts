import {
  arrayOf,
  type BqType,
  NANOSECOND_TIMESTAMP,
  type ScalarKind,
} from '../../../googlesql/syntax/types.js';
import { unsupported } from '../../refusals.js';
import type { DeleteAction, KeyPart } from '../model.js';
import type { DdlReader } from './ddl-reader.js';
import { parseSequenceChange, parseSequenceClauses } from './parse-sequences.js';
import type {
  CheckDefinition,
  ColumnAttributes,
  ColumnChange,
  ColumnDefinition,
  ColumnType,
  ForeignKeyDefinition,
} from './statements.js';

const SCALARS: readonly ScalarKind[] = [
  'BOOL',
  'INT64',
  'FLOAT32',
  'FLOAT64',
  'NUMERIC',
  'DATE',
  'TIMESTAMP',
  'JSON',
  'UUID',
  'INTERVAL',
];
const COLUMN_OPTIONS = ['allow_commit_timestamp'];
const SIZED: readonly ScalarKind[] = ['STRING', 'BYTES'];

/** No array is one of arrays; which one is refused says how it is. */
const MAX_TYPE_DEPTH = 10;

export function parseColumnType(reader: DdlReader, depth = 1): ColumnType {
  if (depth > MAX_TYPE_DEPTH) throw reader.encountered('column_type');
  if (reader.accept('ARRAY')) {
    reader.expect('<');
    const { type, maxLength } = parseColumnType(reader, depth + 1);
    reader.expect('>');
    if (reader.is('(', 'VECTOR_LENGTH')) throw unsupported('Vector lengths of arrays');
    return { type: arrayOf(type), maxLength };
  }
  if (reader.is('TOKENLIST')) throw unsupported('Columns of the type TOKENLIST');
  if (reader.is('PG', '.')) throw unsupported('Types of PostgreSQL');
  if (reader.is('STRUCT')) throw unsupported('Columns of the type STRUCT');
  for (const kind of SIZED) {
    if (reader.accept(kind)) return { type: { kind } as BqType, maxLength: parseLength(reader) };
  }
  for (const kind of SCALARS) {
    if (reader.accept(kind))
      return { type: kind === 'TIMESTAMP' ? NANOSECOND_TIMESTAMP : ({ kind } as BqType) };
  }
  throw reader.encountered('column_type');
}

function parseLength(reader: DdlReader): number | undefined {
  reader.expect('(');
  const length = reader.accept('MAX') ? undefined : Number(reader.integer());
  reader.expect(')');
  return length;
}

export function parseColumn(reader: DdlReader): ColumnDefinition {
  const name = reader.name();
  const attributes = parseColumnAttributes(reader, true);
  if (reader.is('PLACEMENT', 'KEY')) throw unsupported('Placements');
  const hidden = reader.accept('HIDDEN');
  const primaryKey = reader.accept('PRIMARY', 'KEY');
  return { name, ...attributes, hidden, primaryKey, options: reader.options(COLUMN_OPTIONS) };
}

function parseColumnAttributes(reader: DdlReader, isNew: boolean): ColumnAttributes {
  const attributes: ColumnAttributes = { ...parseColumnType(reader), notNull: reader.accept('NOT', 'NULL') };
  if (reader.accept('AS')) {
    const expression = reader.parenthesized();
    return { ...attributes, generated: { expression, stored: reader.accept('STORED') } };
  }
  if (reader.accept('GENERATED', 'BY', 'DEFAULT', 'AS', 'IDENTITY')) {
    const hasClauses = reader.accept('(');
    const identity = parseSequenceClauses(reader);
    if (hasClauses) reader.expect(')');
    return { ...attributes, identity };
  }
  if (isNew && reader.accept('AUTO_INCREMENT')) {
    return { ...attributes, identity: { bitReversedPositive: false } };
  }
  for (;;) {
    if (attributes.default === undefined && reader.accept('DEFAULT'))
      attributes.default = reader.parenthesized();
    else if (attributes.onUpdate === undefined && reader.accept('ON', 'UPDATE'))
      attributes.onUpdate = reader.parenthesized();
    else return attributes;
  }
}

/** What follows `ALTER COLUMN name`. */
export function parseColumnChange(reader: DdlReader): ColumnChange {
  if (reader.accept('SET')) {
    if (reader.is('OPTIONS')) return { kind: 'set-options', options: reader.options(COLUMN_OPTIONS) };
    if (reader.accept('DEFAULT')) return { kind: 'set-default', expression: reader.parenthesized() };
    if (reader.accept('ON', 'UPDATE')) return { kind: 'set-on-update', expression: reader.parenthesized() };
    if (reader.accept('NOT', 'NULL')) return { kind: 'set-not-null' };
    if (reader.is('PLACEMENT')) throw unsupported('Placements');
    throw reader.encountered('column_def_alter');
  }
  if (reader.accept('DROP')) {
    if (reader.accept('DEFAULT')) return { kind: 'drop-default' };
    if (reader.accept('NOT', 'NULL')) return { kind: 'drop-not-null' };
    if (reader.accept('ON', 'UPDATE')) return { kind: 'drop-on-update' };
    throw reader.encountered('column_def_alter');
  }
  if (reader.accept('ALTER', 'IDENTITY')) {
    if (!reader.is('RESTART')) reader.expect('SET');
    return { kind: 'alter-identity', change: parseSequenceChange(reader) };
  }
  return { kind: 'attributes', ...parseColumnAttributes(reader, false) };
}

export function parseKey(reader: DdlReader): KeyPart[] {
  reader.expect('(');
  if (reader.accept(')')) return [];
  const parts = reader.list(() => {
    const column = reader.name();
    const descending = reader.accept('DESC');
    if (!descending) reader.accept('ASC');
    return { column, descending };
  });
  reader.expect(')');
  return parts;
}

/** What follows the name of the constraint. */
export function parseConstraint(
  reader: DdlReader,
  name?: string,
): { foreignKey: ForeignKeyDefinition } | { check: CheckDefinition } {
  if (reader.accept('CHECK')) return { check: { name, expression: reader.parenthesized() } };
  reader.expect('FOREIGN', 'KEY');
  const columns = reader.names();
  reader.expect('REFERENCES');
  const referencedTable = reader.path();
  const referencedColumns = reader.names();
  const onDelete = parseOnDelete(reader);
  const enforced = !reader.accept('NOT', 'ENFORCED');
  if (enforced) reader.accept('ENFORCED');
  return { foreignKey: { name, columns, referencedTable, referencedColumns, onDelete, enforced } };
}

export function parseOnDelete(reader: DdlReader): DeleteAction | undefined {
  if (!reader.accept('ON', 'DELETE')) return undefined;
  if (reader.accept('CASCADE')) return 'CASCADE';
  reader.expect('NO', 'ACTION');
  return 'NO ACTION';
}
