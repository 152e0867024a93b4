import type { Config } from '../../config/config.js';
import { HealthmonError, usageError } from '../../errors/healthmon-error.js';
import type { BigQueryPort, QueryParameter } from '../../gcp/bigquery/port.js';
import type { JsonValue } from '../../gcp/bigquery/values.js';
import { statement } from '../analytics/templates.js';
import { type Explanation, explanationOf } from './explanation.js';

export interface PredictOptions {
  /** One patient; without it every patient, up to `limit`. */
  patient?: string;
  limit: number;
  /** What each feature adds to the log-odds. */
  explain: boolean;
}

export interface PredictResult {
  model: string;
  /**
   * Patient_ID, predicted_Outcome, probability (of that outcome), actual_Outcome, event_timestamp, vitals, and
   * `explanation` where it was asked for.
   */
  rows: Record<string, JsonValue | Explanation>[];
  /** Predictions that were stored, or got their explanation, by this run. */
  stored?: number;
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
  const outcome = await port.query(predictions(config, options), {
    params: [patientParameter(options)],
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
  return { model: config.bigquery.model, rows: options.explain ? rows.map(explained) : rows };
}

function predictions(config: Config, { explain, limit }: PredictOptions): string {
  return statement(explain ? 'explain' : 'predict', config, { limit: String(limit) });
}

function patientParameter({ patient }: PredictOptions): QueryParameter {
  return { name: 'patient', type: 'STRING', value: patient ?? '' };
}

function explained(row: Record<string, JsonValue>): Record<string, JsonValue | Explanation> {
  const { baseline, log_odds, attributions, ...rest } = row;
  return { ...rest, explanation: explanationOf(row) };
}

/** JSON of the features of one prediction, each with what it adds. */
const ATTRIBUTIONS = `PARSE_JSON(CONCAT('{', (
      SELECT STRING_AGG(CONCAT(TO_JSON_STRING(feature), ':', TO_JSON_STRING(attribution)), ',')
      FROM UNNEST(attributions)
    ), '}'))`;

/**
 * Stores the predictions of all patients, or of one. Those of this version from the same readings are there once,
 * however often it runs.
 * @param version as `modelVersion` gives it.
 * @returns how many were stored, or got their explanation.
 */
export async function storePredictions(
  port: BigQueryPort,
  config: Config,
  options: Pick<PredictOptions, 'patient' | 'explain'> & { version: string },
  signal: AbortSignal,
): Promise<number> {
  const all = { ...options, limit: Number.MAX_SAFE_INTEGER };
  const sql = statement('store-predictions', config, {
    predictions: predictions(config, all),
    baseline: options.explain ? 'baseline' : 'CAST(NULL AS FLOAT64)',
    attributions: options.explain ? ATTRIBUTIONS : 'CAST(NULL AS JSON)',
  });
  const outcome = await port.query(sql, {
    params: [patientParameter(all), { name: 'version', type: 'STRING', value: options.version }],
    signal,
    doing: 'store the predictions',
  });
  return outcome.affectedRows;
}
