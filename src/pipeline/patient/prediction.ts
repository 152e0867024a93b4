import type { Config } from '../../config/config.js';
import type { BigQueryPort } from '../../gcp/bigquery/port.js';
import { statement } from '../analytics/templates.js';
import { type Explanation, explanationOf } from '../model/explanation.js';

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
  const outcome = await port.query(statement('explain', config, { limit: '1' }), {
    params: [{ name: 'patient', type: 'STRING', value: patientId }],
    signal,
    doing: 'predict',
  });
  const [row] = await outcome.rows();
  if (row === undefined) return undefined;
  return {
    predicted: String(row.predicted_Outcome),
    probability: Number(row.probability),
    modelVersion: config.bigquery.model,
    at: String(row.event_timestamp),
    explanation: explanationOf(row),
  };
}
