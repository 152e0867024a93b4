import type { GlmModel } from '../definition.js';
import { sampleStddev } from '../fitted-inputs.js';
import type { Design } from '../numerics/design.js';
import { weightCovariance } from '../numerics/normal-equations.js';
import { pValue } from '../numerics/p-value.js';
import type { Cell } from '../sql-text.js';
import type { PreparedGlm, TrainedGlm } from './train-glm.js';

/** ML.WEIGHTS and its like call the intercept this. */
export const INTERCEPT = '__INTERCEPT__';
/** Category of missing values. */
export const NULL_CATEGORY = '_null_filler';

const MAX_CARDINALITY = 1000;

/** Standard errors and p-values of a model's weights; undefined when there are too many or they are not unique. */
export function advancedWeights(
  prepared: PreparedGlm,
  { model, vectors, iterations }: TrainedGlm,
  fitIntercept: boolean,
): GlmModel['advancedWeights'] {
  const { design, classes } = prepared;
  if (design.width > MAX_CARDINALITY) return undefined;
  const dropped = new Set<number>();
  for (const [index, input] of model.inputs.entries()) {
    if (input.kind === 'category' && input.base !== undefined)
      dropped.add(design.offsets[index]! + input.base);
  }
  const covariance = weightCovariance(design, {
    dropped,
    fitIntercept,
    // The service divides the sum of squares by n, not by the degrees of freedom.
    scale: classes === 0 ? iterations.at(-1)!.loss : 1,
    rowWeights: classes === 0 ? undefined : fisherWeights(design, vectors[0]!),
  });
  if (covariance === undefined) return undefined;
  const { places, matrix } = covariance;
  const entry = (left: number, right: number): number =>
    matrix.values[places.get(left)! * matrix.size + places.get(right)!]!;
  const standardised: Cell[][] = [];
  const raw: Cell[][] = [];
  let interceptShift = 0;
  /** Gradient of the raw intercept by the weights: it is what the standardised one is when all numbers are 0. */
  const slope = new Map<number, number>([[design.intercept, 1]]);
  let categorical = false;
  for (const [index, input] of model.inputs.entries()) {
    const offset = design.offsets[index]!;
    const weights = model.weights[0]![index]!;
    if (input.kind === 'numeric') {
      const sample = sampleStddev(input);
      const error = input.stddev > 0 ? Math.sqrt(entry(offset, offset)) / input.stddev : Number.NaN;
      const weight = weights[0]!;
      raw.push(row(input.name, null, weight, error));
      standardised.push(row(input.name, null, weight * sample, error * sample));
      interceptShift -= weight * input.mean;
      if (input.stddev > 0) slope.set(offset, -input.mean / input.stddev);
      continue;
    }
    categorical = true;
    const block = design.blocks[index]!;
    for (const [code, weight] of weights.entries()) {
      const column = offset + code;
      const scale = block.kind === 'numeric' ? 1 : block.scale[code]!;
      const error = dropped.has(column) ? 0 : Math.sqrt(entry(column, column)) * scale;
      const name = 'categories' in input ? (input.categories[code] ?? NULL_CATEGORY) : String(code);
      raw.push(row(input.name, name, weight, error));
      standardised.push(row(input.name, name, weight, error));
    }
  }
  if (!fitIntercept) return { standardised, raw };
  const intercept = model.intercepts[0]!;
  standardised.push(row(INTERCEPT, null, intercept, Math.sqrt(entry(design.intercept, design.intercept))));
  if (categorical) {
    raw.push([INTERCEPT, null, intercept + interceptShift, null, null]);
  } else {
    let variance = 0;
    for (const [left, a] of slope) for (const [right, b] of slope) variance += a * b * entry(left, right);
    raw.push(row(INTERCEPT, null, intercept + interceptShift, Math.sqrt(variance)));
  }
  return { standardised, raw };
}

function row(input: string, category: string | null, weight: number, error: number): Cell[] {
  return [input, category, weight, error, pValue(weight, error)];
}

function fisherWeights(design: Design, weights: Float64Array): Float64Array {
  const scores = new Float64Array(design.rows);
  design.multiply(weights, scores);
  return scores.map((score) => {
    const probability = 1 / (1 + Math.exp(-score));
    return probability * (1 - probability);
  });
}
