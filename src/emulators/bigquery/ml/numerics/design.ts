/** Standardised numbers, 0 where the value is missing: the mean of a standardised column. */
export interface NumericBlock {
  kind: 'numeric';
  values: Float64Array;
}

/** One category per row; a code of `size` stands for a category that training did not see and has no weight. */
export interface CategoryBlock {
  kind: 'category';
  codes: Uint8Array | Uint16Array | Int32Array;
  size: number;
  /** What the 0/1 column of each category is multiplied with. */
  scale: Float64Array;
}

/** Any number of (index, value) pairs per row: sets of categories and sparse vectors. */
export interface SparseBlock {
  kind: 'sparse';
  /** Pairs of row i are those from `offsets[i]` to `offsets[i + 1]`. */
  offsets: Uint32Array;
  /** An index of `size` has no weight. */
  codes: Int32Array;
  /** Absent: all values are 1. */
  values?: Float64Array;
  size: number;
  scale: Float64Array;
}

export type Block = NumericBlock | CategoryBlock | SparseBlock;

/** Rows that are worked on at a time, so that what a pass writes stays in the processor's cache. */
const STRIPE = 4096;

/** Number of weights of a block, without the spare slot of unseen categories. */
export function blockSize(block: Block): number {
  return block.kind === 'numeric' ? 1 : block.size;
}

/**
 * The matrix of features, held by column: one-hot columns are never written out. Weights of category and sparse
 * blocks have one spare slot behind them that stays 0; the intercept is the last weight.
 */
export class Design {
  readonly rows: number;
  readonly blocks: readonly Block[];
  /** Where the weights of each block begin. */
  readonly offsets: readonly number[];
  /** Length of a weight vector: all blocks with their spare slots, and the intercept. */
  readonly width: number;

  constructor(rows: number, blocks: readonly Block[]) {
    this.rows = rows;
    this.blocks = blocks;
    const offsets: number[] = [];
    let next = 0;
    for (const block of blocks) {
      offsets.push(next);
      next += block.kind === 'numeric' ? 1 : block.size + 1;
    }
    this.offsets = offsets;
    this.width = next + 1;
  }

  get intercept(): number {
    return this.width - 1;
  }

  /** out = X · weights */
  multiply(weights: Float64Array, out: Float64Array): void {
    const scaled = this.#scaledWeights(weights);
    const intercept = weights[this.intercept]!;
    for (let start = 0; start < this.rows; start += STRIPE) {
      const end = Math.min(start + STRIPE, this.rows);
      out.fill(intercept, start, end);
      for (const [index, block] of this.blocks.entries()) {
        const offset = this.offsets[index]!;
        if (block.kind === 'numeric') addScaled(out, block.values, weights[offset]!, start, end);
        else if (block.kind === 'category') addLookup(out, block.codes, scaled[index]!, start, end);
        else addSparse(out, block, scaled[index]!, start, end);
      }
    }
  }

  /** out = Xᵀ · vector */
  multiplyTransposed(vector: Float64Array, out: Float64Array): void {
    out.fill(0);
    let total = 0;
    for (let start = 0; start < this.rows; start += STRIPE) {
      const end = Math.min(start + STRIPE, this.rows);
      for (const [index, block] of this.blocks.entries()) {
        const offset = this.offsets[index]!;
        if (block.kind === 'numeric') out[offset]! += dot(block.values, vector, start, end);
        else if (block.kind === 'category') scatter(out, offset, block.codes, vector, start, end);
        else scatterSparse(out, offset, block, vector, start, end);
      }
      for (let row = start; row < end; row++) total += vector[row]!;
    }
    out[this.intercept] = total;
    for (const [index, block] of this.blocks.entries()) {
      if (block.kind === 'numeric') continue;
      const offset = this.offsets[index]!;
      for (let code = 0; code < block.size; code++) out[offset + code]! *= block.scale[code]!;
      out[offset + block.size] = 0;
    }
  }

  #scaledWeights(weights: Float64Array): (Float64Array | undefined)[] {
    return this.blocks.map((block, index) => {
      if (block.kind === 'numeric') return undefined;
      const offset = this.offsets[index]!;
      const scaled = new Float64Array(block.size + 1);
      for (let code = 0; code < block.size; code++)
        scaled[code] = weights[offset + code]! * block.scale[code]!;
      return scaled;
    });
  }
}

function addScaled(
  out: Float64Array,
  values: Float64Array,
  weight: number,
  start: number,
  end: number,
): void {
  for (let row = start; row < end; row++) out[row]! += weight * values[row]!;
}

function addLookup(
  out: Float64Array,
  codes: CategoryBlock['codes'],
  weights: Float64Array,
  start: number,
  end: number,
): void {
  for (let row = start; row < end; row++) out[row]! += weights[codes[row]!]!;
}

function addSparse(
  out: Float64Array,
  block: SparseBlock,
  weights: Float64Array,
  start: number,
  end: number,
): void {
  const { offsets, codes, values } = block;
  for (let row = start; row < end; row++) {
    let sum = 0;
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++) {
      sum += weights[codes[at]!]! * (values === undefined ? 1 : values[at]!);
    }
    out[row]! += sum;
  }
}

function dot(values: Float64Array, vector: Float64Array, start: number, end: number): number {
  // Two sums, as one would wait for the previous addition each time.
  let even = 0;
  let odd = 0;
  let row = start;
  for (; row + 1 < end; row += 2) {
    even += values[row]! * vector[row]!;
    odd += values[row + 1]! * vector[row + 1]!;
  }
  if (row < end) even += values[row]! * vector[row]!;
  return even + odd;
}

function scatter(
  out: Float64Array,
  offset: number,
  codes: CategoryBlock['codes'],
  vector: Float64Array,
  start: number,
  end: number,
): void {
  for (let row = start; row < end; row++) out[offset + codes[row]!]! += vector[row]!;
}

function scatterSparse(
  out: Float64Array,
  offset: number,
  block: SparseBlock,
  vector: Float64Array,
  start: number,
  end: number,
): void {
  const { offsets, codes, values } = block;
  for (let row = start; row < end; row++) {
    const value = vector[row]!;
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++) {
      out[offset + codes[at]!]! += value * (values === undefined ? 1 : values[at]!);
    }
  }
}
