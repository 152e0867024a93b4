/** Probabilities are kept this far from 0 and 1 before a logarithm is taken. */
export const PROBABILITY_FLOOR = 1e-15;
const LARGEST_RATIO = 1 / PROBABILITY_FLOOR;
/** Factors of at most 1e15 are multiplied up to here before one logarithm is taken of their product. */
const PRODUCT_LIMIT = 1e290;

/** Steps that the line search compares, as multiples of the previous rate. */
export const LINE_SEARCH_FACTORS = [2, 1, 0.5, 0.25] as const;

/** Loss of a candidate: `loss` as reported, `objective` with class weights, as minimised. Both are means. */
export interface Losses {
  loss: number;
  objective: number;
}

/** A loss function of scores (logits, or predictions of a linear model), one score vector per output. */
export interface Objective {
  readonly outputs: number;
  /** Sum of the weights of all rows, by which gradients are divided. */
  readonly totalWeight: number;
  loss(scores: readonly Float64Array[]): Losses;
  /** Derivative of each row's weighted loss by its scores. */
  residuals(scores: readonly Float64Array[], out: readonly Float64Array[]): void;
  /** Losses at `scores − factor · rate · direction` for each of LINE_SEARCH_FACTORS. */
  lineSearch(scores: readonly Float64Array[], direction: readonly Float64Array[], rate: number): Losses[];
}

export type Labels = Uint8Array | Uint16Array;

/** Weighted cross-entropy; one output for two classes (the score of class 1), else one output per class. */
export function crossEntropy(labels: Labels, classes: number, classWeights?: Float64Array): Objective {
  const weights = classWeights ?? new Float64Array(classes).fill(1);
  let totalWeight = 0;
  for (const label of labels) totalWeight += weights[label]!;
  return classes === 2
    ? new BinaryCrossEntropy(labels, weights, totalWeight)
    : new SoftmaxCrossEntropy(labels, classes, weights, totalWeight);
}

/**
 * Sums of log(1 + ratio) per class and candidate. Logarithms are the dearest part of a loss, so ratios are
 * multiplied and only the products, kept within range, go through one.
 */
class LogSums {
  readonly #width: number;
  readonly products: Float64Array;
  readonly sums: Float64Array;

  constructor(classes: number, width: number) {
    this.#width = width;
    this.products = new Float64Array(classes * width).fill(1);
    this.sums = new Float64Array(classes * width);
  }

  add(slot: number, ratio: number): void {
    // Written so that NaN, from a step far beyond all measure, counts as the largest ratio too.
    const within = ratio < LARGEST_RATIO;
    const product = this.products[slot]! * (within ? 1 + ratio : LARGEST_RATIO);
    if (product < PRODUCT_LIMIT / LARGEST_RATIO) {
      this.products[slot] = product;
    } else {
      this.sums[slot]! += Math.log(product);
      this.products[slot] = 1;
    }
  }

  losses(candidate: number, weights: Float64Array, rows: number, totalWeight: number): Losses {
    let loss = 0;
    let objective = 0;
    for (const [label, weight] of weights.entries()) {
      const slot = label * this.#width + candidate;
      const sum = this.sums[slot]! + Math.log(this.products[slot]!);
      loss += sum;
      objective += weight * sum;
    }
    return { loss: loss / rows, objective: objective / totalWeight };
  }
}

/**
 * Two classes y ∈ {0, 1} with one score s, p = 1 / (1 + e^(−s)) and the weight w of the class:
 *
 *     loss      −Σ w (y ln p + (1 − y) ln(1 − p)) / Σ w = Σ w ln(1 + e^(∓s)) / Σ w
 *     gradient  ∂/∂s = w (p − y)
 *
 * Bishop, Pattern Recognition and Machine Learning (2006), 4.90 and 4.91.
 */
