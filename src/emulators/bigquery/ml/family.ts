import type { DuckDBConnection } from '@duckdb/node-api';
import type { Field } from '../../googlesql/syntax/types.js';
import type { JsonObject } from '../catalog/entries.js';
import type {
  Model,
  ModelDefinition,
  NormalisedDistances,
  StoredEvaluation,
  TrainingRun,
} from './definition.js';
import type { InputSpec, Relation } from './inputs.js';
import type { ModelType } from './model-types.js';
import type { Iteration } from './numerics/gradient-descent.js';
import type { OptionRules } from './option-rules.js';
import type { OptionReader, OptionValues } from './option-values.js';
import type { Scored } from './score-sql.js';
import type { Cell } from './sql-text.js';
import type { TrainingTable } from './training-table.js';

/** What a model is trained on. */
export interface Supervision {
  table: TrainingTable;
  specs: readonly InputSpec[];
  /** DuckDB text of a row's label in rows called i: a number, or the number of its class from 0. */
  labelSql: string;
  /** 0 for a model that is no classifier. */
  classes: number;
  classWeights?: Float64Array | undefined;
  signal?: AbortSignal | undefined;
}

export interface TrainedModel<M extends Model = Model> {
  model: M;
  iterations: Iteration[];
  strategy?: 'BATCH_GRADIENT_DESCENT' | 'NORMAL_EQUATION';
}

/** Training data that was read once. */
export interface PreparedTrainer<M extends Model = Model> {
  /** @param previous the model of a warm start, of the same type. */
  train(options: OptionReader, previous?: M): Promise<TrainedModel<M>>;
}

/** Rows that a model is applied to. */
export interface PredictInput {
  /** As the model reads them. */
  input: Relation;
  /** As the answer shows them. */
  shown: Relation;
  /** DuckDB text: from which probability on the second of two classes is predicted. */
  threshold: string;
  /** Whether the answer holds the columns of the input. */
  keepsColumns: boolean;
}

/**
 * Everything that BigQuery ML asks of a kind of model: a new model type is a folder that exports one of these, and
 * its line in `families.ts`. What a family lacks is refused by the function that asks for it.
 */
export interface ModelFamily<M extends Model = Model> {
  /** `modelType` of REST. */
  restType: string;
  /** Options of CREATE MODEL. */
  options: OptionRules;
  /** Learns from a label column. */
  supervised: boolean;
  /** Labels that a classifier takes at the most; undefined for a model that is none. */
  maxClasses?: number;
  /** What is searched when a statement that tunes names no hyperparameter. */
  hyperparameters: readonly string[];
  /** Whether other options that have a search space may be tuned as well. */
  tunesOthers: boolean;
  /** Iterations tell of clusters instead of the losses of both parts. */
  clusters?: true;
  /** Refuses combinations of options. @param has whether an option is given or searched. */
  checkOptions?(modelType: ModelType, given: OptionValues, has: (name: string) => boolean): void;
  /** Reads the training data once. A model without this learns nothing but its TRANSFORM. */
  prepare?(supervision: Supervision, options: OptionReader): Promise<PreparedTrainer<M>>;
  /** Columns of ML.EVALUATE. */
  metrics(definition: ModelDefinition): Field[];
  /** Metrics that trials may compete in, in upper case, the usual one first. */
  objectives(definition: ModelDefinition): readonly string[];
  /** The rows with scores beside their columns. */
  score?(model: M, relation: Relation): Scored;
  predict?(definition: ModelDefinition, model: M, rows: PredictInput): Relation;
  evaluate?(definition: ModelDefinition, model: M, relation: Relation, threshold: string): Relation;
  /** What the functions answer when they are called without data. */
  evaluateForStorage?(
    definition: ModelDefinition,
    model: M,
    relation: Relation,
    connection: DuckDBConnection,
  ): Promise<StoredEvaluation>;
  /** ML.EXPLAIN_PREDICT. @param topFeatures DuckDB text of a number. */
  explainPredict?(definition: ModelDefinition, model: M, rows: PredictInput, topFeatures: string): Relation;
  /** Rows of ML.WEIGHTS, by output. */
  weights?(model: M, standardise: boolean): Cell[][][];
  /** Rows of ML.ADVANCED_WEIGHTS; undefined without p-values. */
  advancedWeights?(model: M, standardise: boolean): Cell[][] | undefined;
  /** Rows of ML.FEATURE_IMPORTANCE. */
  featureImportance?(model: M): Cell[][];
  /** Rows of ML.CENTROIDS. */
  centroids?(model: M, standardise: boolean): Cell[][];
  detectAnomalies?(
    model: M,
    distances: NormalisedDistances,
    input: Relation,
    shown: Relation,
    contamination: number,
  ): Relation;
  /** What `trainingOptions` of REST hold of this family. */
  restOptions(definition: ModelDefinition, run: TrainingRun): JsonObject;
  /** `evaluationMetrics` of REST. */
  restMetrics(definition: ModelDefinition, evaluation: StoredEvaluation): JsonObject;
}
