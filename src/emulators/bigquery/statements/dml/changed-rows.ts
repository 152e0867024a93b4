import { quoteIdentifier } from '../../../googlesql/duck/quote.js';
import { hidesRowNumbers, rowNumber } from '../../../googlesql/duck/row-range.js';
import type { Session } from '../session.js';
import { ROW_ID, type Target } from '../targets.js';

/** Rows that can be changed by their numbers. */
export interface NumberedRows {
  /** Quoted DuckDB name of the table. */
  table: string;
  /** The column of the numbers, quoted where it must be. */
  rowId: string;
}

const COPY = 'temp.main."~numbered"';

/**
 * Changes rows of a table by the numbers under which DML saw them, within a transaction. Where a column hides the numbers of
 * DuckDB, a numbered copy is changed, whose rows then take the place of the table's.
 */
export async function changeRows<Result>(
  { entry, physical }: Target,
  session: Session,
  change: (rows: NumberedRows) => Promise<Result>,
): Promise<Result> {
  if (!hidesRowNumbers(entry.fields)) {
    return change({ table: physical, rowId: rowNumber(entry.fields) });
  }
  const rowId = quoteIdentifier(ROW_ID);
  await session.runLocal(
    `CREATE OR REPLACE TEMP TABLE "~numbered" AS SELECT *, ${rowNumber(entry.fields)} AS ${rowId} FROM ${physical}`,
  );
  const result = await change({ table: COPY, rowId });
  await session.run(`DELETE FROM ${physical}`);
  await session.run(`INSERT INTO ${physical} SELECT * EXCLUDE (${rowId}) FROM ${COPY} ORDER BY ${rowId}`);
  await session.run(`DROP TABLE ${COPY}`);
  return result;
}

/** UPDATE of the rows whose numbers are in a column of another table. @param set assignments to `t` from `q`. */
export function updateRows({ table, rowId }: NumberedRows, set: string, from: string, id: string): string {
  return `UPDATE ${table} AS t SET ${set} FROM ${from} AS q WHERE t.${rowId} = q.${id}`;
}

/** DELETE of the rows whose numbers are in a column of another table. */
export function deleteRows({ table, rowId }: NumberedRows, from: string, id: string): string {
  return `DELETE FROM ${table} WHERE ${rowId} IN (SELECT ${id} FROM ${from})`;
}
