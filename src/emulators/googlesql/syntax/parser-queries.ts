import { notImplemented } from '../errors.js';
import type {
  ColumnMatch,
  CommonTableExpression,
  Expression,
  GroupBy,
  GroupingItem,
  GroupingSets,
  NamedWindow,
  OrderItem,
  Query,
  QueryBody,
  Select,
  SelectItem,
  SelectStar,
  SetOperation,
  With,
} from './ast.js';
import { parseWindow } from './parser-calls.js';
import { parseExpression } from './parser-expressions.js';
import { parseFrom } from './parser-from.js';
import { parsePipes } from './parser-pipes.js';
import { syntaxError } from './syntax-error.js';
import { commaList, parenthesizedList, type TokenStream } from './token-stream.js';

/** Does a query begin `distance` tokens ahead, perhaps after opening parentheses? `WITH(` is an expression. */
export function startsQuery(stream: TokenStream, distance: number): boolean {
  let ahead = distance;
  while (stream.isSymbol('(', ahead)) ahead++;
  if (stream.isWord('WITH', ahead)) return !stream.isSymbol('(', ahead + 1);
  return stream.isWord('SELECT', ahead) || stream.isWord('FROM', ahead);
}

/** A query without the parentheses around it. */
export function parseQuery(stream: TokenStream): Query {
  const { pos } = stream;
  stream.enter();
  const withClause = stream.isWord('WITH') ? parseWith(stream) : undefined;
  const body = parseSetOperations(stream);
  const orderBy = stream.acceptWords('ORDER', 'BY') ? parseOrderItems(stream) : [];
  const query: Query = { kind: 'Query', with: withClause, body, orderBy, pipes: [], pos, end: 0 };
  if (stream.acceptWord('LIMIT')) {
    query.limit = parseExpression(stream);
    if (stream.acceptWord('OFFSET')) query.offset = parseExpression(stream);
  }
  if (stream.dialect.locksRows && stream.acceptWords('FOR', 'UPDATE')) query.forUpdate = true;
  query.pipes = parsePipes(stream);
  query.end = stream.lastEnd;
  stream.leave();
  return query;
}

/** What a subquery in an expression nests besides what is seen in its text. */
const SUBQUERY_LEVELS = 3;

/** A query inside an expression, without the parentheses around it. */
export function parseSubquery(stream: TokenStream): Query {
  stream.enter(SUBQUERY_LEVELS);
  const query = parseQuery(stream);
  stream.leave(SUBQUERY_LEVELS);
  return query;
}

export function parseWith(stream: TokenStream): With {
  const { pos } = stream;
  stream.expectWord('WITH');
  const recursive = stream.acceptWord('RECURSIVE');
  if (recursive) stream.demand('WITH RECURSIVE', pos);
  const entries: CommonTableExpression[] = [];
  do {
    // A trailing comma is legal.
    if (entries.length > 0 && startsQuery(stream, 0)) break;
    entries.push(parseCommonTable(stream));
  } while (stream.acceptSymbol(','));
  return { recursive, entries, pos };
}

function parseCommonTable(stream: TokenStream): CommonTableExpression {
  const { pos } = stream;
  const name = stream.expectIdentifier();
  stream.expectWord('AS');
  stream.expectSymbol('(');
  const query = parseQuery(stream);
  stream.expectSymbol(')');
  if (stream.isWords('WITH', 'DEPTH')) throw notImplemented('WITH DEPTH of recursive queries');
  return { name, query, pos };
}

function parseSetOperations(stream: TokenStream): QueryBody {
  const first = parseQueryPrimary(stream);
  let operation: SetOperation | undefined;
  for (let header = parseSetHeader(stream); header; header = parseSetHeader(stream)) {
    const input = parseQueryPrimary(stream);
    if (!operation) {
      const { operator, distinct, columns } = header;
      operation = {
        kind: 'SetOperation',
        operator,
        distinct,
        columns,
        inputs: [first, input],
        pos: first.pos,
      };
      continue;
    }
    if (operation.operator !== header.operator || operation.distinct !== header.distinct) {
      throw syntaxError(
        'Different set operations cannot be used in the same query without using parentheses for grouping',
        header.pos,
      );
    }
    operation.inputs.push(input);
  }
  return operation ?? first;
}

