import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { DuckDBDecimalValue, DuckDBListValue, DuckDBStructValue } from '@duckdb/node-api';
import { compileQuery } from '../../googlesql/compile/index.js';
import { invalidQuery } from '../../googlesql/errors.js';
import type { Expression, Query } from '../../googlesql/syntax/ast.js';
import type { StatementContext } from '../statements/statement-context.js';

/** A range of values to search: `HPARAM_RANGE(a, b)`. */
export interface HparamRange {
  kind: 'range';
  min: number;
  max: number;
}

/** Values to choose from: `HPARAM_CANDIDATES([…])`. */
export interface HparamCandidates {
  kind: 'candidates';
  values: (number | string)[];
}

/** The value of a constant: INT64 is a bigint. */
export type Constant =
  | null
  | boolean
  | number
  | bigint
  | string
  | Constant[]
  | HparamRange
  | HparamCandidates;

export interface ConstantEvaluator {
  context: StatementContext;
  connection: DuckDBConnection;
}

/** Value of an option: literals directly, any other constant expression by running it. */
export async function evaluateOption(expression: Expression, engine: ConstantEvaluator): Promise<Constant> {
  const range = await evaluateSearchSpace(expression, engine);
  if (range !== undefined) return range;
  return literalValue(expression) ?? runExpression(expression, engine);
}

async function evaluateSearchSpace(
  expression: Expression,
  engine: ConstantEvaluator,
): Promise<Constant | undefined> {
  if (expression.kind !== 'FunctionCall' || expression.name.length !== 1) return undefined;
  const name = expression.name[0]!.name.toUpperCase();
  if (name !== 'HPARAM_RANGE' && name !== 'HPARAM_CANDIDATES') return undefined;
  const values: Constant[] = [];
  for (const argument of expression.arguments)
    values.push(await evaluateOption(argument as Expression, engine));
  if (name === 'HPARAM_RANGE') {
    const [min, max] = values.map(Number);
    if (values.length !== 2 || !(min! <= max!)) {
      throw invalidQuery('HPARAM_RANGE needs a minimum and a maximum', expression.pos);
    }
    return { kind: 'range', min: min!, max: max! };
  }
  const [list] = values;
  if (values.length !== 1 || !Array.isArray(list) || list.length === 0) {
    throw invalidQuery('HPARAM_CANDIDATES needs a non-empty array', expression.pos);
  }
  return { kind: 'candidates', values: list.map((item) => (typeof item === 'string' ? item : Number(item))) };
}

/** Value of a literal or of an array or struct of literals; undefined when the expression is more than that. */
export function literalValue(expression: Expression): Constant | undefined {
  switch (expression.kind) {
    case 'NullLiteral':
      return null;
    case 'BooleanLiteral':
    case 'StringLiteral':
    case 'IntegerLiteral':
      return expression.value;
    case 'FloatLiteral':
      return Number(expression.text);
    case 'TypedLiteral':
      return expression.type === 'NUMERIC' ? Number(expression.value) : undefined;
    case 'Unary': {
      const value = literalValue(expression.operand);
      if (expression.operator !== '-') return undefined;
      return typeof value === 'bigint' || typeof value === 'number' ? -value : undefined;
    }
    case 'ArrayConstructor':
      return allLiterals(expression.elements);
    case 'StructConstructor':
      return allLiterals(expression.fields.map((field) => field.expression));
    default:
      return undefined;
  }
}

function allLiterals(expressions: readonly Expression[]): Constant[] | undefined {
  const values: Constant[] = [];
  for (const expression of expressions) {
    const value = literalValue(expression);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

async function runExpression(expression: Expression, engine: ConstantEvaluator): Promise<Constant> {
  const { pos } = expression;
  const query: Query = {
    kind: 'Query',
    pos,
    end: pos.offset,
    orderBy: [],
    pipes: [],
    body: {
      kind: 'Select',
      pos,
      distinct: false,
      windows: [],
      items: [{ kind: 'SelectExpression', expression, pos }],
    },
  };
  const { sql } = await compileQuery(query, engine.context);
  const [[value] = []] = (await engine.connection.runAndReadAll(sql)).getRows();
  return fromDuck(value ?? null);
}

function fromDuck(value: DuckDBValue): Constant {
  if (value === null || typeof value === 'object') {
    if (value instanceof DuckDBListValue) return value.items.map(fromDuck);
    if (value instanceof DuckDBStructValue) return Object.values(value.entries).map(fromDuck);
    if (value instanceof DuckDBDecimalValue) return value.toDouble();
    return value === null ? null : String(value);
  }
  return value;
}
