import type {
  Block,
  Call,
  CaseStatement,
  Declare,
  ExecuteImmediate,
  ForIn,
  Identifier,
  If,
  Loop,
  Repeat,
  SetTarget,
  SetVariables,
  Statement,
  While,
} from './ast.js';
import { parseExpression } from './parser-expressions.js';
import { parseObjectPath } from './parser-paths.js';
import { parseQueryInParentheses } from './parser-primary.js';
import { parseStatement } from './parser-statements.js';
import { parseType } from './parser-types.js';
import { syntaxError } from './syntax-error.js';
import { commaList, type TokenStream } from './token-stream.js';

/** Statements up to one of the closing words, each ended by a semicolon. */
function parseBody(stream: TokenStream, ...closing: string[]): Statement[] {
  const statements: Statement[] = [];
  while (!closing.some((word) => stream.isWord(word))) {
    if (stream.atEnd) throw stream.unexpected();
    statements.push(parseStatement(stream));
    stream.expectSymbol(';');
  }
  return statements;
}

/** `BEGIN … [EXCEPTION WHEN ERROR THEN …] END` */
export function parseBlock(stream: TokenStream, label?: Identifier): Block {
  const pos = label?.pos ?? stream.pos;
  stream.expectWord('BEGIN');
  const statements = parseBody(stream, 'END', 'EXCEPTION');
  let handler: Statement[] | undefined;
  if (stream.acceptWord('EXCEPTION')) {
    stream.expectWords('WHEN', 'ERROR', 'THEN');
    handler = parseBody(stream, 'END');
  }
  stream.expectWord('END');
  parseEndLabel(stream, label);
  return { kind: 'Block', label, statements, handler, pos, end: stream.lastEnd };
}

function parseEndLabel(stream: TokenStream, label: Identifier | undefined): void {
  const { pos } = stream;
  const end = stream.acceptIdentifier();
  if (!end) return;
  if (end.name.toLowerCase() !== label?.name.toLowerCase()) {
    throw syntaxError(`Mismatched end label; expected ${label?.name ?? 'no label'}, got ${end.name}`, pos);
  }
}

export function parseDeclare(stream: TokenStream): Declare {
  const { pos } = stream;
  stream.expectWord('DECLARE');
  const names = commaList(stream, () => stream.expectIdentifier());
  const type = stream.isWord('DEFAULT') ? undefined : parseType(stream);
  const value = stream.acceptWord('DEFAULT') ? parseExpression(stream) : undefined;
  return { kind: 'Declare', names, type, default: value, pos, end: stream.lastEnd };
}

export function parseSet(stream: TokenStream): SetVariables {
  const { pos } = stream;
  stream.expectWord('SET');
  const tuple = stream.acceptSymbol('(');
  const targets = tuple ? commaList(stream, parseSetTarget) : [parseSetTarget(stream)];
  if (tuple) stream.expectSymbol(')');
  stream.expectSymbol('=');
  return { kind: 'SetVariables', targets, tuple, value: parseExpression(stream), pos, end: stream.lastEnd };
}

function parseSetTarget(stream: TokenStream): SetTarget {
  const { pos } = stream;
  if (!stream.acceptSymbol('@@')) return stream.expectIdentifier();
  const parts = [stream.expectFieldName().name.toLowerCase()];
  while (stream.acceptSymbol('.')) parts.push(stream.expectFieldName().name.toLowerCase());
  return { kind: 'SystemVariable', parts, pos };
}

export function parseIf(stream: TokenStream): If {
  const { pos } = stream;
  stream.expectWord('IF');
  const branches: If['branches'] = [];
  do {
    const condition = parseExpression(stream);
    stream.expectWord('THEN');
    branches.push({ condition, statements: parseBody(stream, 'ELSEIF', 'ELSE', 'END') });
  } while (stream.acceptWord('ELSEIF'));
  const otherwise = stream.acceptWord('ELSE') ? parseBody(stream, 'END') : undefined;
  stream.expectWords('END', 'IF');
  return { kind: 'If', branches, otherwise, pos, end: stream.lastEnd };
}

