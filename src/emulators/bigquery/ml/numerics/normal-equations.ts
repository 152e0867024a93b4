import { blockSize, type Design } from './design.js';
import { invert, type SquareMatrix, solveMinimumNorm, squareMatrix } from './linear-algebra.js';

/** Weighted XᵀX over some columns, and Xᵀy when labels are given. */
interface Moments {
  gram: SquareMatrix;
  products: Float64Array;
}

/**
 * Least squares in one step: minimises Σ(y − Xw)² + l2 · Σw² (the intercept is not penalised). Where columns depend
 * on each other, the solution of smallest norm is taken.
 */
export function solveLeastSquares(
  design: Design,
  labels: Float64Array,
  options: { l2: number; fitIntercept: boolean },
): Float64Array {
  const columns = columnsOf(design, options.fitIntercept);
  const { gram, products } = moments(design, columns, labels);
  for (const [index, column] of columns.entries()) {
    if (column !== design.intercept) gram.values[index * gram.size + index]! += options.l2;
  }
  const solution = solveMinimumNorm(gram, products);
  const weights = new Float64Array(design.width);
  for (const [index, column] of columns.entries()) weights[column] = solution[index]!;
  return weights;
}

/** Covariance of weights, by column of the design. */
export interface Covariance {
  /** Places of the design's columns in the matrix; columns that were left out are missing. */
  places: Map<number, number>;
  matrix: SquareMatrix;
}

/**
 * scale · (Xᵀ diag(rowWeights) X)⁻¹ without the columns in `dropped`; undefined when that is singular.
 * For least squares `scale` is the variance of the errors, for logistic regression row weights are p(1 − p).
 */
export function weightCovariance(
  design: Design,
  options: {
    dropped: ReadonlySet<number>;
    fitIntercept: boolean;
    scale: number;
    rowWeights?: Float64Array;
  },
): Covariance | undefined {
  const columns = columnsOf(design, options.fitIntercept).filter((column) => !options.dropped.has(column));
  const { gram } = moments(design, columns, undefined, options.rowWeights);
  const matrix = invert(gram);
  if (matrix === undefined) return undefined;
  for (let index = 0; index < matrix.values.length; index++) matrix.values[index]! *= options.scale;
  return { places: new Map(columns.map((column, index) => [column, index])), matrix };
}

/** All columns that may hold a weight: without the spare slots of unseen categories. */
function columnsOf(design: Design, fitIntercept: boolean): number[] {
  const columns: number[] = [];
  for (const [index, block] of design.blocks.entries()) {
    for (let code = 0; code < blockSize(block); code++) columns.push(design.offsets[index]! + code);
  }
  if (fitIntercept) columns.push(design.intercept);
  return columns;
}

function moments(
  design: Design,
  columns: readonly number[],
  labels?: Float64Array,
  rowWeights?: Float64Array,
): Moments {
  const size = columns.length;
  const gram = squareMatrix(size);
  const products = new Float64Array(size);
  const places = new Int32Array(design.width).fill(-1);
  for (const [place, column] of columns.entries()) places[column] = place;
  const entries = new RowEntries(design, places);
  const { indexes, values } = entries;
  for (let row = 0; row < design.rows; row++) {
    const count = entries.load(row);
    const weight = rowWeights === undefined ? 1 : rowWeights[row]!;
    const label = labels === undefined ? 0 : labels[row]!;
    for (let left = 0; left < count; left++) {
      const value = values[left]! * weight;
      const start = indexes[left]! * size;
      products[indexes[left]!]! += value * label;
      for (let right = 0; right < count; right++) {
        gram.values[start + indexes[right]!]! += value * values[right]!;
      }
    }
  }
  return { gram, products };
}

/** The entries of one row that are not zero, at the places of the chosen columns. */
class RowEntries {
  readonly indexes: Int32Array;
  readonly values: Float64Array;
  readonly #design: Design;
  readonly #places: Int32Array;

  constructor(design: Design, places: Int32Array) {
    let most = 1;
    for (const block of design.blocks) {
      if (block.kind !== 'sparse') {
        most++;
        continue;
      }
      let longest = 0;
      for (let row = 0; row < design.rows; row++) {
        longest = Math.max(longest, block.offsets[row + 1]! - block.offsets[row]!);
      }
      most += longest;
    }
    this.indexes = new Int32Array(most);
    this.values = new Float64Array(most);
    this.#design = design;
    this.#places = places;
  }

  load(row: number): number {
    const { blocks, offsets } = this.#design;
    let count = 0;
    const push = (column: number, value: number): void => {
      const place = this.#places[column]!;
      if (place < 0) return;
      this.indexes[count] = place;
      this.values[count++] = value;
    };
    for (let index = 0; index < blocks.length; index++) {
      const block = blocks[index]!;
      const offset = offsets[index]!;
      if (block.kind === 'numeric') {
        push(offset, block.values[row]!);
      } else if (block.kind === 'category') {
        const code = block.codes[row]!;
        if (code < block.size) push(offset + code, block.scale[code]!);
      } else {
        for (let at = block.offsets[row]!; at < block.offsets[row + 1]!; at++) {
          const code = block.codes[at]!;
          if (code < block.size) push(offset + code, block.scale[code]! * (block.values?.[at] ?? 1));
        }
      }
    }
    push(this.#design.intercept, 1);
    return count;
  }
}
