import type { Config } from '../../config/config.js';
import type { BigQueryPort } from '../../gcp/bigquery/port.js';
import { statement } from './templates.js';

export interface JoinResult {
  table: string;
  rows: number;
  patients: number;
  /** Readings of patients that no admission names; they are not in the joined table. */
  readingsWithoutPatient: number;
  seconds: number;
}

/** Rebuilds the joined table: one row per reading of a known patient. */
export async function joinRecords(
  port: BigQueryPort,
  config: Config,
  signal: AbortSignal,
): Promise<JoinResult> {
  const startedMs = performance.now();
  await port.query(statement('join', config), { signal, doing: 'join admissions and vitals' });
  const counts = await port.query(statement('join-counts', config), {
    signal,
    doing: 'count the joined rows',
  });
  const [row] = await counts.rows();
  return {
    table: config.bigquery.joinedTable,
    rows: Number(row?.joined),
    patients: Number(row?.patients),
    readingsWithoutPatient: Number(row?.withoutPatient),
    seconds: (performance.now() - startedMs) / 1000,
  };
}
