import { invalidQuery } from '../errors.js';
import type { OptionNode, StructTypeField, TypeNode } from './ast.js';
import { parseExpression } from './parser-expressions.js';
import { commaList, type TokenStream } from './token-stream.js';

/** A type. In a column definition, struct fields may carry NOT NULL and OPTIONS: then `columns` is true. */
export function parseType(stream: TokenStream, columns = false): TypeNode {
  const pos = stream.pos;
  if (stream.acceptWord('ARRAY')) {
    stream.expectSymbol('<');
    const element = parseType(stream, columns);
    stream.expectClosingAngle();
    return { kind: 'ArrayType', element, pos };
  }
  if (stream.acceptWord('STRUCT')) {
    return { kind: 'StructType', fields: parseStructFields(stream, columns), pos };
  }
  if (stream.acceptWord('RANGE')) {
    stream.expectSymbol('<');
    const element = parseType(stream);
    stream.expectClosingAngle();
    return { kind: 'RangeType', element, pos };
  }
  // INTERVAL is reserved, yet it names a type.
  const name = stream.isWord('INTERVAL') ? stream.takeIdentifier() : stream.expectIdentifier();
  if (!stream.dialect.hasType(name.name.toUpperCase())) {
    throw invalidQuery(`Type not found: ${name.name}`, pos);
  }
  const parameters = parseTypeParameters(stream);
  const collation = stream.acceptWord('COLLATE') ? stream.expectString() : undefined;
  return { kind: 'SimpleType', name: name.name.toUpperCase(), parameters, collation, pos };
}

function parseTypeParameters(stream: TokenStream): number[] {
  if (!stream.acceptSymbol('(')) return [];
  const parameters = commaList(stream, () => {
    if (stream.acceptWord('MAX')) return undefined;
    if (stream.token.type !== 'integer') throw stream.unexpected();
    return Number(stream.next().text);
  });
  stream.expectSymbol(')');
  return parameters.filter((parameter) => parameter !== undefined);
}

function parseStructFields(stream: TokenStream, columns: boolean): StructTypeField[] {
  if (stream.acceptSymbol('<>')) return [];
  stream.expectSymbol('<');
  if (stream.acceptSymbol('>')) return [];
  const fields = commaList(stream, () => parseStructField(stream, columns));
  stream.expectClosingAngle();
  return fields;
}

/** `name TYPE` or only `TYPE`. */
export function parseStructField(stream: TokenStream, columns = false): StructTypeField {
  const pos = stream.pos;
  const next = stream.peek(1);
  const named = stream.isIdentifier() && (next.type === 'word' || next.type === 'quotedWord');
  const isNamed = named && !['COLLATE', 'OPTIONS', 'NOT'].includes(next.text);
  const name = isNamed ? stream.takeIdentifier() : undefined;
  const field: StructTypeField = { name, type: parseType(stream, columns), pos };
  if (columns) {
    if (stream.acceptWords('NOT', 'NULL')) field.notNull = true;
    field.options = parseOptions(stream);
  }
  return field;
}

/** `OPTIONS (name = value, …)`, or nothing. */
export function parseOptions(stream: TokenStream): OptionNode[] {
  if (!stream.isWord('OPTIONS') || !stream.isSymbol('(', 1)) return [];
  stream.next();
  return parseOptionList(stream);
}

export function parseOptionList(stream: TokenStream): OptionNode[] {
  stream.expectSymbol('(');
  if (stream.acceptSymbol(')')) return [];
  const options = commaList(stream, () => {
    const pos = stream.pos;
    const name = stream.expectIdentifier();
    stream.expectSymbol('=');
    return { name, value: parseExpression(stream), pos };
  });
  stream.expectSymbol(')');
  return options;
}