interface SetHeader {
  operator: SetOperation['operator'];
  distinct: boolean;
  columns: ColumnMatch;
  pos: Expression['pos'];
}

/** `[FULL|LEFT|INNER] UNION ALL [BY NAME …]`, or nothing. */
export function parseSetHeader(stream: TokenStream): SetHeader | undefined {
  const { pos } = stream;
  const side = setSide(stream);
  const operator = stream.acceptOneOf('UNION', 'INTERSECT', 'EXCEPT');
  if (!operator) return undefined;
  const quantifier = stream.acceptOneOf('ALL', 'DISTINCT');
  if (!quantifier) throw stream.expected('keyword ALL or keyword DISTINCT');
  return { operator, distinct: quantifier === 'DISTINCT', columns: parseColumnMatch(stream, side), pos };
}

function setSide(stream: TokenStream): ColumnMatch['mode'] {
  const word = ['FULL', 'LEFT', 'INNER'].find((side) => stream.isWord(side));
  if (!word) return 'INNER';
  const outer = stream.isWord('OUTER', 1) ? 2 : 1;
  if (!['UNION', 'INTERSECT', 'EXCEPT'].some((operator) => stream.isWord(operator, outer))) return 'INNER';
  for (let count = outer; count > 0; count--) stream.next();
  return word as ColumnMatch['mode'];
}

function parseColumnMatch(stream: TokenStream, side: ColumnMatch['mode']): ColumnMatch {
  const mode = stream.acceptWord('STRICT') ? 'STRICT' : side;
  if (stream.acceptWords('BY', 'NAME')) {
    const on = stream.acceptWord('ON') ? identifierList(stream) : undefined;
    return { by: 'NAME', mode: stream.acceptWord('STRICT') ? 'STRICT' : mode, on };
  }
  if (stream.acceptWord('CORRESPONDING')) {
    const on = stream.acceptWord('BY') ? identifierList(stream) : undefined;
    return { by: 'CORRESPONDING', mode, on };
  }
  return { by: 'POSITION', mode };
}

function identifierList(stream: TokenStream) {
  return parenthesizedList(stream, () => stream.expectIdentifier());
}

function parseQueryPrimary(stream: TokenStream): QueryBody {
  const { pos } = stream;
  if (stream.acceptSymbol('(')) {
    const query = parseQuery(stream);
    stream.expectSymbol(')');
    // A pipe may begin with a named table subquery: `(SELECT …) AS t |> …`.
    if (!stream.acceptWord('AS')) return query;
    const alias = stream.expectIdentifier();
    return { kind: 'FromQuery', from: { kind: 'SubqueryTable', query, alias, pos }, pos };
  }
  if (stream.acceptWord('FROM')) return { kind: 'FromQuery', from: parseFrom(stream), pos };
  if (!stream.isWord('SELECT')) throw stream.unexpected();
  return parseSelect(stream);
}

function parseSelect(stream: TokenStream): Select {
  const { pos } = stream;
  stream.expectWord('SELECT');
  if (stream.isWord('WITH') && stream.isIdentifier(1)) {
    throw notImplemented(`SELECT WITH ${stream.peek(1).text}`);
  }
  const { distinct, as } = parseSelectModifiers(stream);
  const select: Select = { kind: 'Select', distinct, as, items: parseSelectItems(stream), windows: [], pos };
  if (stream.acceptWord('FROM')) select.from = parseFrom(stream);
  if (stream.acceptWord('WHERE')) select.where = parseExpression(stream);
  if (stream.isWord('GROUP')) select.groupBy = parseGroupBy(stream);
  if (stream.acceptWord('HAVING')) select.having = parseExpression(stream);
  if (stream.isWord('QUALIFY')) {
    stream.demand('QUALIFY');
    stream.next();
    select.qualify = parseExpression(stream);
  }
  if (stream.isWord('WINDOW')) select.windows = parseNamedWindows(stream);
  return select;
}

