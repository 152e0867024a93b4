import { invalidQuery } from '../../../googlesql/errors.js';
import type { GlmModel } from '../definition.js';
import type { Supervision } from '../family.js';
import {
  designOf,
  type FittedInput,
  fitInputs,
  fitNumbers,
  inputSize,
  loadColumns,
  scalesOf,
} from '../fitted-inputs.js';
import { blockSize, type Design } from '../numerics/design.js';
import { gradientDescent, type Iteration } from '../numerics/gradient-descent.js';
import { solveLeastSquares } from '../numerics/normal-equations.js';
import { crossEntropy, type Labels, type Objective, squaredError } from '../numerics/objectives.js';
import type { OptionReader } from '../option-values.js';

/** Training data of a linear model, ready for any number of runs with different options. */
export interface PreparedGlm {
  inputs: FittedInput[];
  design: Design;
  labels: Float64Array;
  objective: Objective;
  evaluation?: { design: Design; objective: Objective };
  classes: number;
}

export async function prepareGlm(supervision: Supervision): Promise<PreparedGlm> {
  const { table, specs, labelSql, classes, classWeights, signal } = supervision;
  const found = await fitInputs(table, specs);
  const loaded = await loadColumns(table, 'train', found, [labelSql], signal);
  const inputs = fitNumbers(found, loaded);
  const design = designOf(inputs, loaded, loaded.rows);
  const labels = loaded.extras[0]!;
  const objectiveOf = (values: Float64Array): Objective =>
    classes > 0 ? crossEntropy(classIndexes(values, classes), classes, classWeights) : squaredError(values);
  const prepared: PreparedGlm = { inputs, design, labels, objective: objectiveOf(labels), classes };
  if (table.has('eval')) {
    const evaluation = await loadColumns(table, 'eval', inputs, [labelSql], signal);
    if (evaluation.rows > 0) {
      prepared.evaluation = {
        design: designOf(inputs, evaluation, loaded.rows, scalesOf(design)),
        objective: objectiveOf(evaluation.extras[0]!),
      };
    }
  }
  return prepared;
}

/** Numbers of classes in the smallest type that holds them. */
export function classIndexes(values: Float64Array, classes: number): Labels {
  return classes <= 256 ? Uint8Array.from(values) : Uint16Array.from(values);
}

export interface TrainedGlm {
  model: GlmModel;
  iterations: Iteration[];
  strategy: 'BATCH_GRADIENT_DESCENT' | 'NORMAL_EQUATION';
  /** Weights in the layout of the design, for statistics on them. */
  vectors: Float64Array[];
}

export async function trainGlm(
  prepared: PreparedGlm,
  options: OptionReader,
  previous?: GlmModel,
  signal?: AbortSignal,
): Promise<TrainedGlm> {
  const { design, inputs, classes } = prepared;
  const strategy = strategyOf(prepared, options);
  const { vectors, iterations } =
    strategy === 'NORMAL_EQUATION'
      ? solveDirectly(prepared, options)
      : await descend(prepared, options, previous, signal);
  const link = classes === 0 ? 'identity' : classes === 2 ? 'logistic' : 'softmax';
  const model = modelOf(link, inputs, design, vectors);
  if (options.text('CATEGORY_ENCODING_METHOD') === 'DUMMY_ENCODING') rebase(model, previous);
  return { model, iterations, strategy, vectors };
}

/** Which solver a linear regression uses; the other models have one only. */
function strategyOf(prepared: PreparedGlm, options: OptionReader): TrainedGlm['strategy'] {
  if (prepared.classes > 0) return 'BATCH_GRADIENT_DESCENT';
  const cardinality = prepared.inputs.reduce((sum, input) => sum + inputSize(input), 0);
  const asked = options.text('OPTIMIZE_STRATEGY', 'AUTO_STRATEGY');
  if (asked === 'BATCH_GRADIENT_DESCENT') return asked;
  if (asked === 'NORMAL_EQUATION') {
    if (cardinality > MAX_NORMAL_CARDINALITY) {
      throw invalidQuery(
        `NORMAL_EQUATION does not support a total cardinality of features above ${MAX_NORMAL_CARDINALITY}.`,
      );
    }
    return asked;
  }
  const descend =
    options.has('L1_REG') ||
    options.boolean('WARM_START', false) ||
    // Given for gradient descent only, they would have no effect otherwise.
    options.has('LEARN_RATE_STRATEGY') ||
    options.has('LS_INIT_LEARN_RATE') ||
    cardinality > MAX_NORMAL_CARDINALITY ||
    prepared.design.rows < 10 * cardinality;
  return descend ? 'BATCH_GRADIENT_DESCENT' : 'NORMAL_EQUATION';
}

const MAX_NORMAL_CARDINALITY = 10_000;

interface Solution {
  vectors: Float64Array[];
  iterations: Iteration[];
}

