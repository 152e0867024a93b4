import { invalidQuery } from '../../googlesql/errors.js';
import { isOrderable, printType } from '../../googlesql/syntax/types.js';
import type { OptionReader } from './option-values.js';
import { CONTENT_HASH, type TrainingTable } from './training-table.js';

/** Buckets of the hash by which rows are split at random. */
const BUCKETS = 1_000_003;
/** AUTO_SPLIT leaves smaller data whole… */
const MIN_ROWS_TO_SPLIT = 500;
/** …and takes this many evaluation rows from larger data. */
const MAX_ROWS_BY_FRACTION = 50_000;
const LARGE_EVALUATION_ROWS = 10_000;
const DEFAULT_FRACTION = 0.2;
const TUNING_FRACTION = 0.1;

/** Decides which rows train, evaluate and test. Random splits depend on the rows' content only. */
export function splitTable(table: TrainingTable, options: OptionReader): void {
  const tuning = options.has('NUM_TRIALS');
  const method = options.text('DATA_SPLIT_METHOD', 'AUTO_SPLIT');
  const column = options.text('DATA_SPLIT_COL');
  if (method === 'NO_SPLIT') return;
  if (method === 'CUSTOM') {
    splitByColumn(table, column!, tuning);
    return;
  }
  const hasFraction = options.has('DATA_SPLIT_EVAL_FRACTION');
  if (method === 'SEQ') {
    splitInOrder(
      table,
      column!,
      fraction(options, 'DATA_SPLIT_EVAL_FRACTION', DEFAULT_FRACTION),
      testFraction(options),
    );
    return;
  }
  if (method === 'RANDOM' && hasFraction) {
    splitByHash(
      table,
      fraction(options, 'DATA_SPLIT_EVAL_FRACTION', DEFAULT_FRACTION),
      testFraction(options),
    );
    return;
  }
  if (table.rows < MIN_ROWS_TO_SPLIT) return;
  if (tuning) splitByHash(table, TUNING_FRACTION, TUNING_FRACTION);
  else if (table.rows <= MAX_ROWS_BY_FRACTION) splitByHash(table, DEFAULT_FRACTION, 0);
  else splitByHash(table, LARGE_EVALUATION_ROWS / table.rows, 0);
}

/** Fractions count to two decimals. */
function fraction(options: OptionReader, name: string, fallback: number): number {
  return Math.round(options.number(name, fallback) * 100) / 100;
}

function testFraction(options: OptionReader): number {
  return fraction(options, 'DATA_SPLIT_TEST_FRACTION', 0);
}

function splitByHash(table: TrainingTable, evaluation: number, test: number): void {
  const bucket = `${CONTENT_HASH} % ${BUCKETS}`;
  const evaluationEnd = Math.round(evaluation * BUCKETS);
  const testEnd = Math.round((evaluation + test) * BUCKETS);
  table.setParts({
    train: `${bucket} >= ${testEnd}`,
    eval: `${bucket} < ${evaluationEnd}`,
    ...(test > 0 && { test: `${bucket} >= ${evaluationEnd} AND ${bucket} < ${testEnd}` }),
  });
}

function splitByColumn(table: TrainingTable, column: string, tuning: boolean): void {
  const { name, type } = splitColumn(table, column);
  if (tuning) {
    if (type.kind !== 'STRING') {
      throw invalidQuery(`DATA_SPLIT_COL '${column}' must be a STRING column when NUM_TRIALS is specified.`);
    }
    table.setParts({
      train: `upper(${name}) = 'TRAIN'`,
      eval: `upper(${name}) = 'EVAL'`,
      test: `upper(${name}) = 'TEST'`,
    });
    return;
  }
  if (type.kind !== 'BOOL') {
    throw invalidQuery(
      `DATA_SPLIT_COL '${column}' must be a BOOL column for CUSTOM split, but it is ${printType(type)}.`,
    );
  }
  table.setParts({ train: `${name} IS FALSE`, eval: `${name} IS NOT FALSE` });
}

/** The last rows in the order of the column evaluate; NULLs come first. */
function splitInOrder(table: TrainingTable, column: string, evaluation: number, test: number): void {
  const { name, type } = splitColumn(table, column);
  if (!isOrderable(type)) {
    throw invalidQuery(`DATA_SPLIT_COL '${column}' of type ${printType(type)} cannot be ordered.`);
  }
  const last = (rows: number): string =>
    `rowid IN (SELECT rowid FROM ${table.name} WHERE ${name} IS NOT NULL ORDER BY ${name} DESC, rowid DESC LIMIT ${rows})`;
  const testRows = Math.round(test * table.rows);
  const heldOut = last(Math.round((evaluation + test) * table.rows));
  const isTest = last(testRows);
  table.setParts({
    train: `NOT (${heldOut})`,
    eval: testRows > 0 ? `${heldOut} AND NOT (${isTest})` : heldOut,
    ...(testRows > 0 && { test: isTest }),
  });
}

function splitColumn(
  table: TrainingTable,
  column: string,
): { name: string; type: TrainingTable['columns'][number]['type'] } {
  const name = table.physicalName(column);
  const field = table.columns.find((candidate) => candidate.name.toLowerCase() === column.toLowerCase());
  if (name === undefined || field === undefined) {
    throw invalidQuery(`DATA_SPLIT_COL '${column}' is not found in the training data.`);
  }
  return { name, type: field.type };
}
