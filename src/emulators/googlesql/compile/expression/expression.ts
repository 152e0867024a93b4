import { intervalSql } from '../../duck/literal-text.js';
import { duck, NOTHING, raw, type Sql, series, template } from '../../duck/sql.js';
import { invalidQuery } from '../../errors.js';
import type { CastContext } from '../../functions/conversions.js';
import { bindInputs, sharing } from '../../functions/share.js';
import type {
  Comparison,
  Expression,
  IntervalExpression,
  PathExpression,
  QuantifiedComparison,
  Unary,
} from '../../syntax/ast.js';
import { BOOL, commonSupertype, INT64, INTERVAL, isFloat, printType, rangeOf } from '../../syntax/types.js';
import {
  duckIntervalText,
  INTERVAL_PARTS,
  type IntervalValue,
  intervalOfNumber,
  intervalOfText,
} from '../../values/interval-text.js';
import type { Grouping, Scope } from '../scope/scope.js';
import { closestName } from '../scope/suggest.js';
import { printArgumentType, type Value, value } from '../scope/value.js';
import { binary, bitwiseNot, negate } from './arithmetic.js';
import { branchScopes, noteBranches } from './branches.js';
import { compileCast } from './cast-expression.js';
import { coerce } from './casts.js';
import { compileChain, isLongChain } from './chain.js';
import { alikeCollated } from './collation.js';
import {
  compare,
  comparison,
  distinctFrom,
  inArray,
  inList,
  isNumber,
  like,
  noCommonType,
  threeValued,
} from './comparison.js';
import { condition, logical, logicalOperands, truthValue } from './conditions.js';
import { compileArray, compileStruct, fieldOf, subscript } from './constructors.js';
import { compileExtract } from './extract.js';
import { compileCall } from './function-call.js';
import {
  booleanLiteral,
  bytesLiteral,
  floatLiteral,
  integerLiteral,
  nullLiteral,
  rangeLiteral,
  stringLiteral,
  typedLiteral,
} from './literals.js';
import { compileParameter } from './parameters.js';
import {
  arraySubquery,
  existsSubquery,
  inSubquery,
  quantifiedSubquery,
  scalarSubquery,
} from './subqueries.js';
import { typeOfNode } from './type-nodes.js';

/** Compiles an expression; in a grouped SELECT, text equal to a grouping key needs no further grouping. */
export function compileExpression(node: Expression, scope: Scope): Value {
  const select = scope.select;
  const known = select.memo.get(node);
  if (known !== undefined) return known;
  const usesBefore = select.uses.length;
  const result = dispatch(node, scope);
  if (node.kind === 'PathExpression' || select.grouping?.keys.has(result.sql) !== true) return result;
  if (select.uses.length > usesBefore) {
    select.uses.length = usesBefore;
    return result;
  }
  return select.grouping.leavesOut ? { ...result, sql: ofOtherKeys(result.sql, select.grouping) } : result;
}

/** A key that is made of others: rows that leave it out and have those compute it. DuckDB would take the key itself. */
function ofOtherKeys(key: Sql, { keys }: Grouping): Sql {
  return key.replace((node) => (node !== key && keys.has(node) ? duck`coalesce(${node})` : undefined));
}

