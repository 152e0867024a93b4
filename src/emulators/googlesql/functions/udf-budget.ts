import { batchUdf, flag, float, integer, text, udf } from '../duck/scalar-function.js';
import { BatchBudget, MAX_BATCH_BYTES, OUT_OF_MEMORY } from '../duck/value-limit.js';

const withinBudget = () => {
  const budget = new BatchBudget();
  return (bytes: number, message: string) => {
    budget.take(bytes, message);
    return true;
  };
};

export const budgetUdfs = {
  // Functions of DuckDB whose values are much longer than their arguments ask here first.
  within_budget: batchUdf([float, text], flag, withinBudget),
  // Of a constant, which DuckDB would compute once, while it plans, and copy for each row.
  constant_within_budget: batchUdf([float, text], flag, withinBudget, { volatile: true }),
  // partition, bytes of the row's value, most rows of a frame
  frame_fits: batchUdf([integer, integer, integer], flag, framesThatFit, { volatile: true }),
  // Expressions without any other of our functions ask here now and then whether their statement goes on.
  go_on: udf([integer], flag, (_place) => true),
};

/** As many partitions, one behind the other, have few rows each. */
const MAX_PARTITIONS = 100_000;
const BATCH_ROWS = 2048;

/**
 * An aggregate with a window that collects its values does so anew for each row, for 2,048 rows at a time. Counts the
 * values of each partition while they are put in.
 */
function framesThatFit(memory: Map<bigint, unknown>) {
  const partitions = memory as Map<bigint, { rows: number; bytes: number }>;
  return (key: bigint, bytes: bigint, frameRows: bigint): boolean => {
    if (partitions.size > MAX_PARTITIONS) partitions.clear();
    let partition = partitions.get(key);
    if (partition === undefined) {
      partition = { rows: 0, bytes: 0 };
      partitions.set(key, partition);
    }
    partition.rows += 1;
    partition.bytes += Number(bytes);
    const share = Math.min(1, Number(frameRows) / partition.rows);
    if (Math.min(partition.rows, BATCH_ROWS) * partition.bytes * share > MAX_BATCH_BYTES) {
      throw new Error(OUT_OF_MEMORY);
    }
    return true;
  };
}
