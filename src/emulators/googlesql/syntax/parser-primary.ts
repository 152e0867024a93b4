import { invalidQuery, notImplemented } from '../errors.js';
import type { Expression, Identifier, Subscript, TypedLiteralName } from './ast.js';
import { parseCallTail } from './parser-calls.js';
import { parseExpression } from './parser-expressions.js';
import { splitIdentifiers } from './parser-paths.js';
import { parseSubquery, startsQuery } from './parser-queries.js';
import {
  parseArray,
  parseCase,
  parseCast,
  parseExtract,
  parseInterval,
  parseStruct,
} from './parser-special.js';
import { parseType } from './parser-types.js';
import { syntaxError } from './syntax-error.js';
import type { TokenStream } from './token-stream.js';

/** A primary expression with what follows it: fields, subscripts, calls. */
export function parsePostfix(stream: TokenStream): Expression {
  const parenthesized = stream.isSymbol('(');
  let operand = parsePrimary(stream);
  let open = !parenthesized && operand.kind === 'PathExpression';
  for (;;) {
    if (stream.isSymbol('.')) {
      // `t.*` belongs to the select list.
      if (stream.isSymbol('*', 1)) return operand;
      stream.next();
      const called = !open && stream.isSymbol('(', 1);
      const field = stream.expectFieldName();
      if (called) operand = parseCallTail(stream, [field], { operand });
      else if (open && operand.kind === 'PathExpression') operand.parts.push(field);
      else operand = { kind: 'FieldAccess', operand, field, pos: operand.pos };
    } else if (open && operand.kind === 'PathExpression' && stream.isSymbol('(')) {
      operand = parseCallTail(stream, splitIdentifiers(operand.parts), {});
      open = false;
    } else if (stream.isSymbol('[')) {
      operand = parseSubscript(stream, operand);
      open = false;
    } else {
      return operand;
    }
  }
}

const subscriptModes = ['OFFSET', 'ORDINAL', 'SAFE_OFFSET', 'SAFE_ORDINAL', 'KEY', 'SAFE_KEY'] as const;

function parseSubscript(stream: TokenStream, operand: Expression): Subscript {
  stream.expectSymbol('[');
  const mode = stream.isSymbol('(', 1) ? stream.acceptOneOf(...subscriptModes) : undefined;
  const index = parseExpression(stream);
  stream.expectSymbol(']');
  return { kind: 'Subscript', operand, index, mode, pos: operand.pos };
}

function parsePrimary(stream: TokenStream): Expression {
  const { token } = stream;
  const { pos } = token;
  switch (token.type) {
    case 'integer':
      stream.next();
      return { kind: 'IntegerLiteral', value: BigInt(token.text), text: token.text, pos };
    case 'float':
      stream.next();
      return { kind: 'FloatLiteral', text: token.text, pos };
    case 'string':
      stream.next();
      return { kind: 'StringLiteral', value: token.value, pos };
    case 'bytes':
      stream.next();
      return { kind: 'BytesLiteral', value: token.bytes!, pos };
    case 'quotedWord':
      return { kind: 'PathExpression', parts: [stream.takeIdentifier()], pos };
    case 'word':
      return parseWord(stream);
    case 'symbol':
      return parseSymbol(stream);
    case 'end':
      throw stream.unexpected();
  }
}

function parseSymbol(stream: TokenStream): Expression {
  const { pos } = stream;
  if (stream.isSymbol('(')) return parseParenthesized(stream);
  if (stream.isSymbol('[')) return parseArray(stream);
  if (stream.acceptSymbol('?')) {
    stream.demand('positional parameters', pos);
    return { kind: 'PositionalParameter', index: stream.parameters++, pos };
  }
  if (stream.acceptSymbol('@')) return { kind: 'NamedParameter', name: stream.expectFieldName().name, pos };
  if (stream.acceptSymbol('@@')) {
    const parts = [stream.expectFieldName().name.toLowerCase()];
    while (stream.isSymbol('.') && !stream.isSymbol('*', 1)) {
      stream.next();
      parts.push(stream.expectFieldName().name.toLowerCase());
    }
    return { kind: 'SystemVariable', parts, pos };
  }
  throw stream.unexpected();
}

// Reserved words that are also names of functions.
const reservedFunctions = new Set(['IF', 'LEFT', 'RIGHT', 'GROUPING', 'COLLATE', 'HASH']);

const typedLiterals: ReadonlyMap<string, TypedLiteralName> = new Map([
  ['DATE', 'DATE'],
  ['TIME', 'TIME'],
  ['DATETIME', 'DATETIME'],
  ['TIMESTAMP', 'TIMESTAMP'],
  ['NUMERIC', 'NUMERIC'],
  ['DECIMAL', 'NUMERIC'],
  ['BIGNUMERIC', 'BIGNUMERIC'],
  ['BIGDECIMAL', 'BIGNUMERIC'],
  ['JSON', 'JSON'],
]);

