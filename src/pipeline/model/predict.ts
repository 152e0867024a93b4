import type { Config } from '../../config/config.js';
import { HealthmonError, usageError } from '../../errors/healthmon-error.js';
import type { BigQueryPort } from '../../gcp/bigquery/port.js';
import type { JsonValue } from '../../gcp/bigquery/values.js';
import { statement } from '../analytics/templates.js';

export interface PredictOptions {
  /** One patient; without it every patient, up to `limit`. */
  patient?: string;
  limit: number;
}

export interface PredictResult {
  model: string;
  /** Patient_ID, predicted_Outcome, probability (of that outcome), actual_Outcome, event_timestamp and vitals. */
  rows: Record<string, JsonValue>[];
}

/** Predicts from the newest reading of each patient. */
export async function predictOutcomes(
  port: BigQueryPort,
  config: Config,
  options: PredictOptions,
  signal: AbortSignal,
): Promise<PredictResult> {
  if (options.patient === '') {
    throw usageError({
      code: 'invalid-option',
      message: 'The value "" of --patient is not valid.',
      suggestion: 'Give an id, or leave --patient out to predict for all.',
    });
  }
  const outcome = await port.query(statement('predict', config, { limit: String(options.limit) }), {
    params: [{ name: 'patient', type: 'STRING', value: options.patient ?? '' }],
    signal,
    doing: 'predict',
  });
  const rows = await outcome.rows();
  if (options.patient !== undefined && rows.length === 0) {
    throw new HealthmonError({
      code: 'patient-not-found',
      message: `The joined table has no patient "${options.patient}".`,
      detail:
        'A patient is there once the admission was loaded and synced and a reading was streamed and joined.',
      suggestion: 'Run "healthmon predict" without --patient to see who is there.',
    });
  }
  return { model: config.bigquery.model, rows };
}
