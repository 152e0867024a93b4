import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import type { Position } from '../../../googlesql/syntax/ast.js';
import type { BqType } from '../../../googlesql/syntax/types.js';
import type { JsonValue } from '../../catalog/entries.js';
import type { Constant } from '../constants.js';

/** What an ML function sees of its call. */
export interface MlFunctionCall {
  name: string;
  pos: Position;
  /** Types of the arguments. */
  types: readonly BqType[];
  /** Values of the arguments that are literals. */
  literals: readonly (Constant | undefined)[];
}

/**
 * Reads statistics of the first argument over all training rows: `x` in the given DuckDB select list, one row per
 * different element of a row when it is an array.
 */
export interface Learn {
  (select: string, tail?: string): Promise<JsonValue[][]>;
  /** Number of training rows. */
  rows: number;
}

/** A function of the ML family that is written as GoogleSQL in which `__a0`, `__a1`… are the arguments. */
export interface MlFunction {
  /** Least and most number of arguments. */
  arity: [number, number];
  /** Present in functions that take OVER(): what they learn from the training rows. */
  learn?: (learn: Learn, call: MlFunctionCall) => Promise<JsonValue>;
  template: (call: MlFunctionCall, statistics: JsonValue) => string;
  /**
   * For functions with OVER() in an ordinary query, whose own rows they learn from: GoogleSQL with window functions,
   * or with subqueries over `FROM __rows WHERE __where`.
   */
  overRows?: (call: MlFunctionCall) => string;
}

export async function oneRow(learn: Learn, select: string, tail = ''): Promise<JsonValue> {
  const [row] = await learn(select, tail);
  return row ?? [];
}

export function numbers(statistics: JsonValue): number[] {
  return (statistics as JsonValue[]).map((value) => (value === null ? Number.NaN : Number(value)));
}

/** A number as GoogleSQL text of a FLOAT64. */
export function float(value: number): string {
  if (Number.isFinite(value)) return `(${value.toExponential()})`;
  return `CAST('${Number.isNaN(value) ? 'NaN' : value > 0 ? '+inf' : '-inf'}' AS FLOAT64)`;
}

export function text(value: string): string {
  return JSON.stringify(value);
}

/** The value of an argument that decides what the function becomes, and so must be a literal. */
export function literalAt({ name, literals, types }: MlFunctionCall, place: number): Constant | undefined {
  if (place >= types.length) return undefined;
  const value = literals[place];
  if (value === undefined)
    throw notImplemented(`ML.${name} with an argument ${place + 1} that is not a literal`);
  return value;
}

/** A literal INT64 in a range. */
export function integerAt(
  call: MlFunctionCall,
  place: number,
  fallback: number,
  [min, max]: readonly [number, number],
): number {
  const value = literalAt(call, place) ?? BigInt(fallback);
  if (typeof value === 'bigint' && value >= min && value <= max) return Number(value);
  const range = Number.isFinite(max) ? `between ${min} and ${max}` : `of at least ${min}`;
  throw invalidQuery(`Argument ${place + 1} of ML.${call.name} must be an INT64 ${range}`, call.pos);
}