function parseWord(stream: TokenStream): Expression {
  const { token, pos } = stream;
  switch (token.text) {
    case 'NULL':
      stream.next();
      return { kind: 'NullLiteral', pos };
    case 'TRUE':
    case 'FALSE':
      stream.next();
      return { kind: 'BooleanLiteral', value: token.text === 'TRUE', pos };
    case 'CASE':
      return parseCase(stream);
    case 'CAST':
    case 'SAFE_CAST':
      if (token.text === 'CAST' || stream.isSymbol('(', 1)) return parseCast(stream);
      break;
    case 'EXTRACT':
      return parseExtract(stream);
    case 'INTERVAL':
      return parseInterval(stream);
    case 'ARRAY':
      return parseArray(stream);
    case 'STRUCT':
      return parseStruct(stream);
    case 'RANGE':
      return parseRange(stream);
    case 'EXISTS':
      stream.next();
      return { kind: 'Exists', query: parseQueryInParentheses(stream), pos };
    case 'WITH':
      return parseWithExpression(stream);
    case 'DEFAULT':
      stream.next();
      return { kind: 'DefaultValue', pos };
    case 'NEW':
      throw notImplemented('The NEW constructor of protocol buffers');
  }
  const literal = stream.peek(1).type === 'string' ? typedLiterals.get(token.text) : undefined;
  if (literal) {
    if (!stream.dialect.hasType(literal)) throw invalidQuery(`Type not found: ${token.value}`, pos);
    stream.next();
    const string = stream.next();
    return { kind: 'TypedLiteral', type: literal, value: string.value, valuePos: string.pos, pos };
  }
  if (reservedFunctions.has(token.text) && stream.isSymbol('(', 1)) {
    return parseCallTail(stream, [stream.takeIdentifier()], {});
  }
  return { kind: 'PathExpression', parts: [stream.expectIdentifier()], pos };
}

function parseRange(stream: TokenStream): Expression {
  const { pos } = stream;
  if (stream.isSymbol('(', 1)) return parseCallTail(stream, [stream.takeIdentifier()], {});
  const type = parseType(stream);
  if (type.kind !== 'RangeType') throw stream.unexpected();
  return { kind: 'RangeLiteral', element: type.element, value: stream.expectString(), pos };
}

/** `(expression)`, `(a, b)` or `(SELECT …)`. */
function parseParenthesized(stream: TokenStream): Expression {
  const { pos } = stream;
  const state = stream.save();
  stream.expectSymbol('(');
  if (startsQuery(stream, 0) && !stream.isSymbol('(')) return parseSubqueryTail(stream, pos);
  const first = parseExpression(stream);
  // `((SELECT 1) UNION ALL …)`: what looked like an expression was the first part of a query.
  if (first.kind === 'ScalarSubquery' && continuesQuery(stream)) {
    stream.restore(state);
    stream.next();
    return parseSubqueryTail(stream, pos);
  }
  if (!stream.isSymbol(',')) {
    // An alias belongs to no expression in parentheses; a field of a struct might follow.
    stream.expectSymbol(stream.isWord('AS') ? ',' : ')');
    return first;
  }
  const fields = [{ expression: first }];
  while (stream.acceptSymbol(',')) fields.push({ expression: parseExpression(stream) });
  stream.expectSymbol(')');
  return { kind: 'StructConstructor', tuple: true, fields, pos };
}

function parseSubqueryTail(stream: TokenStream, pos: Expression['pos']): Expression {
  const query = parseSubquery(stream);
  stream.expectSymbol(')');
  return { kind: 'ScalarSubquery', query, pos };
}

function continuesQuery(stream: TokenStream): boolean {
  const { type, text } = stream.token;
  if (type === 'symbol') return text === '|>';
  if (type !== 'word') return false;
  return ['UNION', 'INTERSECT', 'EXCEPT', 'ORDER', 'LIMIT', 'FULL', 'LEFT', 'INNER'].includes(text);
}

export function parseQueryInParentheses(stream: TokenStream) {
  stream.expectSymbol('(');
  const query = parseSubquery(stream);
  stream.expectSymbol(')');
  return query;
}

/** `WITH(a AS 1, b AS a + 1, a + b)` */
function parseWithExpression(stream: TokenStream): Expression {
  const { pos } = stream;
  stream.expectWord('WITH');
  stream.expectSymbol('(');
  const bindings: { name: Identifier; value: Expression }[] = [];
  while (stream.isIdentifier() && stream.isWord('AS', 1)) {
    const name = stream.takeIdentifier();
    stream.expectWord('AS');
    bindings.push({ name, value: parseExpression(stream) });
    stream.expectSymbol(',');
  }
  if (bindings.length === 0) throw syntaxError('WITH expression needs at least one variable', stream.pos);
  const body = parseExpression(stream);
  stream.expectSymbol(')');
  return { kind: 'WithExpression', bindings, body, pos };
}
