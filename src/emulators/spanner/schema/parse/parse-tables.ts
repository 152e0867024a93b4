import { unsupported } from '../../refusals.js';
import type { KeyPart, RowDeletionPolicy } from '../model.js';
import type { DdlReader } from './ddl-reader.js';
import { parseColumn, parseColumnChange, parseConstraint, parseKey, parseOnDelete } from './parse-columns.js';
import type {
  CheckDefinition,
  ColumnDefinition,
  CreateTable,
  DdlStatement,
  ForeignKeyDefinition,
  InterleaveClause,
  TableAction,
} from './statements.js';

interface Elements {
  columns: ColumnDefinition[];
  foreignKeys: ForeignKeyDefinition[];
  checks: CheckDefinition[];
  synonym?: string;
  primaryKey?: KeyPart[];
}

/** What follows `CREATE TABLE`. */
export function parseCreateTable(reader: DdlReader): CreateTable {
  const ifNotExists = reader.ifNotExists();
  const name = reader.path();
  const { primaryKey, ...elements } = parseElements(reader);
  const keys = [primaryKey, parsePrimaryKey(reader), columnKey(reader, elements.columns)].filter(
    (key) => key !== undefined,
  );
  if (keys.length > 1) throw reader.refused('Can only specify PRIMARY KEY once.');
  const table: CreateTable = {
    kind: 'create-table',
    name,
    ifNotExists,
    ...elements,
    primaryKey: keys[0] ?? [],
  };
  while (reader.accept(',')) {
    if (reader.is('INTERLEAVE')) table.interleave = parseInterleave(reader);
    else if (reader.is('ROW')) table.rowDeletionPolicy = parseRowDeletionPolicy(reader);
    else if (reader.is('OPTIONS')) throw unsupported('Locality groups');
    else throw reader.encountered('create_table_statement');
  }
  return table;
}

function parseElements(reader: DdlReader): Elements {
  const elements: Elements = { columns: [], foreignKeys: [], checks: [] };
  reader.expect('(');
  while (!reader.accept(')')) {
    parseElement(reader, elements);
    if (reader.accept(',')) continue;
    reader.expect(')');
    break;
  }
  return elements;
}

function parseElement(reader: DdlReader, elements: Elements): void {
  if (reader.is('PRIMARY', 'KEY')) {
    if (elements.primaryKey !== undefined) throw reader.refused('Can only specify PRIMARY KEY once.');
    elements.primaryKey = parsePrimaryKey(reader)!;
  } else if (reader.accept('SYNONYM', '(')) {
    elements.synonym = reader.path();
    reader.expect(')');
  } else if (startsConstraint(reader)) {
    const constraint = parseNamedConstraint(reader);
    if ('check' in constraint) elements.checks.push(constraint.check);
    else elements.foreignKeys.push(constraint.foreignKey);
  } else {
    elements.columns.push(parseColumn(reader));
  }
}

/** These words begin a constraint only where what they are followed by is no type of a column. */
function startsConstraint(reader: DdlReader): boolean {
  if (reader.is('FOREIGN', 'KEY') || reader.is('CHECK', '(')) return true;
  return reader.is('CONSTRAINT') && ['FOREIGN', 'CHECK'].includes(reader.peek(2).text);
}

function parseNamedConstraint(reader: DdlReader): ReturnType<typeof parseConstraint> {
  const name = reader.accept('CONSTRAINT') ? reader.name() : undefined;
  return parseConstraint(reader, name);
}

function parsePrimaryKey(reader: DdlReader): KeyPart[] | undefined {
  return reader.accept('PRIMARY', 'KEY') ? parseKey(reader) : undefined;
}

function columnKey(reader: DdlReader, columns: readonly ColumnDefinition[]): KeyPart[] | undefined {
  const [column, ...others] = columns.filter(({ primaryKey }) => primaryKey);
  if (others.length > 0) throw reader.refused('Multiple columns declared as PRIMARY KEY');
  return column && [{ column: column.name, descending: false }];
}

