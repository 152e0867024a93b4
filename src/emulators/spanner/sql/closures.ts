import type { Expression, FunctionCall, SetSource } from '../../googlesql/syntax/ast.js';
import {
  BOOL,
  type BqType,
  FLOAT64,
  INT64,
  NANOSECOND_TIMESTAMP,
  STRING,
  sameType,
} from '../../googlesql/syntax/types.js';
import { nanosOfText } from '../../googlesql/values/nanoseconds.js';
import { dateOfText } from '../../googlesql/values/time-text.js';
import type { Row } from '../values/value.js';
import { arithmetic } from './arithmetic.js';
import { type Closure, type ClosureScope, constant, oneType } from './closure.js';
import { coerced, floatLiteral } from './coercions.js';
import { comparator } from './compare-values.js';
import { callClosure } from './function-closures.js';

/**
 * An expression that needs nothing of DuckDB, for rows that are at hand anyway; undefined for all others, and for what
 * is wrong in some way: then the compiler of queries says in which.
 */
export function closureOf(node: Expression, scope: ClosureScope): Closure | undefined {
  switch (node.kind) {
    case 'NullLiteral':
      return { type: INT64, run: () => null, isNull: true };
    case 'BooleanLiteral':
      return constant(BOOL, node.value);
    case 'IntegerLiteral':
      return node.value < 2n ** 63n ? { ...constant(INT64, node.value), literal: node.value } : undefined;
    case 'FloatLiteral':
      return { ...constant(FLOAT64, Number(node.text)), float: node.text };
    case 'StringLiteral':
      return { ...constant(STRING, node.value), literal: node.value };
    case 'BytesLiteral':
      return constant({ kind: 'BYTES' }, Buffer.from(node.value));
    case 'TypedLiteral':
      return typedLiteral(node.type, node.value, scope);
    case 'NamedParameter': {
      const found = scope.parameter(node.name);
      if (found === undefined) return undefined;
      const { type, value } = found;
      const closure = constant(type, value);
      return type.kind === 'STRING' && value !== null ? { ...closure, literal: value as string } : closure;
    }
    case 'PathExpression': {
      const found = scope.column(node.parts.map((part) => part.name));
      if (found === undefined)
        return bareCall(
          node.parts.map((part) => part.name),
          scope,
        );
      const { index } = found;
      return { type: found.type, run: (row) => row[index] ?? null };
    }
    case 'Unary':
      return unary(node.operator, node.operand, scope);
    case 'Binary': {
      const left = closureOf(node.left, scope);
      const right = closureOf(node.right, scope);
      return left && right && arithmetic(node.operator, left, right, scope.timeZone);
    }
    case 'Logical':
      return logical(node.operator, node.operands, scope);
    case 'Comparison':
      // The compiler refuses a bare NULL.
      if (node.left.kind === 'NullLiteral' || node.right.kind === 'NullLiteral') return undefined;
      return comparison(node.operator, closureOf(node.left, scope), closureOf(node.right, scope), scope);
    case 'Between': {
      const operand = closureOf(node.operand, scope);
      const low = comparison('>=', operand, closureOf(node.low, scope), scope);
      const high = comparison('<=', operand, closureOf(node.high, scope), scope);
      const both = low && high && conjunction([low, high]);
      return both && (node.negated ? negation(both) : both);
    }
    case 'In': {
      const found = inSource(closureOf(node.operand, scope), node.source, scope);
      return found && (node.negated ? negation(found) : found);
    }
    case 'Is':
      return is(node.value, node.negated, closureOf(node.operand, scope));
    case 'Case':
      return caseClosure(node, scope);
    case 'FunctionCall':
      return node.over || node.distinct ? undefined : call(node, scope);
    default:
      return undefined;
  }
}

