import { invalidQuery, SqlError } from '../../errors.js';
import { bindInputs, isCostlyToRepeat } from '../../functions/share.js';
import type { Argument, Expression, FunctionCall } from '../../syntax/ast.js';
import { parseExpression } from '../../syntax/parser.js';
import { printType } from '../../syntax/types.js';
import type { CatalogRoutine, SqlFunction } from '../scope/query-context.js';
import type { Scope } from '../scope/scope.js';
import { printArgumentType, type Value } from '../scope/value.js';
import { coerce, tryCoerce } from './casts.js';
import { safely } from './safe.js';

/** The user's function a call means, if it means one. */
export function findRoutine(node: FunctionCall, scope: Scope): SqlFunction | CatalogRoutine | undefined {
  const { context } = scope.compilation;
  const parts = node.name.map((part) => part.name);
  const dotted = parts.join('.');
  if (parts.length === 1) {
    const temporary = context.temporaryFunctions?.get(dotted.toLowerCase());
    if (temporary !== undefined) return temporary;
  }
  if (context.functions.find(dotted) !== undefined) return undefined;
  const routine = context.names.routine(parts);
  if (routine !== undefined && routine.kind !== 'function') {
    throw invalidQuery(`${routine.name} is not a function`, node.pos);
  }
  return routine;
}

/** Puts the body of a SQL function in place of its call. */
export function callRoutine(routine: SqlFunction | CatalogRoutine, node: FunctionCall, scope: Scope): Value {
  const { compilation } = scope;
  if ('ref' in routine) compilation.referRoutine(routine.ref);
  if (node.over !== undefined)
    throw invalidQuery(`Function ${routine.name} does not support an OVER clause`, node.pos);
  const select = scope.select;
  const usesBefore = select.uses.length;
  const values = argumentValues(node, scope);
  const context = scope.castContext;
  const fitted = values.map((input, index) => {
    const type = routine.arguments[index]?.type;
    return type === undefined ? input : tryCoerce(input, type, context);
  });
  if (values.length !== routine.arguments.length || fitted.includes(undefined)) {
    throw invalidQuery(noMatch(routine, values), node.pos);
  }
  const inputs = fitted as Value[];
  const result = compilation.expand(routine.name, node.pos, () => inPlace(routine, inputs, node, scope));
  if (routine.aggregate) select.uses.length = usesBefore;
  return node.safe ? safely(result) : { ...result, name: undefined, pos: node.pos };
}

/** The body with the arguments in it; those whose text is long are computed once, unless the body forbids it. */
function inPlace(routine: SqlFunction, inputs: readonly Value[], node: FunctionCall, scope: Scope): Value {
  if (inputs.some((input) => isCostlyToRepeat(input.sql) && input.literal === undefined)) {
    const { names, around } = bindInputs(inputs.map((input) => input.sql));
    const named = inputs.map((input, index): Value => ({ ...input, sql: names[index]!, literal: undefined }));
    const result = compileBody(routine, node, bodyScope(routine, named, scope));
    // A lambda holds no subquery and no aggregate.
    if (!result.sql.isOpaque) return { ...result, sql: around(result.sql) };
  }
  return compileBody(routine, node, bodyScope(routine, inputs, scope));
}

function bodyScope(routine: SqlFunction, inputs: readonly Value[], scope: Scope): Scope {
  const inner = scope.withLocals(
    routine.arguments.map((argument, index): [string, Value] => [
      argument.name,
      // What was a literal outside is a typed value inside.
      { ...inputs[index]!, coercibility: argument.type === undefined ? inputs[index]!.coercibility : 'none' },
    ]),
  );
  inner.hidesRows = true;
  return inner;
}

function compileBody(routine: SqlFunction, node: FunctionCall, inner: Scope): Value {
  const body = inner.compilation.parse('expression', routine.body, parseExpression);
  try {
    const result = inner.compile(body);
    const typed = routine.returns === undefined ? result : coerce(result, routine.returns, inner.castContext);
    return { ...typed, coercibility: 'none', literal: undefined };
  } catch (error) {
    // Positions of the body mean nothing to the reader of the query.
    if (!(error instanceof SqlError) || error.reason !== 'invalidQuery') throw error;
    const message = error.message.replace(/ at \[\d+:\d+\]$/, '');
    throw invalidQuery(`Error in function ${routine.name}: ${message}`, node.pos, error);
  }
}

export function argumentValues(node: FunctionCall, scope: Scope): Value[] {
  return node.arguments.map((argument) => scope.compile(expressionOf(argument)));
}

function expressionOf(argument: Argument): Expression {
  switch (argument.kind) {
    case 'NamedArgument':
      return expressionOf(argument.value);
    case 'StarArgument':
    case 'Lambda':
    case 'TableArgument':
    case 'ModelArgument':
    case 'ConnectionArgument':
    case 'QueryArgument':
    case 'DescriptorArgument':
      throw invalidQuery('A function of the user takes expressions only', argument.pos);
    default:
      return argument;
  }
}

export function noMatch(routine: SqlFunction, values: readonly Value[]): string {
  const types = values.map(printArgumentType).join(', ');
  const signature = routine.arguments
    .map((argument) => (argument.type === undefined ? 'ANY TYPE' : printType(argument.type)))
    .join(', ');
  const given = values.length === 0 ? ' with no arguments' : `\n  Argument types: ${types}`;
  return `No matching signature for function ${routine.name}${given}\n  Signature: ${routine.name}(${signature})`;
}
