import type {
  BinaryOperator,
  Comparison,
  ComparisonOperator,
  Expression,
  QuantifiedComparison,
  SetSource,
} from './ast.js';
import { parsePostfix } from './parser-primary.js';
import { parseSubquery, startsQuery } from './parser-queries.js';
import { parenthesizedList, type TokenStream } from './token-stream.js';

/** Any expression, down to the weakest operator, OR. */
export function parseExpression(stream: TokenStream): Expression {
  stream.enter();
  const expression = parseChain(stream, 'OR', parseAnd);
  stream.leave();
  return expression;
}

function parseAnd(stream: TokenStream): Expression {
  return parseChain(stream, 'AND', parseNot);
}

function parseChain(
  stream: TokenStream,
  operator: 'AND' | 'OR',
  parseOperand: (stream: TokenStream) => Expression,
): Expression {
  const first = parseOperand(stream);
  if (!stream.isWord(operator)) return first;
  const operands = [first];
  while (stream.acceptWord(operator)) operands.push(parseOperand(stream));
  return { kind: 'Logical', operator, operands, pos: first.pos };
}

function parseNot(stream: TokenStream): Expression {
  const pos = stream.pos;
  if (!stream.acceptWord('NOT')) return parseComparison(stream);
  stream.enter();
  const operand = parseNot(stream);
  stream.leave();
  return { kind: 'Unary', operator: 'NOT', operand, pos };
}

const comparisonOperators: ReadonlyMap<string, ComparisonOperator> = new Map([
  ['=', '='],
  ['!=', '!='],
  ['<>', '!='],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);

/** Comparisons do not associate: `a = b = c` is a syntax error. */
function parseComparison(stream: TokenStream): Expression {
  const left = parseArithmetic(stream, 0);
  const compared = parseComparisonTail(stream, left);
  if (compared !== left && startsComparison(stream)) throw stream.unexpected();
  return compared;
}

function startsComparison(stream: TokenStream): boolean {
  const { type, text } = stream.token;
  if (type === 'symbol') return comparisonOperators.has(text);
  if (type !== 'word') return false;
  if (text === 'NOT') return ['LIKE', 'IN', 'BETWEEN'].includes(stream.peek(1).text);
  return text === 'IS' || text === 'LIKE' || text === 'IN' || text === 'BETWEEN';
}

function parseComparisonTail(stream: TokenStream, left: Expression): Expression {
  const { type, text } = stream.token;
  if (type === 'symbol') {
    const operator = comparisonOperators.get(text);
    return operator ? parseComparisonOperator(stream, left, operator) : left;
  }
  if (type !== 'word' || !startsComparison(stream)) return left;
  if (stream.acceptWord('IS')) return parseIs(stream, left);
  const pos = left.pos;
  const negated = stream.acceptWord('NOT');
  const operatorPos = stream.pos;
  if (stream.acceptWord('BETWEEN')) {
    const low = parseArithmetic(stream, 0);
    stream.expectWord('AND');
    const high = parseArithmetic(stream, 0);
    return { kind: 'Between', negated, operatorPos, operand: left, low, high, pos };
  }
  if (stream.acceptWord('IN')) {
    return { kind: 'In', negated, operatorPos, operand: left, source: parseSetSource(stream), pos };
  }
  stream.expectWord('LIKE');
  const quantified = parseQuantified(stream, left, 'LIKE', negated);
  if (quantified) return quantified;
  return { kind: 'Like', negated, operand: left, pattern: parseArithmetic(stream, 0), pos };
}

function parseComparisonOperator(
  stream: TokenStream,
  left: Expression,
  operator: ComparisonOperator,
): Comparison | QuantifiedComparison {
  stream.next();
  const quantified = parseQuantified(stream, left, operator, false);
  if (quantified) return quantified;
  const right = parseArithmetic(stream, 0);
  return { kind: 'Comparison', operator, left, right, pos: left.pos };
}

function parseQuantified(
  stream: TokenStream,
  operand: Expression,
  operator: ComparisonOperator | 'LIKE',
  negated: boolean,
): QuantifiedComparison | undefined {
  const word = stream.acceptOneOf('ANY', 'SOME', 'ALL');
  if (!word) return undefined;
  const quantifier = word === 'ALL' ? 'ALL' : 'ANY';
  const source = parseSetSource(stream);
  return { kind: 'QuantifiedComparison', operator, negated, quantifier, operand, source, pos: operand.pos };
}

function parseIs(stream: TokenStream, left: Expression): Expression {
  const pos = left.pos;
  const negated = stream.acceptWord('NOT');
  if (stream.acceptWords('DISTINCT', 'FROM')) {
    return { kind: 'IsDistinctFrom', negated, left, right: parseArithmetic(stream, 0), pos };
  }
  const value = stream.acceptOneOf('NULL', 'TRUE', 'FALSE', 'UNKNOWN');
  if (!value) throw stream.unexpected();
  return { kind: 'Is', negated, operand: left, value, pos };
}

/** What follows IN or ANY: a list, a query in parentheses, or UNNEST. */
function parseSetSource(stream: TokenStream): SetSource {
  const pos = stream.pos;
  if (stream.acceptWord('UNNEST')) {
    stream.expectSymbol('(');
    const array = parseExpression(stream);
    stream.expectSymbol(')');
    return { kind: 'Unnest', array, pos };
  }
  if (!stream.isSymbol('(')) throw stream.expected('"(" or keyword UNNEST');
  if (startsQuery(stream, 1)) {
    const state = stream.save();
    stream.next();
    const query = parseSubquery(stream);
    if (stream.acceptSymbol(')')) return { kind: 'Subquery', query, pos };
    // `IN ((SELECT 1), 2)` begins like a query too.
    if (!stream.isSymbol(',')) throw stream.expected('")"');
    stream.restore(state);
  }
  return { kind: 'List', items: parenthesizedList(stream, parseExpression), pos };
}

// From the weakest to the strongest; all associate to the left.
const levels: ReadonlyMap<string, number> = new Map([
  ['|', 1],
  ['^', 2],
  ['&', 3],
  ['<<', 4],
  ['>>', 4],
  ['+', 5],
  ['-', 5],
  ['*', 6],
  ['/', 6],
  ['||', 6],
]);

/** Operators that bind tighter than comparisons. */
function parseArithmetic(stream: TokenStream, above: number): Expression {
  let left = parseUnary(stream);
  for (;;) {
    const { type, text } = stream.token;
    const level = type === 'symbol' ? levels.get(text) : undefined;
    if (level === undefined || level <= above) return left;
    stream.next();
    const right = parseArithmetic(stream, level);
    left = { kind: 'Binary', operator: text as BinaryOperator, left, right, pos: left.pos };
  }
}

function parseUnary(stream: TokenStream): Expression {
  const { token } = stream;
  if (token.type === 'symbol' && (token.text === '-' || token.text === '+' || token.text === '~')) {
    stream.next();
    stream.enter();
    const operand = parseUnary(stream);
    stream.leave();
    return { kind: 'Unary', operator: token.text, operand, pos: token.pos };
  }
  return parsePostfix(stream);
}
