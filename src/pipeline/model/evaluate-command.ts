import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileNotWritten } from '../../errors/file-not-written.js';
import { usageError } from '../../errors/healthmon-error.js';
import { checkFeatures } from './checks.js';
import { compareQuestions } from './compare.js';
import { type EvaluateResult, evaluateModel, evaluateRows } from './evaluate.js';
import { fileGates, type Gate, type GateFile, type GateThresholds, optionGates } from './gates.js';
import { type HeldOut, readHeldOut, readLaterOutcomes } from './held-out.js';
import { type Question, readQuestion } from './question.js';
import { modelOfVersion, versionName } from './registry.js';
import { type MetricRow, metricRows, storeMetrics } from './store-metrics.js';
import type { CommandTools, ModelTools } from './tools.js';

export interface EvaluateInput {
  /** `v2` or the name of a model; undefined is the one that serves. */
  version: string | undefined;
  thresholds: GateThresholds;
  gates: GateFile | undefined;
  /** On stored predictions whose outcome has come to be known since, in the place of held-out rows. */
  later: boolean;
  /** Keep the metrics in BigQuery. */
  store: boolean;
  /** `.svg` or `.html`, from `cwd`. */
  plot: string | undefined;
}

export interface EvaluateCommandResult extends EvaluateResult {
  /** Metrics that were stored, of the model and of its slices. */
  stored?: number | undefined;
  plot?: string | undefined;
}

/** Evaluates, and keeps or draws what came out where that is asked for. */
export async function runEvaluateCommand(
  tools: CommandTools,
  { version, thresholds, gates: file, later, store, plot }: EvaluateInput,
): Promise<EvaluateCommandResult> {
  const draw = plot === undefined ? undefined : await drawingFor(plot);
  const question = await readQuestion(tools, modelOfVersion(tools.config, version));
  const needsRows = later || store || draw !== undefined || file !== undefined;
  const read = later ? readLaterOutcomes : readHeldOut;
  const heldOut = needsRows ? await read(tools, question) : undefined;
  const evaluated = later ? evaluateRows(heldOut!) : await evaluateModel(tools, question);
  const metrics =
    heldOut === undefined
      ? metricRows(evaluated.metrics, undefined, { n_patients: 0, n_rows: 0 })
      : metricRows(evaluated.metrics, heldOut);
  const gates = optionGates(thresholds, metrics);
  if (file !== undefined) gates.push(...(await gatesOfFile(tools, question, file, metrics, heldOut!)));
  const result: EvaluateCommandResult = {
    model: question.model,
    version: question.version,
    ...evaluated,
    gates,
    passed: gates.every((gate) => gate.passed),
  };
  if (store) {
    await storeMetrics(tools, metrics, {
      version: question.version,
      nowMs: tools.nowMs(),
      data: later ? 'predictions' : 'held_out',
    });
    result.stored = metrics.length;
  }
  if (plot !== undefined && draw !== undefined) {
    const { qualityCharts } = await import('./plot.js');
    const { model } = question;
    const text = draw(`How well ${model} does`, qualityCharts({ ...evaluated, model }, heldOut!, metrics));
    await writeFile(resolve(tools.cwd, plot), text).catch((cause: Error) => {
      throw fileNotWritten(plot, cause);
    });
    result.plot = plot;
  }
  return result;
}

async function gatesOfFile(
  tools: ModelTools,
  question: Question,
  file: GateFile,
  metrics: readonly MetricRow[],
  heldOut: HeldOut,
): Promise<Gate[]> {
  const champion = await tools.models.get(tools.config.bigquery.model);
  const compares = Object.keys(file.champion).length > 0 && champion !== undefined;
  const isChampion = champion !== undefined && versionName(champion) === question.version;
  const comparison =
    compares && !isChampion
      ? await compareQuestions(tools, await readQuestion(tools), question, heldOut)
      : undefined;
  const checks = Object.keys(file.leakage).length > 0 ? await checkFeatures(tools, question) : undefined;
  const heldOutPatients = metrics.find(({ slice_column }) => slice_column === 'all')?.n_patients ?? 0;
  return fileGates(file, { metrics, heldOutPatients, checks, comparison });
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
