import type { Config } from '../../config/config.js';
import { HealthmonError } from '../../errors/healthmon-error.js';
import type { BigQueryPort } from '../../gcp/bigquery/port.js';
import { statement } from '../analytics/templates.js';
import { evaluateModel, type Metrics } from './evaluate.js';

export interface TrainResult {
  model: string;
  trainRows: number;
  evalRows: number;
  trainPatients: number;
  evalPatients: number;
  iterations: number;
  /** Mean log loss of the training rows after the last iteration. */
  trainLoss: number;
  seconds: number;
  metrics: Metrics;
}

export interface TrainOptions {
  maxIterations: number;
}

/** Trains on four fifths of the patients, chosen by a hash of their id, and evaluates on the others. */
export async function trainModel(
  port: BigQueryPort,
  config: Config,
  options: TrainOptions,
  signal: AbortSignal,
): Promise<TrainResult> {
  const startedMs = performance.now();
  const counts = await port.query(statement('split-counts', config), {
    signal,
    doing: 'read the joined table',
  });
  const [split] = await counts.rows();
  const number = (name: string) => Number(split?.[name] ?? 0);
  if (number('trainRows') === 0 || number('evalRows') === 0) {
    throw new HealthmonError({
      code: 'too-few-patients',
      message: `The joined table has too few patients to split: ${number('trainPatients')} to train on, ${number('evalPatients')} to evaluate on.`,
      detail: 'One patient in five is held out by a hash of the id, and each side needs at least one.',
      suggestion: 'Load more admissions, stream readings of more patients, then run "healthmon join" again.',
    });
  }
  await port.query(statement('train', config, { maxIterations: String(options.maxIterations) }), {
    signal,
    doing: 'train the model',
  });
  const info = await port.query(statement('training-info', config), {
    signal,
    doing: 'read the training log',
  });
  const iterations = await info.rows();
  const { metrics } = await evaluateModel(port, config, {}, signal);
  return {
    model: config.bigquery.model,
    trainRows: number('trainRows'),
    evalRows: number('evalRows'),
    trainPatients: number('trainPatients'),
    evalPatients: number('evalPatients'),
    iterations: iterations.length,
    trainLoss: Number(iterations.at(-1)?.loss),
    seconds: (performance.now() - startedMs) / 1000,
    metrics,
  };
}