function typedLiteral(type: string, text: string, { timeZone }: ClosureScope): Closure | undefined {
  if (type === 'DATE') {
    const days = dateOfText(text);
    return days === undefined ? undefined : constant({ kind: 'DATE' }, days);
  }
  if (type === 'TIMESTAMP') {
    const nanos = nanosOfText(text, timeZone);
    return nanos === undefined ? undefined : constant(NANOSECOND_TIMESTAMP, nanos);
  }
  if (type !== 'NUMERIC') return undefined;
  const value = floatLiteral(text, { kind: 'NUMERIC' });
  return value === undefined ? undefined : constant({ kind: 'NUMERIC' }, value);
}

/** `CURRENT_TIMESTAMP` and its like need no parentheses. */
function bareCall(parts: readonly string[], scope: ClosureScope): Closure | undefined {
  const name = parts[0]!.toUpperCase();
  if (parts.length > 1 || (name !== 'CURRENT_TIMESTAMP' && name !== 'CURRENT_DATE')) return undefined;
  return callClosure(name, [], scope);
}

function call(node: FunctionCall, scope: ClosureScope): Closure | undefined {
  if (node.safe || node.name.length !== 1 || node.orderBy || node.having || node.limit || node.where)
    return undefined;
  const inputs: Closure[] = [];
  for (const argument of node.arguments) {
    if (argument.kind === 'StarArgument' || argument.kind === 'NamedArgument' || argument.kind === 'Lambda')
      return undefined;
    const input = closureOf(argument as Expression, scope);
    if (input === undefined) return undefined;
    inputs.push(input);
  }
  return callClosure(node.name[0]!.name.toUpperCase(), inputs, scope);
}

/** The closure as a value of `type`, as arguments and literals convert. */
export function closureAs(given: Closure | undefined, type: BqType, timeZone: string): Closure | undefined {
  if (given === undefined) return undefined;
  if (given.float !== undefined && given.type.kind !== type.kind) {
    const value = floatLiteral(given.float, type);
    return value === undefined ? undefined : constant(type, value);
  }
  return coerced(given, type, timeZone);
}

function unary(operator: string, node: Expression, scope: ClosureScope): Closure | undefined {
  if (operator === '-' && node.kind === 'IntegerLiteral') {
    return node.value <= 2n ** 63n ? { ...constant(INT64, -node.value), literal: -node.value } : undefined;
  }
  if (operator === '-' && node.kind === 'FloatLiteral') {
    return { ...constant(FLOAT64, -Number(node.text)), float: `-${node.text}` };
  }
  const operand = closureOf(node, scope);
  if (operator !== 'NOT' || operand === undefined) return undefined;
  return operand.type.kind === 'BOOL' || operand.isNull ? negation(operand) : undefined;
}

function negation(operand: Closure): Closure {
  return {
    type: BOOL,
    run: (row) => {
      const value = operand.run(row);
      return value === null ? null : !value;
    },
  };
}

function logical(
  operator: 'AND' | 'OR',
  nodes: readonly Expression[],
  scope: ClosureScope,
): Closure | undefined {
  const operands: Closure[] = [];
  for (const node of nodes) {
    const operand = closureOf(node, scope);
    if (operand === undefined || (operand.type.kind !== 'BOOL' && !operand.isNull)) return undefined;
    operands.push(operand);
  }
  return operator === 'AND' ? conjunction(operands) : disjunction(operands);
}

function conjunction(operands: readonly Closure[]): Closure {
  return { type: BOOL, run: (row) => decide(operands, row, false) };
}

function disjunction(operands: readonly Closure[]): Closure {
  return { type: BOOL, run: (row) => decide(operands, row, true) };
}

/** `decisive` as soon as one operand is that, NULL when one is NULL, else the opposite. */
function decide(operands: readonly Closure[], row: Row, decisive: boolean): boolean | null {
  let sawNull = false;
  for (const operand of operands) {
    const value = operand.run(row);
    if (value === decisive) return decisive;
    if (value === null) sawNull = true;
  }
  return sawNull ? null : !decisive;
}

