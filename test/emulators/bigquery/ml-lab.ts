import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BigQuery } from '@google-cloud/bigquery';
import { afterAll, beforeAll } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { clientOf, startEmulator } from './harness.js';

export type Row = Record<string, unknown>;

/** An emulator with the default dataset `ml`, and short ways to ask it. */
export interface MlLab {
  server: BigQueryServer;
  client: BigQuery;
  query(sql: string, params?: Row): Promise<Row[]>;
  one(sql: string): Promise<Row>;
  /** Message of the error that a statement ends with. */
  failure(sql: string): Promise<string>;
  /** Another server on the same tables and models. */
  restart(): Promise<void>;
}

/** A lab for the tests of a file. */
export function useMlLab(): MlLab {
  const dataDir = mkdtempSync(join(tmpdir(), 'bigquery-ml-'));
  const start = async () => {
    lab.server = await startEmulator({ dataDir });
    lab.client = clientOf(lab.server);
  };
  const lab = {
    async query(sql, params) {
      const [rows] = await lab.client.query({
        query: sql,
        params,
        useQueryCache: false,
        defaultDataset: { datasetId: 'ml' },
      });
      return rows;
    },
    async one(sql) {
      const rows = await lab.query(sql);
      if (rows.length !== 1) throw new Error(`${rows.length} rows instead of one`);
      return rows[0]!;
    },
    failure: (sql) =>
      lab.query(sql).then(
        () => 'no error',
        (error: Error) => error.message,
      ),
    async restart() {
      await lab.server.close();
      await start();
    },
  } as MlLab;
  beforeAll(async () => {
    await start();
    await lab.client.createDataset('ml');
  });
  afterAll(async () => {
    await lab.server.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return lab;
}