export function parseCaseStatement(stream: TokenStream): CaseStatement {
  const { pos } = stream;
  stream.expectWord('CASE');
  const operand = stream.isWord('WHEN') ? undefined : parseExpression(stream);
  const branches: CaseStatement['branches'] = [];
  do {
    stream.expectWord('WHEN');
    const when = parseExpression(stream);
    stream.expectWord('THEN');
    branches.push({ when, statements: parseBody(stream, 'WHEN', 'ELSE', 'END') });
  } while (stream.isWord('WHEN'));
  const otherwise = stream.acceptWord('ELSE') ? parseBody(stream, 'END') : undefined;
  stream.expectWords('END', 'CASE');
  return { kind: 'CaseStatement', operand, branches, otherwise, pos, end: stream.lastEnd };
}

export function parseLoop(stream: TokenStream, label?: Identifier): Loop {
  const pos = label?.pos ?? stream.pos;
  stream.expectWord('LOOP');
  const statements = parseBody(stream, 'END');
  stream.expectWords('END', 'LOOP');
  parseEndLabel(stream, label);
  return { kind: 'Loop', label, statements, pos, end: stream.lastEnd };
}

export function parseWhile(stream: TokenStream, label?: Identifier): While {
  const pos = label?.pos ?? stream.pos;
  stream.expectWord('WHILE');
  const condition = parseExpression(stream);
  stream.expectWord('DO');
  const statements = parseBody(stream, 'END');
  stream.expectWords('END', 'WHILE');
  parseEndLabel(stream, label);
  return { kind: 'While', label, condition, statements, pos, end: stream.lastEnd };
}

export function parseRepeat(stream: TokenStream, label?: Identifier): Repeat {
  const pos = label?.pos ?? stream.pos;
  stream.expectWord('REPEAT');
  const statements = parseBody(stream, 'UNTIL');
  stream.expectWord('UNTIL');
  const until = parseExpression(stream);
  stream.expectWords('END', 'REPEAT');
  parseEndLabel(stream, label);
  return { kind: 'Repeat', label, statements, until, pos, end: stream.lastEnd };
}

export function parseFor(stream: TokenStream, label?: Identifier): ForIn {
  const pos = label?.pos ?? stream.pos;
  stream.expectWord('FOR');
  const variable = stream.expectIdentifier();
  stream.expectWord('IN');
  const query = parseQueryInParentheses(stream);
  stream.expectWord('DO');
  const statements = parseBody(stream, 'END');
  stream.expectWords('END', 'FOR');
  parseEndLabel(stream, label);
  return { kind: 'ForIn', label, variable, query, statements, pos, end: stream.lastEnd };
}

export function parseCall(stream: TokenStream): Call {
  const { pos } = stream;
  stream.expectWord('CALL');
  const procedure = parseObjectPath(stream);
  stream.expectSymbol('(');
  const args = stream.isSymbol(')') ? [] : commaList(stream, parseExpression);
  stream.expectSymbol(')');
  return { kind: 'Call', procedure, arguments: args, pos, end: stream.lastEnd };
}

export function parseExecuteImmediate(stream: TokenStream): ExecuteImmediate {
  const { pos } = stream;
  stream.expectWords('EXECUTE', 'IMMEDIATE');
  const sql = parseExpression(stream);
  const into = stream.acceptWord('INTO') ? commaList(stream, () => stream.expectIdentifier()) : [];
  const using = stream.acceptWord('USING') ? commaList(stream, parseUsing) : [];
  return { kind: 'ExecuteImmediate', sql, into, using, pos, end: stream.lastEnd };
}

function parseUsing(stream: TokenStream): ExecuteImmediate['using'][number] {
  const expression = parseExpression(stream);
  return { expression, alias: stream.acceptWord('AS') ? stream.expectIdentifier() : undefined };
}

const labelled: Record<string, (stream: TokenStream, label: Identifier) => Statement> = {
  BEGIN: parseBlock,
  LOOP: parseLoop,
  WHILE: parseWhile,
  REPEAT: parseRepeat,
  FOR: parseFor,
};

/** `name: LOOP …` */
export function parseLabelled(stream: TokenStream): Statement {
  const label = stream.expectIdentifier();
  stream.expectSymbol(':');
  const parse = stream.token.type === 'word' ? labelled[stream.token.text] : undefined;
  if (!parse) throw stream.unexpected();
  return parse(stream, label);
}
