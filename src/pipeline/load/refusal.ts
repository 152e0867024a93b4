import { GRPC } from '../../gcp/google-errors.js';
import type { Problem } from '../../schema/row-validator.js';

/** The fault lies in some row of the commit. */
const ROW_CODES: readonly number[] = [
  GRPC.invalidArgument,
  GRPC.notFound,
  GRPC.alreadyExists,
  GRPC.failedPrecondition,
  GRPC.outOfRange,
];

/**
 * A missing table, column or database is no fault of a row. The messages may quote keys, which hold any text, so only
 * their beginning counts.
 */
const TABLE_FAULT = /^\d+ [A-Z_]+: (?:Database|Instance|Table|Column|Session)[^:{["]* not found/;

/** Whether Spanner refused a commit for a row of it. @param message as the client of Node gives it */
export function isRowFault(code: unknown, message: string): boolean {
  return typeof code === 'number' && ROW_CODES.includes(code) && !TABLE_FAULT.test(message);
}

/** What is told of the row that Spanner refused. */
export function refusalOf(code: unknown, message: string): Problem {
  const detail = message.replace(/^\d+ [A-Z_]+: /, '').slice(0, 300);
  if (/foreign key|parent table/i.test(detail)) {
    return {
      column: '',
      reason: 'refers to a row that does not exist',
      hint: 'load the table it refers to first, or correct the reference',
      detail,
    };
  }
  if (/^unique\b/i.test(detail)) {
    return {
      column: '',
      reason: 'repeats a value of a unique index',
      hint: 'give it a value of its own, or correct the row that has it',
      detail,
    };
  }
  if (code === GRPC.alreadyExists) {
    return {
      column: '',
      reason: 'a row with this key exists with other values',
      hint: 'use --mode upsert to replace it',
      detail,
    };
  }
  return { column: '', reason: 'refused by Spanner', hint: 'see the reason Spanner gives', detail };
}

/** What is told of a row that repeats the key of another one. @param columns of the key, @param place of the other */
export function repetitionOf(columns: string, place: string): Problem {
  return {
    column: columns,
    reason: 'repeats the key of an earlier row',
    hint: `the first is on ${place}; remove one of both or give it its own key`,
  };
}
