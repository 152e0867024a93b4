import type { TableFunctionResult } from '../../../googlesql/compile/scope/query-context.js';
import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import type { MlServices } from '../../statements/services.js';
import type { Relation } from '../inputs.js';
import { MissingColumn } from '../score-sql.js';
import { type DataCall, type MlCall, readCall, readDataCall } from './arguments.js';
import { centroids } from './centroids.js';
import {
  advancedWeightsTable,
  featureImportanceTable,
  featureInfoTable,
  trainingInfo,
  trialInfo,
  weights,
} from './describe.js';
import { describeData } from './describe-data.js';
import { detectAnomalies } from './detect-anomalies.js';
import { confusionMatrix, evaluate, globalExplain, rocCurve } from './evaluate.js';
import { explainPredict, predict } from './predict.js';
import { transform } from './transform.js';
import { validateDrift, validateSkew } from './validate-data.js';

export const ML_TABLE_FUNCTIONS: Readonly<Record<string, (call: MlCall) => Promise<Relation>>> = {
  ADVANCED_WEIGHTS: advancedWeightsTable,
  CENTROIDS: centroids,
  CONFUSION_MATRIX: confusionMatrix,
  DETECT_ANOMALIES: detectAnomalies,
  EVALUATE: evaluate,
  EXPLAIN_PREDICT: explainPredict,
  FEATURE_IMPORTANCE: featureImportanceTable,
  FEATURE_INFO: featureInfoTable,
  GLOBAL_EXPLAIN: globalExplain,
  PREDICT: predict,
  ROC_CURVE: rocCurve,
  TRAINING_INFO: trainingInfo,
  TRANSFORM: transform,
  TRIAL_INFO: trialInfo,
  VALIDATE_DATA_SKEW: validateSkew,
  WEIGHTS: weights,
};

/** Table functions that work on data without a model. */
export const ML_DATA_FUNCTIONS: Readonly<Record<string, (call: DataCall) => Promise<Relation>>> = {
  DESCRIBE_DATA: describeData,
  VALIDATE_DATA_DRIFT: validateDrift,
};

/** Table functions of the service that are refused by name. */
export const REFUSED_ML_TABLE_FUNCTIONS = [
  'ANNOTATE_IMAGE',
  'ARIMA_COEFFICIENTS',
  'ARIMA_EVALUATE',
  'CAUSAL_EFFECT',
  'CORRELATION',
  'DETECT_CHANGE_POINTS',
  'ENTITY_FEATURES_AT_TIME',
  'EXPLAIN_FORECAST',
  'FEATURES_AT_TIME',
  'FORECAST',
  'GENERATE_EMBEDDING',
  'GENERATE_TABLE',
  'GENERATE_TEXT',
  'GENERATE_TEXT_EMBEDDING',
  'GET_INSIGHTS',
  'HOLIDAY_INFO',
  'METRICS',
  'PRINCIPAL_COMPONENTS',
  'PRINCIPAL_COMPONENT_INFO',
  'PROCESS_DOCUMENT',
  'RECOMMEND',
  'RECONSTRUCTION_LOSS',
  'TFDV_DESCRIBE',
  'TFDV_VALIDATE',
  'TRANSCRIBE',
  'TRANSLATE',
  'UNDERSTAND_TEXT',
];

/** Resolves `ML.*` table functions. Models are applied in SQL: nothing runs before the query itself does. */
export const mlTableFunctions: MlServices['tableFunctions'] = (call, compiler) => {
  if (call.name.length !== 2 || call.name[0]!.name.toUpperCase() !== 'ML') return undefined;
  const name = call.name[1]!.name.toUpperCase();
  const onModel = ML_TABLE_FUNCTIONS[name];
  const onData = ML_DATA_FUNCTIONS[name];
  if (onModel !== undefined) return readCall(call, compiler).then((read) => resolve(read, onModel(read)));
  if (onData !== undefined) return readDataCall(call, compiler).then((read) => resolve(read, onData(read)));
  if (REFUSED_ML_TABLE_FUNCTIONS.includes(name)) throw notImplemented(`ML.${name}`);
  // A dataset may be called ml and hold table functions.
  return undefined;
};

async function resolve(call: DataCall, answer: Promise<Relation>): Promise<TableFunctionResult> {
  const { sql, columns, physicalNames } = await answer.catch((error: unknown) => {
    if (!(error instanceof MissingColumn)) throw error;
    throw invalidQuery(
      `Invalid table-valued function ML.${call.name}\nColumn ${error.column} is not found in the input data to the ${call.name} function.`,
      call.pos,
    );
  });
  call.settings.finish(call);
  return { sql: `(${sql})`, columns, physicalNames };
}
