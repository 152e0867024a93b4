import type { Dialect } from '../../dialect.js';
import type { Sql, SqlKind } from '../../duck/sql.js';
import { invalidQuery, notImplemented, SqlError } from '../../errors.js';
import { knownFunctions, refusalOf } from '../../functions/known-functions.js';
import { MOVED_BY_NANOSECONDS } from '../../functions/nanoseconds.js';
import type { AggregateModifiers, DatePart, FunctionRule } from '../../functions/registry.js';
import type { Argument, Expression, FunctionCall, Position } from '../../syntax/ast.js';
import { type BqType, isGroupable, isOrderable, printType } from '../../syntax/types.js';
import type { Scope } from '../scope/scope.js';
import { closestName } from '../scope/suggest.js';
import { type Value, value } from '../scope/value.js';
import { argumentScopes, noteArguments } from './branches.js';
import { collationOfArguments, comparableArguments, withCollation } from './collation.js';
import { condition } from './conditions.js';
import { ActualCall, NO_MODIFIERS } from './emitted-call.js';
import { compileSpecialCall } from './grouping-function.js';
import { callJavaScript } from './javascript-call.js';
import { orderKeys, type SortKey, sortKey, sortList } from './order.js';
import { windowSql } from './over-clause.js';
import { callRoutine, findRoutine } from './routine-call.js';
import { safely, tried } from './safe.js';
import { chooseSignature, type GivenArgument, noSignatureMessage, patternType } from './signatures.js';

/** Compiles a call of a built-in function or of a routine. */
export function compileCall(given: FunctionCall, scope: Scope): Value {
  const node = scope.compilation.dialect.timestampDigits === 9 ? movedByNanoseconds(given) : given;
  const name = node.name.map((part) => part.name).join('.');
  const special = compileSpecialCall(name.toUpperCase(), node, scope);
  if (special !== undefined) return special;
  const routine = findRoutine(node, scope);
  if (routine !== undefined) {
    const { code } = routine;
    if (code !== undefined) return callJavaScript({ ...routine, code }, node, scope, compileBuiltIn);
    return callRoutine(routine, node, scope);
  }
  const rule = scope.compilation.context.functions.find(name);
  if (rule === undefined) {
    const typeOf = (argument: Expression): BqType => scope.compile(argument).type;
    const expanded = scope.compilation.context.expandCall?.(node, typeOf, scope.select.node);
    if (expanded !== undefined) return scope.compile(expanded);
    throw functionNotFound(name, node, scope.compilation.dialect);
  }
  if (!scope.compilation.dialect.hasFunction(name.toUpperCase()))
    throw unsupported(name, scope.compilation.dialect);
  return compileBuiltIn(rule, node, scope);
}

/** `TIMESTAMP_ADD(time, INTERVAL n NANOSECOND)` as a function of the number. */
function movedByNanoseconds(node: FunctionCall): FunctionCall {
  const [time, interval, ...rest] = node.arguments;
  if (interval?.kind !== 'IntervalExpression' || interval.part !== 'NANOSECOND' || interval.toPart)
    return node;
  const [first] = node.name;
  const name = node.name.length === 1 ? MOVED_BY_NANOSECONDS[first!.name.toUpperCase()] : undefined;
  if (name === undefined) return node;
  return { ...node, name: [{ ...first!, name }], arguments: [time!, interval.value, ...rest] };
}

function kindOf(rule: FunctionRule, node: FunctionCall): SqlKind {
  if (rule.kind !== 'scalar') return node.over === undefined ? 'aggregate' : 'window';
  return rule.options.volatile ? 'volatile' : 'text';
}

function unsupported(name: string, dialect: Dialect): SqlError {
  return new SqlError('notImplemented', dialect.unsupportedFunction(name.toUpperCase()));
}

function functionNotFound(name: string, node: FunctionCall, dialect: Dialect): Error {
  const { pos } = node.name[0]!;
  if (dialect.service !== 'BigQuery' && dialect.hasFunction(name.toUpperCase())) {
    return notImplemented(`Function ${name.toUpperCase()}`, 'query', pos);
  }
  const refusal = refusalOf(name);
  if (refusal !== undefined && !dialect.hasFunction(name.toUpperCase())) return unsupported(name, dialect);
  if (refusal !== undefined) return notImplemented(refusal, 'query', pos);
  const names = knownFunctions().flatMap(([known]) =>
    dialect.hasFunction(known) ? [known.toLowerCase()] : [],
  );
  const hint = closestName(name, names);
  const suggestion = hint === undefined ? '' : `; Did you mean ${hint}?`;
  return invalidQuery(`Function not found: ${name}${suggestion}`, pos);
}

