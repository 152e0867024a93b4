import type { TableField } from '../catalog/entries.js';
import type { Database } from '../duck/database.js';
import { encodeChunk, type TimestampFormat } from './wire.js';

/** The service ends a page at about 10 MB of data. */
const MAX_PAGE_BYTES = 10 * 1024 * 1024;
const MAX_PAGE_ROWS = 200_000;

export interface PageRequest {
  /** Columns to select, as quoted SQL; they line up with `fields`. */
  columns: string;
  fields: readonly TableField[];
  /** Quoted DuckDB name. */
  table: string;
  startIndex: number;
  maxResults?: number;
  timestamps: TimestampFormat;
  /** The table never lost a row, so its row ids are its positions and a page is found without counting. */
  appendOnly: boolean;
  /** Condition of a partition decorator. */
  where?: string;
}

/** Rows of one page as the JSON text of an array, and how many they are. */
export interface Page {
  rowsJson: string;
  rowCount: number;
}

export async function readPage(database: Database, page: PageRequest): Promise<Page> {
  const limit = Math.min(page.maxResults ?? MAX_PAGE_ROWS, MAX_PAGE_ROWS);
  if (limit === 0) return { rowsJson: '[]', rowCount: 0 };
  const connection = await database.acquire();
  let drained = false;
  try {
    const result = await connection.stream(pageSql(page, limit));
    const parts: string[] = [];
    let bytes = 0;
    while (bytes < MAX_PAGE_BYTES) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) {
        drained = true;
        break;
      }
      for (const row of encodeChunk(chunk, page.fields, page.timestamps)) {
        // A page holds at least one row, however large.
        if (bytes >= MAX_PAGE_BYTES) break;
        parts.push(row);
        bytes += row.length;
      }
    }
    return { rowsJson: `[${parts.join(',')}]`, rowCount: parts.length };
  } finally {
    // A stream left half read keeps its transaction open, so that connection is not used again.
    database.release(connection, !drained);
  }
}

function pageSql(page: PageRequest, limit: number): string {
  const from = `SELECT ${page.columns} FROM ${page.table}`;
  if (page.appendOnly) {
    return `${from} WHERE rowid >= ${page.startIndex} AND rowid < ${page.startIndex + limit}`;
  }
  const where = page.where === undefined ? '' : ` WHERE ${page.where}`;
  return `${from}${where} LIMIT ${limit} OFFSET ${page.startIndex}`;
}
