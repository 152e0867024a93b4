import type { Statement } from './ast.js';
import { parseAlter, parseDrop } from './parser-alter.js';
import { parseCreate } from './parser-create.js';
import { parseExport, parseLoadData } from './parser-data.js';
import { parseDelete, parseInsert, parseMerge, parseTruncate, parseUpdate } from './parser-dml.js';
import { parseExpression } from './parser-expressions.js';
import { parseQuery } from './parser-queries.js';
import {
  parseBlock,
  parseCall,
  parseCaseStatement,
  parseDeclare,
  parseExecuteImmediate,
  parseFor,
  parseIf,
  parseLabelled,
  parseLoop,
  parseRepeat,
  parseSet,
  parseWhile,
} from './parser-scripts.js';
import { skipUnsupported } from './parser-unsupported.js';
import type { TokenStream } from './token-stream.js';

const parsers: Record<string, (stream: TokenStream) => Statement> = {
  SELECT: parseQueryStatement,
  WITH: parseQueryStatement,
  FROM: parseQueryStatement,
  CREATE: parseCreate,
  ALTER: parseAlter,
  DROP: parseDrop,
  INSERT: parseInsert,
  UPDATE: parseUpdate,
  DELETE: parseDelete,
  MERGE: parseMerge,
  TRUNCATE: parseTruncate,
  EXPORT: parseExport,
  LOAD: parseLoadData,
  DECLARE: parseDeclare,
  SET: parseSet,
  BEGIN: parseBegin,
  IF: parseIf,
  CASE: parseCaseStatement,
  LOOP: (stream) => parseLoop(stream),
  WHILE: (stream) => parseWhile(stream),
  REPEAT: (stream) => parseRepeat(stream),
  FOR: (stream) => parseFor(stream),
  BREAK: (stream) => parseJump(stream, 'Break'),
  LEAVE: (stream) => parseJump(stream, 'Break'),
  CONTINUE: (stream) => parseJump(stream, 'Continue'),
  ITERATE: (stream) => parseJump(stream, 'Continue'),
  RETURN: parseReturn,
  RAISE: parseRaise,
  CALL: parseCall,
  EXECUTE: parseExecuteImmediate,
  ASSERT: parseAssert,
  COMMIT: (stream) => parseTransaction(stream, 'CommitTransaction'),
  ROLLBACK: (stream) => parseTransaction(stream, 'RollbackTransaction'),
  GRANT: (stream) => skipUnsupported(stream, stream.token.text, stream.next().pos),
  REVOKE: (stream) => skipUnsupported(stream, stream.token.text, stream.next().pos),
  UNDROP: (stream) => skipUnsupported(stream, stream.token.text, stream.next().pos),
};

/** One statement, without the semicolon behind it. */
export function parseStatement(stream: TokenStream): Statement {
  if (stream.isSymbol('(')) return parseQueryStatement(stream);
  if (stream.isIdentifier() && stream.isSymbol(':', 1)) return parseLabelled(stream);
  const parse = stream.token.type === 'word' ? parsers[stream.token.text] : undefined;
  if (!parse) throw stream.unexpected();
  return parse(stream);
}

function parseQueryStatement(stream: TokenStream): Statement {
  const query = parseQuery(stream);
  return { kind: 'QueryStatement', query, pos: query.pos, end: stream.lastEnd };
}

/** `BEGIN TRANSACTION`, `BEGIN;` or a block. */
function parseBegin(stream: TokenStream): Statement {
  const transaction = stream.isWord('TRANSACTION', 1) || stream.isSymbol(';', 1);
  return transaction ? parseTransaction(stream, 'BeginTransaction') : parseBlock(stream);
}

function parseTransaction(
  stream: TokenStream,
  kind: 'BeginTransaction' | 'CommitTransaction' | 'RollbackTransaction',
): Statement {
  const { pos } = stream.next();
  stream.acceptWord('TRANSACTION');
  return { kind, pos, end: stream.lastEnd };
}

function parseJump(stream: TokenStream, kind: 'Break' | 'Continue'): Statement {
  const { pos } = stream.next();
  const label = stream.acceptIdentifier();
  return { kind, label, pos, end: stream.lastEnd };
}

function parseReturn(stream: TokenStream): Statement {
  const { pos } = stream.next();
  return { kind: 'Return', pos, end: stream.lastEnd };
}

function parseRaise(stream: TokenStream): Statement {
  const { pos } = stream.next();
  if (!stream.acceptWord('USING')) return { kind: 'Raise', pos, end: stream.lastEnd };
  stream.expectWord('MESSAGE');
  stream.expectSymbol('=');
  return { kind: 'Raise', message: parseExpression(stream), pos, end: stream.lastEnd };
}

function parseAssert(stream: TokenStream): Statement {
  const { pos } = stream.next();
  const condition = parseExpression(stream);
  const description = stream.acceptWord('AS') ? parseExpression(stream) : undefined;
  return { kind: 'Assert', condition, description, pos, end: stream.lastEnd };
}