function compileBuiltIn(rule: FunctionRule, node: FunctionCall, scope: Scope): Value {
  if (node.safe && (rule.options.notSafe || rule.kind !== 'scalar')) {
    throw invalidQuery(`Function ${rule.name} does not support SAFE error mode`, node.pos);
  }
  const aggregate = rule.kind !== 'scalar';
  if (aggregate) checkPlace(rule, node, scope);
  else if (node.over !== undefined) {
    throw invalidQuery(`Function ${rule.name} does not support an OVER clause`, node.pos);
  } else if (node.distinct) {
    throw invalidQuery(`Function ${rule.name} cannot be called with DISTINCT`, node.pos);
  }
  if (node.distinct && node.arguments.length === 0) {
    throw invalidQuery('DISTINCT function call with no arguments is not allowed', node.pos);
  }
  if (rule.options.volatile || rule.options.perStatement) scope.compilation.cacheable = false;
  const select = scope.select;
  const usesBefore = select.uses.length;
  const inner =
    rule.kind === 'aggregate' && node.over === undefined ? insideAggregate(scope, rule, node.pos) : scope;
  const named = node.arguments.findIndex(({ kind }) => kind === 'NamedArgument');
  const late =
    named < 0 ? undefined : node.arguments.slice(named).find(({ kind }) => kind !== 'NamedArgument');
  if (late !== undefined) {
    throw invalidQuery(
      `Call to function ${rule.name} must not specify positional arguments after named arguments; named arguments must be specified last in the argument list`,
      late.pos,
    );
  }
  const scopes = argumentScopes(rule.name, node.arguments, inner);
  const prepared = node.arguments.flatMap((argument, index) =>
    prepare(argument, index, rule, scopes[index]!),
  );
  const given = comparableArguments(rule, node, prepared);
  const match = chooseSignature(rule, given);
  if ('mismatches' in match) throw invalidQuery(noSignatureMessage(rule, given, match.mismatches), node.pos);
  const call = new ActualCall(rule, node, inner, match.placed, match.templates);
  noteArguments(rule.name, scope, call.inputs());
  if (node.over !== undefined) refuseWindows(call.inputs(), node.pos);
  const emit = match.rule.emit;
  checkIntervalPart(rule, node, call);
  call.resultType = resultType(call, rule, match.rule.signature.returns, match.templates);
  call.modifiers = aggregate ? modifiersOf(rule, node, inner, scope, call) : NO_MODIFIERS;
  // What has another value each time cannot fail, and DuckDB does not try it.
  const safe = node.safe && !rule.options.volatile;
  const binding = safe ? call.bindFallible() : undefined;
  const write = (): string => (typeof emit === 'string' ? fillTemplate(emit, call) : emit(call));
  const sql = call.write(write, kindOf(rule, node));
  if (inner !== scope) {
    // Columns inside an aggregate need no grouping.
    select.uses.length = usesBefore;
  }
  const result = withCollation(rule, value(sql, call.resultType, node.pos), collationOfArguments(prepared));
  if (binding !== undefined) return { ...result, sql: binding(tried(result.sql)) };
  return safe ? safely(result) : result;
}

const TIME_PARTS = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR'];
const INTERVAL_PARTS_OF: Partial<Record<string, readonly string[]>> = {
  DATE: ['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'],
  TIME: TIME_PARTS,
  TIMESTAMP: [...TIME_PARTS, 'DAY'],
};

/** DATE_ADD and its like take the parts that their type has; an INTERVAL elsewhere may have all. */
function checkIntervalPart(rule: FunctionRule, node: FunctionCall, call: ActualCall): void {
  const interval = node.arguments[1];
  if (interval?.kind !== 'IntervalExpression' || !/^(DATE|TIME|TIMESTAMP)_(ADD|SUB)$/.test(rule.name)) return;
  const type = call.type(0).kind;
  if (INTERVAL_PARTS_OF[type]?.includes(interval.part) === false) {
    throw invalidQuery(
      `${rule.name} does not support the ${interval.part} date part when the argument is ${type} type`,
      interval.pos,
    );
  }
}

