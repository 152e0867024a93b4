import { type BqType, sameType } from '../../googlesql/syntax/types.js';
import type { Row, Value } from '../values/value.js';

/** An expression as a function of a row. */
export interface Closure {
  type: BqType;
  run(row: Row): Value;
  /** It is NULL, of whatever type is wanted. */
  isNull?: boolean;
  /** Text or number of a literal or parameter, which may become one of another type. */
  literal?: string | bigint;
  /** The text of a literal with a point. */
  float?: string;
}

/** What the names in an expression mean. */
export interface ClosureScope {
  /** By the parts of its name. */
  column(parts: readonly string[]): { index: number; type: BqType } | undefined;
  /** Undefined when its type is not known. */
  parameter(name: string): { type: BqType; value: Value } | undefined;
  nowNanos: bigint;
  timeZone: string;
  /** The next value of the sequence of that name; undefined when there is none. */
  sequence?(name: string): (() => bigint) | undefined;
  /** PENDING_COMMIT_TIMESTAMP() is allowed as the whole of a value. */
  commitTimestamp?: Value;
  /** Told of a function that gives another value each time that a statement runs. */
  onVolatile?(): void;
}

export function constant(type: BqType, value: Value): Closure {
  return { type, run: () => value };
}

export type Work = (left: Exclude<Value, null>, right: Exclude<Value, null>) => Value;

/** What `work` makes of two values; NULL when either is NULL. */
export function both(left: Closure, right: Closure, type: BqType, work: Work): Closure {
  return {
    type,
    run: (row) => {
      const a = left.run(row);
      if (a === null) return null;
      const b = right.run(row);
      return b === null ? null : work(a, b);
    },
  };
}

/** Closures that have one type, NULLs aside; undefined when they need to be converted. */
export function oneType(closures: readonly (Closure | undefined)[]): Closure[] | undefined {
  const typed = closures.find((closure) => closure !== undefined && !closure.isNull);
  if (typed === undefined) return undefined;
  const result: Closure[] = [];
  for (const closure of closures) {
    if (closure === undefined || (!closure.isNull && !sameType(closure.type, typed.type))) return undefined;
    result.push({ type: typed.type, run: closure.run });
  }
  return result;
}
