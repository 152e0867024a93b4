import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import { familyOfModel } from '../families.js';
import type { Relation } from '../inputs.js';
import { MAX_CONTAMINATION } from '../kmeans/anomalies.js';
import { type MlCall, requireInput, trialOf, withTrial } from './arguments.js';
import { modelInput } from './model-input.js';

/** ML.DETECT_ANOMALIES: which rows lie far from all clusters. */
export async function detectAnomalies(call: MlCall): Promise<Relation> {
  const trial = trialOf(call);
  const { model, evaluation } = trial;
  const { detectAnomalies: detect } = familyOfModel(call.definition);
  if (detect === undefined || evaluation?.distances === undefined) {
    throw notImplemented(`ML.DETECT_ANOMALIES of models of type ${call.definition.modelType}`);
  }
  const contamination = Number(call.settings.literal('contamination') ?? Number.NaN);
  if (!(contamination >= 0 && contamination <= MAX_CONTAMINATION)) {
    throw invalidQuery(
      `ML.DETECT_ANOMALIES needs STRUCT(… AS contamination), a number between 0 and ${MAX_CONTAMINATION}`,
      call.pos,
    );
  }
  const { model: input, shown } = await modelInput(call, requireInput(call));
  return withTrial(call, trial, detect(model, evaluation.distances, input, shown, contamination));
}