/** `[ALL|DISTINCT] [AS STRUCT|AS VALUE]` */
export function parseSelectModifiers(stream: TokenStream): { distinct: boolean; as?: 'STRUCT' | 'VALUE' } {
  const distinct = stream.acceptOneOf('ALL', 'DISTINCT') === 'DISTINCT';
  if (!stream.acceptWord('AS')) return { distinct };
  const as = stream.acceptOneOf('STRUCT', 'VALUE');
  if (!as) throw notImplemented('SELECT AS with the type of a protocol buffer');
  return { distinct, as };
}

export function parseNamedWindows(stream: TokenStream): NamedWindow[] {
  if (!stream.acceptWord('WINDOW')) return [];
  return commaList(stream, () => {
    const name = stream.expectIdentifier();
    stream.expectWord('AS');
    if (stream.isSymbol('(')) return { name, window: parseWindow(stream), pos: name.pos };
    const base = stream.expectIdentifier();
    return { name, window: { base, partitionBy: [], orderBy: [], pos: base.pos }, pos: name.pos };
  });
}

/** The select list; a comma may follow its last item. */
export function parseSelectItems(stream: TokenStream): SelectItem[] {
  if (stream.isWord('FROM')) throw syntaxError('SELECT list must not be empty', stream.pos);
  const items = [parseSelectItem(stream)];
  while (stream.acceptSymbol(',')) {
    if (endsSelectList(stream)) break;
    items.push(parseSelectItem(stream));
  }
  return items;
}

function endsSelectList(stream: TokenStream): boolean {
  const { type, text } = stream.token;
  if (type === 'end') return true;
  if (type === 'symbol') return text === ')' || text === ';' || text === '|>';
  return type === 'word' && ['FROM', 'WHERE', 'GROUP', 'UNION', 'ORDER', 'LIMIT', 'WINDOW'].includes(text);
}

export function parseSelectItem(stream: TokenStream): SelectItem {
  const { pos } = stream;
  if (stream.acceptSymbol('*')) return parseStar(stream, pos);
  const expression = parseExpression(stream);
  if (stream.acceptSymbol('.')) {
    stream.expectSymbol('*');
    return parseStar(stream, pos, expression);
  }
  return { kind: 'SelectExpression', expression, alias: parseAlias(stream), pos };
}

/** `AS name`, or a name alone. */
export function parseAlias(stream: TokenStream) {
  return stream.acceptWord('AS') ? stream.expectIdentifier() : stream.acceptIdentifier();
}

function parseStar(stream: TokenStream, pos: Expression['pos'], qualifier?: Expression): SelectStar {
  const star: SelectStar = { kind: 'SelectStar', qualifier, except: [], replace: [], pos };
  if (stream.isWord('EXCEPT') && stream.isSymbol('(', 1) && !startsQuery(stream, 2)) {
    stream.next();
    star.except = identifierList(stream);
  }
  if (stream.isWord('REPLACE') && stream.isSymbol('(', 1)) {
    stream.next();
    star.replace = parenthesizedList(stream, () => {
      const expression = parseExpression(stream);
      stream.expectWord('AS');
      return { expression, name: stream.expectIdentifier() };
    });
  }
  return star;
}

