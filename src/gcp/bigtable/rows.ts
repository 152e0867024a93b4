import { setTimeout as delay } from 'node:timers/promises';
import type { v2 } from '@google-cloud/bigtable';
import { errorCode } from '../google-errors.js';
import { intercepted, receiveBytes } from '../interceptors.js';
import { BIGTABLE_RETRYABLE } from './retryable.js';
import { RowReader } from './row-reader.js';

/** Row keys from `start`, included, to `end`, left out. An empty end is the end of the table. */
export interface RowRange {
  start: string;
  end: string;
}

/** The newest version of a cell. */
export interface StoredCell {
  family: string;
  qualifier: string;
  value: Buffer;
  timestampMs: number;
}

export interface StoredRow {
  key: string;
  cells: StoredCell[];
}

/** A cell to be set on the condition that it holds `expected`; undefined means that it is not there. */
export interface ConditionalCell {
  key: string;
  family: string;
  qualifier: string;
  timestampMs: number;
  expected: Buffer | undefined;
  value: Buffer;
}

/** Cells to be removed, all of one row and family. */
export interface CellRemoval {
  key: string;
  family: string;
  qualifiers: readonly string[];
}

/** The calls below answer within this or fail; a screen waits for some of them. */
const TIMEOUT_MS = 20_000;

/** Pauses before a call that failed is made again, each twice the one before, as the Bigtable client makes them. */
const FIRST_PAUSE_MS = 10;
const MAX_RETRIES = 10;

/**
 * At most `limit` rows of the ranges in the order of their keys, with the cells of the given families (default: all); rows
 * without any are left out. A call that breaks off is taken up again after the last row that came.
 */
export async function readRows(
  client: v2.BigtableClient,
  tableName: string,
  ranges: readonly RowRange[],
  { limit, families }: { limit: number; families?: readonly string[] | undefined },
): Promise<StoredRow[]> {
  const reader = new RowReader();
  const deadlineMs = Date.now() + TIMEOUT_MS;
  for (let retry = 0; ; retry++) {
    const rowRanges = ranges.flatMap((range) => keysLeft(range, reader.lastKey));
    const rowsLimit = limit - reader.rows.length;
    // Without ranges it would be the whole table, and without a limit all rows.
    if (rowRanges.length === 0 || rowsLimit === 0) return reader.rows;
    const request = { tableName, rows: { rowRanges }, filter: newestOf(families), rowsLimit };
    try {
      await receive(client, request, reader, deadlineMs - Date.now());
      reader.end();
      return reader.rows;
    } catch (error) {
      const pauseMs = FIRST_PAUSE_MS * 2 ** retry;
      const isTransient = BIGTABLE_RETRYABLE.includes(errorCode(error) as number);
      if (!isTransient || retry === MAX_RETRIES || Date.now() + pauseMs >= deadlineMs) throw error;
      reader.restart();
      await delay(pauseMs);
    }
  }
}

/** The part of a range behind a key, in the order of bytes, which is that of the table; nothing when there is none. */
function keysLeft({ start, end }: RowRange, lastKey: string | undefined): object[] {
  const startKey = Buffer.from(start, 'utf8');
  const endKey = Buffer.from(end, 'utf8');
  const last = lastKey === undefined ? undefined : Buffer.from(lastKey, 'utf8');
  const isAfter = last === undefined || startKey.compare(last) > 0;
  const from = isAfter ? { startKeyClosed: startKey } : { startKeyOpen: last };
  if (end === '') return [from];
  return last !== undefined && endKey.compare(Buffer.concat([last, ZERO])) <= 0
    ? []
    : [{ ...from, endKeyOpen: endKey }];
}

/** What follows a key at once is the key with it at its end. */
const ZERO = Buffer.alloc(1);

function newestOf(families: readonly string[] | undefined): object {
  const newest = { cellsPerColumnLimitFilter: 1 };
  if (families === undefined) return newest;
  return { chain: { filters: [{ familyNameRegexFilter: `^(?:${families.join('|')})$` }, newest] } };
}

function receive(
  client: v2.BigtableClient,
  request: object,
  reader: RowReader,
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = client.readRows(request, {
      timeout: timeoutMs,
      otherArgs: intercepted(receiveBytes),
      maxRetries: 0,
      retryRequestOptions: { retries: 0, noResponseRetries: 0 },
    });
    stream.on('data', (message: Buffer) => {
      try {
        reader.push(message);
      } catch (error) {
        stream.destroy(error as Error);
        reject(error);
      }
    });
    stream.on('error', reject);
    stream.on('end', resolve);
  });
}

/** Sets the cell if it is as expected, in one step. False when it was not, and nothing was changed. */
export async function setIfUnchanged(
  client: v2.BigtableClient,
  tableName: string,
  { key, family, qualifier, timestampMs, expected, value }: ConditionalCell,
): Promise<boolean> {
  const column = [
    { familyNameRegexFilter: family },
    { columnQualifierRegexFilter: Buffer.from(qualifier, 'utf8') },
    { cellsPerColumnLimitFilter: 1 },
  ];
  const exact = { valueRangeFilter: { startValueClosed: expected, endValueClosed: expected } };
  const mutations = [
    {
      setCell: {
        familyName: family,
        columnQualifier: Buffer.from(qualifier, 'utf8'),
        timestampMicros: timestampMs * 1000,
        value,
      },
    },
  ];
  const [answer] = await client.checkAndMutateRow(
    {
      tableName,
      rowKey: Buffer.from(key, 'utf8'),
      predicateFilter: { chain: { filters: expected === undefined ? column : [...column, exact] } },
      ...(expected === undefined ? { falseMutations: mutations } : { trueMutations: mutations }),
    },
    { timeout: TIMEOUT_MS },
  );
  return answer.predicateMatched === (expected !== undefined);
}

export async function removeCells(
  client: v2.BigtableClient,
  tableName: string,
  { key, family, qualifiers }: CellRemoval,
): Promise<void> {
  await client.mutateRow(
    {
      tableName,
      rowKey: Buffer.from(key, 'utf8'),
      mutations: qualifiers.map((qualifier) => ({
        deleteFromColumn: { familyName: family, columnQualifier: Buffer.from(qualifier, 'utf8') },
      })),
    },
    { timeout: TIMEOUT_MS },
  );
}