function dispatch(node: Expression, scope: Scope): Value {
  const context = scope.castContext;
  const compile = (inner: Expression) => scope.compile(inner);
  switch (node.kind) {
    case 'NullLiteral':
      return nullLiteral(node.pos);
    case 'BooleanLiteral':
      return booleanLiteral(node.value, node.pos);
    case 'IntegerLiteral':
      return integerLiteral(node, false, node.pos);
    case 'FloatLiteral':
      return floatLiteral(node.text, node.pos);
    case 'StringLiteral':
      return stringLiteral(node.value, node.pos);
    case 'BytesLiteral':
      return bytesLiteral(node.value, node.pos);
    case 'TypedLiteral':
      return typedLiteral(node, context.timeZone, scope.compilation.dialect.timestampDigits);
    case 'RangeLiteral': {
      const type = typeOfNode(node.element, scope.compilation.dialect.timestampDigits);
      return rangeLiteral(rangeOf(type), node.value, node.pos, context.timeZone);
    }
    case 'IntervalExpression':
      return interval(node, scope);
    case 'PathExpression':
      return path(node, scope);
    case 'NamedParameter':
    case 'PositionalParameter':
      return compileParameter(node, scope);
    case 'SystemVariable': {
      const name = `@@${node.parts.join('.')}`;
      const variable = scope.compilation.context.variables?.get(name);
      if (variable === undefined) throw invalidQuery(`Unrecognized system variable: ${name}`, node.pos);
      scope.compilation.cacheable = false;
      return value(raw(variable.sql), variable.type, node.pos);
    }
    case 'Unary':
      return unary(node, scope);
    case 'Binary':
      if (isLongChain(node)) return compileChain(node, compile, context);
      return binary(node.operator, compile(node.left), compile(node.right), node.pos, context);
    case 'Logical': {
      const operands = logicalOperands(node.operator, node.operands.map(compile), node.pos, context);
      return logical(node.operator, operands, node.pos);
    }
    case 'Comparison':
      refuseNull(node, scope);
      return comparison(node.operator, compile(node.left), compile(node.right), node.pos, context);
    case 'QuantifiedComparison':
      return quantified(node, scope);
    case 'Between':
      return between(compile(node.operand), compile(node.low), compile(node.high), node, context);
    case 'Like':
      return like(compile(node.operand), compile(node.pattern), node.negated, node.pos, context);
    case 'In':
      switch (node.source.kind) {
        case 'List':
          return inList(
            compile(node.operand),
            node.source.items.map(compile),
            node.negated,
            node.operatorPos,
            context,
          );
        case 'Unnest': {
          const array = node.source.array;
          if (array.kind === 'ArrayConstructor' && array.element === undefined && array.elements.length > 0) {
            return inList(
              compile(node.operand),
              array.elements.map(compile),
              node.negated,
              node.operatorPos,
              context,
            );
          }
          return inArray(compile(node.operand), compile(array), node.negated, node.operatorPos, context);
        }
        case 'Subquery':
          return inSubquery(compile(node.operand), node.source.query, node.negated, node.operatorPos, scope);
      }
      break;
    case 'Is': {
      const operand = compile(node.operand);
      const not = node.negated ? 'NOT ' : '';
      if (node.value === 'NULL') return value(duck`(${operand.sql} IS ${not}NULL)`, BOOL, node.pos);
      const input = truthValue(operand, `Operand of IS ${node.value}`, context);
      if (node.value === 'UNKNOWN') return value(duck`(${input.sql} IS ${not}NULL)`, BOOL, node.pos);
      const test = duck`${input.sql} IS ${node.negated ? '' : 'NOT '}DISTINCT FROM ${node.value.toLowerCase()}`;
      return value(duck`(${test})`, BOOL, node.pos);
    }
    case 'IsDistinctFrom':
      return distinctFrom(compile(node.left), compile(node.right), node.negated, node.pos, context);
    case 'Case':
      return caseExpression(node, scope);
    case 'Cast':
      return compileCast(node, scope);
    case 'Extract':
      return compileExtract(node, scope);
    case 'FunctionCall':
      return compileCall(node, scope);
    case 'FieldAccess':
      return fieldOf(compile(node.operand), node.field);
    case 'Subscript':
      return subscript(node, compile(node.operand), scope);
    case 'ArrayConstructor':
      return compileArray(node, scope);
    case 'StructConstructor':
      return compileStruct(node, scope);
    case 'ScalarSubquery':
      return scalarSubquery(node.query, node.pos, scope);
    case 'ArraySubquery':
      return arraySubquery(node.query, node.pos, scope);
    case 'Exists':
      return existsSubquery(node.query, node.pos, scope);
    case 'WithExpression': {
      const inner = scope.withLocals([]);
      for (const binding of node.bindings) {
        inner.locals.set(binding.name.name.toLowerCase(), inner.compile(binding.value));
      }
      return { ...inner.compile(node.body), name: undefined };
    }
    case 'DefaultValue':
      throw invalidQuery('DEFAULT is allowed only as a value of INSERT, UPDATE and MERGE', node.pos);
  }
}

