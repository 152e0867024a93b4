import { notImplemented } from '../errors.js';
import type {
  Argument,
  Expression,
  Identifier,
  Join,
  Pivot,
  Sample,
  TableExpression,
  TableFunctionCall,
  Unnest,
  Unpivot,
  WithOffset,
} from './ast.js';
import { parseArgument } from './parser-calls.js';
import { parseExpression } from './parser-expressions.js';
import { parseObjectPath, splitIdentifiers } from './parser-paths.js';
import { parsePostfix } from './parser-primary.js';
import { parseAlias, parseQuery, startsQuery } from './parser-queries.js';
import { syntaxError } from './syntax-error.js';
import { commaList, parenthesizedList, type TokenStream } from './token-stream.js';

/** What stands after FROM: tables, commas and joins, all associating to the left. */
export function parseFrom(stream: TokenStream): TableExpression {
  let left = parseJoins(stream);
  while (stream.isSymbol(',')) {
    const { pos } = stream.next();
    const right = parseTable(stream);
    left = parseJoinsAfter(stream, { kind: 'Join', type: 'COMMA', left, right, pos });
  }
  return left;
}

function parseJoins(stream: TokenStream): TableExpression {
  return parseJoinsAfter(stream, parseTable(stream));
}

function parseJoinsAfter(stream: TokenStream, first: TableExpression): TableExpression {
  let left = first;
  for (let join = parseJoinTail(stream); join; join = parseJoinTail(stream)) left = { ...join, left };
  return left;
}

const joinWords = ['INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS'] as const;

/** A join without its left side, or nothing: `LEFT UNION` is none. */
export function parseJoinTail(stream: TokenStream): Omit<Join, 'left'> | undefined {
  const { pos } = stream;
  if (stream.isWord('NATURAL')) throw syntaxError('NATURAL JOIN is not supported', pos);
  const type = joinWords.find((word) => stream.isWord(word));
  const outer = type && type !== 'INNER' && type !== 'CROSS' && stream.isWord('OUTER', 1) ? 1 : 0;
  const words = (type ? 1 : 0) + outer;
  const hash = stream.isWord('HASH', words) ? 1 : 0;
  if (!stream.isWord('JOIN', words + hash)) return undefined;
  for (let count = words + hash; count >= 0; count--) stream.next();
  const right = parseNestedJoin(stream, parseTable(stream));
  const join: Omit<Join, 'left'> = { kind: 'Join', type: type ?? 'INNER', right, pos };
  if (stream.acceptWord('ON')) join.on = parseExpression(stream);
  else if (stream.acceptWord('USING'))
    join.using = parenthesizedList(stream, () => stream.expectIdentifier());
  return join;
}

/** `a JOIN b JOIN c ON … ON …`: the second join belongs to the right side of the first. */
function parseNestedJoin(stream: TokenStream, right: TableExpression): TableExpression {
  if (!joinFollows(stream)) return right;
  const state = stream.save();
  const inner = parseJoinTail(stream);
  if (inner && (inner.on || inner.using) && (stream.isWord('ON') || stream.isWord('USING'))) {
    return { ...inner, left: right };
  }
  stream.restore(state);
  return right;
}

function joinFollows(stream: TokenStream): boolean {
  return stream.isWord('JOIN') || joinWords.some((word) => word !== 'CROSS' && stream.isWord(word));
}

/** One table with what belongs to it: no comma and no join outside parentheses. */
export function parseTable(stream: TokenStream): TableExpression {
  return parseTableSuffixes(stream, parseTablePrimary(stream));
}

