import { hllInit, hllMerge } from '../../googlesql/values/hll.js';
import { ServiceError } from '../../serving/service-error.js';

/** What the cells of an aggregate family hold, their states, and how they take in values. */
export interface Aggregator {
  /** @param input 64-bit big-endian integer */
  stateOf(input: Buffer): Buffer;
  /** Whether bytes that a client gives are a state. */
  isState(bytes: Buffer): boolean;
  merge(one: Buffer, other: Buffer): Buffer;
  /** What is asked for in place of bytes that are no state. */
  stateText: string;
}

/** `google.bigtable.admin.v2.Type` of a family, as the descriptors decode it. */
export interface ValueTypeMessage {
  aggregateType?: {
    inputType?: { int64Type?: object };
    sum?: object;
    min?: object;
    max?: object;
    hllppUniqueCount?: object;
  };
}

/** States are 64-bit big-endian integers, as inputs are. */
function integers(combine: (one: bigint, other: bigint) => bigint): Aggregator {
  return {
    stateOf: (input) => input,
    isState: (bytes) => bytes.length === 8,
    merge: (one, other) => int64Bytes(combine(one.readBigInt64BE(), other.readBigInt64BE())),
    stateText: 'raw_value of 8 bytes',
  };
}

const SUM = integers((one, other) => BigInt.asIntN(64, one + other));
const MIN = integers((one, other) => [one, other].sort(ascending)[0]!);
const MAX = integers((one, other) => [one, other].sort(ascending)[1]!);

function ascending(one: bigint, other: bigint): number {
  return Number(one > other) - Number(one < other);
}

/** That of HLL_COUNT.INIT; sketches of another one cannot be merged with it. */
const HLL_PRECISION = 15n;
const SOME_SKETCH = hllInit([0n], 1n, HLL_PRECISION);

/** States are the sketches of HyperLogLog++ that the HLL_COUNT functions of GoogleSQL read. */
const UNIQUE_COUNT: Aggregator = {
  stateOf: (input) => Buffer.from(hllInit([input.readBigInt64BE()], 1n, HLL_PRECISION)),
  isState(bytes) {
    try {
      return hllMerge([SOME_SKETCH, bytes], 'MergeToCell') !== null;
    } catch {
      return false;
    }
  },
  merge: (one, other) => Buffer.from(hllMerge([one, other], 'MergeToCell')!),
  stateText: `raw_value that is a HyperLogLog++ sketch of precision ${HLL_PRECISION}`,
};

/**
 * The aggregator of a family's type; undefined for plain bytes.
 * @throws ServiceError for a type that the service or this emulator does not have.
 */
export function aggregatorOf(type: ValueTypeMessage | undefined): Aggregator | undefined {
  if (type === undefined || Object.keys(type).length === 0) return undefined;
  const aggregate = type.aggregateType;
  if (aggregate === undefined) {
    throw new ServiceError(
      'INVALID_ARGUMENT',
      "Error in field 'value_type' : only aggregate types are supported",
    );
  }
  const { sum, min, max, hllppUniqueCount } = aggregate;
  const aggregator = sum ? SUM : min ? MIN : max ? MAX : hllppUniqueCount ? UNIQUE_COUNT : undefined;
  if (aggregator === undefined) {
    throw new ServiceError('INVALID_ARGUMENT', "Error in field 'value_type' : aggregator must be set");
  }
  if (aggregate.inputType?.int64Type === undefined) {
    throw new ServiceError('INVALID_ARGUMENT', "Error in field 'value_type' : input_type must be int64_type");
  }
  return aggregator;
}

export function int64Bytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
