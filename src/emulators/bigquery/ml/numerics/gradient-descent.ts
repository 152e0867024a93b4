import { setImmediate } from 'node:timers/promises';
import type { Design } from './design.js';
import { LINE_SEARCH_FACTORS, type Losses, type Objective } from './objectives.js';

export interface GradientDescentOptions {
  maxIterations: number;
  earlyStop: boolean;
  minRelativeProgress: number;
  learnRateStrategy: 'LINE_SEARCH' | 'CONSTANT';
  /** Rate of CONSTANT. */
  learnRate: number;
  /** Where LINE_SEARCH begins. */
  initialLearnRate: number;
  /** Penalties on the sum of the rows' losses: l1 · Σ|w| and l2 / 2 · Σw². The intercept has none. */
  l1: number;
  l2: number;
  fitIntercept: boolean;
  /** Weights to begin with, one vector per output; zero without. */
  initialWeights?: readonly Float64Array[];
  signal?: AbortSignal;
}

export interface Iteration {
  index: number;
  /** Unweighted, without penalties. */
  loss: number;
  evalLoss?: number;
  learnRate?: number;
  durationMs: number;
  /** Of k-means: radius and number of rows of each cluster. */
  clusters?: { radius: number; size: number }[];
}

export interface EvaluationSet {
  design: Design;
  objective: Objective;
}

export interface DescentResult {
  /** One weight vector per output, in the layout of the design. */
  weights: Float64Array[];
  iterations: Iteration[];
}

/**
 * Full-batch gradient descent as the service runs it: line search over four rates around the previous one, an
 * iteration that gains too little is kept and is the last, one that makes the loss worse is thrown away. Whether the
 * service looks at the training or the evaluation loss for that is not known; here it is the training loss.
 */
export async function gradientDescent(
  design: Design,
  objective: Objective,
  options: GradientDescentOptions,
  evaluation?: EvaluationSet,
): Promise<DescentResult> {
  const run = new Descent(design, objective, options);
  const iterations: Iteration[] = [];
  let previous = run.loss().loss;
  let rate = options.learnRateStrategy === 'CONSTANT' ? options.learnRate : options.initialLearnRate;
  for (let index = 0; index < options.maxIterations; index++) {
    await setImmediate();
    options.signal?.throwIfAborted();
    const started = Date.now();
    const constant = options.learnRateStrategy === 'CONSTANT';
    const step = await (constant ? run.constantStep(rate) : run.lineSearchStep(rate));
    const gain = (previous - step.loss) / previous;
    if (options.earlyStop && gain < 0) break;
    step.accept();
    rate = step.rate;
    previous = step.loss;
    const evalLoss = evaluation === undefined ? undefined : run.evaluate(evaluation);
    iterations.push({ index, loss: step.loss, evalLoss, learnRate: rate, durationMs: Date.now() - started });
    if (options.earlyStop && gain >= 0 && gain < options.minRelativeProgress) break;
  }
  return { weights: run.weights, iterations };
}

interface Step {
  rate: number;
  loss: number;
  accept(): void;
}

class Descent {
  weights: Float64Array[];
  readonly #design: Design;
  readonly #objective: Objective;
  readonly #options: GradientDescentOptions;
  #scores: Float64Array[];
  readonly #gradients: Float64Array[];
  /** Residuals first, then the change of the scores along the gradient. */
  readonly #work: Float64Array[];

  constructor(design: Design, objective: Objective, options: GradientDescentOptions) {
    this.#design = design;
    this.#objective = objective;
    this.#options = options;
    const outputs = Array.from({ length: objective.outputs }, (_, index) => index);
    this.weights = outputs.map((output) =>
      options.initialWeights === undefined
        ? new Float64Array(design.width)
        : options.initialWeights[output]!.slice(),
    );
    this.#gradients = outputs.map(() => new Float64Array(design.width));
    this.#work = outputs.map(() => new Float64Array(design.rows));
    this.#scores = this.#score(this.weights);
  }

  loss(): Losses {
    return this.#objective.loss(this.#scores);
  }

  evaluate(evaluation: EvaluationSet): number {
    return evaluation.objective.loss(
      this.weights.map((weights) => {
        const scores = new Float64Array(evaluation.design.rows);
        evaluation.design.multiply(weights, scores);
        return scores;
      }),
    ).loss;
  }

