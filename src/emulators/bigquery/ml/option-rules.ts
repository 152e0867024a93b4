export type OptionKind = 'string' | 'number' | 'integer' | 'boolean' | 'strings' | 'classWeights';

/** What one option of CREATE MODEL takes. */
export interface OptionRule {
  kind: OptionKind;
  /** Allowed values of a string, in upper case. */
  values?: readonly string[];
  min?: number;
  max?: number;
  /** Search space of HPARAM_RANGE when the option is tuned. */
  tunable?: { min: number; max: number; log?: boolean; integer?: boolean };
  /** What the emulator makes of it where that is not what the service does. */
  differs?: string;
  refused?: true;
}

/** Options by their names in upper case. */
export type OptionRules = Readonly<Record<string, OptionRule>>;

/** Older spellings. */
export const OPTION_ALIASES: Readonly<Record<string, string>> = {
  LABELS: 'INPUT_LABEL_COLS',
  MAX_ITERATION: 'MAX_ITERATIONS',
};

/** What every model takes. */
export const OPTIONS_OF_MODELS: OptionRules = {
  MODEL_TYPE: { kind: 'string' },
  KMS_KEY_NAME: { kind: 'string', refused: true },
};

const NO_REGISTRY = 'recorded with the model; there is no registry that it is added to';

/** What a model takes that learns more than its TRANSFORM. */
export const OPTIONS_OF_TRAINING: OptionRules = {
  ...OPTIONS_OF_MODELS,
  MAX_ITERATIONS: { kind: 'integer', min: 1 },
  EARLY_STOP: { kind: 'boolean' },
  MIN_REL_PROGRESS: { kind: 'number', min: 0 },
  NUM_TRIALS: { kind: 'integer', min: 1, max: 100 },
  MAX_PARALLEL_TRIALS: {
    kind: 'integer',
    min: 1,
    max: 5,
    differs: 'trials run one after the other',
  },
  HPARAM_TUNING_ALGORITHM: {
    kind: 'string',
    values: ['VIZIER_DEFAULT', 'RANDOM_SEARCH', 'GRID_SEARCH'],
    differs: 'VIZIER_DEFAULT samples as RANDOM_SEARCH does',
  },
  HPARAM_TUNING_OBJECTIVES: { kind: 'strings' },
  MODEL_REGISTRY: { kind: 'string', values: ['VERTEX_AI'], differs: NO_REGISTRY },
  VERTEX_AI_MODEL_ID: { kind: 'string', differs: NO_REGISTRY },
  VERTEX_AI_MODEL_VERSION_ALIASES: { kind: 'strings', differs: NO_REGISTRY },
};

/** What a model takes that learns from a label. */
export const OPTIONS_OF_SUPERVISION: OptionRules = {
  ...OPTIONS_OF_TRAINING,
  INPUT_LABEL_COLS: { kind: 'strings' },
  DATA_SPLIT_METHOD: {
    kind: 'string',
    values: ['AUTO_SPLIT', 'RANDOM', 'CUSTOM', 'SEQ', 'NO_SPLIT'],
  },
  DATA_SPLIT_EVAL_FRACTION: { kind: 'number', min: 0, max: 1 },
  DATA_SPLIT_TEST_FRACTION: { kind: 'number', min: 0, max: 1 },
  DATA_SPLIT_COL: { kind: 'string' },
  L1_REG: { kind: 'number', min: 0, tunable: { min: 0, max: 10, log: true } },
  L2_REG: { kind: 'number', min: 0, tunable: { min: 0, max: 10, log: true } },
  LEARN_RATE: { kind: 'number', min: 0, tunable: { min: 0, max: 1 } },
  ENABLE_GLOBAL_EXPLAIN: { kind: 'boolean' },
  CATEGORY_ENCODING_METHOD: {
    kind: 'string',
    values: ['ONE_HOT_ENCODING', 'DUMMY_ENCODING', 'LABEL_ENCODING', 'TARGET_ENCODING'],
  },
  CALCULATE_P_VALUES: { kind: 'boolean' },
};

export const OPTIONS_OF_CLASSIFIERS: OptionRules = {
  AUTO_CLASS_WEIGHTS: { kind: 'boolean' },
  CLASS_WEIGHTS: { kind: 'classWeights' },
};
