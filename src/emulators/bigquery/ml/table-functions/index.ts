import type { TableFunctionResolver } from '../../compile/table-functions.js';
import { invalidQuery, notImplemented } from '../../errors.js';
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
  'ARIMA_COEFFICIENTS',
  'ARIMA_EVALUATE',
  'DESCRIBE_DATA',
  'DETECT_ANOMALIES',
  'DISTANCE',
  'EXPLAIN_FORECAST',
  'FORECAST',
  'GENERATE_EMBEDDING',
  'GENERATE_TEXT',
  'HOLIDAY_INFO',
  'METRICS',
  'PRINCIPAL_COMPONENT_INFO',
  'PRINCIPAL_COMPONENTS',
  'RECOMMEND',
  'RECONSTRUCTION_LOSS',
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
      throw invalidQuery(`Table-valued function not found: ML.${name}`, call.pos);
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
