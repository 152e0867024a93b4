import { statement } from '../analytics/templates.js';
import { measured } from './bootstrap.js';
import type { Gate } from './gates.js';
import type { HeldOut } from './held-out.js';
import { MODEL_TYPES } from './model-types.js';
import { logLoss, rocAuc } from './quality.js';
import { type Question, questionValues } from './question.js';
import type { ModelTools } from './tools.js';

/** Columns of ML.EVALUATE, as BigQuery ML names them for the type of the model. */
export type Metrics = Readonly<Record<string, number>>;

export interface EvaluateResult {
  model: string;
  version: string;
  metrics: Metrics;
  /** Rows are the recorded outcomes, columns the predicted ones; empty of a model that predicts a number. */
  confusionMatrix: Record<string, string | number>[];
  gates: Gate[];
  passed: boolean;
}

/** Evaluates on the held-out rows only. */
export async function evaluateModel(
  tools: ModelTools,
  question: Question,
): Promise<Pick<EvaluateResult, 'metrics' | 'confusionMatrix'>> {
  const { port, config, signal } = tools;
  const asked = { signal, doing: 'evaluate the model' };
  const values = questionValues(tools, question);
  const evaluation = await port.query(statement('evaluate', config, values), asked);
  const [row = {}] = await evaluation.rows();
  const metrics = Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => name !== 'trial_id')
      .map(([name, value]) => [name, Number(value)]),
  );
  if (!MODEL_TYPES[question.type].classifies) return { metrics, confusionMatrix: [] };
  const matrix = await port.query(statement('confusion-matrix', config, values), asked);
  const rows = (await matrix.rows()) as Record<string, string | number>[];
  return { metrics, confusionMatrix: rows.map(({ trial_id: _trial, ...cells }) => cells) };
}

/** The same of rows that were scored already, deciding at one half. */
export function evaluateRows({ event, rows }: HeldOut): Pick<EvaluateResult, 'metrics' | 'confusionMatrix'> {
  const count = (came: boolean, expected: boolean) =>
    rows.filter((row) => row.event === came && row.probability >= 0.5 === expected).length;
  const [hits, misses, alarms, rejections] = [
    count(true, true),
    count(true, false),
    count(false, true),
    count(false, false),
  ];
  const precision = hits / (hits + alarms);
  const recall = hits / (hits + misses);
  const other = `not ${event}`;
  return {
    metrics: {
      precision,
      recall,
      accuracy: (hits + rejections) / rows.length,
      f1_score: (2 * precision * recall) / (precision + recall),
      log_loss: measured(logLoss, rows) ?? Number.NaN,
      roc_auc: measured(rocAuc, rows) ?? Number.NaN,
    },
    confusionMatrix: [
      { expected_label: other, [other]: rejections, [event]: alarms },
      { expected_label: event, [other]: misses, [event]: hits },
    ],
  };
}
