import type { ColumnDefinition, ForeignKeyTarget, Identifier, TableConstraint } from './ast.js';
import { parseExpression } from './parser-expressions.js';
import { parseObjectPath } from './parser-paths.js';
import { parseOptions, parseType } from './parser-types.js';
import { syntaxError } from './syntax-error.js';
import { parenthesizedList, type TokenStream } from './token-stream.js';

/** `(a INT64 NOT NULL, PRIMARY KEY (a) NOT ENFORCED)`; a comma may follow the last one. */
export function parseTableElements(stream: TokenStream): (ColumnDefinition | TableConstraint)[] {
  stream.expectSymbol('(');
  const elements: (ColumnDefinition | TableConstraint)[] = [];
  while (!stream.isSymbol(')')) {
    elements.push(startsConstraint(stream) ? parseConstraint(stream) : parseColumn(stream));
    if (!stream.acceptSymbol(',')) break;
  }
  stream.expectSymbol(')');
  return elements;
}

function startsConstraint(stream: TokenStream): boolean {
  return (
    stream.isWords('PRIMARY', 'KEY') ||
    stream.isWords('FOREIGN', 'KEY') ||
    (stream.isWord('CONSTRAINT') && (stream.isWord('PRIMARY', 2) || stream.isWord('FOREIGN', 2)))
  );
}

export function parseColumn(stream: TokenStream): ColumnDefinition {
  const { pos } = stream;
  const name = stream.expectIdentifier();
  const type = parseType(stream, true);
  const column: ColumnDefinition = { kind: 'ColumnDefinition', name, type, notNull: false, options: [], pos };
  while (parseColumnAttribute(stream, column));
  column.options = parseOptions(stream);
  // OPTIONS may stand before NOT NULL as well.
  while (parseColumnAttribute(stream, column));
  return column;
}

function parseColumnAttribute(stream: TokenStream, column: ColumnDefinition): boolean {
  if (stream.acceptWord('DEFAULT')) {
    const start = stream.pos.offset;
    column.default = parseExpression(stream);
    column.defaultText = stream.source.slice(start, stream.lastEnd);
  } else if (stream.isWords('NOT', 'NULL')) {
    stream.expectWords('NOT', 'NULL');
    column.notNull = true;
  } else if (stream.acceptWords('PRIMARY', 'KEY')) {
    column.primaryKey = true;
    readEnforcement(stream);
  } else if (stream.isWord('REFERENCES') || (stream.isWord('CONSTRAINT') && stream.isWord('REFERENCES', 2))) {
    if (stream.acceptWord('CONSTRAINT')) stream.expectIdentifier();
    column.references = parseReferences(stream);
    readEnforcement(stream);
  } else if (stream.isWord('GENERATED') || (stream.isWord('AS') && stream.isSymbol('(', 1))) {
    if (stream.acceptWord('GENERATED')) stream.acceptWord('ALWAYS');
    stream.expectWord('AS');
    stream.expectSymbol('(');
    column.generated = parseExpression(stream);
    stream.expectSymbol(')');
    stream.acceptWord('STORED');
  } else {
    return false;
  }
  return true;
}

export function parseConstraint(stream: TokenStream): TableConstraint {
  const { pos } = stream;
  const name = stream.acceptWord('CONSTRAINT') ? stream.expectIdentifier() : undefined;
  const type = stream.acceptOneOf('PRIMARY', 'FOREIGN');
  if (!type) throw stream.unexpected();
  stream.expectWord('KEY');
  const columns = identifiers(stream);
  const references = type === 'FOREIGN' ? parseReferences(stream) : undefined;
  readEnforcement(stream);
  return { kind: 'TableConstraint', name, constraint: `${type} KEY`, columns, references, pos };
}

function parseReferences(stream: TokenStream): ForeignKeyTarget {
  const { pos } = stream;
  stream.expectWord('REFERENCES');
  return { table: parseObjectPath(stream), columns: identifiers(stream), pos };
}

function identifiers(stream: TokenStream): Identifier[] {
  return parenthesizedList(stream, () => stream.expectIdentifier());
}

function readEnforcement(stream: TokenStream): void {
  const { pos } = stream;
  if (stream.acceptWords('NOT', 'ENFORCED')) return;
  if (stream.acceptWord('ENFORCED'))
    throw syntaxError('Enforced keys are not supported: write NOT ENFORCED', pos);
}
