import type { Config } from '../../config/config.js';
import type { BigQueryPort } from '../../gcp/bigquery/port.js';
import { statement } from '../analytics/templates.js';

export interface Explanation {
  /** Log-odds of the predicted outcome without anything of the patient. */
  baseline: number;
  logOdds: number;
  /** What each feature adds, the largest first. */
  attributions: { feature: string; attribution: number }[];
  /** What baseline and attributions leave unexplained; no more than rounding. */
  unexplained: number;
}

export interface Prediction {
  predicted: string;
  probability: number;
  modelVersion: string;
  /** Event time of the reading that it was made from. */
  at: string;
  explanation: Explanation;
}

/** The outcome predicted from the newest joined reading; undefined when the patient is not in the joined table. */
export async function predictPatient(
  port: BigQueryPort,
  config: Config,
  patientId: string,
  signal: AbortSignal,
): Promise<Prediction | undefined> {
  const outcome = await port.query(statement('explain-patient', config), {
    params: [{ name: 'patient', type: 'STRING', value: patientId }],
    signal,
    doing: 'predict',
  });
  const [row] = (await outcome.rows()) as unknown as {
    predicted_Outcome: string;
    probability: number;
    baseline_prediction_value: number;
    prediction_value: number;
    top_feature_attributions: { feature: string; attribution: number }[];
    event_timestamp: string;
  }[];
  if (row === undefined) return undefined;
  const attributions = row.top_feature_attributions.map(({ feature, attribution }) => ({
    feature,
    attribution: Number(attribution),
  }));
  const baseline = Number(row.baseline_prediction_value);
  const logOdds = Number(row.prediction_value);
  const explained = attributions.reduce((sum, { attribution }) => sum + attribution, baseline);
  return {
    predicted: row.predicted_Outcome,
    probability: Number(row.probability),
    modelVersion: config.bigquery.model,
    at: row.event_timestamp,
    explanation: { baseline, logOdds, attributions, unexplained: logOdds - explained },
  };
}
