import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import { familyOfModel } from '../families.js';
import type { PredictInput } from '../family.js';
import type { Relation } from '../inputs.js';
import { type MlCall, requireInput, trialOf, unsupportedModel, withTrial } from './arguments.js';
import { modelInput } from './model-input.js';

/** ML.PREDICT: what the model says, then every column of the input. */
export async function predict(call: MlCall): Promise<Relation> {
  const { definition } = call;
  const trial = trialOf(call);
  const rows = await predictInput(call);
  const family = familyOfModel(definition);
  if (family.predict === undefined) throw unsupportedModel(call);
  if (call.settings.has('threshold') && (definition.classes?.length ?? 0) > 2)
    throw thresholdForMulticlass(call);
  return withTrial(call, trial, family.predict(definition, trial.model, rows));
}

async function predictInput(call: MlCall): Promise<PredictInput> {
  const { settings } = call;
  const threshold = settings.number('threshold', '0.5e0');
  const keepsColumns = settings.literal('keep_original_columns') !== false;
  const { model: input, shown } = await modelInput(call, requireInput(call));
  return { input, shown, threshold, keepsColumns };
}

export function thresholdForMulticlass(call: MlCall): Error {
  return invalidQuery(
    `threshold can only be specified for binary classification in ML.${call.name}`,
    call.pos,
  );
}

export async function explainPredict(call: MlCall): Promise<Relation> {
  const { definition, settings } = call;
  const { model } = trialOf(call);
  const { explainPredict: explain } = familyOfModel(definition);
  if (explain === undefined) {
    throw notImplemented(`ML.EXPLAIN_PREDICT of models of type ${definition.modelType}`);
  }
  const topFeatures = `CAST(${settings.number('top_k_features', '5')} AS BIGINT)`;
  const threshold = settings.number('threshold', '0.5e0');
  const { model: input, shown } = await modelInput(call, requireInput(call));
  return explain(definition, model, { input, shown, threshold, keepsColumns: true }, topFeatures);
}
