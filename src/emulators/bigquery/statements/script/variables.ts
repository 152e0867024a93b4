import { typeOfNode } from '../../../googlesql/compile/expression/type-nodes.js';
import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import type {
  Declare,
  Expression,
  Identifier,
  Position,
  SetTarget,
  SetVariables,
} from '../../../googlesql/syntax/ast.js';
import {
  type BqType,
  coercionCost,
  duckFieldName,
  printType,
  structOf,
} from '../../../googlesql/syntax/types.js';
import { isTimeZone } from '../../../googlesql/values/time-zone.js';
import { coercible } from '../dml/assign.js';
import type { Session } from '../session.js';

/** DuckDB text of a value of the wanted type. Literals take the type on; anything else must fit. */
export async function valueSql(expression: Expression, type: BqType, session: Session): Promise<string> {
  const compiled = await session.compileExpression(coercible(expression, type, session));
  if (coercionCost(compiled.type, type) === undefined) {
    throw invalidQuery(
      `Cannot coerce expression of type ${printType(compiled.type)} to type ${printType(type)}`,
      expression.pos,
    );
  }
  return compiled.sql;
}

export async function declare(statement: Declare, session: Session): Promise<void> {
  const { type: node, default: value } = statement;
  if (!node && !value) throw invalidQuery('DECLARE needs a type or a default', statement.pos);
  if (!node) {
    const compiled = await session.compileExpression(value!);
    for (const name of statement.names) await session.declareVariable(name.name, compiled.type, compiled.sql);
    return;
  }
  const type = typeOfNode(node);
  const sql = value ? await valueSql(value, type, session) : 'NULL';
  for (const name of statement.names) await session.declareVariable(name.name, type, sql, node);
}

export async function setVariables(statement: SetVariables, session: Session): Promise<void> {
  if (!statement.tuple || (await isValueOfOne(statement, session))) {
    await assign(statement.targets[0]!, statement.value, session);
    return;
  }
  const variables = statement.targets.map((target) => requireVariable(target, session));
  const type = structOf(variables.map((variable) => ({ type: variable.type })));
  const compiled = await session.compileExpression(coercible(statement.value, type, session));
  if (compiled.type.kind !== 'STRUCT' || compiled.type.fields.length !== variables.length) {
    throw invalidQuery(
      `Number of variables (${variables.length}) and values does not match in SET`,
      statement.value.pos,
    );
  }
  for (const [index, field] of compiled.type.fields.entries()) {
    if (coercionCost(field.type, variables[index]!.type) !== undefined) continue;
    throw invalidQuery(
      `Cannot coerce expression of type ${printType(field.type)} to type ${printType(variables[index]!.type)}`,
      statement.value.pos,
    );
  }
  // All values are computed before the first variable changes.
  const whole = `v${session.nextNumber()}`;
  await session.runLocal(`SET VARIABLE ${whole} = (${compiled.sql})`);
  for (const [index, variable] of variables.entries()) {
    await session.assignVariable(
      variable,
      `struct_extract(getvariable('${whole}'), '${duckFieldName(index)}')`,
    );
  }
  await session.run(`RESET VARIABLE ${whole}`);
}

/** `SET (x) = 1`, as against `SET (x) = (SELECT AS STRUCT 1)`, whose struct holds the value. */
async function isValueOfOne({ targets, value }: SetVariables, session: Session): Promise<boolean> {
  const [first] = targets;
  if (targets.length > 1) return false;
  if (first!.kind === 'SystemVariable') return true;
  const { type } = requireVariable(first!, session);
  if (type.kind === 'STRUCT') return true;
  const given = await session.compileExpression(value);
  return given.type.kind !== 'STRUCT' || given.type.fields.length !== 1;
}

async function assign(target: SetTarget, value: Expression, session: Session): Promise<void> {
  if (target.kind === 'SystemVariable') return assignSystemVariable(target.parts, value, session);
  const variable = requireVariable(target, session);
  await session.assignVariable(variable, await valueSql(value, variable.type, session));
}

export function requireVariable(target: SetTarget | Identifier, session: Session) {
  if (target.kind === 'SystemVariable') {
    throw invalidQuery(`Cannot set system variable @@${target.parts.join('.')} here`, target.pos);
  }
  const variable = session.findVariable(target.name);
  if (!variable) throw invalidQuery(`Undeclared variable: ${target.name}`, target.pos);
  return variable;
}

async function assignSystemVariable(parts: string[], value: Expression, session: Session): Promise<void> {
  const name = parts.join('.');
  const compiled = await session.compileExpression(value);
  const reader = await session.read(`SELECT ${compiled.sql}`);
  const [raw] = reader.getRows()[0]!;
  const text = raw === null || raw === undefined ? undefined : String(raw);
  if (name === 'time_zone') {
    session.timeZone = checkedTimeZone(text ?? 'UTC', value.pos);
  } else if (name === 'dataset_id' && text !== undefined) {
    const projectId = session.defaultDataset?.projectId ?? session.request.project;
    session.defaultDataset = { projectId, datasetId: text };
  } else if (name === 'dataset_project_id' && text !== undefined) {
    if (session.defaultDataset) session.defaultDataset = { ...session.defaultDataset, projectId: text };
  } else if (name === 'query_label') {
    session.queryLabel = text;
  } else {
    throw notImplemented(`SET @@${name}`);
  }
}

export function checkedTimeZone(zone: string, pos?: Position): string {
  if (!isTimeZone(zone)) throw invalidQuery(`Invalid time zone: ${zone}`, pos);
  return zone;
}
