import { invalidQuery } from '../../../googlesql/errors.js';
import {
  arrayOf,
  BOOL,
  type Field,
  FLOAT64,
  INT64,
  STRING,
  structOf,
} from '../../../googlesql/syntax/types.js';
import { modelName } from '../../catalog/names.js';
import { BigQueryError } from '../../errors.js';
import { isTuned } from '../definition.js';
import { familyOfModel } from '../families.js';
import { FEATURE_INFO_COLUMNS } from '../feature-info.js';
import type { Relation } from '../inputs.js';
import { type Cell, constantRelation } from '../sql-text.js';
import { type MlCall, TRIAL_ID, trialOf } from './arguments.js';

const CATEGORY_WEIGHTS = arrayOf(
  structOf([
    { name: 'category', type: STRING },
    { name: 'weight', type: FLOAT64 },
  ]),
);

function notSupported(call: MlCall): Error {
  return invalidQuery(
    `ML.${call.name} is not supported for models of type ${call.definition.modelType}`,
    call.pos,
  );
}

/** ML.WEIGHTS: weights of the inputs in SELECT order, the intercept last. */
export async function weights(call: MlCall): Promise<Relation> {
  const { definition, settings } = call;
  const tuned = isTuned(definition);
  const trials = tuned && !settings.has('trial_id') ? definition.trials : [trialOf(call)];
  const standardise = settings.literal('standardize') === true;
  const multiclass = (definition.classes?.length ?? 0) > 2;
  const columns: Field[] = [
    { name: 'processed_input', type: STRING },
    { name: 'weight', type: FLOAT64 },
    { name: 'category_weights', type: CATEGORY_WEIGHTS },
  ];
  if (tuned) columns.unshift(TRIAL_ID);
  if (multiclass) columns.push({ name: 'class_label', type: STRING });
  const { weights: weightsOf } = familyOfModel(definition);
  if (weightsOf === undefined) throw notSupported(call);
  const rows = trials.flatMap(({ id, model }) =>
    weightsOf(model, standardise).flatMap((ofOutput, output) =>
      ofOutput.map((row): Cell[] => [
        ...(tuned ? [id] : []),
        ...row,
        ...(multiclass ? [definition.classes![output]!] : []),
      ]),
    ),
  );
  return constantRelation(columns, rows);
}

export async function advancedWeightsTable(call: MlCall): Promise<Relation> {
  const { advancedWeights } = familyOfModel(call.definition);
  if (advancedWeights === undefined) throw notSupported(call);
  const rows = advancedWeights(trialOf(call).model, call.settings.literal('standardize') === true);
  if (rows === undefined) {
    throw invalidQuery(
      'Model is not supported by ML.ADVANCED_WEIGHTS because it was not trained with calculate_p_values = true.',
    );
  }
  const columns: Field[] = [
    { name: 'processed_input', type: STRING },
    { name: 'category', type: STRING },
    ...['weight', 'standard_error', 'p_value'].map((name) => ({ name, type: FLOAT64 })),
  ];
  return constantRelation(columns, rows);
}

export async function featureInfoTable(call: MlCall): Promise<Relation> {
  return constantRelation(FEATURE_INFO_COLUMNS, call.definition.featureInfo);
}

export async function trainingInfo(call: MlCall): Promise<Relation> {
  const { definition } = call;
  if (isTuned(definition)) {
    throw invalidQuery('ML.TRAINING_INFO is not supported for models with hyperparameter tuning', call.pos);
  }
  if (definition.runs.length === 0) {
    throw new BigQueryError('notFound', `Not found: Training info of model ${modelName(call.entry.ref)}`);
  }
  const { clusters = false } = familyOfModel(definition);
  const columns: Field[] = [
    { name: 'training_run', type: INT64 },
    { name: 'iteration', type: INT64 },
    { name: 'loss', type: FLOAT64 },
    ...(clusters ? [] : [{ name: 'eval_loss', type: FLOAT64 }]),
    ...(clusters ? [] : [{ name: 'learning_rate', type: FLOAT64 }]),
    { name: 'duration_ms', type: INT64 },
  ];
  if (clusters) columns.push({ name: 'cluster_info', type: CLUSTER_INFO });
  const rows = definition.runs.flatMap(({ iterations }, run) =>
    iterations.map((step): Cell[] => {
      const { index, loss, evalLoss, learnRate, durationMs } = step;
      const head: Cell[] = [run, index, loss];
      if (!clusters) return [...head, evalLoss ?? null, learnRate ?? null, durationMs];
      const info = (step.clusters ?? []).map(({ radius, size }, cluster): Cell[] => [
        cluster + 1,
        radius,
        size,
      ]);
      return [...head, durationMs, info];
    }),
  );
  return constantRelation(columns, rows);
}

const CLUSTER_INFO = arrayOf(
  structOf([
    { name: 'centroid_id', type: INT64 },
    { name: 'cluster_radius', type: FLOAT64 },
    { name: 'cluster_size', type: INT64 },
  ]),
);

export async function featureImportanceTable(call: MlCall): Promise<Relation> {
  const { model } = trialOf(call);
  const { featureImportance } = familyOfModel(call.definition);
  if (featureImportance === undefined) {
    throw invalidQuery('ML.FEATURE_IMPORTANCE is only supported for boosted tree models', call.pos);
  }
  const columns: Field[] = [
    { name: 'feature', type: STRING },
    ...['importance_weight', 'importance_gain', 'importance_cover'].map((name) => ({ name, type: FLOAT64 })),
  ];
  return constantRelation(columns, featureImportance(model));
}

export async function trialInfo(call: MlCall): Promise<Relation> {
  const { definition } = call;
  if (!isTuned(definition)) {
    throw invalidQuery('ML.TRIAL_INFO is only supported for models with hyperparameter tuning', call.pos);
  }
  const names = Object.keys(definition.trials[0]!.hyperparameters);
  const first = definition.trials[0]!.hyperparameters;
  const columns: Field[] = [
    TRIAL_ID,
    {
      name: 'hyperparameters',
      type: structOf(
        names.map((name) => ({
          name: name.toLowerCase(),
          type: typeof first[name] === 'string' ? STRING : FLOAT64,
        })),
      ),
    },
    {
      name: 'hparam_tuning_evaluation_metrics',
      type: structOf([{ name: definition.objective!.toLowerCase(), type: FLOAT64 }]),
    },
    { name: 'training_loss', type: FLOAT64 },
    { name: 'eval_loss', type: FLOAT64 },
    { name: 'status', type: STRING },
    { name: 'error_message', type: STRING },
    { name: 'is_optimal', type: BOOL },
  ];
  const rows = definition.trials.map((trial): Cell[] => [
    trial.id,
    names.map((name) => trial.hyperparameters[name]!),
    [trial.objective ?? null],
    trial.trainingLoss ?? null,
    trial.evalLoss ?? null,
    'SUCCEEDED',
    null,
    definition.optimalTrials.includes(trial.id),
  ]);
  return constantRelation(columns, rows);
}