function checkPlace(rule: FunctionRule, node: FunctionCall, scope: Scope): void {
  const select = scope.select;
  if (node.over === undefined) {
    if (rule.kind === 'window') {
      throw invalidQuery(`Analytic function ${rule.name} cannot be called without an OVER clause`, node.pos);
    }
    if (select.noAggregates !== undefined) {
      throw invalidQuery(`Aggregate function ${rule.name} not allowed in ${select.noAggregates}`, node.pos);
    }
    select.sawAggregate = true;
    return;
  }
  if (rule.kind === 'aggregate' && rule.options.notAnalytic) {
    throw invalidQuery(`Aggregate function ${rule.name} does not support an OVER clause`, node.pos);
  }
  const refusal = select.noWindows ?? (select.allowWindows ? undefined : select.noAggregates);
  if (refusal !== undefined) {
    throw invalidQuery(`Analytic function not allowed in ${refusal}`, node.pos);
  }
  if (scope.insideAggregate) {
    throw invalidQuery('Analytic functions cannot be arguments to aggregate functions', node.pos);
  }
  select.sawWindow = true;
}

function refuseWindows(parts: readonly { sql: Sql }[], pos: Position): void {
  if (parts.some(({ sql }) => sql.hasWindow)) {
    throw invalidQuery('Analytic functions cannot be arguments to analytic functions', pos);
  }
}

/** A scope in which a further aggregate is refused. */
function insideAggregate(scope: Scope, rule: FunctionRule, pos: Position): Scope {
  if (scope.insideAggregate) throw invalidQuery('Aggregations of aggregations are not allowed', pos);
  const inner = scope.withLocals([]);
  inner.aggregateName = rule.name;
  return inner;
}

const DATE_PARTS = new Set([
  'YEAR',
  'ISOYEAR',
  'QUARTER',
  'MONTH',
  'WEEK',
  'ISOWEEK',
  'DAY',
  'DAYOFWEEK',
  'DAYOFYEAR',
  'HOUR',
  'MINUTE',
  'SECOND',
  'MILLISECOND',
  'MICROSECOND',
  'NANOSECOND',
  'DATE',
  'TIME',
  'DATETIME',
  // Forms of NORMALIZE, which are bare words as well.
  'NFC',
  'NFD',
  'NFKC',
  'NFKD',
]);

function prepare(argument: Argument, index: number, rule: FunctionRule, scope: Scope): GivenArgument[] {
  switch (argument.kind) {
    case 'NamedArgument':
      return prepare(argument.value, -1, rule, scope).map((item) => ({ ...item, name: argument.name.name }));
    case 'Lambda':
      return [{ kind: 'lambda', lambda: argument }];
    case 'StarArgument':
      return [];
    case 'TableArgument':
    case 'ModelArgument':
    case 'ConnectionArgument':
    case 'QueryArgument':
    case 'DescriptorArgument':
      return [{ kind: 'other', node: argument }];
    default: {
      const part = takesPart(rule, index) ? datePart(argument, rule) : undefined;
      return [
        part === undefined ? { kind: 'value', value: scope.compile(argument) } : { kind: 'part', part },
      ];
    }
  }
}

function takesPart(rule: FunctionRule, index: number): boolean {
  return rule.signatures.some(({ signature }) => signature.arguments[index]?.pattern.kind === 'datePart');
}

function datePart(argument: Expression, rule: FunctionRule): DatePart | undefined {
  if (argument.kind === 'PathExpression' && argument.parts.length === 1) {
    const name = argument.parts[0]!.name.toUpperCase();
    if (DATE_PARTS.has(name)) return { name, pos: argument.pos };
    const optional = rule.signatures.some(({ signature }) =>
      signature.arguments.every((slot) => slot.pattern.kind !== 'datePart'),
    );
    if (optional) return undefined;
    throw invalidQuery(
      `A valid date part name is required but found ${argument.parts[0]!.name}`,
      argument.pos,
    );
  }
  if (argument.kind === 'FunctionCall' && argument.name.length === 1) {
    const name = argument.name[0]!.name.toUpperCase();
    const day = argument.arguments[0];
    if (name === 'WEEK' && day?.kind === 'PathExpression') {
      return { name, weekday: day.parts[0]!.name.toUpperCase(), pos: argument.pos };
    }
  }
  return undefined;
}

