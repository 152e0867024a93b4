import { HealthmonError, usageError } from '../../errors/healthmon-error.js';
import type { QueryParameter } from '../../gcp/bigquery/port.js';
import type { JsonValue } from '../../gcp/bigquery/values.js';
import { statement } from '../analytics/templates.js';
import { type Explanation, explanationOf } from './explanation.js';
import { fieldNamed, type Question, questionValues, TIME } from './question.js';
import type { ModelTools } from './tools.js';

export interface PredictOptions {
  /** One patient; without it every patient, up to `limit`. */
  patient?: string;
  limit: number;
  /** What each feature adds to the log-odds. */
  explain: boolean;
}

export interface PredictResult {
  model: string;
  /** What tells the training that gave them from all others. */
  version: string;
  /**
   * Patient_ID, predicted_Outcome, probability (of that outcome), actual_Outcome, event_timestamp, vitals, and
   * `explanation` where it was asked for. The model's own columns in the place of Patient_ID and Outcome.
   */
  rows: Record<string, JsonValue | Explanation>[];
  /** Predictions that were stored, or got their explanation, by this run. */
  stored?: number;
}

/** Predicts from the newest reading of each patient. */
export async function predictOutcomes(
  tools: ModelTools,
  question: Question,
  options: PredictOptions,
): Promise<PredictResult> {
  if (options.patient === '') {
    throw usageError({
      code: 'invalid-option',
      message: 'The value "" of --patient is not valid.',
      suggestion: 'Give an id, or leave --patient out to predict for all.',
    });
  }
  const outcome = await tools.port.query(predictions(tools, question, options), {
    params: [patientParameter(options)],
    signal: tools.signal,
    doing: 'predict',
  });
  const rows = await outcome.rows();
  if (options.patient !== undefined && rows.length === 0) {
    throw new HealthmonError({
      code: 'patient-not-found',
      message: `The rows of the model have no patient "${options.patient}".`,
      detail:
        'A patient is there once the admission was loaded and synced and a reading was streamed and joined.',
      suggestion: 'Run "healthmon predict" without --patient to see who is there.',
    });
  }
  const { model, version } = question;
  return { model, version, rows: options.explain ? rows.map(explained) : rows };
}

/** The statement that predicts from the newest row of each patient, or of `@patient`. */
export function predictions(
  tools: Pick<ModelTools, 'config'>,
  question: Question,
  { explain, limit }: Pick<PredictOptions, 'explain' | 'limit'>,
): string {
  if (explain && question.type !== 'LOGISTIC_REG') {
    throw usageError({
      code: 'unsupported',
      message: `Predictions of ${question.model} are not explained: it is of the type ${question.type}.`,
      suggestion: 'Leave out --explain, or train with --type logistic_reg.',
    });
  }
  return statement(explain ? 'explain' : 'predict', tools.config, {
    ...questionValues(tools, question),
    limit: String(limit),
  });
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
 * @returns how many were stored, or got their explanation.
 */
export async function storePredictions(
  tools: ModelTools,
  question: Question,
  options: Pick<PredictOptions, 'patient' | 'explain'>,
): Promise<number> {
  if (fieldNamed(question.source.columns, TIME) === undefined) {
    throw usageError({
      code: 'unsupported',
      message: `Predictions are stored by the time of a reading, and the rows of ${question.model} have no ${TIME}.`,
      suggestion: 'Leave out --store.',
    });
  }
  const all = { ...options, limit: Number.MAX_SAFE_INTEGER };
  const sql = statement('store-predictions', tools.config, {
    ...questionValues(tools, question),
    predictions: predictions(tools, question, all),
    baseline: options.explain ? 'baseline' : 'CAST(NULL AS FLOAT64)',
    attributions: options.explain ? ATTRIBUTIONS : 'CAST(NULL AS JSON)',
  });
  const outcome = await tools.port.query(sql, {
    params: [
      patientParameter(all),
      { name: 'version', type: 'STRING', value: question.version },
      { name: 'label', type: 'STRING', value: question.label },
    ],
    signal: tools.signal,
    doing: 'store the predictions',
  });
  return outcome.affectedRows;
}
