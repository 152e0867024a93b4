import type { Case, Cast, Expression, Extract, IntervalExpression, StructConstructor } from './ast.js';
import { parseExpression } from './parser-expressions.js';
import { parseSubquery, startsQuery } from './parser-queries.js';
import { parseType } from './parser-types.js';
import { commaList, type TokenStream } from './token-stream.js';

/** Expressions with a syntax of their own: CASE, CAST, EXTRACT, INTERVAL, ARRAY, STRUCT. */

export function parseCase(stream: TokenStream): Case {
  const { pos } = stream;
  stream.expectWord('CASE');
  const operand = stream.isWord('WHEN') ? undefined : parseExpression(stream);
  const branches: Case['branches'] = [];
  do {
    stream.expectWord('WHEN');
    const when = parseExpression(stream);
    stream.expectWord('THEN');
    branches.push({ when, result: parseExpression(stream) });
  } while (stream.isWord('WHEN'));
  const otherwise = stream.acceptWord('ELSE') ? parseExpression(stream) : undefined;
  stream.expectWord('END');
  return { kind: 'Case', operand, branches, otherwise, pos };
}

export function parseCast(stream: TokenStream): Cast {
  const { pos } = stream;
  const safe = stream.next().text === 'SAFE_CAST';
  stream.expectSymbol('(');
  const operand = parseExpression(stream);
  stream.expectWord('AS');
  const type = parseType(stream);
  if (stream.isWord('FORMAT')) stream.demand('CAST with FORMAT');
  const format = stream.acceptWord('FORMAT') ? parseExpression(stream) : undefined;
  const timeZone = parseTimeZone(stream);
  stream.expectSymbol(')');
  return { kind: 'Cast', safe, operand, type, format, timeZone, pos };
}

function parseTimeZone(stream: TokenStream): Expression | undefined {
  return stream.acceptWords('AT', 'TIME', 'ZONE') ? parseExpression(stream) : undefined;
}

export function parseExtract(stream: TokenStream): Extract {
  const { pos } = stream;
  stream.expectWord('EXTRACT');
  stream.expectSymbol('(');
  const part = stream.expectIdentifier();
  let weekday: string | undefined;
  if (stream.acceptSymbol('(')) {
    weekday = stream.expectIdentifier().name.toUpperCase();
    stream.expectSymbol(')');
  }
  stream.expectWord('FROM');
  const operand = parseExpression(stream);
  const timeZone = parseTimeZone(stream);
  stream.expectSymbol(')');
  return {
    kind: 'Extract',
    part: part.name.toUpperCase(),
    weekday,
    partPos: part.pos,
    operand,
    timeZone,
    pos,
  };
}

export function parseInterval(stream: TokenStream): IntervalExpression {
  const { pos } = stream;
  stream.expectWord('INTERVAL');
  const value = parseExpression(stream);
  const part = stream.expectIdentifier().name.toUpperCase();
  const toPart = stream.acceptWord('TO') ? stream.expectIdentifier().name.toUpperCase() : undefined;
  return { kind: 'IntervalExpression', value, part, toPart, pos };
}

/** `[…]`, `ARRAY[…]`, `ARRAY<T>[…]` or `ARRAY(SELECT …)`. */
export function parseArray(stream: TokenStream): Expression {
  const { pos } = stream;
  if (stream.isWord('ARRAY') && stream.isSymbol('(', 1)) {
    stream.next();
    stream.next();
    if (!startsQuery(stream, 0)) throw stream.unexpected();
    const query = parseSubquery(stream);
    stream.expectSymbol(')');
    return { kind: 'ArraySubquery', query, pos };
  }
  const type = stream.isSymbol('<', 1) ? parseType(stream) : undefined;
  if (!type) stream.acceptWord('ARRAY');
  stream.expectSymbol('[');
  const elements = stream.isSymbol(']') ? [] : commaList(stream, parseExpression);
  stream.expectSymbol(']');
  return {
    kind: 'ArrayConstructor',
    element: type?.kind === 'ArrayType' ? type.element : undefined,
    elements,
    pos,
  };
}

export function parseStruct(stream: TokenStream): StructConstructor {
  const { pos } = stream;
  const typed = stream.isSymbol('<', 1) || stream.isSymbol('<>', 1);
  const type = typed ? parseType(stream) : undefined;
  if (!typed) stream.expectWord('STRUCT');
  stream.expectSymbol('(');
  const fields = stream.isSymbol(')') ? [] : commaList(stream, parseStructArgument);
  stream.expectSymbol(')');
  return {
    kind: 'StructConstructor',
    type: type?.kind === 'StructType' ? type : undefined,
    tuple: false,
    fields,
    pos,
  };
}

function parseStructArgument(stream: TokenStream) {
  const expression = parseExpression(stream);
  const alias = stream.acceptWord('AS') ? stream.expectIdentifier() : undefined;
  return { expression, alias };
}
