import { HealthmonError } from '../../errors/healthmon-error.js';
import type { InsertPort } from '../../gcp/bigquery/insert.js';
import { asInsertId } from '../stream/reading.js';
import type { Metrics } from './evaluate.js';
import type { HeldOut, SlicedRow } from './held-out.js';
import { type Estimate, estimate, groupedBy, METRICS } from './quality.js';

/** A row of the table of metrics. */
export interface MetricRow extends Estimate {
  slice_column: string;
  slice_value: string;
  metric: string;
  n_patients: number;
  n_rows: number;
}

/**
 * What BigQuery ML says of all held-out patients, and for each slice of them area under the curve, Brier score and
 * calibration in the large with their intervals.
 */
export function metricRows(metrics: Metrics, { rows }: HeldOut): MetricRow[] {
  const all = { slice_column: 'all', slice_value: 'all', ...sizeOf(rows) };
  const columns = Object.keys(rows[0]?.slices ?? {});
  const slices = columns.flatMap((column) =>
    [...groupedBy(rows, ({ slices }) => slices[column]!)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([value, part]) => estimates(column, value, part)),
  );
  const given = Object.entries(metrics)
    .filter(([metric]) => !(metric in METRICS))
    .map(([metric, value]) => ({ ...all, metric, value: Number.isFinite(value) ? value : null }));
  return [...given, ...estimates('all', 'all', rows), ...slices];
}

function sizeOf(rows: readonly SlicedRow[]): { n_patients: number; n_rows: number } {
  return { n_patients: new Set(rows.map(({ patientId }) => patientId)).size, n_rows: rows.length };
}

function estimates(slice_column: string, slice_value: string, rows: readonly SlicedRow[]): MetricRow[] {
  const slice = { slice_column, slice_value, ...sizeOf(rows) };
  return Object.entries(METRICS).map(([metric, of]) => ({ ...slice, metric, ...estimate(rows, of) }));
}

/** Appends a measurement. Sent again within a minute or so, it is there once. */
export async function storeMetrics(
  port: InsertPort,
  rows: readonly MetricRow[],
  { version, nowMs }: { version: string; nowMs: number },
): Promise<void> {
  const measured = { measured_at: new Date(nowMs).toISOString(), model_version: version, data: 'held_out' };
  const failures = await port.insertRows(
    rows.map((row) => ({
      insertId: asInsertId([version, nowMs, row.slice_column, row.slice_value, row.metric].join('#')),
      json: JSON.stringify({ ...measured, ...row }),
    })),
  );
  if (failures[0] === undefined) return;
  throw new HealthmonError({
    code: 'not-provisioned',
    message: `BigQuery refused ${failures.length} of ${rows.length} metrics.`,
    detail: failures[0].reason,
    suggestion: 'Run "healthmon provision" to bring the table up to date, then try again.',
    exitCode: 3,
  });
}