function refuseNull({ operator, left, right }: Comparison, scope: Scope): void {
  if (scope.compilation.dialect.comparesNull) return;
  const bare = [left, right].find((operand) => operand.kind === 'NullLiteral');
  if (bare !== undefined) throw invalidQuery(`Operands of ${operator} cannot be literal NULL`, bare.pos);
}

function unary(node: Unary, scope: Scope): Value {
  const context = scope.castContext;
  if (node.operator === 'NOT') {
    const [operand] = logicalOperands('NOT', [scope.compile(node.operand)], node.pos, context);
    return value(duck`(NOT ${operand!.sql})`, BOOL, node.pos);
  }
  if (node.operator === '-') {
    if (node.operand.kind === 'IntegerLiteral') return integerLiteral(node.operand, true, node.pos);
    if (node.operand.kind === 'FloatLiteral') return floatLiteral(`-${node.operand.text}`, node.pos);
    return negate(scope.compile(node.operand), node.pos, context);
  }
  const operand = scope.compile(node.operand);
  if (node.operator === '~') return bitwiseNot(operand, node.pos, context);
  negate(operand, node.pos, context);
  return { ...operand, name: undefined };
}

/** A name: column, range variable, function argument, script variable, or fields of them. */
function path(node: PathExpression, scope: Scope): Value {
  const first = node.parts[0]!;
  const found = scope.resolve(node.parts);
  let result: Value;
  let taken = 1;
  if (found !== undefined) {
    result = found.value;
    taken = found.taken;
  } else {
    const variable = scope.compilation.context.variables?.get(first.name.toLowerCase());
    const bare = node.parts.length === 1 ? scope.compilation.context.functions.find(first.name) : undefined;
    if (variable !== undefined) {
      scope.compilation.cacheable = false;
      result = { ...value(raw(variable.sql), variable.type, node.pos), name: first.name };
    } else if (bare?.options.bare === true) {
      return compileCall(
        { kind: 'FunctionCall', pos: node.pos, name: [first], safe: false, arguments: [] },
        scope,
      );
    } else {
      const hint = closestName(first.name, scope.names());
      throw invalidQuery(
        `Unrecognized name: ${first.name}${hint === undefined ? '' : `; Did you mean ${hint}?`}`,
        first.pos,
      );
    }
  }
  const select = scope.select;
  for (const field of node.parts.slice(taken)) {
    const usesBefore = select.uses.length;
    result = fieldOf(result, field);
    if (select.grouping?.keys.has(result.sql) === true && usesBefore > 0) select.uses.length = usesBefore - 1;
  }
  return { ...result, pos: node.pos };
}

function caseExpression(node: Extract<Expression, { kind: 'Case' }>, scope: Scope): Value {
  const context = scope.castContext;
  const branches = branchScopes(scope, node.branches.length, (index) => {
    const when = scope.compile(node.branches[index]!.when);
    if (node.operand === undefined) return condition(when, 'WHEN clause', context).sql;
    return comparison('=', scope.compile(node.operand), when, when.pos, context).sql;
  });
  const results = node.branches.map((branch, index) => branches[index]!.compile(branch.result));
  if (node.otherwise !== undefined) results.push(branches.at(-1)!.compile(node.otherwise));
  noteBranches(scope, results);
  const type = commonSupertype(results);
  if (type === undefined) {
    throw invalidQuery(
      `No matching signature for operator CASE; all THEN/ELSE arguments must be coercible to a common type but found: ${results.map(printArgumentType).join(', ')}`,
      node.pos,
    );
  }
  const whens = node.branches.map((branch) => scope.compile(branch.when));
  const outcomes = results.map((result) => coerce(result, type, context));
  const { head, tests } = caseTests(node, whens, scope);
  const cases = tests.map((test, index) => duck`WHEN ${test} THEN ${outcomes[index]!.sql}`);
  const otherwise = node.otherwise === undefined ? '' : duck` ELSE ${outcomes.at(-1)!.sql}`;
  const nullOnly = results.every((result) => result.coercibility === 'null');
  const sql = duck`CASE ${head}${series(cases, ' ')}${otherwise} END`;
  return value(sql, type, node.pos, nullOnly ? 'null' : 'none');
}

