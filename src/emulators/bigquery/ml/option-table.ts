/** Model types that can be trained. */
export const MODEL_TYPES = [
  'LINEAR_REG',
  'LOGISTIC_REG',
  'BOOSTED_TREE_CLASSIFIER',
  'BOOSTED_TREE_REGRESSOR',
  'KMEANS',
  'TRANSFORM_ONLY',
] as const;
export type ModelType = (typeof MODEL_TYPES)[number];

/** Model types of the service that are refused by name. */
export const OTHER_MODEL_TYPES = [
  'MATRIX_FACTORIZATION',
  'PCA',
  'AUTOENCODER',
  'AUTOML_CLASSIFIER',
  'AUTOML_REGRESSOR',
  'RANDOM_FOREST_CLASSIFIER',
  'RANDOM_FOREST_REGRESSOR',
  'DNN_CLASSIFIER',
  'DNN_REGRESSOR',
  'DNN_LINEAR_COMBINED_CLASSIFIER',
  'DNN_LINEAR_COMBINED_REGRESSOR',
  'ARIMA',
  'ARIMA_PLUS',
  'ARIMA_PLUS_XREG',
  'CONTRIBUTION_ANALYSIS',
  'TENSORFLOW',
  'TENSORFLOW_LITE',
  'ONNX',
  'XGBOOST',
];

export type OptionKind = 'string' | 'number' | 'integer' | 'boolean' | 'strings' | 'classWeights';

export interface OptionRule {
  kind: OptionKind;
  /** Allowed values of a string, in upper case. */
  values?: readonly string[];
  min?: number;
  max?: number;
  models: readonly ModelType[];
  /** Search space of HPARAM_RANGE when the option is tuned. */
  tunable?: { min: number; max: number; log?: boolean; integer?: boolean };
  /** What the emulator makes of it where that is not what the service does. */
  differs?: string;
  refused?: true;
}

const GLM = ['LINEAR_REG', 'LOGISTIC_REG'] as const;
const TREES = ['BOOSTED_TREE_CLASSIFIER', 'BOOSTED_TREE_REGRESSOR'] as const;
const CLASSIFIERS = ['LOGISTIC_REG', 'BOOSTED_TREE_CLASSIFIER'] as const;
const SUPERVISED = [...GLM, ...TREES] as const;
const TRAINED = [...SUPERVISED, 'KMEANS'] as const;

const NO_REGISTRY = 'recorded with the model; there is no registry that it is added to';

