import type { Config } from '../../config/config.js';
import type { BigQueryPort } from '../../gcp/bigquery/port.js';
import { statement } from '../../pipeline/analytics/templates.js';

/** What was predicted last of a patient, as "healthmon predict --store" stored it. */
export interface WardPrediction {
  predicted: string;
  probability: number;
  modelVersion: string;
}

/** The newest stored prediction of every patient, by id. */
export async function readPredictions(
  bigQuery: BigQueryPort,
  config: Config,
  signal: AbortSignal,
): Promise<Map<string, WardPrediction>> {
  const outcome = await bigQuery.query(statement('ward-predictions', config), {
    signal,
    doing: 'read the predictions of the ward',
  });
  const rows = await outcome.rows();
  return new Map(
    rows.map(({ Patient_ID, predicted_Outcome, probability, model_version }) => [
      String(Patient_ID),
      {
        predicted: String(predicted_Outcome),
        probability: Number(probability),
        modelVersion: String(model_version),
      },
    ]),
  );
}
