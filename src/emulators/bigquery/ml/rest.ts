import type { Field } from '../../googlesql/syntax/types.js';
import type { JsonObject, JsonValue, ModelEntry } from '../catalog/entries.js';
import { toStandardType } from '../catalog/standard-types.js';
import {
  decodeDefinition,
  defaultTrial,
  isTuned,
  type ModelDefinition,
  type StoredEvaluation,
  type TrainingRun,
  type Trial,
} from './definition.js';
import { familyOfModel } from './families.js';
import { OptionReader, type OptionValue } from './option-values.js';
import { defined, jsonOf } from './rest-json.js';
import type { Cell } from './sql-text.js';

/** What the `models.get` resource says beyond the metadata that every resource has. */
export function renderModelDetails(entry: ModelEntry): JsonObject {
  const definition = decodeDefinition(entry.definition);
  const trial = defaultTrial(definition);
  const details: JsonObject = { featureColumns: definition.features.map(standardField) };
  if (definition.label !== undefined) details['labelColumns'] = [standardField(definition.label)];
  if (definition.transform !== undefined) {
    details['transformColumns'] = definition.transform.outputs.map(({ name, type, sql }) => ({
      name,
      type: toStandardType(type),
      transformSql: sql,
    }));
  }
  if (definition.runs.length > 0) {
    details['trainingRuns'] = definition.runs.map((run, index) =>
      defined({
        ...trainingRun(definition, run, index === definition.runs.length - 1 ? trial.evaluation : undefined),
        vertexAiModelId: entry.vertexAiModelId,
      }),
    );
  }
  if (isTuned(definition)) {
    details['hparamSearchSpaces'] = searchSpaces(definition);
    details['hparamTrials'] = definition.trials.map((each) => hparamTrial(definition, each));
    details['defaultTrialId'] = String(trial.id);
    details['optimalTrialIds'] = definition.optimalTrials.map(String);
  }
  return details;
}

/** `statistics.query.mlStatistics` of the job that trained a model. */
export function mlStatistics(definition: ModelDefinition): JsonObject {
  const tuned = isTuned(definition);
  const statistics: JsonObject = {
    maxIterations: String(new OptionReader(definition.options).number('MAX_ITERATIONS', 20)),
    modelType: familyOfModel(definition).restType,
    trainingType: tuned ? 'HPARAM_TUNING' : 'SINGLE_TRAINING',
    iterationResults: iterationResults(definition.runs.at(-1)),
  };
  if (tuned) statistics['hparamTrials'] = definition.trials.map((trial) => hparamTrial(definition, trial));
  return statistics;
}

function standardField({ name, type }: Pick<Field, 'name' | 'type'>): JsonObject {
  return { name, type: toStandardType(type) };
}

function iterationResults(run: TrainingRun | undefined): JsonObject[] {
  return (run?.iterations ?? []).map((step) =>
    defined({
      index: step.index,
      durationMs: String(step.durationMs),
      trainingLoss: step.loss,
      evalLoss: step.evalLoss,
      learnRate: step.learnRate,
      clusterInfos: step.clusters?.map(({ radius, size }, cluster) => ({
        centroidId: String(cluster + 1),
        clusterRadius: radius,
        clusterSize: String(size),
      })),
    }),
  );
}

function trainingRun(
  definition: ModelDefinition,
  run: TrainingRun,
  evaluation: StoredEvaluation | undefined,
): JsonObject {
  return defined({
    trainingOptions: trainingOptions(definition, run),
    trainingStartTime: String(run.startTime),
    startTime: new Date(run.startTime).toISOString(),
    results: iterationResults(run),
    evaluationMetrics: evaluation && evaluationMetrics(definition, evaluation),
    modelLevelGlobalExplanation: evaluation?.explanation && {
      explanations: evaluation.explanation.map(explanation),
    },
    classLevelGlobalExplanations: evaluation?.classExplanation && classExplanations(definition, evaluation),
  });
}

function explanation([featureName, attribution]: Cell[]): JsonObject {
  return { featureName: String(featureName), attribution: jsonOf(attribution!) };
}