  async constantStep(rate: number): Promise<Step> {
    await this.#computeGradients();
    return this.#candidate(rate);
  }

  // Between its passes over the rows a step lets other requests have their turn.
  async lineSearchStep(previousRate: number): Promise<Step> {
    await this.#computeGradients();
    if (this.#options.l1 > 0) {
      // Shrinking makes the scores bend along the step, so each candidate is scored in full.
      const candidates = LINE_SEARCH_FACTORS.map((factor) => this.#candidate(previousRate * factor));
      return candidates.reduce((best, candidate) =>
        candidate.objective < best.objective ? candidate : best,
      );
    }
    for (const [output, gradient] of this.#gradients.entries()) {
      await setImmediate();
      this.#design.multiply(gradient, this.#work[output]!);
    }
    await setImmediate();
    const losses = this.#objective.lineSearch(this.#scores, this.#work, previousRate);
    const objectives = losses.map(
      ({ objective }, index) => objective + this.#penaltyAt(previousRate * LINE_SEARCH_FACTORS[index]!),
    );
    let best = 0;
    for (const [index, objective] of objectives.entries()) if (objective < objectives[best]!) best = index;
    const rate = previousRate * LINE_SEARCH_FACTORS[best]!;
    return {
      rate,
      loss: losses[best]!.loss,
      accept: () => {
        for (const [output, weights] of this.weights.entries()) {
          subtractScaled(weights, this.#gradients[output]!, rate);
          subtractScaled(this.#scores[output]!, this.#work[output]!, rate);
        }
      },
    };
  }

  #candidate(rate: number): Step & { objective: number } {
    const threshold = (rate * this.#options.l1) / this.#objective.totalWeight;
    const weights = this.weights.map((current, output) => {
      const next = current.slice();
      subtractScaled(next, this.#gradients[output]!, rate);
      if (threshold > 0) shrink(next, threshold);
      return next;
    });
    const scores = this.#score(weights);
    const { loss, objective } = this.#objective.loss(scores);
    return {
      rate,
      loss,
      objective: objective + this.#penalty(weights),
      accept: () => {
        this.weights = weights;
        this.#scores = scores;
      },
    };
  }

  async #computeGradients(): Promise<void> {
    const { l2, fitIntercept } = this.#options;
    this.#objective.residuals(this.#scores, this.#work);
    const total = this.#objective.totalWeight;
    for (const [output, gradient] of this.#gradients.entries()) {
      const weights = this.weights[output]!;
      await setImmediate();
      this.#design.multiplyTransposed(this.#work[output]!, gradient);
      for (let index = 0; index < gradient.length; index++) {
        const penalty = index === this.#design.intercept ? 0 : l2 * weights[index]!;
        gradient[index] = (gradient[index]! + penalty) / total;
      }
      if (!fitIntercept) gradient[this.#design.intercept] = 0;
    }
  }

  #penaltyAt(rate: number): number {
    if (this.#options.l2 === 0) return 0;
    return this.#penalty(
      this.weights.map((current, output) => {
        const next = current.slice();
        subtractScaled(next, this.#gradients[output]!, rate);
        return next;
      }),
    );
  }

  #penalty(weights: readonly Float64Array[]): number {
    const { l1, l2 } = this.#options;
    if (l1 === 0 && l2 === 0) return 0;
    let sum = 0;
    for (const vector of weights) {
      for (let index = 0; index < this.#design.intercept; index++) {
        sum += l1 * Math.abs(vector[index]!) + (l2 / 2) * vector[index]! ** 2;
      }
    }
    return sum / this.#objective.totalWeight;
  }

  #score(weights: readonly Float64Array[]): Float64Array[] {
    return weights.map((vector) => {
      const scores = new Float64Array(this.#design.rows);
      this.#design.multiply(vector, scores);
      return scores;
    });
  }
}

function subtractScaled(target: Float64Array, vector: Float64Array, factor: number): void {
  for (let index = 0; index < target.length; index++) target[index]! -= factor * vector[index]!;
}

/** Soft threshold of all weights but the intercept. */
function shrink(weights: Float64Array, threshold: number): void {
  for (let index = 0; index < weights.length - 1; index++) {
    const weight = weights[index]!;
    weights[index] = Math.sign(weight) * Math.max(Math.abs(weight) - threshold, 0);
  }
}