/** Every option that is understood, and by which models. */
export const OPTION_RULES: Readonly<Record<string, OptionRule>> = {
  MODEL_TYPE: { kind: 'string', models: MODEL_TYPES },
  INPUT_LABEL_COLS: { kind: 'strings', models: SUPERVISED },
  MAX_ITERATIONS: { kind: 'integer', min: 1, models: TRAINED },
  EARLY_STOP: { kind: 'boolean', models: TRAINED },
  MIN_REL_PROGRESS: { kind: 'number', min: 0, models: TRAINED },
  WARM_START: { kind: 'boolean', models: [...GLM, 'KMEANS'] },
  DATA_SPLIT_METHOD: {
    kind: 'string',
    values: ['AUTO_SPLIT', 'RANDOM', 'CUSTOM', 'SEQ', 'NO_SPLIT'],
    models: SUPERVISED,
  },
  DATA_SPLIT_EVAL_FRACTION: { kind: 'number', min: 0, max: 1, models: SUPERVISED },
  DATA_SPLIT_TEST_FRACTION: { kind: 'number', min: 0, max: 1, models: SUPERVISED },
  DATA_SPLIT_COL: { kind: 'string', models: SUPERVISED },
  L1_REG: { kind: 'number', min: 0, models: SUPERVISED, tunable: { min: 0, max: 10, log: true } },
  L2_REG: { kind: 'number', min: 0, models: SUPERVISED, tunable: { min: 0, max: 10, log: true } },
  LEARN_RATE: { kind: 'number', min: 0, models: SUPERVISED, tunable: { min: 0, max: 1 } },
  ENABLE_GLOBAL_EXPLAIN: { kind: 'boolean', models: SUPERVISED },
  CATEGORY_ENCODING_METHOD: {
    kind: 'string',
    values: ['ONE_HOT_ENCODING', 'DUMMY_ENCODING', 'LABEL_ENCODING', 'TARGET_ENCODING'],
    models: SUPERVISED,
  },
  NUM_TRIALS: { kind: 'integer', min: 1, max: 100, models: TRAINED },
  MAX_PARALLEL_TRIALS: {
    kind: 'integer',
    min: 1,
    max: 5,
    models: TRAINED,
    differs: 'trials run one after the other',
  },
  HPARAM_TUNING_ALGORITHM: {
    kind: 'string',
    values: ['VIZIER_DEFAULT', 'RANDOM_SEARCH', 'GRID_SEARCH'],
    models: TRAINED,
    differs: 'VIZIER_DEFAULT samples as RANDOM_SEARCH does',
  },
  HPARAM_TUNING_OBJECTIVES: { kind: 'strings', models: TRAINED },
  MODEL_REGISTRY: { kind: 'string', values: ['VERTEX_AI'], models: TRAINED, differs: NO_REGISTRY },
  VERTEX_AI_MODEL_ID: { kind: 'string', models: TRAINED, differs: NO_REGISTRY },
  VERTEX_AI_MODEL_VERSION_ALIASES: { kind: 'strings', models: TRAINED, differs: NO_REGISTRY },
  KMS_KEY_NAME: { kind: 'string', models: MODEL_TYPES, refused: true },
  AUTO_CLASS_WEIGHTS: { kind: 'boolean', models: CLASSIFIERS },
  CLASS_WEIGHTS: { kind: 'classWeights', models: CLASSIFIERS },
  OPTIMIZE_STRATEGY: {
    kind: 'string',
    values: ['AUTO_STRATEGY', 'BATCH_GRADIENT_DESCENT', 'NORMAL_EQUATION'],
    models: ['LINEAR_REG'],
  },
  LEARN_RATE_STRATEGY: { kind: 'string', values: ['LINE_SEARCH', 'CONSTANT'], models: GLM },
  LS_INIT_LEARN_RATE: { kind: 'number', min: 0, models: GLM },
  CALCULATE_P_VALUES: { kind: 'boolean', models: SUPERVISED },
  FIT_INTERCEPT: { kind: 'boolean', models: GLM },
  BOOSTER_TYPE: { kind: 'string', values: ['GBTREE', 'DART'], models: TREES, differs: 'DART is refused' },
  NUM_PARALLEL_TREE: { kind: 'integer', min: 1, models: TREES, tunable: { min: 1, max: 10, integer: true } },
  DART_NORMALIZE_TYPE: { kind: 'string', values: ['TREE', 'FOREST'], models: TREES },
  MAX_TREE_DEPTH: {
    kind: 'integer',
    min: 1,
    max: 20,
    models: TREES,
    tunable: { min: 1, max: 10, integer: true },
  },
  DROPOUT: { kind: 'number', min: 0, max: 1, models: TREES, tunable: { min: 0, max: 1 } },
  TREE_METHOD: {
    kind: 'string',
    values: ['AUTO', 'EXACT', 'APPROX', 'HIST'],
    models: TREES,
    differs: 'all methods work on histograms',
  },
  MIN_TREE_CHILD_WEIGHT: {
    kind: 'integer',
    min: 0,
    models: TREES,
    tunable: { min: 0, max: 10, integer: true },
  },
  COLSAMPLE_BYTREE: { kind: 'number', min: 0, max: 1, models: TREES, tunable: { min: 0, max: 1 } },
  COLSAMPLE_BYLEVEL: { kind: 'number', min: 0, max: 1, models: TREES, tunable: { min: 0, max: 1 } },
  COLSAMPLE_BYNODE: { kind: 'number', min: 0, max: 1, models: TREES, tunable: { min: 0, max: 1 } },
  MIN_SPLIT_LOSS: { kind: 'number', min: 0, models: TREES, tunable: { min: 0, max: 10 } },
  SUBSAMPLE: { kind: 'number', min: 0, max: 1, models: TREES, tunable: { min: 0, max: 1 } },
  INSTANCE_WEIGHT_COL: { kind: 'string', models: TREES },
  XGBOOST_VERSION: { kind: 'string', values: ['0.9', '1.1'], models: TREES },
  APPROX_GLOBAL_FEATURE_CONTRIB: { kind: 'boolean', models: TREES },
  NUM_CLUSTERS: {
    kind: 'integer',
    min: 2,
    max: 100,
    models: ['KMEANS'],
    tunable: { min: 2, max: 10, integer: true },
  },
  KMEANS_INIT_METHOD: { kind: 'string', values: ['RANDOM', 'KMEANS++', 'CUSTOM'], models: ['KMEANS'] },
  KMEANS_INIT_COL: { kind: 'string', models: ['KMEANS'] },
  DISTANCE_TYPE: { kind: 'string', values: ['EUCLIDEAN', 'COSINE'], models: ['KMEANS'] },
  STANDARDIZE_FEATURES: { kind: 'boolean', models: ['KMEANS'] },
};

/** Older spellings. */
export const OPTION_ALIASES: Readonly<Record<string, string>> = {
  LABELS: 'INPUT_LABEL_COLS',
  MAX_ITERATION: 'MAX_ITERATIONS',
};