const TESTS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** Both as values of one type that they compare in. */
function matched(left: Closure, right: Closure, timeZone: string): [Closure, Closure] | undefined {
  if (!left.isNull && !right.isNull && sameType(left.type, right.type)) return [left, right];
  const rightAs = closureAs(right, left.type, timeZone);
  if (rightAs !== undefined && !left.isNull) return [left, rightAs];
  const leftAs = closureAs(left, right.type, timeZone);
  return leftAs === undefined ? undefined : [leftAs, right];
}

export function comparison(
  operator: string,
  left: Closure | undefined,
  right: Closure | undefined,
  { timeZone }: ClosureScope,
): Closure | undefined {
  if (left === undefined || right === undefined) return undefined;
  const pair = matched(left, right, timeZone);
  const compare = pair && comparator(pair[0].type);
  if (pair === undefined || compare === undefined) return undefined;
  const [a, b] = pair;
  const test = TESTS[operator]!;
  return {
    type: BOOL,
    run: (row) => {
      const first = a.run(row);
      if (first === null) return null;
      const second = b.run(row);
      return second === null ? null : test(compare(first, second));
    },
  };
}

function inSource(operand: Closure | undefined, source: SetSource, scope: ClosureScope): Closure | undefined {
  if (operand === undefined || source.kind === 'Subquery') return undefined;
  if (source.kind === 'List')
    return inItems(
      operand,
      source.items.map((item) => closureOf(item, scope)),
      scope,
    );
  const { array } = source;
  if (array.kind === 'ArrayConstructor' && array.element === undefined) {
    return inItems(
      operand,
      array.elements.map((item) => closureOf(item, scope)),
      scope,
    );
  }
  if (array.kind !== 'NamedParameter') return undefined;
  const given = scope.parameter(array.name);
  if (given?.type.kind !== 'ARRAY') return undefined;
  const { element } = given.type;
  const items = (given.value ?? []) as Row;
  return inItems(
    operand,
    items.map((item) => constant(element, item)),
    scope,
  );
}

function inItems(
  operand: Closure,
  items: readonly (Closure | undefined)[],
  scope: ClosureScope,
): Closure | undefined {
  const tests: Closure[] = [];
  for (const item of items) {
    const test = comparison('=', operand, item, scope);
    if (test === undefined) return undefined;
    tests.push(test);
  }
  return disjunction(tests);
}

function is(value: string, negated: boolean, operand: Closure | undefined): Closure | undefined {
  if (operand === undefined) return undefined;
  if (value !== 'NULL' && operand.type.kind !== 'BOOL') return undefined;
  const wanted = value === 'NULL' || value === 'UNKNOWN' ? null : value === 'TRUE';
  return { type: BOOL, run: (row) => (operand.run(row) === wanted) !== negated };
}

function caseClosure(node: Extract<Expression, { kind: 'Case' }>, scope: ClosureScope): Closure | undefined {
  const operand = node.operand && closureOf(node.operand, scope);
  if (node.operand !== undefined && operand === undefined) return undefined;
  const whens = node.branches.map(({ when }) => {
    const test = closureOf(when, scope);
    return operand === undefined ? test : comparison('=', operand, test, scope);
  });
  const results = [...node.branches.map(({ result }) => result), ...(node.otherwise ? [node.otherwise] : [])];
  const outcomes = oneType(results.map((result) => closureOf(result, scope)));
  if (outcomes === undefined || whens.some((when) => when === undefined || when.type.kind !== 'BOOL'))
    return undefined;
  return {
    type: outcomes[0]!.type,
    run: (row) => {
      const branch = whens.findIndex((when) => when!.run(row) === true);
      if (branch >= 0) return outcomes[branch]!.run(row);
      return node.otherwise === undefined ? null : outcomes.at(-1)!.run(row);
    },
  };
}