function parseTablePrimary(stream: TokenStream): TableExpression {
  const { pos } = stream;
  if (stream.isWord('LATERAL')) throw notImplemented('LATERAL');
  if (stream.isWord('UNNEST')) return parseUnnest(stream);
  if (stream.isSymbol('(')) return parseParenthesizedTable(stream);
  if (stream.isSymbol('@') || stream.isSymbol('?')) {
    throw syntaxError('Query parameters cannot be used in place of table names', pos);
  }
  const path = parseObjectPath(stream);
  if (stream.isSymbol('(')) return parseTableFunction(stream, path.identifiers);
  const table: TableExpression = { kind: 'TableReference', path, pos };
  table.systemTime = parseSystemTime(stream);
  table.alias = parseTableAlias(stream);
  table.systemTime ??= parseSystemTime(stream);
  table.withOffset = parseWithOffset(stream);
  return table;
}

/** FOR SYSTEM_TIME AS OF, under both of its names. */
export function parseSystemTime(stream: TokenStream): Expression | undefined {
  if (!stream.acceptWords('FOR', 'SYSTEM_TIME') && !stream.acceptWords('FOR', 'SYSTEM', 'TIME'))
    return undefined;
  stream.expectWords('AS', 'OF');
  return parseExpression(stream);
}

function parseTableAlias(stream: TokenStream): Identifier | undefined {
  if (startsTableSuffix(stream)) return undefined;
  return parseAlias(stream);
}

function startsTableSuffix(stream: TokenStream): boolean {
  const pivoting = stream.isWord('PIVOT') || stream.isWord('UNPIVOT') || stream.isWord('MATCH_RECOGNIZE');
  if (pivoting && stream.isSymbol('(', 1)) return true;
  return stream.isWord('UNPIVOT') && (stream.isWord('INCLUDE', 1) || stream.isWord('EXCLUDE', 1));
}

function parseTableSuffixes(stream: TokenStream, table: TableExpression): TableExpression {
  let input = table;
  for (;;) {
    const { pos } = stream;
    if (startsTableSuffix(stream)) {
      if (stream.isWord('MATCH_RECOGNIZE')) throw notImplemented('MATCH_RECOGNIZE');
      stream.demand(stream.isWord('PIVOT') ? 'PIVOT' : 'UNPIVOT');
      if (stream.isWord('PIVOT')) {
        input = { kind: 'PivotTable', input, pivot: parsePivot(stream), alias: parseTableAlias(stream), pos };
      } else {
        input = {
          kind: 'UnpivotTable',
          input,
          unpivot: parseUnpivot(stream),
          alias: parseTableAlias(stream),
          pos,
        };
      }
    } else if (stream.isWord('TABLESAMPLE')) {
      input = { kind: 'SampledTable', input, sample: parseSample(stream), pos };
    } else {
      return input;
    }
  }
}

function parseUnnest(stream: TokenStream): Unnest {
  const { pos } = stream;
  stream.expectWord('UNNEST');
  stream.expectSymbol('(');
  const unnest: Unnest = { kind: 'Unnest', arrays: [], pos };
  do {
    if (stream.isWord('MODE') && stream.isSymbol('=>', 1)) {
      stream.next();
      stream.next();
      unnest.mode = parseExpression(stream);
      break;
    }
    const expression = parseExpression(stream);
    const alias = stream.acceptWord('AS') ? stream.expectIdentifier() : undefined;
    unnest.arrays.push({ expression, alias });
  } while (stream.acceptSymbol(','));
  stream.expectSymbol(')');
  unnest.alias = parseTableAlias(stream);
  unnest.withOffset = parseWithOffset(stream);
  return unnest;
}

function parseWithOffset(stream: TokenStream): WithOffset | undefined {
  const { pos } = stream;
  if (!stream.acceptWords('WITH', 'OFFSET')) return undefined;
  return { alias: parseTableAlias(stream), pos };
}

/** `(query) alias` or a join in parentheses. */
function parseParenthesizedTable(stream: TokenStream): TableExpression {
  const { pos } = stream;
  const state = stream.save();
  stream.expectSymbol('(');
  if (startsQuery(stream, 0)) {
    const certain = !stream.isSymbol('(');
    const query = certain ? parseQuery(stream) : attempt(stream, parseQuery);
    if (certain) stream.expectSymbol(')');
    if (query && (certain || stream.acceptSymbol(')'))) {
      return { kind: 'SubqueryTable', query, alias: parseTableAlias(stream), pos };
    }
    // `((SELECT …) AS a JOIN b …)` begins like a query.
    stream.restore(state);
    stream.next();
  }
  const joined = parseFrom(stream);
  stream.expectSymbol(')');
  return joined;
}

