import type { Database } from '../../../googlesql/duck/database.js';
import type { TableField } from '../../catalog/entries.js';
import { RawJson } from '../http/router.js';
import { rowEncoder, type TimestampFormat } from './wire.js';

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
  /** The table never lost a row and shows its row numbers, which are then positions: a page is found without counting. */
  appendOnly: boolean;
  /** Condition of a partition decorator. */
  where?: string;
}

/** Rows of one page as the JSON text of an array, in pieces, and how many they are. */
export interface Page {
  json: Buffer[];
  rowCount: number;
}

/** Rows are turned into bytes in blocks of about this size, before their text gets old enough to cost the collector. */
const BLOCK_CHARACTERS = 128 * 1024;

export async function readPage(database: Database, page: PageRequest): Promise<Page> {
  const limit = Math.min(page.maxResults ?? MAX_PAGE_ROWS, MAX_PAGE_ROWS);
  if (limit === 0) return { json: [], rowCount: 0 };
  const json: Buffer[] = [];
  let bytes = 0;
  let rowCount = 0;
  for await (const chunk of database.chunks(pageSql(page, limit))) {
    const encode = rowEncoder(chunk, page.fields, page.timestamps);
    const rows = chunk.rowCount;
    let row = 0;
    while (row < rows && bytes < MAX_PAGE_BYTES) {
      let block = '';
      while (row < rows && block.length < BLOCK_CHARACTERS) {
        block += rowCount === 0 ? encode(row) : `,${encode(row)}`;
        row++;
        rowCount++;
      }
      const buffer = Buffer.from(block, 'utf8');
      json.push(buffer);
      bytes += buffer.length;
    }
    if (bytes >= MAX_PAGE_BYTES) break;
  }
  return { json, rowCount };
}

/** An answer whose `rows` are those of a page; without rows the member is absent. */
export function withRows(head: object, page: Page): RawJson {
  const text = JSON.stringify(head);
  if (page.rowCount === 0) return new RawJson([Buffer.from(text)]);
  return new RawJson([Buffer.from(`${text.slice(0, -1)},"rows":[`), ...page.json, Buffer.from(']}')]);
}

function pageSql(page: PageRequest, limit: number): string {
  const from = `SELECT ${page.columns} FROM ${page.table}`;
  if (page.appendOnly) {
    return `${from} WHERE rowid >= ${page.startIndex} AND rowid < ${page.startIndex + limit}`;
  }
  const where = page.where === undefined ? '' : ` WHERE ${page.where}`;
  return `${from}${where} LIMIT ${limit} OFFSET ${page.startIndex}`;
}
