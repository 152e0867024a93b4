import { ServiceError } from '../../serving/service-error.js';

/** How the cells of an aggregate family take in a value; both sides are 64-bit big-endian integers. */
export interface Aggregator {
  combine(state: bigint, input: bigint): bigint;
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

const SUM: Aggregator = { combine: (state, input) => BigInt.asIntN(64, state + input) };
const MIN: Aggregator = { combine: (state, input) => [state, input].sort(ascending)[0]! };
const MAX: Aggregator = { combine: (state, input) => [state, input].sort(ascending)[1]! };

function ascending(one: bigint, other: bigint): number {
  return Number(one > other) - Number(one < other);
}

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
  if (aggregate.hllppUniqueCount !== undefined) {
    throw new ServiceError(
      'UNIMPLEMENTED',
      'hllpp_unique_count aggregates are not supported by this emulator: sum, min and max are',
    );
  }
  const aggregator = aggregate.sum ? SUM : aggregate.min ? MIN : aggregate.max ? MAX : undefined;
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