function attempt<Result>(stream: TokenStream, parse: (stream: TokenStream) => Result): Result | undefined {
  try {
    return parse(stream);
  } catch {
    return undefined;
  }
}

/** A table function after its name. */
export function parseTableFunction(stream: TokenStream, name: Identifier[]): TableFunctionCall {
  const call: TableFunctionCall = {
    kind: 'TableFunctionCall',
    name: splitIdentifiers(name),
    arguments: [],
    pos: name[0]!.pos,
  };
  stream.expectSymbol('(');
  if (!stream.isSymbol(')')) call.arguments = commaList(stream, parseTableFunctionArgument);
  stream.expectSymbol(')');
  call.alias = parseTableAlias(stream);
  return call;
}

function parseTableFunctionArgument(stream: TokenStream): Argument {
  const argument = parseArgument(stream);
  if (argument.kind === 'NamedArgument') return { ...argument, value: asQuery(argument.value) };
  return asQuery(argument);
}

function asQuery(argument: Argument): Argument {
  if (argument.kind !== 'ScalarSubquery') return argument;
  return { kind: 'QueryArgument', query: argument.query, pos: argument.pos };
}

export function parsePivot(stream: TokenStream): Pivot {
  const { pos } = stream;
  stream.expectWord('PIVOT');
  stream.expectSymbol('(');
  const aggregates = commaList(stream, () => {
    const call = parsePostfix(stream);
    if (call.kind !== 'FunctionCall') {
      throw syntaxError('PIVOT expression must be an aggregate function call', call.pos);
    }
    return { call, alias: parseAlias(stream) };
  });
  stream.expectWord('FOR');
  const column = parsePostfix(stream);
  stream.expectWord('IN');
  const values = parenthesizedList(stream, () => ({
    expression: parseExpression(stream),
    alias: parseAlias(stream),
  }));
  stream.expectSymbol(')');
  return { aggregates, column, values, pos };
}

export function parseUnpivot(stream: TokenStream): Unpivot {
  const { pos } = stream;
  stream.expectWord('UNPIVOT');
  const nulls = stream.acceptOneOf('INCLUDE', 'EXCLUDE');
  if (nulls) stream.expectWord('NULLS');
  stream.expectSymbol('(');
  const values = nameOrNames(stream);
  stream.expectWord('FOR');
  const name = stream.expectIdentifier();
  stream.expectWord('IN');
  const columns = parenthesizedList(stream, () => {
    const { pos: columnPos } = stream;
    const names = nameOrNames(stream);
    const label = stream.acceptWord('AS') || startsLabel(stream) ? parsePostfix(stream) : undefined;
    return { columns: names, label, pos: columnPos };
  });
  stream.expectSymbol(')');
  return { includeNulls: nulls === 'INCLUDE', values, name, columns, pos };
}

function startsLabel(stream: TokenStream): boolean {
  return stream.token.type === 'string' || stream.token.type === 'integer';
}

function nameOrNames(stream: TokenStream): Identifier[] {
  if (stream.isSymbol('(')) return parenthesizedList(stream, () => stream.expectIdentifier());
  return [stream.expectIdentifier()];
}

/** `TABLESAMPLE SYSTEM (10 PERCENT)` */
export function parseSample(stream: TokenStream): Sample {
  const { pos } = stream;
  stream.expectWord('TABLESAMPLE');
  const method = stream.expectIdentifier().name.toUpperCase();
  stream.expectSymbol('(');
  const size = parseExpression(stream);
  const unit = stream.acceptOneOf('PERCENT', 'ROWS');
  if (!unit) throw stream.unexpected();
  stream.expectSymbol(')');
  return { method, size, unit, pos };
}
