import { BigQueryError } from '../../googlesql/errors.js';
import { advancedWeights } from './advanced-weights.js';
import type { Iteration } from './core/gradient-descent.js';
import type { Model } from './definition.js';
import { prepareKMeans } from './kmeans/train-kmeans.js';
import type { ModelType } from './option-table.js';
import { type OptionReader, wrongModelForPValues } from './options.js';
import { prepareGlm, type Supervision, trainGlm } from './train-glm.js';
import { prepareTrees } from './trees/train-trees.js';

export interface TrainedModel {
  model: Model;
  iterations: Iteration[];
  strategy?: 'BATCH_GRADIENT_DESCENT' | 'NORMAL_EQUATION';
}

/** Trains with given options on data that was read once; `previous` is the model of a warm start. */
export type PreparedTrainer = (options: OptionReader, previous?: Model) => Promise<TrainedModel>;

export interface Trainer {
  supervised: boolean;
  classifier: boolean;
  prepare(supervision: Supervision, options: OptionReader): Promise<PreparedTrainer>;
}

const TRAINERS: Record<ModelType, Trainer> = {
  LINEAR_REG: { supervised: true, classifier: false, prepare: prepareLinear },
  LOGISTIC_REG: { supervised: true, classifier: true, prepare: prepareLinear },
  BOOSTED_TREE_CLASSIFIER: { supervised: true, classifier: true, prepare: prepareTrees },
  BOOSTED_TREE_REGRESSOR: { supervised: true, classifier: false, prepare: prepareTrees },
  KMEANS: { supervised: false, classifier: false, prepare: prepareKMeans },
  TRANSFORM_ONLY: { supervised: false, classifier: false, prepare: prepareNothing },
};

export function trainerOf(modelType: ModelType): Trainer {
  return TRAINERS[modelType];
}

async function prepareNothing(): Promise<PreparedTrainer> {
  return async () => ({ model: { kind: 'transform' }, iterations: [] });
}

async function prepareLinear(supervision: Supervision, options: OptionReader): Promise<PreparedTrainer> {
  const pValues = options.boolean('CALCULATE_P_VALUES', false);
  if (pValues && supervision.classes > 2) throw wrongModelForPValues();
  const prepared = await prepareGlm(supervision);
  return async (values, previous) => {
    const trained = await trainGlm(
      prepared,
      values,
      previous?.kind === 'glm' ? previous : undefined,
      supervision.signal,
    );
    if (pValues) {
      trained.model.advancedWeights = advancedWeights(
        prepared,
        trained,
        values.boolean('FIT_INTERCEPT', true),
      );
      if (trained.model.advancedWeights === undefined) {
        throw new BigQueryError(
          'invalidQuery',
          'P-values cannot be calculated because the features are linearly dependent or their total cardinality is 1,000 or more.',
        );
      }
    }
    return { model: trained.model, iterations: trained.iterations, strategy: trained.strategy };
  };
}
