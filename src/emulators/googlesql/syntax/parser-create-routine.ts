import type {
  CreateFunction,
  CreateProcedure,
  CreateTableFunction,
  RoutineParameter,
  TypeNode,
} from './ast.js';
import { type CreateHead, parseConnection, parseName } from './parser-create.js';
import { parseExpression } from './parser-expressions.js';
import { parseQuery, startsQuery } from './parser-queries.js';
import { parseBlock } from './parser-scripts.js';
import { parseOptions, parseStructField, parseType } from './parser-types.js';
import { commaList, type TokenStream } from './token-stream.js';

export function parseCreateFunction(stream: TokenStream, head: CreateHead): CreateFunction {
  const aggregate = stream.acceptWord('AGGREGATE');
  stream.expectWord('FUNCTION');
  const routine: CreateFunction = {
    kind: 'CreateFunction',
    ...parseName(stream, head),
    temporary: head.temporary,
    aggregate,
    parameters: parseParameters(stream, parseFunctionParameter),
    language: 'SQL',
    remote: false,
    options: [],
    end: 0,
  };
  if (stream.acceptWord('RETURNS')) routine.returns = parseRoutineType(stream);
  // The clauses may come in several orders.
  while (parseFunctionClause(stream, routine));
  routine.end = stream.lastEnd;
  return routine;
}

function parseFunctionClause(stream: TokenStream, routine: CreateFunction): boolean {
  if (stream.acceptWord('LANGUAGE')) {
    routine.language = stream.expectIdentifier().name.toUpperCase();
  } else if (stream.acceptWords('NOT', 'DETERMINISTIC')) {
    routine.determinism = 'NOT DETERMINISTIC';
  } else if (stream.acceptWord('DETERMINISTIC')) {
    routine.determinism = 'DETERMINISTIC';
  } else if (stream.acceptWord('REMOTE')) {
    routine.remote = true;
  } else if (stream.isWords('WITH', 'CONNECTION')) {
    routine.connection = parseConnection(stream);
  } else if (stream.isWord('OPTIONS')) {
    routine.options = parseOptions(stream);
  } else if (stream.acceptWord('AS')) {
    parseFunctionBody(stream, routine);
  } else {
    return false;
  }
  return true;
}

function parseFunctionBody(stream: TokenStream, routine: CreateFunction): void {
  if (stream.token.type === 'string') {
    routine.bodyText = stream.expectString();
    return;
  }
  const start = stream.expectSymbol('(').end;
  // `AS (SELECT …)` without a second pair of parentheses is not a function body in BigQuery.
  if (startsQuery(stream, 0) && !stream.isSymbol('(')) throw stream.unexpected();
  routine.body = parseExpression(stream);
  routine.bodyText = stream.source.slice(start, stream.lastEnd).trim();
  stream.expectSymbol(')');
}

function parseParameters(
  stream: TokenStream,
  parse: (stream: TokenStream) => RoutineParameter,
): RoutineParameter[] {
  stream.expectSymbol('(');
  const parameters = stream.isSymbol(')') ? [] : commaList(stream, parse);
  stream.expectSymbol(')');
  return parameters;
}

function parseFunctionParameter(stream: TokenStream): RoutineParameter {
  const { pos } = stream;
  const name = stream.expectIdentifier();
  const parameter: RoutineParameter = { name, type: parseRoutineType(stream), pos };
  if (stream.acceptWord('DEFAULT')) parameter.default = parseExpression(stream);
  if (stream.acceptWords('NOT', 'AGGREGATE')) parameter.notAggregate = true;
  return parameter;
}

/** A type, `ANY TYPE`, `TABLE<…>` or `ANY TABLE`. */
function parseRoutineType(stream: TokenStream): TypeNode {
  const { pos } = stream;
  if (stream.acceptWord('ANY')) {
    if (stream.acceptWord('TABLE')) return { kind: 'TableType', pos };
    stream.expectWord('TYPE');
    return { kind: 'SimpleType', name: 'ANY TYPE', parameters: [], pos };
  }
  if (!stream.isWord('TABLE')) return parseType(stream);
  stream.next();
  stream.expectSymbol('<');
  const columns = commaList(stream, () => parseStructField(stream));
  stream.expectClosingAngle();
  return { kind: 'TableType', columns, pos };
}

export function parseCreateTableFunction(stream: TokenStream, head: CreateHead): CreateTableFunction {
  stream.expectWords('TABLE', 'FUNCTION');
  const named = parseName(stream, head);
  const parameters = parseParameters(stream, parseFunctionParameter);
  const returns = stream.acceptWord('RETURNS') ? parseRoutineType(stream) : undefined;
  const options = parseOptions(stream);
  stream.expectWord('AS');
  // The query may stand in parentheses, which it then keeps as a nested query.
  const query = parseQuery(stream);
  return { kind: 'CreateTableFunction', ...named, parameters, returns, options, query, end: stream.lastEnd };
}

export function parseCreateProcedure(stream: TokenStream, head: CreateHead): CreateProcedure {
  stream.expectWord('PROCEDURE');
  const routine: CreateProcedure = {
    kind: 'CreateProcedure',
    ...parseName(stream, head),
    parameters: parseParameters(stream, parseProcedureParameter),
    options: [],
    language: 'SQL',
    end: 0,
  };
  parseConnection(stream);
  routine.options = parseOptions(stream);
  if (stream.acceptWord('LANGUAGE')) routine.language = stream.expectIdentifier().name.toUpperCase();
  if (routine.language !== 'SQL') {
    if (stream.acceptWord('AS')) routine.bodyText = stream.expectString();
  } else {
    const start = stream.pos.offset;
    routine.body = parseBlock(stream);
    routine.bodyText = stream.source.slice(start, stream.lastEnd);
  }
  routine.end = stream.lastEnd;
  return routine;
}

function parseProcedureParameter(stream: TokenStream): RoutineParameter {
  const { pos } = stream;
  const next = stream.peek(1);
  const moded = next.type === 'word' || next.type === 'quotedWord' ? stream.peek(2).type === 'word' : false;
  const mode = moded ? stream.acceptOneOf('INOUT', 'OUT', 'IN') : undefined;
  const name = stream.expectIdentifier();
  return { name, mode, type: parseRoutineType(stream), pos };
}
