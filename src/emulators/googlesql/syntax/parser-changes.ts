import type { Dialect } from '../dialect.js';
import { invalidQuery } from '../errors.js';
import type { Delete, Insert, OnConflict, QueryStatement, Returning, Update } from './ast/statements.js';
import { whole } from './parser.js';
import { columnList, parseAssignment, parseDelete, parseInsertSource, parseUpdate } from './parser-dml.js';
import { parseExpression } from './parser-expressions.js';
import { parseObjectPath } from './parser-paths.js';
import { parseQuery, parseSelectItems, startsQuery } from './parser-queries.js';
import { commaList, type TokenStream } from './token-stream.js';

/** A statement that reads or changes rows. */
export type RowStatement = QueryStatement | Insert | Update | Delete;

/** Parses one statement as Spanner takes them: a query, or a change of rows. */
export function parseRowStatement(source: string, dialect: Dialect): RowStatement {
  return whole(source, parse, dialect);
}

/** Statements that are none here, as the service names them. */
const OTHERS: Readonly<Record<string, string>> = {
  CREATE: 'CreateTableStmt',
  ALTER: 'AlterTableStatement',
  DROP: 'DropStatement',
  MERGE: 'MergeStatement',
  TRUNCATE: 'TruncateStatement',
  EXPORT: 'ExportDataStatement',
  BEGIN: 'BeginStatement',
  COMMIT: 'CommitStatement',
  ROLLBACK: 'RollbackStatement',
  ASSERT: 'AssertStatement',
};

function parse(stream: TokenStream): RowStatement {
  const { pos } = stream;
  if (startsQuery(stream, 0)) {
    const query = parseQuery(stream);
    return { kind: 'QueryStatement', query, pos, end: stream.lastEnd };
  }
  if (stream.isWord('INSERT')) return parseInsert(stream);
  if (stream.isWord('UPDATE')) return withEnd(stream, parseUpdate(stream));
  if (stream.isWord('DELETE')) return withEnd(stream, parseDelete(stream));
  const { type, text } = stream.token;
  const other = type === 'word' ? OTHERS[text] : undefined;
  if (other === undefined) throw stream.unexpected();
  throw invalidQuery(`Statement not supported: ${other}`, pos);
}

function parseInsert(stream: TokenStream): Insert {
  const { pos } = stream;
  stream.expectWord('INSERT');
  const isOr = stream.acceptWord('OR');
  const or = stream.acceptOneOf('IGNORE', 'UPDATE');
  if (isOr && or === undefined) throw stream.unexpected();
  stream.acceptWord('INTO');
  const target = parseObjectPath(stream);
  const alias = stream.acceptWord('AS') ? stream.expectIdentifier() : undefined;
  const insert: Insert = { kind: 'Insert', target, ...parseInsertSource(stream), pos, end: 0 };
  if (or !== undefined) insert.or = or;
  if (alias !== undefined) insert.alias = alias;
  if (stream.isWords('ON', 'CONFLICT')) insert.onConflict = parseOnConflict(stream);
  return withEnd(stream, insert);
}

function parseOnConflict(stream: TokenStream): OnConflict {
  const { pos } = stream;
  stream.expectWords('ON', 'CONFLICT');
  const conflict: OnConflict = { pos };
  if (stream.isSymbol('(')) conflict.target = { columns: columnList(stream) };
  else if (stream.acceptWords('ON', 'UNIQUE', 'CONSTRAINT')) {
    conflict.target = { constraint: stream.expectIdentifier() };
  }
  stream.expectWord('DO');
  if (stream.acceptWord('NOTHING')) return conflict;
  stream.expectWords('UPDATE', 'SET');
  conflict.update = { assignments: commaList(stream, parseAssignment) };
  if (stream.acceptWord('WHERE')) conflict.update.where = parseExpression(stream);
  return conflict;
}

function withEnd<Change extends Insert | Update | Delete>(stream: TokenStream, change: Change): Change {
  if (stream.acceptWord('ASSERT_ROWS_MODIFIED')) change.assertRowsModified = parseExpression(stream);
  if (stream.isWords('THEN', 'RETURN')) change.returning = parseReturning(stream);
  change.end = stream.lastEnd;
  return change;
}

function parseReturning(stream: TokenStream): Returning {
  const { pos } = stream;
  stream.expectWords('THEN', 'RETURN');
  let action: string | undefined;
  if (stream.acceptWords('WITH', 'ACTION')) {
    action = stream.acceptWord('AS') ? stream.expectIdentifier().name : 'ACTION';
  }
  const returning: Returning = { items: parseSelectItems(stream), pos };
  return action === undefined ? returning : { ...returning, action };
}
