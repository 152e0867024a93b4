import type { BqType } from '../../googlesql/syntax/types.js';
import { sameType } from '../../googlesql/syntax/types.js';
import { nanosOfText } from '../../googlesql/values/nanoseconds.js';
import { NUMERIC_SCALE, parseStrict } from '../../googlesql/values/numeric.js';
import { dateOfText } from '../../googlesql/values/time-text.js';
import type { Value } from '../values/value.js';
import type { Closure } from './closure.js';

const NUMERIC_ONE = 10n ** BigInt(NUMERIC_SCALE);

/** A value of another type, as the language converts it by itself; undefined where it does not, or not here. */
export function coerced(given: Closure, type: BqType, timeZone: string): Closure | undefined {
  if (given.isNull) return { type, run: () => null, isNull: true };
  if (sameType(given.type, type, true)) return { ...given, type };
  if (given.literal !== undefined) return literalAs(given.literal, type, timeZone);
  const convert = widening(given.type, type);
  if (convert === undefined) return undefined;
  return {
    type,
    run: (row) => {
      const value = given.run(row);
      return value === null ? null : convert(value);
    },
  };
}

function widening(from: BqType, to: BqType): ((value: Exclude<Value, null>) => Value) | undefined {
  if (from.kind === 'INT64' && to.kind === 'FLOAT64') return Number;
  if (from.kind === 'INT64' && to.kind === 'NUMERIC') return (value) => (value as bigint) * NUMERIC_ONE;
  if (from.kind === 'FLOAT32' && to.kind === 'FLOAT64') return (value) => value;
  return undefined;
}

/** The value of a literal, or of a parameter, as one of another type. */
function literalAs(literal: string | bigint, type: BqType, timeZone: string): Closure | undefined {
  const value = literalValue(literal, type, timeZone);
  return value === undefined ? undefined : { type, run: () => value };
}

function literalValue(literal: string | bigint, type: BqType, timeZone: string): Value | undefined {
  if (typeof literal === 'bigint') {
    if (type.kind === 'FLOAT64') return Number(literal);
    if (type.kind === 'FLOAT32') return Math.fround(Number(literal));
    return type.kind === 'NUMERIC' ? literal * NUMERIC_ONE : undefined;
  }
  switch (type.kind) {
    case 'DATE':
      return dateOfText(literal);
    case 'TIMESTAMP':
      return nanosOfText(literal, timeZone);
    default:
      return undefined;
  }
}

/** Of a number with a point, the value of a type. */
export function floatLiteral(text: string, type: BqType): Value | undefined {
  if (type.kind === 'FLOAT64') return Number(text);
  if (type.kind === 'FLOAT32') return Math.fround(Number(text));
  if (type.kind !== 'NUMERIC') return undefined;
  try {
    return parseStrict(text, 'NUMERIC');
  } catch {
    return undefined;
  }
}
