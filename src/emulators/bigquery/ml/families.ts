import type { ModelDefinition } from './definition.js';
import type { ModelFamily } from './family.js';
import { KMEANS } from './kmeans/family.js';
import { LINEAR_REGRESSION, LOGISTIC_REGRESSION } from './linear/family.js';
import type { ModelType } from './option-table.js';
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

export function familyOf(modelType: ModelType): ModelFamily {
  return FAMILIES[modelType];
}

export function familyOfModel({ modelType }: ModelDefinition): ModelFamily {
  return familyOf(modelType);
}
