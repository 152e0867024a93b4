import type { BqType, Field } from '../../googlesql/syntax/types.js';
import type { JsonObject } from '../catalog/entries.js';
import type { FeatureStatistics } from './data-statistics.js';
import type { FittedInput } from './fitted-inputs.js';
import type { ModelType } from './model-types.js';
import type { Iteration } from './numerics/gradient-descent.js';
import type { OptionValues, SearchSpace } from './option-values.js';
import type { Cell } from './sql-text.js';
import type { StoredTransform } from './transform/transform.js';

/** A linear model: score = intercept + Σ contributions of the inputs. */
export interface GlmModel {
  kind: 'glm';
  link: 'identity' | 'logistic' | 'softmax';
  inputs: FittedInput[];
  /** One per output: the score where all numbers are at their mean and no category has weight. */
  intercepts: number[];
  /** By output, then input. A number contributes weight · (value − mean); the rest have one weight per category. */
  weights: number[][][];
  /** Rows of ML.ADVANCED_WEIGHTS, with and without `standardize`. */
  advancedWeights?: { standardised: Cell[][]; raw: Cell[][] };
}

/** A node of a decision tree: numbers below the threshold go left, missing ones where `missingLeft` says. */
export type TreeNode =
  | { leaf: number; cover: number }
  | {
      input: number;
      threshold: number;
      missingLeft: boolean;
      gain: number;
      cover: number;
      left: TreeNode;
      right: TreeNode;
    };

export interface TreeModel {
  kind: 'trees';
  link: 'identity' | 'logistic' | 'softmax';
  inputs: FittedInput[];
  /** Score before any tree. */
  base: number;
  /** By output; the score is the sum of the leaves. */
  trees: TreeNode[][];
}

export interface KMeansModel {
  kind: 'kmeans';
  distance: 'EUCLIDEAN' | 'COSINE';
  inputs: FittedInput[];
  /** By cluster, then input: coordinates in the space that distances are measured in. */
  centroids: number[][][];
}

export interface TransformOnlyModel {
  kind: 'transform';
}

export type Model = GlmModel | TreeModel | KMeansModel | TransformOnlyModel;

/** Distances of the training rows to their nearest centroids, in units of the clusters' radii. */
export interface NormalisedDistances {
  /** By cluster: root mean square of its rows' distances. */
  radii: number[];
  /** Ascending, from the median to the largest, at even distances. */
  quantiles: number[];
}

/** Results of the functions that need no data: rows as the functions print them. */
export interface StoredEvaluation {
  metrics: Cell[];
  confusion?: Cell[][];
  roc?: Cell[][];
  explanation?: Cell[][];
  classExplanation?: Cell[][];
  distances?: NormalisedDistances;
}

export interface Trial {
  id: number;
  hyperparameters: Record<string, number | string>;
  model: Model;
  evaluation?: StoredEvaluation;
  /** Value of the tuning objective on the evaluation rows. */
  objective?: number;
  trainingLoss?: number;
  evalLoss?: number;
}

export interface TrainingRun {
  startTime: number;
  iterations: Iteration[];
  /** Resolved values of what the service echoes. */
  optimizationStrategy?: 'BATCH_GRADIENT_DESCENT' | 'NORMAL_EQUATION';
  split: { method: string };
}

/** Everything about a trained model; stored as JSON in the catalog. */
export interface ModelDefinition {
  version: 1;
  modelType: ModelType;
  options: OptionValues;
  searched: Record<string, SearchSpace>;
  label?: { name: string; type: BqType };
  /** Labels of a classifier as text, ascending. */
  classes?: string[];
  /** Columns that a caller must give; with TRANSFORM those it reads. */
  features: Field[];
  transform?: StoredTransform;
  /** Rows of ML.FEATURE_INFO. */
  featureInfo: Cell[][];
  /** Distributions of the training rows; absent of models that were trained without. */
  statistics?: FeatureStatistics[];
  /** One for a model without tuning. */
  trials: Trial[];
  optimalTrials: number[];
  objective?: string;
  runs: TrainingRun[];
}

/** JSON has no NaN and no infinities. */
const NUMBER_KEY = '$number';

const decoded = new WeakMap<JsonObject, ModelDefinition>();

export function encodeDefinition(definition: ModelDefinition): JsonObject {
  const text = JSON.stringify(definition, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? { [NUMBER_KEY]: String(value) } : value,
  );
  return JSON.parse(text) as JsonObject;
}

export function decodeDefinition(json: JsonObject): ModelDefinition {
  const known = decoded.get(json);
  if (known !== undefined) return known;
  const definition = JSON.parse(JSON.stringify(json), (_, value: unknown) =>
    value !== null && typeof value === 'object' && NUMBER_KEY in value ? Number(value[NUMBER_KEY]) : value,
  ) as ModelDefinition;
  decoded.set(json, definition);
  return definition;
}

export function isTuned(definition: ModelDefinition): boolean {
  return 'NUM_TRIALS' in definition.options;
}

/** The trial that serves when none is asked for. */
export function defaultTrial(definition: ModelDefinition): Trial {
  const id = definition.optimalTrials[0];
  return definition.trials.find((trial) => trial.id === id) ?? definition.trials[0]!;
}
