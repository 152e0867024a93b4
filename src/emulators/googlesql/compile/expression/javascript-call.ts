import type { Definition } from '../../../javascript/protocol.js';
import { quoteString } from '../../duck/quote.js';
import { raw, type Sql, struct, template } from '../../duck/sql.js';
import { invalidQuery, notImplemented } from '../../errors.js';
import { encodeValue, shapeText } from '../../functions/emit.js';
import { aggregate, type Call } from '../../functions/registry.js';
import { sharing } from '../../functions/share.js';
import { own } from '../../functions/udf.js';
import { PAUSES_MS } from '../../functions/udf-javascript.js';
import type { FunctionCall } from '../../syntax/ast.js';
import { type BqType, duckFieldName, duckType, printType, structOf } from '../../syntax/types.js';
import { Pending } from '../scope/compilation.js';
import type { CatalogRoutine, JavaScriptCode, SqlFunction } from '../scope/query-context.js';
import type { Scope } from '../scope/scope.js';
import { type Value, value } from '../scope/value.js';
import { coerce, tryCoerce } from './casts.js';
import { argumentValues, noMatch } from './routine-call.js';

type Routine = (SqlFunction | CatalogRoutine) & { code: JavaScriptCode };
type CompileBuiltIn = (rule: ReturnType<typeof aggregate>, node: FunctionCall, scope: Scope) => Value;

/** A call of a function whose body is JavaScript. `compileBuiltIn` compiles an aggregate with what stands around it. */
export function callJavaScript(
  routine: Routine,
  node: FunctionCall,
  scope: Scope,
  compileBuiltIn: CompileBuiltIn,
): Value {
  const { compilation } = scope;
  if ('ref' in routine) compilation.referRoutine(routine.ref);
  if (!routine.code.deterministic) compilation.cacheable = false;
  if (node.over !== undefined)
    throw invalidQuery(`Function ${routine.name} does not support an OVER clause`, node.pos);
  const definition = definitionOf(routine, scope);
  const texts = routine.aggregate
    ? compileBuiltIn(rowsOf(routine, scope), node, scope).sql
    : argumentsText(fitted(routine, argumentValues(node, scope), node, scope));
  const result = resultSql(texts, definition, routine.returns!, node.safe);
  return value(result, routine.returns!, node.pos);
}

/** BigQuery's types that have a counterpart in JavaScript. */
const TYPES: ReadonlySet<string> = new Set([
  ...['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC', 'BOOL', 'STRING', 'BYTES', 'DATE', 'TIMESTAMP', 'JSON'],
  ...['ARRAY', 'STRUCT'],
]);

/** Refuses a type that JavaScript functions do not take. */
export function checkJavaScriptType(type: BqType | undefined): void {
  if (type === undefined) throw notImplemented('ANY TYPE in JavaScript functions');
  if (!TYPES.has(type.kind)) throw notImplemented(`${type.kind} in JavaScript functions`);
  if (type.kind === 'ARRAY') checkJavaScriptType(type.element);
  if (type.kind === 'STRUCT') for (const field of type.fields) checkJavaScriptType(field.type);
}

function definitionOf(routine: Routine, scope: Scope): string {
  const types = routine.arguments.map(({ type }) => type);
  const { libraries, notAggregate } = routine.code;
  const definition: Definition = {
    signature: `${routine.name}(${types.map((type) => printType(type!)).join(', ')})`,
    parameterNames: routine.arguments.map(({ name }) => name),
    parameters: types.map((type) => JSON.parse(shapeText(type!))),
    returns: JSON.parse(shapeText(routine.returns!)),
    code: routine.body,
    libraries: libraries.map((uri) => library(uri, scope)),
    notAggregate: routine.aggregate ? notAggregate : undefined,
  };
  return JSON.stringify(definition);
}

/** The text of a library, which the compiler waits for. */
function library(uri: string, { compilation }: Scope): string {
  // The same object at each start of the compilation.
  const key = compilation.parse('library', uri, () => ({}));
  const known = compilation.resolved.get(key) as string | undefined;
  if (known !== undefined) return known;
  const { readLibrary } = compilation.context;
  if (readLibrary === undefined) throw notImplemented('Libraries of JavaScript functions');
  throw new Pending(key, () => readLibrary(uri));
}

function fitted(routine: Routine, values: readonly Value[], node: FunctionCall, scope: Scope): Value[] {
  const inputs = values.map((input, index) => {
    const type = routine.arguments[index]?.type;
    return type === undefined ? undefined : tryCoerce(input, type, scope.castContext);
  });
  if (values.length !== routine.arguments.length || inputs.includes(undefined)) {
    throw invalidQuery(noMatch(routine, values), node.pos);
  }
  return inputs as Value[];
}

/** The arguments as the text of a JSON object whose members are numbers. */
function argumentsText(inputs: readonly Value[]): Sql {
  if (inputs.length === 0) return raw("'{}'", 'literal');
  const type = structOf(inputs.map((input, index) => ({ name: String(index), type: input.type })));
  const shape = quoteString(shapeText(type));
  return sharing([struct(inputs.map(({ sql }) => sql))], ([row]) => {
    return `${own.to_json_string}(${shape}, ${encodeValue(row!, type)}, false)`;
  });
}

/** Collects the arguments of all rows, with DISTINCT, ORDER BY and their like in their places. */
function rowsOf(routine: Routine, scope: Scope) {
  const places = routine.arguments.map(() => 'ANY').join(', ');
  const emit = (call: Call): string => {
    const inputs = routine.arguments.map(({ type }, index) => {
      const argument = call.argument(index);
      return coerce({ ...argument, sql: call.node(argument.sql) }, type!, scope.castContext);
    });
    const rows = call.aggregate('string_agg', call.hole(argumentsText(inputs)), "','");
    return `coalesce('[' || ${rows} || ']', '[]')`;
  };
  return aggregate(routine.name, { [`(${places}) -> STRING`]: emit }, { ordered: true, notAnalytic: true });
}

/** Starts the calls, waits in DuckDB until they are done, and takes their results. */
function resultSql(texts: Sql, definition: string, returns: BqType, safe: boolean): Sql {
  const sql = template([texts], ([text]) => {
    const ticket = `${own.js_start}(${quoteString(definition)}, ${text}, ${safe})`;
    const pause = `sleep_ms(${own.js_pause}(_ticket, _most))`;
    const waiting = `lambda _ticket, _most: _ticket + coalesce(${pause}, 0)`;
    return `${own.js_take}(list_reduce([${[ticket, ...PAUSES_MS].join(', ')}], ${waiting}))`;
  });
  return template([sql.as('volatile')], ([text]) => fromText(text!, returns));
}

function fromText(text: string, type: BqType): string {
  if (type.kind === 'STRING' || type.kind === 'JSON') return text;
  if (type.kind !== 'ARRAY' && type.kind !== 'STRUCT') return `CAST(${text} AS ${duckType(type)})`;
  const structure = quoteString(JSON.stringify(textStructure(type)));
  return `CAST(from_json(${text}, ${structure}) AS ${duckType(type)})`;
}

/** The structure of a value whose leaves are texts, in the words of DuckDB. */
function textStructure(type: BqType): unknown {
  if (type.kind === 'ARRAY') return [textStructure(type.element)];
  if (type.kind !== 'STRUCT') return 'VARCHAR';
  return Object.fromEntries(
    type.fields.map((field, index) => [duckFieldName(index), textStructure(field.type)]),
  );
}
