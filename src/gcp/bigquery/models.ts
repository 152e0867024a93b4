import type { Config } from '../../config/config.js';
import { notReadyError } from '../../errors/healthmon-error.js';
import type { GoogleClients } from '../clients.js';
import { callsOf, unlessMissing } from '../google-calls.js';

/**
 * What tells one training of the configured model from the next: its name and when it was made, such as
 * `outcome_model@2026-03-01T10:00:00.000Z`. Exit code 3 when there is no model.
 */
export async function modelVersion(clients: GoogleClients, config: Config): Promise<string> {
  const client = await clients.bigquery();
  const { dataset, model } = config.bigquery;
  const made = await callsOf(clients)(`look up the model ${model}`, () =>
    unlessMissing(async () => {
      const [metadata] = await client.dataset(dataset).model(model).getMetadata();
      return Number(metadata.creationTime);
    }),
  );
  if (made === undefined) {
    throw notReadyError({
      code: 'not-provisioned',
      message: `There is no model ${model} in the dataset ${dataset}.`,
      suggestion: 'Run "healthmon train" first.',
    });
  }
  return `${model}@${new Date(made).toISOString()}`;
}
