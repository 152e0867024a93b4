import { randomUUID } from 'node:crypto';
import { BOOL, type BqType, INT64, NANOSECOND_TIMESTAMP, STRING } from '../../googlesql/syntax/types.js';
import { offsetMicrosAt } from '../../googlesql/values/time-zone.js';
import type { Value } from '../values/value.js';
import { both, type Closure, type ClosureScope, constant, oneType } from './closure.js';

const NANOS_PER_DAY = 86_400_000_000_000n;
const SEQUENCE = 'GET_NEXT_SEQUENCE_VALUE';

type Make = (inputs: readonly Closure[], scope: ClosureScope) => Closure | undefined;

/** Functions of texts and the commonest others, by their names; all else is DuckDB's. */
const FUNCTIONS: Readonly<Record<string, Make>> = {
  // The scope of a column's expression lives longer than a statement.
  CURRENT_TIMESTAMP: (inputs, scope) => volatile(inputs, scope, NANOSECOND_TIMESTAMP, () => scope.nowNanos),
  CURRENT_DATE: (inputs, scope) =>
    volatile(inputs, scope, { kind: 'DATE' }, () => localDay(scope.nowNanos, scope.timeZone)),
  PENDING_COMMIT_TIMESTAMP: (_, { commitTimestamp }) =>
    commitTimestamp === undefined ? undefined : constant(NANOSECOND_TIMESTAMP, commitTimestamp),
  GENERATE_UUID: (inputs, scope) => volatile(inputs, scope, STRING, () => randomUUID()),
  NEW_UUID: (inputs, scope) => volatile(inputs, scope, { kind: 'UUID' }, () => randomUUID()),
  [SEQUENCE]: ([name], scope) => {
    const next = typeof name?.literal === 'string' ? scope.sequence?.(name.literal) : undefined;
    return next && { type: INT64, run: next };
  },
  UPPER: ([text, ...rest]) => ofText(text, rest, (value) => value.toUpperCase()),
  LOWER: ([text, ...rest]) => ofText(text, rest, (value) => value.toLowerCase()),
  LENGTH: ([input, ...rest]) => {
    if (input?.type.kind === 'BYTES' && rest.length === 0)
      return one(input, INT64, (value) => BigInt((value as Buffer).length));
    return isText(input) && rest.length === 0
      ? one(input, INT64, (value) => BigInt([...(value as string)].length))
      : undefined;
  },
  STARTS_WITH: (inputs) => ofTwoTexts(inputs, (text, part) => text.startsWith(part)),
  ENDS_WITH: (inputs) => ofTwoTexts(inputs, (text, part) => text.endsWith(part)),
  CONCAT: (inputs) => {
    const [first, ...rest] = inputs;
    if (first === undefined || !inputs.every(isText)) return undefined;
    return rest.reduce((left, right) => both(left, right, STRING, join), first);
  },
  COALESCE: (inputs) => coalesce(inputs),
  IFNULL: (inputs) => (inputs.length === 2 ? coalesce(inputs) : undefined),
  IF: ([test, ...results]) => {
    const outcomes = results.length === 2 ? oneType(results) : undefined;
    if (test?.type.kind !== 'BOOL' || outcomes === undefined) return undefined;
    const [yes, no] = outcomes;
    return { type: yes!.type, run: (row) => (test.run(row) === true ? yes : no)!.run(row) };
  },
  ARRAY_LENGTH: ([input, ...rest]) =>
    input?.type.kind === 'ARRAY' && rest.length === 0
      ? one(input, INT64, (value) => BigInt((value as readonly Value[]).length))
      : undefined,
};

export function callClosure(
  name: string,
  inputs: readonly Closure[],
  scope: ClosureScope,
): Closure | undefined {
  return Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name]!(inputs, scope) : undefined;
}

/** A function without arguments whose value is another one each time. */
function volatile(
  inputs: readonly Closure[],
  scope: ClosureScope,
  type: BqType,
  run: Closure['run'],
): Closure | undefined {
  if (inputs.length > 0) return undefined;
  scope.onVolatile?.();
  return { type, run };
}

function localDay(nanos: bigint, timeZone: string): number {
  const local = nanos + offsetMicrosAt(timeZone, nanos / 1000n) * 1000n;
  return Number(local / NANOS_PER_DAY);
}

function isText(input: Closure | undefined): input is Closure {
  return input?.type.kind === 'STRING' && !input.isNull;
}

function join(left: Value, right: Value): Value {
  return (left as string) + (right as string);
}

function one(input: Closure, type: BqType, work: (value: Exclude<Value, null>) => Value): Closure {
  return {
    type,
    run: (row) => {
      const value = input.run(row);
      return value === null ? null : work(value);
    },
  };
}

function ofText(
  input: Closure | undefined,
  rest: readonly Closure[],
  work: (text: string) => string,
): Closure | undefined {
  return isText(input) && rest.length === 0
    ? one(input, STRING, (value) => work(value as string))
    : undefined;
}

function ofTwoTexts(
  inputs: readonly Closure[],
  work: (text: string, part: string) => boolean,
): Closure | undefined {
  const [text, part] = inputs;
  if (inputs.length !== 2 || !isText(text) || !isText(part)) return undefined;
  return both(text, part, BOOL, (left, right) => work(left as string, right as string));
}

function coalesce(inputs: readonly Closure[]): Closure | undefined {
  const closures = oneType(inputs);
  if (closures === undefined) return undefined;
  return {
    type: closures[0]!.type,
    run: (row) => {
      for (const closure of closures) {
        const value = closure.run(row);
        if (value !== null) return value;
      }
      return null;
    },
  };
}
