import type { ConstantArgument } from '../../../googlesql/compile/scope/query-context.js';
import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import type { Expression, TableFunctionCall } from '../../../googlesql/syntax/ast.js';
import { type Field, INT64 } from '../../../googlesql/syntax/types.js';
import type { ModelEntry } from '../../catalog/entries.js';
import { modelName } from '../../catalog/names.js';
import type { StatementCompiler } from '../../statements/services.js';
import { type Constant, literalValue } from '../constants.js';
import { decodeDefinition, defaultTrial, isTuned, type ModelDefinition, type Trial } from '../definition.js';
import type { Relation } from '../inputs.js';
import { resolveModelRef } from '../model-statement.js';

type Argument = TableFunctionCall['arguments'][number];

/** A call of an ML table function with its arguments sorted out. */
export interface DataCall {
  name: string;
  pos: TableFunctionCall['pos'];
  /** The table or query argument, compiled. */
  input?: Relation;
  /** The second table or query, of a function that compares two. */
  study?: Relation;
  /** An argument that is an array: thresholds of ML.ROC_CURVE. */
  array?: ConstantArgument;
  settings: Settings;
  compiler: StatementCompiler;
}

/** A call whose first argument is a model. */
export interface MlCall extends DataCall {
  entry: ModelEntry;
  definition: ModelDefinition;
}

interface Setting {
  constant: ConstantArgument;
  expression: Expression;
}

/** Fields of the STRUCT argument; each function takes the ones it knows. */
class Settings {
  readonly #fields: ReadonlyMap<string, Setting>;
  readonly #used = new Set<string>();

  constructor(fields: ReadonlyMap<string, Setting>) {
    this.#fields = fields;
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  /** DuckDB text of a number. */
  number(name: string, fallback: string): string {
    this.#used.add(name);
    const field = this.#fields.get(name);
    return field === undefined ? fallback : `CAST(${field.constant.sql} AS DOUBLE)`;
  }

  /** A value that decides what the function does, and so must be a literal. */
  literal(name: string): Constant | undefined {
    this.#used.add(name);
    const field = this.#fields.get(name);
    if (field === undefined) return undefined;
    const value = literalValue(field.expression);
    if (value === undefined) throw notImplemented(`The setting ${name} with a value that is not a literal`);
    return value;
  }

  /** Refuses fields that the function did not ask for. */
  finish(call: Pick<MlCall, 'name' | 'pos'>): void {
    for (const name of this.#fields.keys()) {
      if (!this.#used.has(name)) {
        throw invalidQuery(`Unexpected setting '${name}' in the arguments of ML.${call.name}`, call.pos);
      }
    }
  }
}

/** Sorts the arguments `[TABLE t | (query)] [, array] [, STRUCT(…)]`. */
export async function readDataCall(
  call: TableFunctionCall,
  compiler: StatementCompiler,
  arguments_: readonly Argument[] = call.arguments,
): Promise<DataCall> {
  const result: DataCall = {
    name: call.name[1]!.name.toUpperCase(),
    pos: call.pos,
    settings: new Settings(new Map()),
    compiler,
  };
  for (const argument of arguments_) await readArgument(result, argument);
  return result;
}

/** Sorts the arguments of a call that begins with `MODEL m`. */
export async function readCall(call: TableFunctionCall, compiler: StatementCompiler): Promise<MlCall> {
  const [first, ...rest] = call.arguments;
  if (first?.kind !== 'ModelArgument') {
    const name = call.name[1]!.name.toUpperCase();
    throw invalidQuery(`The first argument of ML.${name} must be MODEL and the name of a model`, call.pos);
  }
  const entry = compiler.context.catalog.requireModel(resolveModelRef(first.path, compiler.context));
  const data = await readDataCall(call, compiler, rest);
  return { ...data, entry, definition: decodeDefinition(entry.definition) };
}

async function readArgument(call: DataCall, argument: Argument): Promise<void> {
  const { compiler } = call;
  if (argument.kind === 'TableArgument' || argument.kind === 'QueryArgument') {
    const comparesTwo = call.name === 'VALIDATE_DATA_DRIFT' && call.study === undefined;
    if (call.input === undefined) call.input = await compiler.compileTable(argument);
    else if (comparesTwo) call.study = await compiler.compileTable(argument);
    else throw invalidQuery(`ML.${call.name} takes no more tables`, argument.pos);
    return;
  }
  if (argument.kind === 'StructConstructor') {
    const fields = new Map<string, Setting>();
    for (const { expression, alias } of argument.fields) {
      const name = (alias?.name ?? lastName(expression))?.toLowerCase();
      if (name === undefined) throw invalidQuery('Settings must have names', expression.pos);
      fields.set(name, { constant: await compiler.evaluate(expression), expression });
    }
    call.settings = new Settings(fields);
    return;
  }
  if (call.name === 'ROC_CURVE' && isExpression(argument)) {
    call.array = await compiler.evaluate(argument);
    return;
  }
  if (call.name === 'VALIDATE_DATA_DRIFT' && argument.kind === 'ModelArgument') {
    throw notImplemented('MODEL in ML.VALIDATE_DATA_DRIFT, for links to pictures,');
  }
  throw invalidQuery(`Unexpected argument of ML.${call.name}`, argument.pos);
}

function lastName(expression: Expression): string | undefined {
  return expression.kind === 'PathExpression' ? expression.parts.at(-1)!.name : undefined;
}

function isExpression(argument: Argument): argument is Expression {
  return !['NamedArgument', 'Lambda', 'ModelArgument', 'ConnectionArgument', 'DescriptorArgument'].includes(
    argument.kind,
  );
}

/** The trial that a call asks for with `trial_id`: the optimal one without. */
export function trialOf(call: MlCall): Trial {
  const asked = call.settings.literal('trial_id');
  if (asked === undefined) return defaultTrial(call.definition);
  if (!isTuned(call.definition)) {
    throw invalidQuery('trial_id can only be specified for models with hyperparameter tuning', call.pos);
  }
  const trial = call.definition.trials.find(({ id }) => id === Number(asked));
  if (trial === undefined) {
    throw invalidQuery(`Trial ${String(asked)} is not found in model ${modelName(call.entry.ref)}`, call.pos);
  }
  return trial;
}

export const TRIAL_ID: Field = { name: 'trial_id', type: INT64 };

/** Puts the id of the trial before the columns when the model was tuned. */
export function withTrial(call: MlCall, { id }: Trial, relation: Relation): Relation {
  if (!isTuned(call.definition)) return relation;
  return {
    sql: `SELECT CAST(${id} AS BIGINT) AS trial_id, * FROM (${relation.sql})`,
    columns: [TRIAL_ID, ...relation.columns],
    physicalNames: ['trial_id', ...relation.physicalNames],
  };
}

export function requireInput(call: MlCall): Relation {
  if (call.input === undefined) {
    throw invalidQuery(`ML.${call.name} needs a TABLE or a query as its second argument`, call.pos);
  }
  return call.input;
}

export function unsupportedModel(call: MlCall): Error {
  return invalidQuery(`Model is not supported by ML.${call.name}.`);
}
