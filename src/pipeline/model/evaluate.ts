import type { Config } from '../../config/config.js';
import type { BigQueryPort } from '../../gcp/bigquery/port.js';
import { statement } from '../analytics/templates.js';

/** Columns of ML.EVALUATE for a classifier, as BigQuery ML names them. */
const METRIC_NAMES = ['precision', 'recall', 'accuracy', 'f1_score', 'log_loss', 'roc_auc'] as const;
export type MetricName = (typeof METRIC_NAMES)[number];
export type Metrics = Record<MetricName, number>;

export interface Gate {
  /** The option that set it: `--min-roc-auc`. */
  gate: string;
  metric: MetricName;
  threshold: number;
  actual: number;
  passed: boolean;
}

export interface GateThresholds {
  minRocAuc?: number;
  minAccuracy?: number;
  minF1?: number;
  maxLogLoss?: number;
}

export interface EvaluateResult {
  model: string;
  metrics: Metrics;
  /** Rows are the recorded outcomes, columns the predicted ones. */
  confusionMatrix: Record<string, string | number>[];
  gates: Gate[];
  passed: boolean;
}

const GATES = [
  { option: 'minRocAuc', gate: '--min-roc-auc', metric: 'roc_auc', direction: 1 },
  { option: 'minAccuracy', gate: '--min-accuracy', metric: 'accuracy', direction: 1 },
  { option: 'minF1', gate: '--min-f1', metric: 'f1_score', direction: 1 },
  { option: 'maxLogLoss', gate: '--max-log-loss', metric: 'log_loss', direction: -1 },
] as const satisfies readonly {
  option: keyof GateThresholds;
  metric: MetricName;
  gate: string;
  direction: number;
}[];

/** Evaluates on the held-out patients only. */
export async function evaluateModel(
  port: BigQueryPort,
  config: Config,
  thresholds: GateThresholds,
  signal: AbortSignal,
): Promise<EvaluateResult> {
  const doing = 'evaluate the model';
  const evaluation = await port.query(statement('evaluate', config), { signal, doing });
  const [row] = await evaluation.rows();
  const metrics = Object.fromEntries(METRIC_NAMES.map((name) => [name, Number(row?.[name])])) as Metrics;
  const matrix = await port.query(statement('confusion-matrix', config), { signal, doing });
  const gates = GATES.flatMap(({ option, gate, metric, direction }): Gate[] => {
    const threshold = thresholds[option];
    if (threshold === undefined) return [];
    const actual = metrics[metric];
    // A NaN metric (nothing was predicted positive) never passes.
    return [{ gate, metric, threshold, actual, passed: (actual - threshold) * direction >= 0 }];
  });
  return {
    model: config.bigquery.model,
    metrics,
    confusionMatrix: (await matrix.rows()) as Record<string, string | number>[],
    gates,
    passed: gates.every((gate) => gate.passed),
  };
}
