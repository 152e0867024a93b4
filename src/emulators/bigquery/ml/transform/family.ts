import type { TransformOnlyModel } from '../definition.js';
import type { ModelFamily } from '../family.js';
import { OPTIONS_OF_MODELS } from '../option-rules.js';

/** A TRANSFORM clause that is kept, and no model behind it. */
export const TRANSFORM_ONLY: ModelFamily<TransformOnlyModel> = {
  restType: 'TRANSFORM_ONLY',
  supervised: false,
  options: OPTIONS_OF_MODELS,
  hyperparameters: [],
  tunesOthers: false,
  metrics: () => [],
  objectives: () => [],
  restOptions: () => ({}),
  restMetrics: () => ({}),
};