class BinaryCrossEntropy implements Objective {
  readonly outputs = 1;
  readonly totalWeight: number;
  readonly #labels: Labels;
  readonly #weights: Float64Array;
  /** exp(−score) of the scores that `residuals` saw last; the line search from there needs it again. */
  readonly #ratios: Float64Array;
  #ratiosOf: Float64Array | undefined;

  constructor(labels: Labels, weights: Float64Array, totalWeight: number) {
    this.#labels = labels;
    this.#weights = weights;
    this.totalWeight = totalWeight;
    this.#ratios = new Float64Array(labels.length);
  }

  loss(scores: readonly Float64Array[]): Losses {
    const labels = this.#labels;
    const score = scores[0]!;
    const sums = new LogSums(2, 1);
    for (let row = 0; row < labels.length; row++) {
      sums.add(labels[row]!, Math.exp(labels[row] === 1 ? -score[row]! : score[row]!));
    }
    return sums.losses(0, this.#weights, labels.length, this.totalWeight);
  }

  residuals(scores: readonly Float64Array[], out: readonly Float64Array[]): void {
    const labels = this.#labels;
    const score = scores[0]!;
    const residual = out[0]!;
    const ratios = this.#ratios;
    const [negative, positive] = [this.#weights[0]!, this.#weights[1]!];
    for (let row = 0; row < labels.length; row++) {
      const ratio = Math.exp(-score[row]!);
      ratios[row] = ratio;
      const probability = 1 / (1 + ratio);
      residual[row] = labels[row] === 1 ? positive * (probability - 1) : negative * probability;
    }
    this.#ratiosOf = score;
  }

  lineSearch(scores: readonly Float64Array[], direction: readonly Float64Array[], rate: number): Losses[] {
    const labels = this.#labels;
    const score = scores[0]!;
    const change = direction[0]!;
    const known = this.#ratiosOf === score;
    const sums = new LogSums(2, 4);
    const quarter = rate / 4;
    for (let row = 0; row < labels.length; row++) {
      const positive = labels[row] === 1;
      const slot = positive ? 4 : 0;
      const ratio = known ? this.#ratios[row]! : Math.exp(-score[row]!);
      const base = positive ? ratio : 1 / ratio;
      // The steps are ¼, ½, 1 and 2 times the rate: each power is the square of the one before.
      const step = quarter * change[row]!;
      const power1 = Math.exp(positive ? step : -step);
      const power2 = power1 * power1;
      const power4 = power2 * power2;
      sums.add(slot + 3, base * power1);
      sums.add(slot + 2, base * power2);
      sums.add(slot + 1, base * power4);
      sums.add(slot, base * power4 * power4);
    }
    this.#ratiosOf = undefined;
    return LINE_SEARCH_FACTORS.map((_, candidate) =>
      sums.losses(candidate, this.#weights, labels.length, this.totalWeight),
    );
  }
}

/**
 * Classes y with a score s_k each, p_k = e^(s_k) / Σ_j e^(s_j) and the weight w of the class:
 *
 *     loss      −Σ w ln p_y / Σ w = Σ w ln(1 + Σ_(k≠y) e^(s_k − s_y)) / Σ w
 *     gradient  ∂/∂s_k = w (p_k − [k = y])
 *
 * Bishop, Pattern Recognition and Machine Learning (2006), 4.108 and 4.109.
 */
class SoftmaxCrossEntropy implements Objective {
  readonly outputs: number;
  readonly totalWeight: number;
  readonly #labels: Labels;
  readonly #weights: Float64Array;

  constructor(labels: Labels, classes: number, weights: Float64Array, totalWeight: number) {
    this.outputs = classes;
    this.#labels = labels;
    this.#weights = weights;
    this.totalWeight = totalWeight;
  }

  loss(scores: readonly Float64Array[]): Losses {
    const labels = this.#labels;
    const sums = new LogSums(this.outputs, 1);
    for (let row = 0; row < labels.length; row++) {
      const label = labels[row]!;
      const own = scores[label]![row]!;
      let ratio = 0;
      for (let output = 0; output < this.outputs; output++) {
        if (output !== label) ratio += Math.exp(scores[output]![row]! - own);
      }
      sums.add(label, ratio);
    }
    return sums.losses(0, this.#weights, labels.length, this.totalWeight);
  }

  residuals(scores: readonly Float64Array[], out: readonly Float64Array[]): void {
    const labels = this.#labels;
    const exponentials = new Float64Array(this.outputs);
    for (let row = 0; row < labels.length; row++) {
      const label = labels[row]!;
      let largest = Number.NEGATIVE_INFINITY;
      for (let output = 0; output < this.outputs; output++) {
        largest = Math.max(largest, scores[output]![row]!);
      }
      let total = 0;
      for (let output = 0; output < this.outputs; output++) {
        exponentials[output] = Math.exp(scores[output]![row]! - largest);
        total += exponentials[output]!;
      }
      const weight = this.#weights[label]!;
      for (let output = 0; output < this.outputs; output++) {
        const target = output === label ? 1 : 0;
        out[output]![row] = weight * (exponentials[output]! / total - target);
      }
    }
  }

  lineSearch(scores: readonly Float64Array[], direction: readonly Float64Array[], rate: number): Losses[] {
    const labels = this.#labels;
    const sums = new LogSums(this.outputs, 4);
    const quarter = rate / 4;
    const ratios = new Float64Array(4);
    for (let row = 0; row < labels.length; row++) {
      const label = labels[row]!;
      const own = scores[label]![row]!;
      const ownChange = direction[label]![row]!;
      ratios.fill(0);
      for (let output = 0; output < this.outputs; output++) {
        if (output === label) continue;
        const base = Math.exp(scores[output]![row]! - own);
        const power1 = Math.exp(-quarter * (direction[output]![row]! - ownChange));
        const power2 = power1 * power1;
        const power4 = power2 * power2;
        ratios[3]! += base * power1;
        ratios[2]! += base * power2;
        ratios[1]! += base * power4;
        ratios[0]! += base * power4 * power4;
      }
      for (let candidate = 0; candidate < 4; candidate++) {
        sums.add(label * 4 + candidate, ratios[candidate]!);
      }
    }
    return LINE_SEARCH_FACTORS.map((_, candidate) =>
      sums.losses(candidate, this.#weights, labels.length, this.totalWeight),
    );
  }
}

/**
 * Labels y with one score s each:
 *
 *     loss       Σ (s − y)² / n
 *     objective  half of it, as is usual for least squares
 *     gradient   ∂/∂s = s − y
 *
 * Bishop, Pattern Recognition and Machine Learning (2006), 3.12 and 3.13.
 */
export function squaredError(labels: Float64Array): Objective {
  const rows = labels.length;
  return {
    outputs: 1,
    totalWeight: rows,
    loss(scores) {
      const loss = meanSquare(scores[0]!, labels);
      return { loss, objective: loss / 2 };
    },
    residuals(scores, out) {
      const [score, residual] = [scores[0]!, out[0]!];
      for (let row = 0; row < rows; row++) residual[row] = score[row]! - labels[row]!;
    },
    lineSearch(scores, direction, rate) {
      const [score, change] = [scores[0]!, direction[0]!];
      let squares = 0;
      let products = 0;
      let changes = 0;
      for (let row = 0; row < rows; row++) {
        const residual = score[row]! - labels[row]!;
        squares += residual * residual;
        products += residual * change[row]!;
        changes += change[row]! * change[row]!;
      }
      return LINE_SEARCH_FACTORS.map((factor) => {
        const step = factor * rate;
        const loss = (squares - 2 * step * products + step * step * changes) / rows;
        return { loss, objective: loss / 2 };
      });
    },
  };
}

function meanSquare(scores: Float64Array, labels: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < labels.length; row++) sum += (scores[row]! - labels[row]!) ** 2;
  return sum / labels.length;
}
