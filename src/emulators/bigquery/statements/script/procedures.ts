import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import type { Block, Call, Expression } from '../../../googlesql/syntax/ast.js';
import { parseScript } from '../../../googlesql/syntax/parser.js';
import type { BqType } from '../../../googlesql/syntax/types.js';
import type { RoutineEntry } from '../../catalog/entries.js';
import { routineName } from '../../catalog/names.js';
import { fromStandardType } from '../../catalog/standard-types.js';
import { BigQueryError } from '../../errors.js';
import { routineRef } from '../ddl/create-routine.js';
import type { Session } from '../session.js';
import { requireVariable, valueSql } from './variables.js';

interface Parameter {
  name: string;
  mode: string;
  /** Absent for ANY TYPE. */
  type?: BqType;
}

/** Runs the body of a procedure; `run` interprets its statements. */
export type BodyRunner = (block: Block, source: string) => Promise<void>;

/** CALL of a procedure of the catalog. It sees its parameters, not the variables of its caller. */
export async function callProcedure(statement: Call, session: Session, run: BodyRunner): Promise<void> {
  if (await callSystemProcedure(statement, session)) return;
  const routine = requireProcedure(statement, session);
  const parameters = parametersOf(routine);
  const { arguments: given } = statement;
  if (given.length !== parameters.length) {
    throw invalidQuery(
      `Procedure call to ${routineName(routine.ref)} expects ${parameters.length} arguments, but ${given.length} are given`,
      statement.pos,
    );
  }
  const source = routine.definitionBody;
  const body = parseScript(source).statements[0];
  if (body?.kind !== 'Block') throw invalidQuery(`The body of ${routineName(routine.ref)} is no block`);
  const inputs = await evaluateArguments(given, parameters, session);
  const outputs = parameters.map(({ mode }, index) =>
    mode === 'IN' ? undefined : requireVariable(variableName(given[index]!), session),
  );
  const values = await session.isolated(async () => {
    for (const [index, { name }] of parameters.entries()) {
      await session.declareVariable(name, inputs[index]!.type, inputs[index]!.sql);
    }
    await run(body, source);
    return parameters.map(({ name }) => session.findVariable(name)!.sql);
  });
  for (const [index, variable] of outputs.entries()) {
    if (variable) await session.assignVariable(variable, values[index]!);
  }
}

function requireProcedure(statement: Call, session: Session): RoutineEntry {
  const ref = routineRef(statement.procedure, session);
  const { catalog } = session.services;
  const routine = catalog.getDataset(ref) && catalog.getRoutine(ref);
  if (routine?.routineType === 'PROCEDURE') return routine;
  const name = `${ref.projectId}.${ref.datasetId}.${ref.routineId}`;
  throw new BigQueryError('invalidQuery', `Procedure is not found: ${name}`, { location: 'query' });
}

function parametersOf(routine: RoutineEntry): Parameter[] {
  return routine.arguments.map((argument) => ({
    name: String(argument['name']),
    mode: typeof argument['mode'] === 'string' ? argument['mode'] : 'IN',
    type: fromStandardType(argument['dataType']),
  }));
}

async function evaluateArguments(
  given: Expression[],
  parameters: Parameter[],
  session: Session,
): Promise<{ type: BqType; sql: string }[]> {
  const values: { type: BqType; sql: string }[] = [];
  for (const [index, { mode, type }] of parameters.entries()) {
    const argument = given[index]!;
    if (type) {
      values.push({ type, sql: mode === 'OUT' ? 'NULL' : await valueSql(argument, type, session) });
    } else {
      const compiled = await session.compileExpression(argument);
      values.push({ type: compiled.type, sql: compiled.sql });
    }
  }
  return values;
}

function variableName(argument: Expression) {
  if (argument.kind === 'PathExpression' && argument.parts.length === 1) return argument.parts[0]!;
  throw invalidQuery('OUT and INOUT arguments must be variables', argument.pos);
}

/** Procedures of the service itself; true when it was one. */
async function callSystemProcedure(statement: Call, session: Session): Promise<boolean> {
  const name = statement.procedure.parts.join('.').toUpperCase();
  if (!name.startsWith('BQ.')) return false;
  // Materialised views are read from their tables, so they are always refreshed.
  if (name === 'BQ.REFRESH_MATERIALIZED_VIEW') {
    for (const argument of statement.arguments) await session.compileExpression(argument);
    return true;
  }
  throw notImplemented(`CALL ${name}`);
}
