import { notImplemented } from '../errors.js';
import type {
  Argument,
  Expression,
  FrameBound,
  FunctionCall,
  Identifier,
  Window,
  WindowFrame,
} from './ast.js';
import { parseExpression } from './parser-expressions.js';
import { parseObjectPath } from './parser-paths.js';
import { parseOrderItems } from './parser-queries.js';
import { commaList, parenthesizedList, type TokenStream } from './token-stream.js';

/** Everything after the name of a function: arguments, modifiers, OVER. `operand` is that of a chained call. */
export function parseCallTail(
  stream: TokenStream,
  name: Identifier[],
  chain: { operand?: Expression },
): FunctionCall {
  const safe = name.length > 1 && !name[0]!.quoted && name[0]!.name.toUpperCase() === 'SAFE';
  const call: FunctionCall = {
    kind: 'FunctionCall',
    name: safe ? name.slice(1) : name,
    safe,
    arguments: chain.operand ? [chain.operand] : [],
    pos: chain.operand?.pos ?? name[0]!.pos,
  };
  if (chain.operand) call.chained = true;
  stream.expectSymbol('(');
  if (stream.acceptWord('DISTINCT')) call.distinct = true;
  if (!stream.isSymbol(')') && !startsModifier(stream)) {
    do call.arguments.push(parseArgument(stream));
    while (stream.acceptSymbol(','));
  }
  parseModifiers(stream, call);
  stream.expectSymbol(')');
  if (stream.acceptWord('OVER')) {
    stream.demand('analytic functions', call.pos);
    call.over = parseOver(stream);
  }
  return call;
}

function startsModifier(stream: TokenStream): boolean {
  return stream.isWords('ORDER', 'BY') || stream.isWord('LIMIT') || stream.isWord('HAVING');
}

function parseModifiers(stream: TokenStream, call: FunctionCall): void {
  const nulls = stream.acceptOneOf('IGNORE', 'RESPECT');
  if (nulls) {
    stream.expectWord('NULLS');
    call.nullHandling = nulls;
  }
  if (stream.acceptWord('WHERE')) call.where = parseExpression(stream);
  if (stream.isWord('HAVING') && (stream.isWord('MAX', 1) || stream.isWord('MIN', 1))) {
    stream.next();
    const extreme = stream.next().text as 'MAX' | 'MIN';
    call.having = { extreme, expression: parseExpression(stream) };
  }
  if (stream.isWords('GROUP', 'BY') || stream.isWord('HAVING')) {
    throw notImplemented('GROUP BY and HAVING in the arguments of an aggregate function');
  }
  if (stream.acceptWords('ORDER', 'BY')) call.orderBy = parseOrderItems(stream);
  if (stream.acceptWord('LIMIT')) call.limit = parseExpression(stream);
}

/** One argument of a scalar function. */
export function parseArgument(stream: TokenStream): Argument {
  const { pos } = stream;
  if (stream.isSymbol('*')) {
    stream.next();
    return { kind: 'StarArgument', pos };
  }
  if (stream.isIdentifier() || stream.isSymbol('(')) {
    const special = parseSpecialArgument(stream);
    if (special) return special;
  }
  return parseExpression(stream);
}

function parseSpecialArgument(stream: TokenStream): Argument | undefined {
  const { pos } = stream;
  if (stream.isSymbol('(')) return isLambda(stream) ? parseLambda(stream) : undefined;
  if (stream.isSymbol('=>', 1)) {
    const name = stream.takeIdentifier();
    stream.next();
    return { kind: 'NamedArgument', name, value: parseArgument(stream), pos };
  }
  if (stream.isSymbol('->', 1)) return parseLambda(stream);
  if (!stream.isIdentifier(1)) {
    if (stream.isWord('DESCRIPTOR') && stream.isSymbol('(', 1)) {
      stream.next();
      const columns = parenthesizedList(stream, () => stream.expectIdentifier());
      return { kind: 'DescriptorArgument', columns, pos };
    }
    return undefined;
  }
  if (stream.dialect.hasSequences && stream.acceptWord('SEQUENCE')) {
    const { parts } = parseObjectPath(stream);
    return { kind: 'StringLiteral', value: parts.join('.'), pos };
  }
  const word = stream.acceptOneOf('TABLE', 'MODEL', 'CONNECTION');
  if (!word) return undefined;
  const path = parseObjectPath(stream);
  if (word === 'TABLE') return { kind: 'TableArgument', path, pos };
  return { kind: word === 'MODEL' ? 'ModelArgument' : 'ConnectionArgument', path, pos };
}

/** Looks ahead for `(a, b) ->`. */
function isLambda(stream: TokenStream): boolean {
  let ahead = 1;
  for (; stream.isIdentifier(ahead); ahead += 2) {
    if (stream.isSymbol(',', ahead + 1)) continue;
    return stream.isSymbol(')', ahead + 1) && stream.isSymbol('->', ahead + 2);
  }
  return ahead === 1 && stream.isSymbol(')', 1) && stream.isSymbol('->', 2);
}

function parseLambda(stream: TokenStream): Argument {
  const { pos } = stream;
  let parameters: Identifier[] = [];
  if (stream.acceptSymbol('(')) {
    if (!stream.isSymbol(')')) parameters = commaList(stream, () => stream.expectIdentifier());
    stream.expectSymbol(')');
  } else {
    parameters = [stream.takeIdentifier()];
  }
  stream.expectSymbol('->');
  return { kind: 'Lambda', parameters, body: parseExpression(stream), pos };
}

function parseOver(stream: TokenStream): Window {
  if (stream.isSymbol('(')) return parseWindow(stream);
  const base = stream.expectIdentifier();
  return { base, partitionBy: [], orderBy: [], pos: base.pos };
}

/** `(base PARTITION BY … ORDER BY … ROWS …)` */
export function parseWindow(stream: TokenStream): Window {
  const { pos } = stream;
  stream.expectSymbol('(');
  const base = stream.isWord('ROWS') || stream.isWord('RANGE') ? undefined : stream.acceptIdentifier();
  const partitionBy = stream.acceptWord('PARTITION') ? afterBy(stream) : [];
  const orderBy = stream.acceptWords('ORDER', 'BY') ? parseOrderItems(stream) : [];
  const frame = parseFrame(stream);
  stream.expectSymbol(')');
  return { base, partitionBy, orderBy, frame, pos };
}

function afterBy(stream: TokenStream): Expression[] {
  stream.expectWord('BY');
  return commaList(stream, parseExpression);
}

function parseFrame(stream: TokenStream): WindowFrame | undefined {
  const { pos } = stream;
  const unit = stream.acceptOneOf('ROWS', 'RANGE');
  if (!unit) return undefined;
  if (!stream.acceptWord('BETWEEN')) return { unit, start: parseBound(stream), pos };
  const start = parseBound(stream);
  stream.expectWord('AND');
  return { unit, start, end: parseBound(stream), pos };
}

function parseBound(stream: TokenStream): FrameBound {
  const { pos } = stream;
  if (stream.acceptWord('CURRENT')) {
    stream.expectWord('ROW');
    return { bound: 'CURRENT ROW', pos };
  }
  const offset = stream.acceptWord('UNBOUNDED') ? undefined : parseExpression(stream);
  const side = stream.acceptOneOf('PRECEDING', 'FOLLOWING');
  if (!side) throw stream.unexpected();
  return offset ? { bound: side, offset, pos } : { bound: `UNBOUNDED ${side}`, pos };
}
