import type { Parameter, ParameterValue } from '../../googlesql/compile/scope/query-context.js';
import type { BqType } from '../../googlesql/syntax/types.js';
import { decimalText, NUMERIC_SCALE } from '../../googlesql/values/numeric.js';
import { ServiceError } from '../../serving/service-error.js';
import type { Value } from '../values/value.js';
import { valueSql } from './duck-values.js';
import { invalidArgument } from './errors.js';
import type { SqlParameter } from './sql-request.js';

/** The parameters of a statement, with the types that those without one turned out to have. */
export class Parameters {
  readonly #given: ReadonlyMap<string, SqlParameter>;
  readonly #inferred = new Map<string, { name: string; type: BqType }>();
  /** Those that the statement named, so far, without their having a type. */
  readonly #untyped = new Map<string, string>();

  constructor(given: readonly SqlParameter[]) {
    this.#given = new Map(given.map((parameter) => [parameter.name.toLowerCase(), parameter]));
  }

  /** Whether a statement that was compiled with these has to be compiled once more. */
  get hasUntyped(): boolean {
    return this.#untyped.size > 0;
  }

  /** Names that have neither type nor value. */
  get missing(): string[] {
    return [...this.#untyped].flatMap(([key, name]) => (this.#given.has(key) ? [] : [name]));
  }

  /** In the order of their names. */
  get undeclared(): { name: string; type: BqType }[] {
    return [...this.#untyped]
      .map(([key, name]) => this.#inferred.get(key) ?? { name, type: { kind: 'INT64' as const } })
      .sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** For the compiler: what has a type. */
  forCompiler(): Parameter[] {
    const known: Parameter[] = [];
    for (const [key, parameter] of this.#given) {
      const type = parameter.type ?? this.#inferred.get(key)?.type;
      if (type !== undefined)
        known.push({ name: parameter.name, value: () => parameterValue(type, readAs(parameter, type)) });
    }
    return known;
  }

  /** For the compiler: notes a name, and later a type for it. */
  readonly declare = (name: string | undefined, type?: BqType): void => {
    if (name === undefined) return;
    const key = name.toLowerCase();
    if (!this.#untyped.has(key)) this.#untyped.set(key, name);
    if (type !== undefined && !this.#inferred.has(key)) this.#inferred.set(key, { name, type });
  };

  /** Takes INT64 for what nothing tells the type of. */
  settle(): void {
    for (const [key, name] of this.#untyped) {
      if (!this.#inferred.has(key)) this.#inferred.set(key, { name, type: { kind: 'INT64' } });
    }
  }

  /** Its type, unless only the statement tells it. */
  typeOf(name: string): BqType | undefined {
    const key = name.toLowerCase();
    return this.#given.get(key)?.type ?? this.#inferred.get(key)?.type;
  }

  has(name: string): boolean {
    return this.#given.has(name.toLowerCase());
  }

  valueOf(name: string, type: BqType): Value {
    const parameter = this.#given.get(name.toLowerCase());
    if (parameter === undefined) throw invalidArgument(`Incomplete query parameters ${name}`);
    return readAs(parameter, type);
  }
}

/** What is no value of the type is the fault of the request, not of a row. */
function readAs(parameter: SqlParameter, type: BqType): Value {
  try {
    return parameter.as(type);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw invalidArgument(error.message);
  }
}

/** @throws ServiceError for a statement that names what was not given. */
export function requireParameters({ missing }: Parameters): void {
  if (missing.length > 0) throw invalidArgument(`Incomplete query parameters ${missing.join(', ')}`);
}

function parameterValue(type: BqType, value: Value): ParameterValue {
  return { sql: valueSql(type, value), type, literal: literalOf(type, value) };
}

/** A value as a literal of its type is, where the compiler has a use for it. */
function literalOf(type: BqType, value: Value): ParameterValue['literal'] {
  if (value === null || typeof value === 'boolean') return value;
  if (type.kind === 'INT64') return value as bigint;
  if (type.kind === 'STRING' || type.kind === 'JSON') return value as string;
  if (type.kind === 'BYTES') return value as Buffer;
  if (type.kind === 'FLOAT64' || type.kind === 'FLOAT32') return String(value);
  if (type.kind === 'NUMERIC') return decimalText(value as bigint, NUMERIC_SCALE);
  return undefined;
}
