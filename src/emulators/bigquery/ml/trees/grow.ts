import type { TreeNode } from '../definition.js';
import { type BinnedColumn, MISSING_BIN } from './bins.js';

export interface GrowOptions {
  maxDepth: number;
  minChildWeight: number;
  minSplitLoss: number;
  l1: number;
  l2: number;
  /** What leaves are multiplied with. */
  rate: number;
  columnsByLevel: number;
  columnsByNode: number;
  random: () => number;
}

/** Gradients and hessians by bin, feature after feature. */
interface Histogram {
  gradients: Float64Array;
  hessians: Float64Array;
}

const WIDTH = MISSING_BIN + 1;

interface Split {
  input: number;
  bin: number;
  missingLeft: boolean;
  gain: number;
}

/** Grows one tree, level by level, from histograms of the gradients as XGBoost's `hist` method does. */
export class TreeGrower {
  readonly #columns: readonly BinnedColumn[];
  readonly #gradients: Float64Array;
  readonly #hessians: Float64Array;
  readonly #options: GrowOptions;
  readonly #rows: Uint32Array;
  readonly #spare: Uint32Array;
  readonly #features: readonly number[];
  readonly #featuresByLevel: (readonly number[])[] = [];

  constructor(
    columns: readonly BinnedColumn[],
    gradients: Float64Array,
    hessians: Float64Array,
    rows: Uint32Array,
    features: readonly number[],
    options: GrowOptions,
  ) {
    this.#columns = columns;
    this.#gradients = gradients;
    this.#hessians = hessians;
    this.#rows = rows;
    this.#spare = new Uint32Array(rows.length);
    this.#features = features;
    this.#options = options;
  }

  grow(): TreeNode {
    return this.#node(0, this.#rows.length, 0, this.#histogram(0, this.#rows.length));
  }

  #node(start: number, end: number, depth: number, histogram: Histogram): TreeNode {
    let gradient = 0;
    let hessian = 0;
    for (let at = start; at < end; at++) {
      gradient += this.#gradients[this.#rows[at]!]!;
      hessian += this.#hessians[this.#rows[at]!]!;
    }
    const split =
      depth < this.#options.maxDepth ? this.#bestSplit(histogram, gradient, hessian, depth) : undefined;
    if (split === undefined) {
      const weight = -soften(gradient, this.#options.l1) / (hessian + this.#options.l2);
      return { leaf: this.#options.rate * (Number.isFinite(weight) ? weight : 0), cover: hessian };
    }
    const middle = this.#partition(start, end, split);
    const leftIsSmaller = middle - start <= end - middle;
    const small = leftIsSmaller ? this.#histogram(start, middle) : this.#histogram(middle, end);
    // What is not in the smaller child is in the other one.
    subtract(histogram, small);
    const [left, right] = leftIsSmaller ? [small, histogram] : [histogram, small];
    return {
      input: split.input,
      threshold: this.#columns[split.input]!.cuts[split.bin]!,
      missingLeft: split.missingLeft,
      gain: split.gain,
      cover: hessian,
      left: this.#node(start, middle, depth + 1, left),
      right: this.#node(middle, end, depth + 1, right),
    };
  }

  #histogram(start: number, end: number): Histogram {
    const gradients = new Float64Array(this.#columns.length * WIDTH);
    const hessians = new Float64Array(this.#columns.length * WIDTH);
    const rows = this.#rows;
    for (const feature of this.#features) {
      const { bins } = this.#columns[feature]!;
      const offset = feature * WIDTH;
      for (let at = start; at < end; at++) {
        const row = rows[at]!;
        const place = offset + bins[row]!;
        gradients[place]! += this.#gradients[row]!;
        hessians[place]! += this.#hessians[row]!;
      }
    }
    return { gradients, hessians };
  }

  #bestSplit(histogram: Histogram, gradient: number, hessian: number, depth: number): Split | undefined {
    const { minChildWeight, minSplitLoss, l1, l2 } = this.#options;
    const score = (g: number, h: number): number => soften(g, l1) ** 2 / (h + l2);
    const parent = score(gradient, hessian);
    let best: Split | undefined;
    for (const feature of this.#featuresAt(depth)) {
      const offset = feature * WIDTH;
      const missingGradient = histogram.gradients[offset + MISSING_BIN]!;
      const missingHessian = histogram.hessians[offset + MISSING_BIN]!;
      const { cuts } = this.#columns[feature]!;
      let leftGradient = 0;
      let leftHessian = 0;
      for (let bin = 0; bin < cuts.length; bin++) {
        leftGradient += histogram.gradients[offset + bin]!;
        leftHessian += histogram.hessians[offset + bin]!;
        // Missing values are tried on both sides; without any the first trial is enough.
        for (const missingLeft of missingHessian > 0 ? [false, true] : [false]) {
          const g = leftGradient + (missingLeft ? missingGradient : 0);
          const h = leftHessian + (missingLeft ? missingHessian : 0);
          if (h < minChildWeight || hessian - h < minChildWeight || h <= 0 || hessian - h <= 0) continue;
          const gain = score(g, h) + score(gradient - g, hessian - h) - parent;
          if (gain > Math.max(best?.gain ?? 0, minSplitLoss, 1e-12)) {
            best = { input: feature, bin, missingLeft, gain };
          }
        }
      }
    }
    return best;
  }

  #featuresAt(depth: number): readonly number[] {
    const { columnsByLevel, columnsByNode, random } = this.#options;
    this.#featuresByLevel[depth] ??= chooseSome(this.#features, columnsByLevel, random);
    return chooseSome(this.#featuresByLevel[depth], columnsByNode, random);
  }

  /** Puts rows that go left before those that go right; returns where the latter begin. */
  #partition(start: number, end: number, split: Split): number {
    const { bins } = this.#columns[split.input]!;
    let left = start;
    let right = 0;
    for (let at = start; at < end; at++) {
      const row = this.#rows[at]!;
      const bin = bins[row]!;
      const goesLeft = bin === MISSING_BIN ? split.missingLeft : bin <= split.bin;
      if (goesLeft) this.#rows[left++] = row;
      else this.#spare[right++] = row;
    }
    this.#rows.set(this.#spare.subarray(0, right), left);
    return left;
  }
}

function soften(gradient: number, l1: number): number {
  return l1 === 0 ? gradient : Math.sign(gradient) * Math.max(Math.abs(gradient) - l1, 0);
}

function subtract(from: Histogram, part: Histogram): void {
  for (let index = 0; index < from.gradients.length; index++) {
    from.gradients[index]! -= part.gradients[index]!;
    from.hessians[index]! -= part.hessians[index]!;
  }
}

/** A share of the items, at least one, in their order. */
export function chooseSome(items: readonly number[], share: number, random: () => number): readonly number[] {
  if (share >= 1) return items;
  const count = Math.max(1, Math.round(items.length * share));
  const keyed = items.map((item) => ({ item, key: random() })).sort((a, b) => a.key - b.key);
  return keyed
    .slice(0, count)
    .map(({ item }) => item)
    .sort((a, b) => a - b);
}

/** Adds the leaf of each row to its score. */
export function addTree(tree: TreeNode, values: readonly Float64Array[], scores: Float64Array): void {
  for (let row = 0; row < scores.length; row++) {
    let node = tree;
    while (!('leaf' in node)) {
      const value = values[node.input]![row]!;
      const left = Number.isNaN(value) ? node.missingLeft : value < node.threshold;
      node = left ? node.left : node.right;
    }
    scores[row]! += node.leaf;
  }
}
