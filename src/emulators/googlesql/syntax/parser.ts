import { BIGQUERY, type Dialect } from '../dialect.js';
import { invalidQuery, SqlError } from '../errors.js';
import type { Expression, Query, Script, TypeNode } from './ast.js';
import { parseExpression as expression } from './parser-expressions.js';
import { parseQuery as query } from './parser-queries.js';
import { parseStatement } from './parser-statements.js';
import { parseType as type } from './parser-types.js';
import { TokenStream } from './token-stream.js';

const MAX_CHARACTERS = 1024 * 1024;

/** Parses a statement or a script. Throws a `SqlError` (invalidQuery) with BigQuery's wording and position. */
export function parseScript(source: string): Script {
  if (source.length > MAX_CHARACTERS) {
    throw invalidQuery(
      'The query is too large. The maximum standard SQL query length is 1024.00K characters, including comments and white space characters.',
    );
  }
  return guarded(source, (stream) => {
    const { pos } = stream;
    const statements = [];
    while (!stream.atEnd) {
      statements.push(parseStatement(stream));
      if (!stream.acceptSymbol(';') && !stream.atEnd) throw stream.expected('end of input');
    }
    if (statements.length === 0) throw stream.unexpected();
    return { kind: 'Script', source, statements, positionalParameters: stream.parameters, pos };
  });
}

/** Parses a query alone, such as the stored text of a view. */
export function parseQuery(source: string, dialect: Dialect = BIGQUERY): Query {
  return whole(source, query, dialect);
}

/** Parses an expression alone, such as the stored body of a function or a column's default. */
export function parseExpression(source: string, dialect: Dialect = BIGQUERY): Expression {
  return whole(source, expression, dialect);
}

/** Parses a type alone: `ARRAY<STRUCT<a INT64>>`. */
export function parseType(source: string): TypeNode {
  return whole(source, (stream) => type(stream));
}

/** One thing alone, which a semicolon may end. */
export function whole<Result>(
  source: string,
  parse: (stream: TokenStream) => Result,
  dialect: Dialect = BIGQUERY,
): Result {
  return guarded(
    source,
    (stream) => {
      const result = parse(stream);
      stream.acceptSymbol(';');
      if (!stream.atEnd) throw stream.expected('end of input');
      return result;
    },
    dialect,
  );
}

function guarded<Result>(
  source: string,
  parse: (stream: TokenStream) => Result,
  dialect: Dialect = BIGQUERY,
): Result {
  const stream = new TokenStream(source, dialect);
  try {
    return parse(stream);
  } catch (error) {
    // The parser is recursive: nesting beyond the stack of the process is refused as BigQuery refuses it.
    if (error instanceof RangeError && !(error instanceof SqlError)) {
      throw stream.tooDeep();
    }
    throw error;
  }
}
