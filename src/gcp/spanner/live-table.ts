import type { SpannerData } from './data.js';

export interface LiveColumn {
  name: string;
  type: string;
  nullable: boolean;
  hasDefault: boolean;
  generated: boolean;
  commitTimestamp: boolean;
}

/** A table as the database has it now. */
export interface LiveTable {
  name: string;
  columns: LiveColumn[];
  primaryKey: string[];
  /** Columns of each secondary index, those that back foreign keys included. */
  indexes: { name: string; columns: string[]; unique: boolean }[];
}

/** Reads a table from INFORMATION_SCHEMA; undefined when there is none. */
export async function readLiveTable(data: SpannerData, table: string): Promise<LiveTable | undefined> {
  const params = { table: { type: 'STRING', value: table } };
  const where = "WHERE TABLE_SCHEMA = '' AND TABLE_NAME = @table";
  const columns = await data.query(
    `SELECT COLUMN_NAME, SPANNER_TYPE, IS_NULLABLE, COLUMN_DEFAULT IS NOT NULL, IS_GENERATED
     FROM INFORMATION_SCHEMA.COLUMNS ${where} ORDER BY ORDINAL_POSITION`,
    params,
  );
  if (columns.length === 0) return undefined;
  const indexColumns = await data.query(
    `SELECT c.INDEX_NAME, c.COLUMN_NAME, i.INDEX_TYPE, i.IS_UNIQUE
       FROM INFORMATION_SCHEMA.INDEX_COLUMNS AS c
       JOIN INFORMATION_SCHEMA.INDEXES AS i
       ON i.TABLE_SCHEMA = c.TABLE_SCHEMA AND i.TABLE_NAME = c.TABLE_NAME AND i.INDEX_NAME = c.INDEX_NAME
       WHERE c.TABLE_SCHEMA = '' AND c.TABLE_NAME = @table
       ORDER BY c.INDEX_NAME, c.ORDINAL_POSITION`,
    params,
  );
  const stamps = await data.query(
    `SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMN_OPTIONS
       ${where} AND OPTION_NAME = 'allow_commit_timestamp' AND OPTION_VALUE = 'TRUE'`,
    params,
  );
  const stamped = new Set(stamps.map(([name]) => name));
  const primaryKey: string[] = [];
  const indexes = new Map<string, { name: string; columns: string[]; unique: boolean }>();
  for (const [index, column, type, unique] of indexColumns as [string, string, string, boolean][]) {
    if (type === 'PRIMARY_KEY') primaryKey.push(column);
    else {
      const entry = indexes.get(index) ?? { name: index, columns: [], unique };
      entry.columns.push(column);
      indexes.set(index, entry);
    }
  }
  return {
    name: table,
    columns: (columns as [string, string, string, boolean, string][]).map(
      ([name, type, nullable, hasDefault, generated]) => ({
        name,
        type,
        nullable: nullable === 'YES',
        hasDefault,
        generated: generated === 'ALWAYS',
        commitTimestamp: stamped.has(name),
      }),
    ),
    primaryKey,
    indexes: [...indexes.values()],
  };
}
