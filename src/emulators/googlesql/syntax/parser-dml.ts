import type {
  Assignment,
  Delete,
  Expression,
  Identifier,
  Insert,
  InsertRows,
  Merge,
  MergeClause,
  TruncateTable,
  Update,
} from './ast.js';
import { parseExpression } from './parser-expressions.js';
import { parseFrom, parseTable } from './parser-from.js';
import { parseObjectPath } from './parser-paths.js';
import { parseAlias, parseQuery } from './parser-queries.js';
import { commaList, parenthesizedList, type TokenStream } from './token-stream.js';

export function parseInsert(stream: TokenStream): Insert {
  const { pos } = stream;
  stream.expectWord('INSERT');
  stream.acceptWord('INTO');
  const target = parseObjectPath(stream);
  return { kind: 'Insert', target, ...parseInsertSource(stream), pos, end: stream.lastEnd };
}

/** Columns, and VALUES or a query. */
export function parseInsertSource(stream: TokenStream): Pick<Insert, 'columns' | 'source'> {
  const columns = startsColumnList(stream) ? columnList(stream) : undefined;
  return { columns, source: stream.isWord('VALUES') ? parseRows(stream) : parseQuery(stream) };
}

/** `(a, b)` before VALUES or a query, as against a query in parentheses. */
function startsColumnList(stream: TokenStream): boolean {
  return stream.isSymbol('(') && stream.isIdentifier(1);
}

export function columnList(stream: TokenStream): Identifier[] {
  return parenthesizedList(stream, () => stream.expectIdentifier());
}

function parseRows(stream: TokenStream): InsertRows {
  const { pos } = stream;
  stream.expectWord('VALUES');
  const rows = commaList(stream, () => {
    const { pos: rowPos } = stream;
    return { values: parenthesizedList(stream, parseExpression), pos: rowPos };
  });
  return { kind: 'InsertRows', rows, pos };
}

export function parseUpdate(stream: TokenStream): Update {
  const { pos } = stream;
  stream.expectWord('UPDATE');
  const target = parseObjectPath(stream);
  const alias = parseAlias(stream);
  stream.expectWord('SET');
  const assignments = commaList(stream, parseAssignment);
  const from = stream.acceptWord('FROM') ? parseFrom(stream) : undefined;
  const where = stream.acceptWord('WHERE') ? parseExpression(stream) : undefined;
  return { kind: 'Update', target, alias, assignments, from, where, pos, end: stream.lastEnd };
}

export function parseAssignment(stream: TokenStream): Assignment {
  const { pos } = stream;
  const column = [stream.expectIdentifier()];
  while (stream.acceptSymbol('.')) column.push(stream.expectFieldName());
  stream.expectSymbol('=');
  return { column, value: parseExpression(stream), pos };
}

export function parseDelete(stream: TokenStream): Delete {
  const { pos } = stream;
  stream.expectWord('DELETE');
  stream.acceptWord('FROM');
  const target = parseObjectPath(stream);
  const alias = parseAlias(stream);
  const where = stream.acceptWord('WHERE') ? parseExpression(stream) : undefined;
  return { kind: 'Delete', target, alias, where, pos, end: stream.lastEnd };
}

export function parseTruncate(stream: TokenStream): TruncateTable {
  const { pos } = stream;
  stream.expectWords('TRUNCATE', 'TABLE');
  const target = parseObjectPath(stream);
  const where = stream.acceptWord('WHERE') ? parseExpression(stream) : undefined;
  return { kind: 'TruncateTable', target, where, pos, end: stream.lastEnd };
}

export function parseMerge(stream: TokenStream): Merge {
  const { pos } = stream;
  stream.expectWord('MERGE');
  stream.acceptWord('INTO');
  const target = parseObjectPath(stream);
  const alias = parseAlias(stream);
  stream.expectWord('USING');
  const source = parseTable(stream);
  stream.expectWord('ON');
  const on = parseExpression(stream);
  const clauses = [parseMergeClause(stream)];
  while (stream.isWord('WHEN')) clauses.push(parseMergeClause(stream));
  return { kind: 'Merge', target, alias, source, on, clauses, pos, end: stream.lastEnd };
}

function parseMergeClause(stream: TokenStream): MergeClause {
  const { pos } = stream;
  stream.expectWord('WHEN');
  const when = parseMergeCondition(stream);
  const condition = stream.acceptWord('AND') ? parseExpression(stream) : undefined;
  stream.expectWord('THEN');
  return { when, condition, action: parseMergeAction(stream), pos };
}

function parseMergeCondition(stream: TokenStream): MergeClause['when'] {
  if (stream.acceptWord('MATCHED')) return 'MATCHED';
  stream.expectWords('NOT', 'MATCHED');
  if (!stream.acceptWord('BY')) return 'NOT MATCHED BY TARGET';
  const side = stream.acceptOneOf('TARGET', 'SOURCE');
  if (!side) throw stream.unexpected();
  return `NOT MATCHED BY ${side}`;
}

function parseMergeAction(stream: TokenStream): MergeClause['action'] {
  const { pos } = stream;
  if (stream.acceptWord('DELETE')) return { kind: 'MergeDelete', pos };
  if (stream.acceptWord('UPDATE')) {
    stream.expectWord('SET');
    return { kind: 'MergeUpdate', assignments: commaList(stream, parseAssignment), pos };
  }
  stream.expectWord('INSERT');
  if (stream.acceptWord('ROW')) return { kind: 'MergeInsert', pos };
  const columns = stream.isSymbol('(') ? columnList(stream) : undefined;
  if (stream.acceptWord('ROW')) return { kind: 'MergeInsert', columns, pos };
  return { kind: 'MergeInsert', columns, values: parseValues(stream), pos };
}

function parseValues(stream: TokenStream): Expression[] {
  stream.expectWord('VALUES');
  return parenthesizedList(stream, parseExpression);
}