function classExplanations(definition: ModelDefinition, evaluation: StoredEvaluation): JsonObject[] {
  return definition.classes!.map((classLabel, index) => ({
    classLabel,
    explanations: evaluation
      .classExplanation!.filter(([label]) => label === index + 1)
      .map(([, ...rest]) => explanation(rest)),
  }));
}

/** Options that the resource carries whether they were set or not. */
function trainingOptions(definition: ModelDefinition, run: TrainingRun): JsonObject {
  const { options } = definition;
  const reader = new OptionReader(options);
  const result: JsonObject = {};
  for (const [name, value] of Object.entries(options)) {
    const rule = REST_OPTIONS[name];
    if (rule !== undefined) result[rule.name] = restValue(value, rule.text === true);
  }
  result['maxIterations'] = String(reader.number('MAX_ITERATIONS', 20));
  result['earlyStop'] = reader.boolean('EARLY_STOP', true);
  result['minRelativeProgress'] = reader.number('MIN_REL_PROGRESS', 0.01);
  return { ...result, ...familyOfModel(definition).restOptions(definition, run) };
}

interface RestOption {
  name: string;
  /** An int64, which REST carries as text. */
  text?: boolean;
}

const REST_OPTIONS: Readonly<Record<string, RestOption>> = {
  L1_REG: { name: 'l1Regularization' },
  L2_REG: { name: 'l2Regularization' },
  LEARN_RATE: { name: 'learnRate' },
  LS_INIT_LEARN_RATE: { name: 'initialLearnRate' },
  DATA_SPLIT_EVAL_FRACTION: { name: 'dataSplitEvalFraction' },
  DATA_SPLIT_COL: { name: 'dataSplitColumn' },
  CLASS_WEIGHTS: { name: 'labelClassWeights' },
  ENABLE_GLOBAL_EXPLAIN: { name: 'enableGlobalExplain' },
  NUM_TRIALS: { name: 'numTrials', text: true },
  MAX_PARALLEL_TRIALS: { name: 'maxParallelTrials', text: true },
  HPARAM_TUNING_OBJECTIVES: { name: 'hparamTuningObjectives' },
  MODEL_REGISTRY: { name: 'modelRegistry' },
  VERTEX_AI_MODEL_VERSION_ALIASES: { name: 'vertexAiModelVersionAliases' },
  CATEGORY_ENCODING_METHOD: { name: 'categoryEncodingMethod' },
  COLSAMPLE_BYTREE: { name: 'colsampleBytree' },
  COLSAMPLE_BYLEVEL: { name: 'colsampleBylevel' },
  COLSAMPLE_BYNODE: { name: 'colsampleBynode' },
  MIN_SPLIT_LOSS: { name: 'minSplitLoss' },
  INSTANCE_WEIGHT_COL: { name: 'instanceWeightColumn' },
  KMEANS_INIT_COL: { name: 'kmeansInitializationColumn' },
};

function restValue(value: OptionValue, asText: boolean): JsonValue {
  return asText ? String(value) : (value as JsonValue);
}

function evaluationMetrics(definition: ModelDefinition, evaluation: StoredEvaluation): JsonObject {
  return familyOfModel(definition).restMetrics(definition, evaluation);
}

function searchSpaces(definition: ModelDefinition): JsonObject {
  const spaces: JsonObject = {};
  for (const [name, space] of Object.entries(definition.searched)) {
    const key = camelCase(name);
    spaces[key] =
      space.kind === 'range'
        ? { range: { min: space.min, max: space.max } }
        : { candidates: { candidates: space.values } };
  }
  return spaces;
}

function hparamTrial(definition: ModelDefinition, trial: Trial): JsonObject {
  const hparams = Object.fromEntries(
    Object.entries(trial.hyperparameters).map(([name, value]) => [
      REST_OPTIONS[name]?.name ?? camelCase(name),
      value,
    ]),
  );
  return defined({
    trialId: String(trial.id),
    hparams,
    evaluationMetrics: trial.evaluation && evaluationMetrics(definition, trial.evaluation),
    status: 'SUCCEEDED',
    trainingLoss: trial.trainingLoss,
    evalLoss: trial.evalLoss,
  });
}

function camelCase(name: string): string {
  return name.toLowerCase().replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
