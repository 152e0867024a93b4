import { invalidQuery } from '../../../googlesql/errors.js';
import type { TreeModel } from '../definition.js';
import type { ModelFamily } from '../family.js';
import { wrongModelForPValues } from '../linear/family.js';
import { OptionReader } from '../option-values.js';
import { supervisedFamily, supervisedRestOptions } from '../supervised.js';
import { featureImportance } from './importance.js';
import { prepareTrees } from './train-trees.js';
import { treeScoresSql } from './tree-sql.js';

const TREES: Omit<ModelFamily<TreeModel>, 'restType'> = {
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
  maxClasses: 1000,
};

export const TREE_REGRESSOR: ModelFamily<TreeModel> = { ...TREES, restType: 'BOOSTED_TREE_REGRESSOR' };
