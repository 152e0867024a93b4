import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { Catalog } from '../../../../src/emulators/bigquery/catalog/catalog.js';
import { compileQuery, type QueryContext } from '../../../../src/emulators/bigquery/compile/index.js';
import { registerFunctions } from '../../../../src/emulators/bigquery/duck/udf.js';
import { encodeValue, quoteString, shapeText } from '../../../../src/emulators/bigquery/functions/emit.js';
import { functions } from '../../../../src/emulators/bigquery/functions/index.js';
import { parseQuery } from '../../../../src/emulators/bigquery/sql/parser.js';

export interface FunctionLab {
  /** Each row's columns as literals (FORMAT's `%T`), joined by ` | `. */
  rows(sql: string): Promise<string[]>;
  /** The value of one expression as a literal, or `ERROR: …`. */
  evaluate(expression: string): Promise<string>;
  close(): void;
}

/** 2024-01-15 12:00:00.123456 UTC */
const STATEMENT_TIME = 1_705_320_000_123_456n;

const context: QueryContext = {
  catalog: new Catalog(),
  functions,
  environment: {
    project: 'lab',
    statementTimeMicros: STATEMENT_TIME,
    timeZone: 'UTC',
    sessionUser: 'me@example.com',
    jobId: 'job',
  },
};

/** The compiler over DuckDB in memory, without a server. */
export async function openLab(): Promise<FunctionLab> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  registerFunctions(connection);
  return {
    rows: (sql) => rows(connection, sql),
    async evaluate(expression) {
      try {
        return (await rows(connection, `SELECT ${expression}`))[0] ?? 'no row';
      } catch (error) {
        return `ERROR: ${error instanceof Error ? error.message : String(error)}`;
      }
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function rows(connection: DuckDBConnection, sql: string): Promise<string[]> {
  const query = await compileQuery(parseQuery(sql), context);
  const columns = query.columns.map(({ type }, index) => {
    const name = `q."${query.physicalNames[index]!.replaceAll('"', '""')}"`;
    return `bq_format('%T', [${quoteString(shapeText(type))}], [${encodeValue(name, type)}])`;
  });
  const reader = await connection.runAndReadAll(`SELECT ${columns.join(', ')} FROM (${query.sql}) AS q`);
  return reader.getRowsJS().map((row) => row.map(String).join(' | '));
}
