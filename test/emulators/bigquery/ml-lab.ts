import type { BigQuery } from '@google-cloud/bigquery';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { clientOf, startEmulator } from './harness.js';

export type Row = Record<string, unknown>;

/** An emulator with an empty dataset `ml`, and short ways to ask it. */
export interface MlLab {
  server: BigQueryServer;
  client: BigQuery;
  query(sql: string, params?: Row): Promise<Row[]>;
  one(sql: string): Promise<Row>;
  /** Message of the error that a statement ends with. */
  failure(sql: string): Promise<string>;
  close(): Promise<void>;
}

export async function openMlLab(): Promise<MlLab> {
  const server = await startEmulator();
  const client = clientOf(server);
  const query = async (sql: string, params?: Row): Promise<Row[]> => {
    const [rows] = await client.query({ query: sql, params, useQueryCache: false });
    return rows as Row[];
  };
  await query('CREATE SCHEMA ml');
  return {
    server,
    client,
    query,
    async one(sql) {
      const rows = await query(sql);
      if (rows.length !== 1) throw new Error(`${rows.length} rows instead of one`);
      return rows[0]!;
    },
    failure: (sql) =>
      query(sql).then(
        () => 'no error',
        (error: Error) => error.message,
      ),
    close: () => server.close(),
  };
}
