import type { BqType } from '../../googlesql/syntax/types.js';
import type { Value } from '../values/value.js';

const HIGH_HALF = /[\ud800-\udfff]/;

/** Texts as the service orders them: by code points, which units of UTF-16 do not where there are halves of pairs. */
function compareText(left: string, right: string): number {
  if (left === right) return 0;
  if (HIGH_HALF.test(left) || HIGH_HALF.test(right))
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return left < right ? -1 : 1;
}

/**
 * How two values of a type compare, neither of them NULL: below zero, zero, above it; NaN where one is NaN. Undefined
 * for types that have no order.
 */
export function comparator(type: BqType): ((left: Value, right: Value) => number) | undefined {
  switch (type.kind) {
    case 'STRING':
    case 'UUID':
      return (left, right) => compareText(left as string, right as string);
    case 'BYTES':
      return (left, right) => Buffer.compare(left as Buffer, right as Buffer);
    case 'FLOAT32':
    case 'FLOAT64':
      return (left, right) => {
        if (left === right) return 0;
        if (Number.isNaN(left) || Number.isNaN(right)) return Number.NaN;
        return (left as number) < (right as number) ? -1 : 1;
      };
    case 'BOOL':
    case 'INT64':
    case 'DATE':
    case 'TIMESTAMP':
    case 'NUMERIC':
      return (left, right) => (left === right ? 0 : (left as bigint) < (right as bigint) ? -1 : 1);
    default:
      return undefined;
  }
}