function parseInterleave(reader: DdlReader): InterleaveClause {
  reader.expect('INTERLEAVE', 'IN');
  const next = reader.peek(1);
  const isName = reader.is('PARENT') && next.type !== 'word' && next.type !== 'quotedWord';
  if (isName) {
    // `IN parent` reads PARENT as the keyword, and then wants a name.
    reader.next();
    throw reader.encountered('identifier');
  }
  const enforced = reader.accept('PARENT');
  return { parent: reader.path(), enforced, onDelete: parseOnDelete(reader) };
}

function parseRowDeletionPolicy(reader: DdlReader): RowDeletionPolicy {
  reader.expect('ROW', 'DELETION', 'POLICY', '(');
  const rule = reader.name();
  if (rule.toUpperCase() !== 'OLDER_THAN') throw reader.refused(`Only OLDER_THAN is supported.`);
  reader.expect('(');
  const column = reader.name();
  reader.expect(',', 'INTERVAL');
  const olderThanDays = Number(reader.integer());
  reader.expect('DAY', ')', ')');
  return { column, olderThanDays };
}

/** What follows `ALTER TABLE`. */
export function parseAlterTable(reader: DdlReader): DdlStatement {
  const ifExists = reader.ifExists();
  return { kind: 'alter-table', name: reader.path(), ifExists, action: parseTableAction(reader) };
}

function parseTableAction(reader: DdlReader): TableAction {
  if (reader.accept('ADD')) return parseAdd(reader);
  if (reader.accept('DROP')) return parseDrop(reader);
  if (reader.accept('ALTER')) {
    skipColumnWord(reader);
    return { kind: 'alter-column', column: reader.name(), change: parseColumnChange(reader) };
  }
  if (reader.accept('SET')) {
    if (reader.is('INTERLEAVE')) return { kind: 'set-interleave', interleave: parseInterleave(reader) };
    if (reader.is('OPTIONS')) throw unsupported('Locality groups');
    const onDelete = parseOnDelete(reader);
    if (onDelete === undefined) throw reader.encountered('alter_table_statement');
    return { kind: 'set-on-delete', onDelete };
  }
  if (reader.accept('RENAME', 'TO')) {
    const to = reader.path();
    const synonym = reader.accept(',', 'ADD', 'SYNONYM') ? reader.path() : undefined;
    return { kind: 'rename', to, synonym };
  }
  if (reader.accept('REPLACE')) {
    return { kind: 'replace-row-deletion-policy', policy: parseRowDeletionPolicy(reader) };
  }
  throw reader.encountered('alter_table_statement');
}

function parseAdd(reader: DdlReader): TableAction {
  if (reader.is('ROW', 'DELETION')) {
    return { kind: 'add-row-deletion-policy', policy: parseRowDeletionPolicy(reader) };
  }
  if (reader.accept('SYNONYM')) return { kind: 'add-synonym', synonym: reader.path() };
  if (startsConstraint(reader)) {
    const constraint = parseNamedConstraint(reader);
    return 'check' in constraint
      ? { kind: 'add-check', check: constraint.check }
      : { kind: 'add-foreign-key', foreignKey: constraint.foreignKey };
  }
  skipColumnWord(reader);
  const ifNotExists = reader.ifNotExists();
  const column = parseColumn(reader);
  if (column.primaryKey) throw reader.refused('Unexpected PRIMARY KEY clause');
  return { kind: 'add-column', column, ifNotExists };
}

function parseDrop(reader: DdlReader): TableAction {
  if (reader.accept('CONSTRAINT')) return { kind: 'drop-constraint', name: reader.name() };
  if (reader.accept('ROW', 'DELETION', 'POLICY')) return { kind: 'drop-row-deletion-policy' };
  if (reader.accept('SYNONYM')) return { kind: 'drop-synonym', synonym: reader.path() };
  skipColumnWord(reader);
  return { kind: 'drop-column', column: reader.name() };
}

/** COLUMN may be left out, and may be the name of a column. */
function skipColumnWord(reader: DdlReader): void {
  const { type } = reader.peek(1);
  if (reader.is('COLUMN') && (type === 'word' || type === 'quotedWord')) reader.next();
}
