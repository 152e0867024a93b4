import { invalidQuery } from '../../../googlesql/errors.js';
import type { TreeModel } from '../definition.js';
import type { ModelFamily } from '../family.js';
import { wrongModelForPValues } from '../linear/family.js';
import { OPTIONS_OF_CLASSIFIERS, OPTIONS_OF_SUPERVISION, type OptionRules } from '../option-rules.js';
import { OptionReader } from '../option-values.js';
import { supervisedFamily, supervisedRestOptions } from '../supervised.js';
import { featureImportance } from './importance.js';
import { prepareTrees } from './train-trees.js';
import { treeScoresSql } from './tree-sql.js';

const OPTIONS: OptionRules = {
  ...OPTIONS_OF_SUPERVISION,
  BOOSTER_TYPE: { kind: 'string', values: ['GBTREE', 'DART'], differs: 'DART is refused' },
  NUM_PARALLEL_TREE: { kind: 'integer', min: 1, tunable: { min: 1, max: 10, integer: true } },
  DART_NORMALIZE_TYPE: { kind: 'string', values: ['TREE', 'FOREST'] },
  MAX_TREE_DEPTH: {
    kind: 'integer',
    min: 1,
    max: 20,
    tunable: { min: 1, max: 10, integer: true },
  },
  DROPOUT: { kind: 'number', min: 0, max: 1, tunable: { min: 0, max: 1 } },
  TREE_METHOD: {
    kind: 'string',
    values: ['AUTO', 'EXACT', 'APPROX', 'HIST'],
    differs: 'all methods work on histograms',
  },
  MIN_TREE_CHILD_WEIGHT: {
    kind: 'integer',
    min: 0,
    tunable: { min: 0, max: 10, integer: true },
  },
  COLSAMPLE_BYTREE: { kind: 'number', min: 0, max: 1, tunable: { min: 0, max: 1 } },
  COLSAMPLE_BYLEVEL: { kind: 'number', min: 0, max: 1, tunable: { min: 0, max: 1 } },
  COLSAMPLE_BYNODE: { kind: 'number', min: 0, max: 1, tunable: { min: 0, max: 1 } },
  MIN_SPLIT_LOSS: { kind: 'number', min: 0, tunable: { min: 0, max: 10 } },
  SUBSAMPLE: { kind: 'number', min: 0, max: 1, tunable: { min: 0, max: 1 } },
  INSTANCE_WEIGHT_COL: { kind: 'string' },
  XGBOOST_VERSION: { kind: 'string', values: ['0.9', '1.1'] },
  APPROX_GLOBAL_FEATURE_CONTRIB: { kind: 'boolean' },
};

const TREES: Omit<ModelFamily<TreeModel>, 'restType'> = {
  options: OPTIONS,
  ...supervisedFamily(treeScoresSql),
  hyperparameters: ['LEARN_RATE', 'L1_REG', 'L2_REG', 'MAX_TREE_DEPTH', 'SUBSAMPLE', 'MIN_SPLIT_LOSS'],
  tunesOthers: true,
  prepare: prepareTrees,
  featureImportance,
  checkOptions(modelType, given) {
    if (given['CALCULATE_P_VALUES'] === true) throw wrongModelForPValues();
    if (given['CATEGORY_ENCODING_METHOD'] === 'DUMMY_ENCODING') {
      throw invalidQuery(`CATEGORY_ENCODING_METHOD DUMMY_ENCODING is not supported for ${modelType}.`);
    }
  },
  restOptions(definition, run) {
    const reader = new OptionReader(definition.options);
    return {
      ...supervisedRestOptions(definition, run),
      boosterType: reader.text('BOOSTER_TYPE', 'GBTREE'),
      xgboostVersion: reader.text('XGBOOST_VERSION', '0.9'),
      treeMethod: reader.text('TREE_METHOD', 'AUTO'),
      maxTreeDepth: String(reader.number('MAX_TREE_DEPTH', 6)),
      numParallelTree: String(reader.number('NUM_PARALLEL_TREE', 1)),
      learnRate: reader.number('LEARN_RATE', 0.3),
      l2Regularization: reader.number('L2_REG', 1),
      subsample: reader.number('SUBSAMPLE', 1),
      minTreeChildWeight: String(reader.number('MIN_TREE_CHILD_WEIGHT', 1)),
    };
  },
};

export const TREE_CLASSIFIER: ModelFamily<TreeModel> = {
  ...TREES,
  restType: 'BOOSTED_TREE_CLASSIFIER',
  options: { ...OPTIONS, ...OPTIONS_OF_CLASSIFIERS },
  maxClasses: 1000,
};

export const TREE_REGRESSOR: ModelFamily<TreeModel> = { ...TREES, restType: 'BOOSTED_TREE_REGRESSOR' };
