import type { BinaryOperator } from '../../googlesql/syntax/ast.js';
import type { BqType } from '../../googlesql/syntax/types.js';
import { ServiceError } from '../../serving/service-error.js';
import { both, type Closure, type Work } from './closure.js';
import { coerced } from './coercions.js';

const WHOLE: Partial<Record<BinaryOperator, (left: bigint, right: bigint) => bigint>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
};

/** Of numbers that are whole, or of texts; undefined for operands that the compiler of queries has to see. */
export function arithmetic(
  operator: BinaryOperator,
  left: Closure,
  right: Closure,
  timeZone: string,
): Closure | undefined {
  const kind = (left.isNull ? right : left).type.kind;
  const a = left.isNull ? coerced(left, right.type, timeZone) : left;
  const b = right.isNull ? coerced(right, left.type, timeZone) : right;
  if (a === undefined || b === undefined || a.type.kind !== b.type.kind) return undefined;
  const work = workOf(operator, kind);
  return work && both(a, b, a.type, work);
}

function workOf(operator: BinaryOperator, kind: BqType['kind']): Work | undefined {
  if (operator === '||') {
    if (kind === 'STRING') return (left, right) => (left as string) + (right as string);
    return kind === 'BYTES' ? (left, right) => Buffer.concat([left as Buffer, right as Buffer]) : undefined;
  }
  const whole = WHOLE[operator];
  if (kind !== 'INT64' || whole === undefined) return undefined;
  return (left, right) => {
    const result = whole(left as bigint, right as bigint);
    if (BigInt.asIntN(64, result) === result) return result;
    throw new ServiceError('OUT_OF_RANGE', `int64 overflow: ${left} ${operator} ${right}`);
  };
}
