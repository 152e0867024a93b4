import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config } from '../../config/config.js';
import { fileNotWritten } from '../../errors/file-not-written.js';
import { usageError } from '../../errors/healthmon-error.js';
import { insertPort } from '../../gcp/bigquery/insert.js';
import { modelVersion } from '../../gcp/bigquery/models.js';
import { bigQueryPort } from '../../gcp/bigquery/port.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { type EvaluateResult, evaluateModel, type GateThresholds } from './evaluate.js';
import { readHeldOut } from './held-out.js';
import { metricRows, storeMetrics } from './store-metrics.js';

export interface EvaluateInput extends GateThresholds {
  /** Keep the metrics in BigQuery. */
  store: boolean;
  /** `.svg` or `.html`, from `cwd`. */
  plot: string | undefined;
}

export interface EvaluateTools {
  clients: GoogleClients;
  config: Config;
  signal: AbortSignal;
  nowMs: number;
  cwd: string;
}

export interface EvaluateCommandResult extends EvaluateResult {
  /** Metrics that were stored, of the model and of its slices. */
  stored?: number | undefined;
  plot?: string | undefined;
}

/** Evaluates, and keeps or draws what came out where that is asked for. */
export async function runEvaluateCommand(
  { store, plot, ...thresholds }: EvaluateInput,
  { clients, config, signal, nowMs, cwd }: EvaluateTools,
): Promise<EvaluateCommandResult> {
  const draw = plot === undefined ? undefined : await drawingFor(plot);
  const port = await bigQueryPort(clients);
  const result: EvaluateCommandResult = await evaluateModel(port, config, thresholds, signal);
  if (!store && draw === undefined) return result;
  const heldOut = await readHeldOut(port, config, signal);
  const metrics = metricRows(result.metrics, heldOut);
  if (store) {
    const version = await modelVersion(clients, config);
    await storeMetrics(await insertPort(clients, config, config.bigquery.metricsTable), metrics, {
      version,
      nowMs,
    });
    result.stored = metrics.length;
  }
  if (plot !== undefined && draw !== undefined) {
    const { qualityCharts } = await import('./plot.js');
    const text = draw(`How well ${result.model} does`, qualityCharts(result, heldOut, metrics));
    await writeFile(resolve(cwd, plot), text).catch((cause: Error) => {
      throw fileNotWritten(plot, cause);
    });
    result.plot = plot;
  }
  return result;
}

async function drawingFor(plot: string) {
  const { qualityPage, qualitySvg } = await import('./plot.js');
  if (plot.endsWith('.svg')) return qualitySvg;
  if (plot.endsWith('.html')) return qualityPage;
  throw usageError({
    code: 'invalid-option',
    message: `--plot ${plot} names neither an SVG nor a page.`,
    suggestion: 'Give a name that ends with .svg or .html.',
  });
}
