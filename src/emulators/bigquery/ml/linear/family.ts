import { invalidQuery } from '../../../googlesql/errors.js';
import { BigQueryError } from '../../errors.js';
import type { GlmModel } from '../definition.js';
import type { ModelFamily, PreparedTrainer, Supervision } from '../family.js';
import { type FittedInput, sampleStddev } from '../fitted-inputs.js';
import type { Relation } from '../inputs.js';
import type { ModelType } from '../model-types.js';
import { OPTIONS_OF_CLASSIFIERS, OPTIONS_OF_SUPERVISION, type OptionRules } from '../option-rules.js';
import { OptionReader, type OptionValues } from '../option-values.js';
import { readCells } from '../read-cells.js';
import { type Cell, doubleSql } from '../sql-text.js';
import { supervisedFamily, supervisedRestOptions } from '../supervised.js';
import { advancedWeights, INTERCEPT, NULL_CATEGORY } from './advanced-weights.js';
import { classExplainSql, explainPredictSql, globalExplainSql } from './explain-sql.js';
import { linearSql } from './linear-sql.js';
import { prepareGlm, trainGlm } from './train-glm.js';

const shared = supervisedFamily(logits);

const OPTIONS: OptionRules = {
  ...OPTIONS_OF_SUPERVISION,
  WARM_START: { kind: 'boolean' },
  LEARN_RATE_STRATEGY: { kind: 'string', values: ['LINE_SEARCH', 'CONSTANT'] },
  LS_INIT_LEARN_RATE: { kind: 'number', min: 0 },
  FIT_INTERCEPT: { kind: 'boolean' },
};

const LINEAR: Omit<ModelFamily<GlmModel>, 'restType' | 'options'> = {
  ...shared,
  hyperparameters: ['L1_REG', 'L2_REG'],
  tunesOthers: false,
  checkOptions,
  prepare,
  async evaluateForStorage(definition, model, relation, connection) {
    const evaluation = await shared.evaluateForStorage(definition, model, relation, connection);
    if (definition.options['ENABLE_GLOBAL_EXPLAIN'] !== true) return evaluation;
    return {
      ...evaluation,
      explanation: await readCells(connection, globalExplainSql(model, relation)),
      ...(definition.classes !== undefined && {
        classExplanation: await readCells(connection, classExplainSql(model, relation)),
      }),
    };
  },
  explainPredict: (definition, model, { input, shown, threshold }, topFeatures) =>
    explainPredictSql(definition, model, shared.score, input, shown, { topFeatures, threshold }),
  weights: (model, standardise) =>
    model.intercepts.map((_, output) => weightRows(model, output, standardise)),
  advancedWeights: ({ advancedWeights }, standardise) =>
    standardise ? advancedWeights?.standardised : advancedWeights?.raw,
  restOptions(definition, run) {
    const reader = new OptionReader(definition.options);
    const strategy = run.optimizationStrategy;
    return {
      ...supervisedRestOptions(definition, run),
      fitIntercept: reader.boolean('FIT_INTERCEPT', true),
      calculatePValues: reader.boolean('CALCULATE_P_VALUES', false),
      warmStart: reader.boolean('WARM_START', false),
      categoryEncodingMethod: reader.text('CATEGORY_ENCODING_METHOD', 'ONE_HOT_ENCODING'),
      ...(strategy !== undefined && { optimizationStrategy: strategy }),
      ...(strategy !== 'NORMAL_EQUATION' && {
        learnRateStrategy: reader.text('LEARN_RATE_STRATEGY', 'LINE_SEARCH'),
      }),
    };
  },
};

export const LINEAR_REGRESSION: ModelFamily<GlmModel> = {
  ...LINEAR,
  restType: 'LINEAR_REGRESSION',
  options: {
    ...OPTIONS,
    OPTIMIZE_STRATEGY: {
      kind: 'string',
      values: ['AUTO_STRATEGY', 'BATCH_GRADIENT_DESCENT', 'NORMAL_EQUATION'],
    },
  },
};

export const LOGISTIC_REGRESSION: ModelFamily<GlmModel> = {
  ...LINEAR,
  restType: 'LOGISTIC_REGRESSION',
  options: { ...OPTIONS, ...OPTIONS_OF_CLASSIFIERS },
  maxClasses: 50,
};