/** What stands between CASE and WHEN, and behind each WHEN. */
function caseTests(
  node: Extract<Expression, { kind: 'Case' }>,
  whens: readonly Value[],
  scope: Scope,
): { head: Sql; tests: Sql[] } {
  const context = scope.castContext;
  if (node.operand === undefined) {
    return { head: NOTHING, tests: whens.map((when) => condition(when, 'WHEN clause', context).sql) };
  }
  const operand = scope.compile(node.operand);
  const tests = whens.map((when) => comparison('=', operand, when, when.pos, context));
  const type = commonSupertype([operand, ...whens]);
  // DuckDB compares as `=` does there, which is not BigQuery's way with NaN and with NULL fields.
  if (type === undefined || isFloat(type) || type.kind === 'STRUCT' || operand.sql.isOpaque) {
    return { head: NOTHING, tests: tests.map((test) => test.sql) };
  }
  return {
    head: duck`${coerce(operand, type, context).sql} `,
    tests: whens.map((when) => coerce(when, type, context).sql),
  };
}

function between(
  operand: Value,
  low: Value,
  high: Value,
  node: Extract<Expression, { kind: 'Between' }>,
  context: CastContext,
): Value {
  const type = commonSupertype([operand, low, high]);
  if (type === undefined) {
    throw noCommonType('BETWEEN', 'T1 BETWEEN T1 AND T1', [operand, low, high], node.operatorPos);
  }
  const above = comparison('>=', operand, low, node.pos, context);
  const below = comparison('<=', operand, high, node.pos, context);
  if (type.kind === 'RANGE') {
    return value(duck`(${node.negated ? 'NOT ' : ''}(${above.sql} AND ${below.sql}))`, BOOL, node.pos);
  }
  const [middle, from, to] = [operand, low, high].map((input) => coerce(input, type, context));
  const negation = node.negated ? 'NOT ' : '';
  // In DuckDB, NaN is above all numbers and within a range that ends in NaN; beside NULL it is unknown.
  if (isFloat(type) && !isNumber(high)) {
    const sql = sharing([middle!.sql, from!.sql, to!.sql], ([x, first, last]) => {
      const above = `${x} >= ${first} AND (${x} <= 'infinity'::DOUBLE OR ${first} IS NULL)`;
      const below = `${x} <= ${last} AND (${last} <= 'infinity'::DOUBLE OR ${x} IS NULL)`;
      return `(${negation}(${above} AND ${below}))`;
    });
    return value(sql, BOOL, node.pos);
  }
  const plain = duck`${middle!.sql} BETWEEN ${from!.sql} AND ${to!.sql}`;
  return value(duck`(${negation}(${plain}))`, BOOL, node.pos);
}

