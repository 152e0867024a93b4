import type { Column } from '../schema/model.js';
import { COMMIT_TIMESTAMP, type Row, type Value } from '../values/value.js';
import {
  commitTimestampRefused,
  futureTimestamp,
  keyTooLarge,
  nullValue,
  tooLong,
  valueMissing,
} from './constraint-errors.js';
import type { PendingRow } from './language.js';
import type { TableInfo } from './table-info.js';

/** https://cloud.google.com/spanner/quotas#tables */
const MAX_KEY_BYTES = 8192;
const MAX_STRING_CHARACTERS = 2_621_440;
const MAX_BYTES = 10_485_760;

/**
 * What a row may not be, whatever other rows there are.
 * @throws ServiceError
 */
export function checkRow(info: TableInfo, { values, given, isInsert }: PendingRow, nowNanos: bigint): void {
  const { columns } = info.table;
  for (let place = 0; place < columns.length; place++) {
    const column = columns[place]!;
    const value = values[place]!;
    if (value === null) {
      if (!column.notNull) continue;
      throw given[place] || !isInsert ? nullValue(info.table, column) : valueMissing(info.table, column);
    }
    const { kind } = column.type;
    if (kind === 'STRING' || kind === 'BYTES' || kind === 'ARRAY') checkLength(info, column, value);
    else if (kind === 'TIMESTAMP') checkTimestamp(info, column, value as bigint, nowNanos);
  }
}

export function checkKeySize(info: TableInfo, encodedKey: string): void {
  if (encodedKey.length > MAX_KEY_BYTES) throw keyTooLarge(info, encodedKey.length, MAX_KEY_BYTES);
}

/** @throws ServiceError for a value longer than the column has it. */
export function checkLength(info: TableInfo, column: Column, value: Value): void {
  if (Array.isArray(value)) {
    for (const item of value as Row) if (item !== null) checkLength(info, column, item);
    return;
  }
  if (typeof value === 'string') {
    const limit = column.maxLength ?? MAX_STRING_CHARACTERS;
    // A text has no more characters than UTF-16 units.
    if (value.length <= limit) return;
    const size = [...value].length;
    if (size > limit) throw tooLong(info.table, column, size, limit);
  } else if (Buffer.isBuffer(value)) {
    const limit = column.maxLength ?? MAX_BYTES;
    if (value.length > limit) throw tooLong(info.table, column, value.length, limit);
  }
}

function checkTimestamp(info: TableInfo, column: Column, value: bigint, nowNanos: bigint): void {
  const allows = column.allowCommitTimestamp === true;
  if (value === COMMIT_TIMESTAMP) {
    if (!allows) throw commitTimestampRefused(info.table, column);
  } else if (allows && value > nowNanos) throw futureTimestamp(value);
}