function logits(
  model: GlmModel,
  relation: Relation,
  missing: (column: string) => Error,
): { from: string; logits: string[] } {
  const { from, contributions } = linearSql(model, relation, missing);
  return {
    from,
    logits: model.intercepts.map((intercept, output) =>
      [doubleSql(intercept), ...contributions[output]!].join(' + '),
    ),
  };
}

function checkOptions(modelType: ModelType, given: OptionValues, has: (name: string) => boolean): void {
  if (given['LEARN_RATE_STRATEGY'] !== 'CONSTANT' && has('LEARN_RATE')) {
    throw invalidQuery('LEARN_RATE can only be specified when LEARN_RATE_STRATEGY is CONSTANT.');
  }
  const encoding = given['CATEGORY_ENCODING_METHOD'];
  if (given['CALCULATE_P_VALUES'] === true) {
    if (encoding !== 'DUMMY_ENCODING') {
      throw invalidQuery(
        'Please specify CATEGORY_ENCODING_METHOD=DUMMY_ENCODING to enable p_values calculation.',
      );
    }
    if (has('L1_REG') && given['L1_REG'] !== 0) {
      throw invalidQuery('L1_REG must be zero if CALCULATE_P_VALUES=TRUE.');
    }
  }
  if (encoding === 'LABEL_ENCODING' || encoding === 'TARGET_ENCODING') {
    throw invalidQuery(`CATEGORY_ENCODING_METHOD ${encoding} is not supported for ${modelType}.`);
  }
  if (given['OPTIMIZE_STRATEGY'] === 'NORMAL_EQUATION') {
    if (has('L1_REG')) throw invalidQuery('NORMAL_EQUATION does not support L1_REG.');
    if (given['WARM_START'] === true) throw invalidQuery('NORMAL_EQUATION does not support WARM_START.');
  }
}

export function wrongModelForPValues(): Error {
  return invalidQuery(
    'Option(s) calculate_p_values are found. P-values can only be calculated for linear regression and binary logistic regression models.',
  );
}

async function prepare(supervision: Supervision, options: OptionReader): Promise<PreparedTrainer<GlmModel>> {
  const pValues = options.boolean('CALCULATE_P_VALUES', false);
  if (pValues && supervision.classes > 2) throw wrongModelForPValues();
  const prepared = await prepareGlm(supervision);
  const train: PreparedTrainer<GlmModel>['train'] = async (values, previous) => {
    const trained = await trainGlm(prepared, values, previous, supervision.signal);
    if (pValues) {
      trained.model.advancedWeights = advancedWeights(
        prepared,
        trained,
        values.boolean('FIT_INTERCEPT', true),
      );
      if (trained.model.advancedWeights === undefined) {
        throw new BigQueryError(
          'invalidQuery',
          'P-values cannot be calculated because the features are linearly dependent or their total cardinality is 1,000 or more.',
        );
      }
    }
    return { model: trained.model, iterations: trained.iterations, strategy: trained.strategy };
  };
  return { train };
}

function weightRows(model: GlmModel, output: number, standardise: boolean): Cell[][] {
  const rows: Cell[][] = [];
  let intercept = model.intercepts[output]!;
  for (const [index, input] of model.inputs.entries()) {
    const list = model.weights[output]![index]!;
    if (input.kind === 'numeric') {
      rows.push([input.name, standardise ? list[0]! * sampleStddev(input) : list[0]!, []]);
      if (!standardise) intercept -= list[0]! * input.mean;
      continue;
    }
    const names = categoryNames(input);
    rows.push([input.name, null, list.map((weight, code): Cell[] => [names[code]!, weight])]);
  }
  rows.push([INTERCEPT, intercept, []]);
  return rows;
}

function categoryNames(input: FittedInput): string[] {
  if (input.kind === 'category' || input.kind === 'set') {
    return input.categories.map((category) => category ?? NULL_CATEGORY);
  }
  return input.kind === 'numeric' ? [] : Array.from({ length: input.size }, (_, index) => String(index));
}
