import { packageVersion } from '../../core/package-root.js';
import { HealthmonError } from '../../errors/healthmon-error.js';
import type { JsonValue } from '../../gcp/bigquery/values.js';
import { statement, tablePath } from '../analytics/templates.js';
import { type Asked, ask } from './ask.js';
import { checkFeatures, checkSplit, type FeatureChecks, type Split, warningsOf } from './checks.js';
import { compareQuestions } from './compare.js';
import { evaluateModel, type Metrics } from './evaluate.js';
import { fileGates, type Gate, type GateFile, type GateThresholds, optionGates } from './gates.js';
import { readHeldOut } from './held-out.js';
import { type History, nextNumber, readHistory, record, recordUnrecorded } from './lifecycle.js';
import { type Question, readQuestion } from './question.js';
import { recordRegistered } from './register.js';
import { addVersion } from './registry.js';
import { labelVersion, serve } from './serve.js';
import { type MetricRow, metricRows, storeMetrics } from './store-metrics.js';
import type { CommandTools, ModelTools } from './tools.js';
import { createOptions, type TrainOptions, trainStatement } from './train-options.js';

export interface TrainInput extends Asked, TrainOptions {
  /** Gates besides those of `gates`. */
  thresholds: GateThresholds;
  gates: GateFile | undefined;
  /** Lets the version serve when it passes every gate. */
  promote: boolean;
}

export interface TrainResult {
  /** Name under which the model serves. */
  model: string;
  version: string;
  /** Whether this version serves. */
  promoted: boolean;
  label: string;
  features: readonly string[];
  trainRows: number;
  evalRows: number;
  trainPatients: number;
  evalPatients: number;
  /** Of a tuned model its trials. */
  iterations: number;
  /** Mean loss of the training rows after the last iteration, of a tuned model of its best trial. */
  trainLoss: number;
  seconds: number;
  metrics: Metrics;
  gates: Gate[];
  passed: boolean;
  /** What the checks of the features found. */
  warnings: string[];
}

/**
 * Trains a version on four fifths of the patients, chosen by a hash of their id, evaluates it on the others, keeps what
 * came out, and lets it serve unless a gate fails.
 */
export async function trainModel(tools: CommandTools, input: TrainInput): Promise<TrainResult> {
  const startedMs = performance.now();
  const { model } = tools.config.bigquery;
  const asked = await ask(input, tools, model);
  const history = await recordUnrecorded(tools, await readHistory(tools));
  const split = await checkSplit(tools, asked);
  const checks = await checkFeatures(tools, asked);
  const { question, sql } = await createVersion(tools, asked, input, nextNumber(history));
  const { version } = question;
  await keepVersion(tools, { question, sql, split, input });
  const evaluated = await evaluateModel(tools, question);
  const heldOut = checks.twoOutcomes ? await readHeldOut(tools, question) : undefined;
  const metrics =
    heldOut === undefined
      ? metricRows(evaluated.metrics, undefined, { n_patients: split.evalPatients, n_rows: split.evalRows })
      : metricRows(evaluated.metrics, heldOut);
  await storeMetrics(tools, metrics, { version, nowMs: tools.nowMs() });
  const warnings = warningsOf(checks);
  await record(tools, version, 'trained', { detail: { warnings } });
  if (input.vertexAiModelId !== undefined) await recordRegistered(tools, version, input.vertexAiModelId);
  const gates = await heldAgainst(tools, { question, input, history, split, checks, metrics, heldOut });
  const missed = gates.filter(({ passed }) => !passed);
  if (missed.length > 0) {
    await record(tools, version, 'gate_failed', { detail: missed.map((gate) => ({ ...gate })) });
  }
  const promoted = input.promote && missed.length === 0;
  if (promoted) {
    await serve(tools, version);
    await record(tools, version, 'promoted', {
      reason: 'trained, and no gate failed',
      detail: { previous: history.champion ?? null },
    });
  }
  const iterations = await readIterations(tools, question, input);
  const { dataHash: _hash, ...counts } = split;
  return {
    model,
    version,
    promoted,
    label: question.label,
    features: question.features,
    ...counts,
    iterations: iterations.length,
    trainLoss: Number(iterations.at(-1)?.loss),
    seconds: (performance.now() - startedMs) / 1000,
    metrics: evaluated.metrics,
    gates,
    passed: missed.length === 0,
    warnings,
  };
}

