import { type DuckDBConnection, DuckDBDataChunk, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';

/** DuckDB's vectors hold this many rows. */
export const CHUNK_ROWS = 2048;

export interface AppendTarget {
  table: string;
  schema: string;
  database?: string;
}

/** Appends rows to a table whose columns they follow in number and order: the quickest way in. */
export async function appendOn(
  connection: DuckDBConnection,
  target: AppendTarget,
  rows: readonly DuckDBValue[][],
): Promise<void> {
  if (rows.length === 0) return;
  const appender = await connection.createAppender(target.table, target.schema, target.database);
  try {
    const types: DuckDBType[] = rows[0]!.map((_, column) => appender.columnType(column));
    for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
      const part = rows.slice(start, start + CHUNK_ROWS);
      const chunk = DuckDBDataChunk.create(types, part.length);
      for (let column = 0; column < types.length; column++) {
        chunk.setColumnValues(
          column,
          part.map((row) => row[column]!),
        );
      }
      appender.appendDataChunk(chunk);
    }
  } finally {
    appender.closeSync();
  }
}
