import type { ModelDefinition } from './definition.js';
import type { ModelFamily } from './family.js';
import { KMEANS } from './kmeans/family.js';
import { LINEAR_REGRESSION, LOGISTIC_REGRESSION } from './linear/family.js';
import { MODEL_TYPES, type ModelType } from './model-types.js';
import { TRANSFORM_ONLY } from './transform/family.js';
import { TREE_CLASSIFIER, TREE_REGRESSOR } from './trees/family.js';

const FAMILIES = {
  LINEAR_REG: LINEAR_REGRESSION,
  LOGISTIC_REG: LOGISTIC_REGRESSION,
  BOOSTED_TREE_CLASSIFIER: TREE_CLASSIFIER,
  BOOSTED_TREE_REGRESSOR: TREE_REGRESSOR,
  KMEANS,
  TRANSFORM_ONLY,
} satisfies Record<ModelType, ModelFamily>;

/** Every model type that can be trained, with what it is. */
export const MODEL_FAMILIES: readonly (readonly [ModelType, ModelFamily])[] = MODEL_TYPES.map((name) => [
  name,
  FAMILIES[name],
]);

export function familyOf(modelType: ModelType): ModelFamily {
  return FAMILIES[modelType];
}

export function familyOfModel({ modelType }: ModelDefinition): ModelFamily {
  return familyOf(modelType);
}