export function parseGroupBy(stream: TokenStream, pipe = false): GroupBy {
  const { pos } = stream;
  stream.expectWord('GROUP');
  if (pipe && stream.acceptWords('AND', 'ORDER')) {
    stream.expectWord('BY');
    return { all: false, items: commaList(stream, () => parseGroupingItem(stream, true)), pos };
  }
  stream.expectWord('BY');
  if (!pipe && stream.isWord('ALL')) {
    stream.demand('GROUP BY ALL');
    stream.next();
    return { all: true, items: [], pos };
  }
  return { all: false, items: commaList(stream, () => parseGroupingItem(stream, pipe)), pos };
}

function parseGroupingItem(stream: TokenStream, pipe: boolean): GroupingItem {
  const { pos } = stream;
  const special = parseRollupOrCube(stream);
  if (special) return special;
  if (stream.isWords('GROUPING', 'SETS')) return parseGroupingSets(stream);
  if (stream.isSymbol('(') && stream.isSymbol(')', 1)) {
    stream.next();
    stream.next();
    return { kind: 'GroupingSets', sets: [{ kind: 'GroupingSet', expressions: [], pos }], pos };
  }
  const expression = parseExpression(stream);
  if (!pipe) return { kind: 'GroupingExpression', expression, pos };
  const alias = parseAlias(stream);
  return { kind: 'GroupingExpression', expression, alias, order: parseDirection(stream), pos };
}

function parseRollupOrCube(stream: TokenStream) {
  const { pos } = stream;
  const word = stream.acceptOneOf('ROLLUP', 'CUBE');
  if (!word) return undefined;
  stream.demand(`GROUP BY ${word}`, pos);
  const elements = parenthesizedList(stream, () => groupingElement(parseExpression(stream)));
  return { kind: word === 'ROLLUP' ? ('GroupingRollup' as const) : ('GroupingCube' as const), elements, pos };
}

/** `(a, b)` among grouping elements is a list of columns, not a struct. */
function groupingElement(expression: Expression): Expression[] {
  if (expression.kind === 'StructConstructor' && expression.tuple) {
    return expression.fields.map((field) => field.expression);
  }
  return [expression];
}

function parseGroupingSets(stream: TokenStream): GroupingSets {
  const { pos } = stream;
  stream.demand('GROUPING SETS');
  stream.expectWords('GROUPING', 'SETS');
  const sets = parenthesizedList(stream, () => {
    const special = parseRollupOrCube(stream);
    if (special) return special;
    const { pos: setPos } = stream;
    if (stream.isSymbol('(') && stream.isSymbol(')', 1)) {
      stream.next();
      stream.next();
      return { kind: 'GroupingSet' as const, expressions: [], pos: setPos };
    }
    return {
      kind: 'GroupingSet' as const,
      expressions: groupingElement(parseExpression(stream)),
      pos: setPos,
    };
  });
  return { kind: 'GroupingSets', sets, pos };
}

export function parseOrderItems(stream: TokenStream): OrderItem[] {
  const items = [parseOrderItem(stream)];
  while (stream.acceptSymbol(',')) {
    // The pipe operator ORDER BY, too, may end in a comma.
    if (stream.atEnd || stream.isSymbol('|>') || stream.isSymbol(')')) break;
    items.push(parseOrderItem(stream));
  }
  return items;
}

function parseOrderItem(stream: TokenStream): OrderItem {
  const { pos } = stream;
  const expression = parseExpression(stream);
  const collation = stream.acceptWord('COLLATE') ? parseExpression(stream) : undefined;
  return { expression, collation, ...(parseDirection(stream) ?? { descending: false }), pos };
}

/** `ASC|DESC [NULLS FIRST|LAST]`, or nothing. */
export function parseDirection(
  stream: TokenStream,
): { descending: boolean; nulls?: 'FIRST' | 'LAST' } | undefined {
  const direction = stream.acceptOneOf('ASC', 'DESC');
  const nulls = stream.acceptWord('NULLS') ? stream.acceptOneOf('FIRST', 'LAST') : undefined;
  if (!direction && !nulls) return undefined;
  return { descending: direction === 'DESC', nulls };
}
