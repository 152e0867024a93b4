import type { DuckDBValue } from '@duckdb/node-api';
import { invalidQuery, notImplemented, SqlError } from '../../../googlesql/errors.js';
import type { ExecuteImmediate, Expression, Position, Statement } from '../../../googlesql/syntax/ast.js';
import { parseScript } from '../../../googlesql/syntax/parser.js';
import { coercionCost, printType } from '../../../googlesql/syntax/types.js';
import { fromTableField } from '../../catalog/rest-types.js';
import { pathExpression } from '../ast-builders.js';
import type { ExecuteResult } from '../execution.js';
import type { Session } from '../session.js';
import { substituteParameters } from './substitute.js';
import { requireVariable } from './variables.js';

/** The statement that EXECUTE IMMEDIATE builds, with its parameters bound. */
export interface DynamicStatement {
  statement: Statement;
  source: string;
}

/** Evaluates the text and its USING values. The hidden variables that hold them live in the current scope. */
export async function prepareImmediate(
  statement: ExecuteImmediate,
  session: Session,
): Promise<DynamicStatement> {
  const source = await dynamicText(statement, session);
  const parsed = parseDynamic(source, statement.sql.pos);
  const bound = await bindUsing(statement, session);
  const found = substituteParameters(parsed, (parameter) => {
    const named = parameter.kind === 'NamedParameter';
    const value = named ? bound.named.get(parameter.name.toLowerCase()) : bound.positional[parameter.index];
    if (value) return { ...value, pos: parameter.pos };
    throw invalidQuery(
      named
        ? `Query parameter '${parameter.name}' not found`
        : `Query parameter number ${parameter.index + 1} is not defined (${bound.positional.length} provided)`,
      parameter.pos,
    );
  });
  return { statement: found, source };
}

function parseDynamic(source: string, pos: Position): Statement {
  let statements: Statement[];
  try {
    ({ statements } = parseScript(source));
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw invalidQuery(`Invalid EXECUTE IMMEDIATE sql string \`${source}\`, ${error.message}`, pos, error);
  }
  if (statements.length !== 1) {
    throw invalidQuery('EXECUTE IMMEDIATE sql string must contain exactly one statement', pos);
  }
  return statements[0]!;
}

async function dynamicText(statement: ExecuteImmediate, session: Session): Promise<string> {
  const isNull = () => invalidQuery('EXECUTE IMMEDIATE sql string cannot be NULL', statement.sql.pos);
  if (statement.sql.kind === 'NullLiteral') throw isNull();
  const compiled = await session.compileExpression(statement.sql);
  if (compiled.type.kind !== 'STRING') {
    throw invalidQuery('SQL created by EXECUTE IMMEDIATE must be of type STRING', statement.sql.pos);
  }
  const reader = await session.read(`SELECT ${compiled.sql}`);
  const [text] = reader.getRows()[0]!;
  if (typeof text !== 'string') throw isNull();
  if (text.trim() === '') {
    throw invalidQuery('Empty EXECUTE IMMEDIATE sql string cannot be executed', statement.sql.pos);
  }
  return text;
}

interface BoundValues {
  positional: Expression[];
  named: Map<string, Expression>;
}

async function bindUsing(statement: ExecuteImmediate, session: Session): Promise<BoundValues> {
  const bound: BoundValues = { positional: [], named: new Map() };
  for (const { expression, alias } of statement.using) {
    const compiled = await session.compileExpression(expression);
    const reader = await session.read(`SELECT ${compiled.sql}`);
    let value = literalOf(reader.getRows()[0]![0]!, expression.pos);
    if (!value) {
      const hidden = `$using${session.nextNumber()}`;
      await session.declareVariable(hidden, compiled.type, compiled.sql);
      value = pathExpression([hidden], expression.pos);
    }
    bound.positional.push(value);
    if (alias) bound.named.set(alias.name.toLowerCase(), value);
  }
  return bound;
}

/** Integers become literals, so that they may stand where only literals may (LIMIT). */
function literalOf(value: DuckDBValue, pos: Position): Expression | undefined {
  if (typeof value !== 'bigint') return undefined;
  const literal: Expression = {
    kind: 'IntegerLiteral',
    value: value < 0n ? -value : value,
    text: String(value < 0n ? -value : value),
    pos,
  };
  return value < 0n ? { kind: 'Unary', operator: '-', operand: literal, pos } : literal;
}

/** Puts the one row of a result into the variables of INTO; no row leaves them NULL. */
export async function assignInto(
  statement: ExecuteImmediate,
  result: ExecuteResult,
  session: Session,
): Promise<void> {
  if (statement.into.length === 0) return;
  const { schema, resultTable, totalRows } = result;
  if (!schema || !resultTable)
    throw notImplemented('EXECUTE IMMEDIATE … INTO of a statement that is no query');
  const { pos } = statement;
  if (schema.length !== statement.into.length) {
    throw invalidQuery(
      `Variables returned by Dynamic SQL do not match number of variables in INTO clause, expected ${statement.into.length} columns, but got ${schema.length}`,
      pos,
    );
  }
  if ((totalRows ?? 0) > 1) {
    throw invalidQuery('DynamicSQL may only return 0 or 1 rows with INTO clause', pos);
  }
  const names = schema.map((_, index) => `c${index}`).join(', ');
  for (const [index, name] of statement.into.entries()) {
    const variable = requireVariable(name, session);
    const { type } = fromTableField(schema[index]!);
    if (coercionCost(type, variable.type) === undefined) {
      throw invalidQuery(
        `Value returned by Dynamic SQL has type ${printType(type)} which is not assignable to variable ${name.name} of type ${printType(variable.type)}`,
        name.pos,
      );
    }
    await session.assignVariable(variable, `SELECT c${index} FROM ${resultTable} AS q(${names})`);
  }
}