function solveDirectly(
  { design, labels, objective, evaluation }: PreparedGlm,
  options: OptionReader,
): Solution {
  const started = Date.now();
  const weights = solveLeastSquares(design, labels, {
    l2: options.number('L2_REG', 0),
    fitIntercept: options.boolean('FIT_INTERCEPT', true),
  });
  const lossOn = (rows: Design, target: Objective): number => {
    const scores = new Float64Array(rows.rows);
    rows.multiply(weights, scores);
    return target.loss([scores]).loss;
  };
  return {
    vectors: [weights],
    iterations: [
      {
        index: 0,
        loss: lossOn(design, objective),
        evalLoss: evaluation && lossOn(evaluation.design, evaluation.objective),
        durationMs: Date.now() - started,
      },
    ],
  };
}

async function descend(
  { design, objective, evaluation, inputs }: PreparedGlm,
  options: OptionReader,
  previous: GlmModel | undefined,
  signal: AbortSignal | undefined,
): Promise<Solution> {
  const { weights, iterations } = await gradientDescent(
    design,
    objective,
    {
      maxIterations: options.number('MAX_ITERATIONS', 20),
      earlyStop: options.boolean('EARLY_STOP', true),
      minRelativeProgress: options.number('MIN_REL_PROGRESS', 0.01),
      learnRateStrategy: options.text('LEARN_RATE_STRATEGY', 'LINE_SEARCH') as 'LINE_SEARCH' | 'CONSTANT',
      learnRate: options.number('LEARN_RATE', 0.1),
      initialLearnRate: options.number('LS_INIT_LEARN_RATE', 0.1),
      l1: options.number('L1_REG', 0),
      l2: options.number('L2_REG', 0),
      fitIntercept: options.boolean('FIT_INTERCEPT', true),
      initialWeights: previous && vectorsOf(previous, inputs, design),
      signal,
    },
    evaluation,
  );
  return { vectors: weights, iterations };
}

/** Weights of the design as a model over raw inputs. */
function modelOf(
  link: GlmModel['link'],
  inputs: FittedInput[],
  design: Design,
  vectors: readonly Float64Array[],
): GlmModel {
  const weights = vectors.map((vector) =>
    inputs.map((input, index) => {
      const offset = design.offsets[index]!;
      const block = design.blocks[index]!;
      if (block.kind === 'numeric') {
        const stddev = input.kind === 'numeric' ? input.stddev : 1;
        return [stddev > 0 ? vector[offset]! / stddev : 0];
      }
      return Array.from({ length: block.size }, (_, code) => vector[offset + code]! * block.scale[code]!);
    }),
  );
  return {
    kind: 'glm',
    link,
    inputs,
    intercepts: vectors.map((vector) => vector[design.intercept]!),
    weights,
  };
}

/** The other way round, for a warm start: weights of a model in the layout of new data; new categories have 0. */
function vectorsOf(model: GlmModel, inputs: readonly FittedInput[], design: Design): Float64Array[] {
  return model.intercepts.map((intercept, output) => {
    const vector = new Float64Array(design.width);
    vector[design.intercept] = intercept;
    for (const [index, input] of inputs.entries()) {
      const place = model.inputs.findIndex((known) => known.name === input.name && known.kind === input.kind);
      const known = model.inputs[place];
      if (known === undefined) continue;
      const weights = model.weights[output]![place]!;
      const block = design.blocks[index]!;
      const offset = design.offsets[index]!;
      if (input.kind === 'numeric' && known.kind === 'numeric') {
        vector[offset] = weights[0]! * input.stddev;
        vector[design.intercept]! += weights[0]! * (input.mean - known.mean);
      } else if (block.kind !== 'numeric') {
        for (let code = 0; code < blockSize(block); code++) {
          const from = categoryPlace(known, input, code);
          const scale = block.scale[code]!;
          if (from !== undefined && scale > 0) vector[offset + code] = weights[from]! / scale;
        }
      }
    }
    return vector;
  });
}

function categoryPlace(known: FittedInput, input: FittedInput, code: number): number | undefined {
  if (!('categories' in known) || !('categories' in input)) {
    return code < inputSize(known) ? code : undefined;
  }
  const place = (known.categories as (string | null)[]).indexOf(input.categories[code]!);
  return place < 0 ? undefined : place;
}

/** Number of the category that DUMMY_ENCODING leaves out: the most frequent one. */
function baseCategory(input: FittedInput): number | undefined {
  if (input.kind !== 'category' || input.counts.length === 0) return undefined;
  return input.base ?? input.counts.indexOf(Math.max(...input.counts));
}

/**
 * Moves the weight of each base category into the intercept. Training keeps all categories, which comes closest to
 * the numbers that the service prints. A warm start keeps the base of the model before.
 */
function rebase(model: GlmModel, previous: GlmModel | undefined): void {
  for (const [index, input] of model.inputs.entries()) {
    if (input.kind !== 'category') continue;
    const before = previous?.inputs.find((known) => known.name === input.name);
    if (before?.kind === 'category' && before.base !== undefined) {
      const place = input.categories.indexOf(before.categories[before.base]!);
      if (place >= 0) input.base = place;
    }
    const base = baseCategory(input);
    if (base === undefined) continue;
    input.base = base;
    for (const [output, weights] of model.weights.entries()) {
      const list = weights[index]!;
      const weight = list[base]!;
      model.intercepts[output]! += weight;
      for (let code = 0; code < list.length; code++) list[code]! -= weight;
    }
  }
}
