import { batchUdf, flag, integer, type Udf } from '../duck/scalar-function.js';

/** What the values that one expression makes for one batch of rows may take together. */
const MAX_BATCH_BYTES = 1024 ** 3;

/**
 * DuckDB makes the values of 2,048 rows at a time, out of reach of its memory limit and of an interrupt: functions
 * whose values are much longer than their arguments ask here first.
 */
export const budgetUdfs: Udf[] = [
  batchUdf('bq_within_budget', [integer], flag, () => {
    let left = BigInt(MAX_BATCH_BYTES);
    return (bytes) => {
      left -= bytes;
      if (left < 0n) {
        throw new Error(
          'Resources exceeded during query execution: The query could not be executed in the allotted memory.',
        );
      }
      return true;
    };
  }),
];