const MULTIPLIERS: Record<string, (amount: string) => string> = {
  YEAR: (amount) => `to_months(CAST(${amount} * 12 AS INTEGER))`,
  QUARTER: (amount) => `to_months(CAST(${amount} * 3 AS INTEGER))`,
  MONTH: (amount) => `to_months(CAST(${amount} AS INTEGER))`,
  WEEK: (amount) => `to_days(CAST(${amount} * 7 AS INTEGER))`,
  DAY: (amount) => `to_days(CAST(${amount} AS INTEGER))`,
  HOUR: (amount) => `to_microseconds(${amount} * 3600000000)`,
  MINUTE: (amount) => `to_microseconds(${amount} * 60000000)`,
  SECOND: (amount) => `to_microseconds(${amount} * 1000000)`,
  MILLISECOND: (amount) => `to_microseconds(${amount} * 1000)`,
  MICROSECOND: (amount) => `to_microseconds(${amount})`,
};

function interval(node: IntervalExpression, scope: Scope): Value {
  const amount = scope.compile(node.value);
  if (amount.type.kind === 'STRING' && typeof amount.literal === 'string') {
    const parts = INTERVAL_PARTS as readonly string[];
    const last = node.toPart ?? node.part;
    if (!parts.includes(node.part) || !parts.includes(last)) {
      throw invalidQuery(`Invalid INTERVAL part ${node.part}`, node.pos);
    }
    type Part = (typeof INTERVAL_PARTS)[number];
    const parsed = intervalOfText(amount.literal, node.part as Part, last as Part);
    if (parsed === undefined) throw invalidQuery(`Invalid INTERVAL value '${amount.literal}'`, amount.pos);
    return intervalConstant(parsed, node);
  }
  const multiply = MULTIPLIERS[node.part];
  if (multiply === undefined) throw invalidQuery(`Invalid INTERVAL part ${node.part}`, node.pos);
  if (typeof amount.literal === 'bigint') {
    const constant = intervalOfNumber(amount.literal, node.part);
    if (constant === undefined)
      throw invalidQuery(`Interval value ${amount.literal} is out of range`, amount.pos);
    return intervalConstant(constant, node);
  }
  const count = coerce(amount, INT64, scope.castContext);
  return value(
    template([count.sql], ([amount]) => multiply(amount!)),
    INTERVAL,
    node.pos,
  );
}

function intervalConstant(constant: IntervalValue, node: IntervalExpression): Value {
  return {
    ...value(raw(intervalSql(constant), 'literal'), INTERVAL, node.pos),
    literal: duckIntervalText(constant),
  };
}

function quantified(node: QuantifiedComparison, scope: Scope): Value {
  const context = scope.castContext;
  if (node.source.kind === 'Subquery') return quantifiedSubquery(node, node.source.query, scope);
  const operand = scope.compile(node.operand);
  if (node.source.kind === 'Unnest') {
    const array = scope.compile(node.source.array);
    if (array.type.kind !== 'ARRAY') {
      throw invalidQuery(`UNNEST needs an array, not ${printType(array.type)}`, array.pos);
    }
    const { names, around } = bindInputs([operand.sql, array.sql]);
    const [wanted, list] = [{ ...operand, sql: names[0]! }, names[1]!];
    const name = scope.compilation.alias('q');
    const element = value(raw(name, 'column'), array.type.element, array.pos);
    const test = compare(node, wanted, element, context);
    const matches = duck`list_transform(${list}, lambda ${name}: ${test.sql})`;
    const reduced = node.quantifier === 'ANY' ? 'bool_or' : 'bool_and';
    const empty = node.quantifier === 'ANY' ? 'false' : 'true';
    const sql = duck`CASE WHEN ${list} IS NULL OR len(${list}) = 0 THEN ${empty} ELSE ${threeValued(matches, reduced)} END`;
    return value(around(sql), BOOL, node.pos);
  }
  // A collation of one of them holds for all comparisons.
  const [wanted, ...items] = alikeCollated([
    operand,
    ...node.source.items.map((item) => scope.compile(item)),
  ]);
  const tests = items.map((item) => compare(node, wanted!, item, context));
  const joined = series(
    tests.map((test) => test.sql),
    node.quantifier === 'ANY' ? ' OR ' : ' AND ',
  );
  return value(duck`(${joined})`, BOOL, node.pos);
}