/** The statement that the next training runs. */
export async function planTraining(
  tools: ModelTools & { cwd: string },
  input: Asked & TrainOptions,
): Promise<string> {
  const asked = await ask(input, tools, tools.config.bigquery.model);
  const model = `${asked.model}_v${nextNumber(await readHistory(tools))}`;
  return trainStatement(tools, { ...asked, model, version: model }, input);
}

/** Two trainings at the same time find the same number free. */
const ATTEMPTS = 5;

async function createVersion(tools: CommandTools, asked: Question, input: TrainInput, firstNumber: number) {
  for (let number = firstNumber; ; number++) {
    const version = `${asked.model}_v${number}`;
    const question = { ...asked, model: version, version };
    const sql = trainStatement(tools, question, input);
    try {
      await tools.port.query(sql, {
        signal: tools.signal,
        doing: 'train the model',
      });
      return { question, sql };
    } catch (error) {
      const taken = error instanceof HealthmonError && /^Already Exists: /.test(error.detail ?? '');
      if (!taken || number - firstNumber + 1 >= ATTEMPTS) throw error;
    }
  }
}

interface Trained {
  question: Question;
  sql: string;
  split: Split;
  input: TrainInput;
}

async function keepVersion(tools: CommandTools, { question, sql, split, input }: Trained): Promise<void> {
  const live = await tools.models.get(question.model);
  if (live !== undefined) await labelVersion(tools, live);
  await addVersion(tools, {
    version: question.version,
    model: tools.config.bigquery.model,
    createdAt: live?.createdAt ?? new Date(tools.nowMs()).toISOString(),
    createdBy: tools.by,
    modelType: question.type,
    label: question.label,
    features: [...question.features],
    source: question.source.sql,
    splitBy: question.splitBy,
    unit: question.source.unit,
    options: createOptions(question, input),
    trainPatients: split.trainPatients,
    trainRows: split.trainRows,
    heldOutPatients: split.evalPatients,
    heldOutRows: split.evalRows,
    dataHash: split.dataHash,
    statement: sql,
    healthmonVersion: packageVersion(),
  });
}

interface HeldAgainst {
  question: Question;
  input: TrainInput;
  history: History;
  split: Split;
  checks: FeatureChecks;
  metrics: readonly MetricRow[];
  heldOut: Awaited<ReturnType<typeof readHeldOut>> | undefined;
}

async function heldAgainst(
  tools: CommandTools,
  { question, input, history, split, checks, metrics, heldOut }: HeldAgainst,
): Promise<Gate[]> {
  const gates = optionGates(input.thresholds, metrics);
  if (input.gates === undefined) return gates;
  const compares = Object.keys(input.gates.champion).length > 0 && history.champion !== undefined;
  const comparison = compares
    ? await compareQuestions(tools, await readQuestion(tools), question, heldOut)
    : undefined;
  return [
    ...gates,
    ...fileGates(input.gates, { metrics, heldOutPatients: split.evalPatients, checks, comparison }),
  ];
}

/** Of a tuned model its trials, of which the last is the best. */
async function readIterations(
  { port, config, signal }: ModelTools,
  { model }: Question,
  { tune }: TrainOptions,
): Promise<{ loss?: JsonValue }[]> {
  const name = tune === undefined ? 'training-info' : 'trial-info';
  const sql = statement(name, config, { model: tablePath(config, model) });
  const info = await port.query(sql, { signal, doing: 'read the training log' });
  return info.rows();
}
