import { statement } from '../analytics/templates.js';
import { type Estimate, estimates, type Metric } from './bootstrap.js';
import type { Metrics } from './evaluate.js';
import type { HeldOut, SlicedRow } from './held-out.js';
import { groupedBy, METRICS, METRICS_OF_ALL } from './quality.js';
import type { ModelTools } from './tools.js';

/** A row of the table of metrics. */
export interface MetricRow extends Estimate {
  slice_column: string;
  slice_value: string;
  metric: string;
  n_patients: number;
  n_rows: number;
}

/** Held-out patients and rows, of a model whose rows were not scored one by one. */
export interface HeldOutSize {
  n_patients: number;
  n_rows: number;
}

/**
 * What BigQuery ML says of all held-out patients, and for each slice of them area under the curve, Brier score and
 * calibration in the large with their intervals; of all of them the calibration slope too.
 */
export function metricRows(metrics: Metrics, heldOut: HeldOut): MetricRow[];
/** Of a model of other than two outcomes: what BigQuery ML says. */
export function metricRows(metrics: Metrics, heldOut: undefined, size: HeldOutSize): MetricRow[];
export function metricRows(metrics: Metrics, heldOut: HeldOut | undefined, size?: HeldOutSize): MetricRow[] {
  const rows = heldOut?.rows ?? [];
  const all = { slice_column: 'all', slice_value: 'all', ...(size ?? sizeOf(rows)) };
  const given = Object.entries(metrics)
    .filter(([metric]) => heldOut === undefined || !(metric in METRICS_OF_ALL))
    .map(([metric, value]) => ({ ...all, metric, value: Number.isFinite(value) ? value : null }));
  const columns = Object.keys(rows[0]?.slices ?? {});
  const slices = columns.flatMap((column) =>
    [...groupedBy(rows, ({ slices }) => slices[column]!)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([value, part]) => estimatedRows(column, value, part)),
  );
  return [
    ...given,
    ...(heldOut === undefined ? [] : estimatedRows('all', 'all', rows, METRICS_OF_ALL)),
    ...slices,
  ];
}

function sizeOf(rows: readonly SlicedRow[]): { n_patients: number; n_rows: number } {
  return { n_patients: new Set(rows.map(({ patientId }) => patientId)).size, n_rows: rows.length };
}

function estimatedRows(
  slice_column: string,
  slice_value: string,
  rows: readonly SlicedRow[],
  metrics: Readonly<Record<string, Metric>> = METRICS,
): MetricRow[] {
  const slice = { slice_column, slice_value, ...sizeOf(rows) };
  return Object.entries(estimates(rows, metrics)).map(([metric, found]) => ({ ...slice, metric, ...found }));
}

/** Appends a measurement, each metric once however often it is sent. */
export async function storeMetrics(
  tools: ModelTools,
  rows: readonly MetricRow[],
  { version, nowMs, data = 'held_out' }: { version: string; nowMs: number; data?: MetricRowsOf },
): Promise<void> {
  const { port, config, signal } = tools;
  await port.query(statement('store-metrics', config), {
    params: [
      { name: 'measured_at', type: 'TIMESTAMP', value: new Date(nowMs).toISOString() },
      { name: 'version', type: 'STRING', value: version },
      { name: 'data', type: 'STRING', value: data },
      { name: 'rows', type: 'STRING', value: JSON.stringify(rows) },
    ],
    signal,
    doing: 'store the metrics',
  });
}

/** What was measured on: rows that were held out, or predictions that were stored before the outcome was known. */
export type MetricRowsOf = 'held_out' | 'predictions';