function resultType(
  call: ActualCall,
  rule: FunctionRule,
  returns: Parameters<typeof patternType>[0],
  templates: ReadonlyMap<string, BqType>,
): BqType {
  if (returns.kind === 'inferred') {
    if (rule.options.returns === undefined) throw new Error(`${rule.name} has no rule for its result type`);
    return rule.options.returns(call);
  }
  // A lambda's result may bind the last template.
  const all = new Map(templates);
  call.bindLambdaResults(all);
  const type = patternType(returns, all);
  if (type === undefined) throw new Error(`the result type of ${rule.name} depends on nothing`);
  return type;
}

function modifiersOf(
  rule: FunctionRule,
  node: FunctionCall,
  inner: Scope,
  scope: Scope,
  call: ActualCall,
): AggregateModifiers {
  const { options } = rule;
  const refuse = (what: string): never => {
    throw invalidQuery(
      `${what} not allowed for ${rule.kind === 'window' ? 'analytic' : 'aggregate'} function ${rule.name}`,
      node.pos,
    );
  };
  if (node.distinct) {
    if (node.arguments[0]?.kind === 'StarArgument') {
      throw invalidQuery(`${rule.name}(*) cannot be used with DISTINCT`, node.pos);
    }
    if (options.distinct === false || rule.kind === 'window') refuse('DISTINCT');
    const first = call.has(0) ? call.type(0) : undefined;
    if (first !== undefined && !isGroupable(first)) {
      throw invalidQuery(
        `Aggregate functions with DISTINCT cannot be used with arguments of type ${printType(first)}`,
        node.pos,
      );
    }
  }
  if (node.nullHandling !== undefined && !options.nullHandling) refuse('IGNORE NULLS or RESPECT NULLS is');
  if ((node.orderBy?.length ?? 0) > 0 && !options.ordered) refuse('ORDER BY in arguments is');
  if (node.limit !== undefined && !options.ordered) refuse('LIMIT in arguments is');
  if (node.having !== undefined && rule.kind === 'window') refuse('HAVING MAX or HAVING MIN is');
  if (node.distinct) refuseForeignOrder(node, inner, call);
  const keys = orderKeys(node.orderBy ?? [], inner);
  const modifiers: AggregateModifiers = {
    distinct: node.distinct ?? false,
    orderBy: keys.length === 0 ? '' : call.hole(sortList(keys)),
  };
  if (node.limit !== undefined) modifiers.limit = call.hole(inner.compile(node.limit).sql);
  if (node.nullHandling !== undefined) modifiers.nulls = node.nullHandling;
  if (node.where !== undefined) {
    const test = condition(inner.compile(node.where), 'WHERE clause', scope.castContext);
    modifiers.filter = call.hole(test.sql);
  }
  if (node.having !== undefined) {
    const key = inner.compile(node.having.expression);
    if (!isOrderable(key.type)) {
      throw invalidQuery(
        `HAVING ${node.having.extreme} does not support type ${printType(key.type)}`,
        key.pos,
      );
    }
    const [{ by }] = sortKey(key, { descending: false }, true) as [SortKey];
    modifiers.having = { extreme: node.having.extreme, sql: call.hole(by), type: key.type };
  }
  if (node.over !== undefined) {
    const { sql, partition, frameRows } = windowSql(node.over, rule, scope, node.distinct ?? false);
    refuseWindows([{ sql }], node.over.pos);
    const keys = partition.map((key) => call.hole(key));
    modifiers.over = { sql: call.hole(sql), partition: keys, frameRows };
  }
  return modifiers;
}

/** With DISTINCT, only what is aggregated can order it. */
function refuseForeignOrder(node: FunctionCall, inner: Scope, call: ActualCall): void {
  const arguments_ = call.inputs();
  const foreign = node.orderBy?.find(({ expression }) => {
    const key = inner.compile(expression).sql;
    return !arguments_.some((argument) => argument.sql.equals(key));
  });
  if (foreign === undefined) return;
  throw invalidQuery(
    'An aggregate function that has both DISTINCT and ORDER BY arguments can only ORDER BY expressions that are arguments to the function',
    foreign.pos,
  );
}

function fillTemplate(template: string, call: ActualCall): string {
  return template.replace(/\$(\d+|\*)/g, (_, reference: string) =>
    reference === '*' ? call.all().join(', ') : call.sql(Number(reference) - 1),
  );
}
