import type { TableFunctionResolver } from '../../compile/table-functions.js';
import { notImplemented } from '../../errors.js';
import type { QueryCompiler } from '../context.js';
import type { Relation } from '../inputs.js';
import { type MlCall, readCall } from './arguments.js';
import { centroids } from './centroids.js';
import {
  advancedWeightsTable,
  featureImportanceTable,
  featureInfoTable,
  trainingInfo,
  trialInfo,
  weights,
} from './describe.js';
import { confusionMatrix, evaluate, globalExplain, rocCurve } from './evaluate.js';
import { explainPredict, predict } from './predict.js';
import { transform } from './transform.js';

export const ML_TABLE_FUNCTIONS: Readonly<Record<string, (call: MlCall) => Promise<Relation>>> = {
  ADVANCED_WEIGHTS: advancedWeightsTable,
  CENTROIDS: centroids,
  CONFUSION_MATRIX: confusionMatrix,
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
  WEIGHTS: weights,
};

/** Table functions of the service that are refused by name. */
export const REFUSED_ML_TABLE_FUNCTIONS = [
  'ANNOTATE_IMAGE',
  'ARIMA_COEFFICIENTS',
  'ARIMA_EVALUATE',
  'CAUSAL_EFFECT',
  'CORRELATION',
  'DESCRIBE_DATA',
  'DETECT_ANOMALIES',
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
  'VALIDATE_DATA_DRIFT',
  'VALIDATE_DATA_SKEW',
];

/** Resolves `ML.*` table functions. Models are applied in SQL: nothing runs before the query itself does. */
export function mlTableFunctions(compileQuery: QueryCompiler): TableFunctionResolver {
  return (call, compiler) => {
    if (call.name.length !== 2 || call.name[0]!.name.toUpperCase() !== 'ML') return undefined;
    const name = call.name[1]!.name.toUpperCase();
    const run = ML_TABLE_FUNCTIONS[name];
    if (run === undefined) {
      if (REFUSED_ML_TABLE_FUNCTIONS.includes(name)) throw notImplemented(`ML.${name}`);
      // A dataset may be called ml and hold table functions.
      return undefined;
    }
    return resolve();

    async function resolve() {
      const read = await readCall(call, compiler, compileQuery);
      const { sql, columns, physicalNames } = await run!(read);
      read.settings.finish(read);
      return { sql: `(${sql})`, columns, physicalNames };
    }
  };
}
