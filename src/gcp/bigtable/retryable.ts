import { GRPC } from '../google-errors.js';

/** Codes of calls and of their entries that mean "again", from the Bigtable client's own list. */
export const BIGTABLE_RETRYABLE: readonly number[] = [
  GRPC.deadlineExceeded,
  GRPC.resourceExhausted,
  GRPC.aborted,
  GRPC.unavailable,
];
