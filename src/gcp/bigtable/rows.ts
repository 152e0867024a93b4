import type { Table, v2 } from '@google-cloud/bigtable';

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

/**
 * At most `limit` rows in the order of their keys, with the cells of the given families (default: all); rows without any
 * are left out.
 */
export async function readRows(
  table: Table,
  range: RowRange,
  { limit, families }: { limit: number; families?: readonly string[] | undefined },
): Promise<StoredRow[]> {
  const [rows] = await table.getRows({
    ranges: [
      {
        start: { value: range.start, inclusive: true },
        end: { value: range.end, inclusive: false },
      } as never,
    ],
    filter: [
      ...(families === undefined ? [] : [{ family: new RegExp(`^(?:${families.join('|')})$`) }]),
      { column: { cellLimit: 1 } },
    ],
    limit,
    decode: false,
    gaxOptions: { timeout: TIMEOUT_MS },
  });
  return rows.map((row) => ({ key: String(row.id), cells: cellsOf(row.data as ClientRow) }));
}

type ClientRow = Record<string, Record<string, { value: Buffer | string; timestamp: string }[]>>;

function cellsOf(data: ClientRow): StoredCell[] {
  const cells: StoredCell[] = [];
  for (const [family, columns] of Object.entries(data)) {
    for (const [qualifier, [version]] of Object.entries(columns)) {
      const { value, timestamp } = version!;
      cells.push({ family, qualifier, value: Buffer.from(value), timestampMs: Number(timestamp) / 1000 });
    }
  }
  return cells;
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
