/** A square matrix, row by row. */
export interface SquareMatrix {
  size: number;
  values: Float64Array;
}

export function squareMatrix(size: number): SquareMatrix {
  return { size, values: new Float64Array(size * size) };
}

/** Diagonal entries below this share of the largest one count as zero: the column depends on earlier ones. */
const RANK_TOLERANCE = 1e-11;
const REFINEMENTS = 3;

interface PivotedFactor {
  rank: number;
  /** `order[i]` is the row of the matrix that stands at place i of the factor. */
  order: number[];
  /** size × rank, row by row, in pivot order: P A Pᵀ = L Lᵀ. */
  lower: Float64Array;
}

/** Cholesky factor of a positive semi-definite matrix with pivoting, which stops at its rank. */
function pivotedCholesky(matrix: SquareMatrix): PivotedFactor {
  const { size, values } = matrix;
  const order = Array.from({ length: size }, (_, index) => index);
  const lower = new Float64Array(size * size);
  const diagonal = Float64Array.from(order, (index) => values[index * size + index]!);
  const tolerance = RANK_TOLERANCE * Math.max(...diagonal, 0);
  let rank = 0;
  for (; rank < size; rank++) {
    let pivot = rank;
    for (let row = rank + 1; row < size; row++) if (diagonal[row]! > diagonal[pivot]!) pivot = row;
    if (!(diagonal[pivot]! > tolerance)) break;
    swapRows(lower, size, rank, pivot);
    [diagonal[rank], diagonal[pivot]] = [diagonal[pivot]!, diagonal[rank]!];
    [order[rank], order[pivot]] = [order[pivot]!, order[rank]!];
    const head = Math.sqrt(diagonal[rank]!);
    lower[rank * size + rank] = head;
    for (let row = rank + 1; row < size; row++) {
      let sum = values[order[row]! * size + order[rank]!]!;
      for (let column = 0; column < rank; column++) {
        sum -= lower[row * size + column]! * lower[rank * size + column]!;
      }
      const entry = sum / head;
      lower[row * size + rank] = entry;
      diagonal[row]! -= entry * entry;
    }
  }
  const narrow = new Float64Array(size * rank);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < rank; column++) {
      narrow[row * rank + column] = lower[row * size + column]!;
    }
  }
  return { rank, order, lower: narrow };
}

function swapRows(values: Float64Array, size: number, left: number, right: number): void {
  if (left === right) return;
  const row = values.slice(left * size, (left + 1) * size);
  values.copyWithin(left * size, right * size, (right + 1) * size);
  values.set(row, right * size);
}

/** Cholesky factor of a positive definite matrix; undefined when it is not. */
function cholesky(matrix: SquareMatrix): Float64Array | undefined {
  const { size, values } = matrix;
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = values[row * size + column]!;
      for (let k = 0; k < column; k++) sum -= lower[row * size + k]! * lower[column * size + k]!;
      if (row !== column) lower[row * size + column] = sum / lower[column * size + column]!;
      else if (sum > 0) lower[row * size + row] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return lower;
}

function choleskySolve(lower: Float64Array, size: number, right: Float64Array): Float64Array {
  const result = right.slice();
  for (let row = 0; row < size; row++) {
    let sum = result[row]!;
    for (let k = 0; k < row; k++) sum -= lower[row * size + k]! * result[k]!;
    result[row] = sum / lower[row * size + row]!;
  }
  for (let row = size - 1; row >= 0; row--) {
    let sum = result[row]!;
    for (let k = row + 1; k < size; k++) sum -= lower[k * size + row]! * result[k]!;
    result[row] = sum / lower[row * size + row]!;
  }
  return result;
}

/** The solution of smallest norm of A x = b for a positive semi-definite A, also when A is singular. */
export function solveMinimumNorm(matrix: SquareMatrix, right: Float64Array): Float64Array {
  const { size } = matrix;
  const { rank, order, lower } = pivotedCholesky(matrix);
  const solution = new Float64Array(size);
  if (rank === 0) return solution;
  // A = L Lᵀ with L of full column rank, so its pseudo-inverse is L (LᵀL)⁻² Lᵀ.
  const inner = squareMatrix(rank);
  for (let left = 0; left < rank; left++) {
    for (let other = 0; other <= left; other++) {
      let sum = 0;
      for (let row = 0; row < size; row++) sum += lower[row * rank + left]! * lower[row * rank + other]!;
      inner.values[left * rank + other] = sum;
      inner.values[other * rank + left] = sum;
    }
  }
  const factor = cholesky(inner);
  if (factor === undefined) throw new Error('the normal equations cannot be solved');
  const apply = (vector: Float64Array): Float64Array => {
    const reduced = new Float64Array(rank);
    for (let row = 0; row < size; row++) {
      const value = vector[order[row]!]!;
      for (let k = 0; k < rank; k++) reduced[k]! += lower[row * rank + k]! * value;
    }
    const solved = choleskySolve(factor, rank, choleskySolve(factor, rank, reduced));
    const result = new Float64Array(size);
    for (let row = 0; row < size; row++) {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += lower[row * rank + k]! * solved[k]!;
      result[order[row]!] = sum;
    }
    return result;
  };
  for (let round = 0; round < REFINEMENTS; round++) {
    const correction = apply(residual(matrix, solution, right));
    for (let index = 0; index < size; index++) solution[index]! += correction[index]!;
  }
  return solution;
}

function residual(matrix: SquareMatrix, solution: Float64Array, right: Float64Array): Float64Array {
  const { size, values } = matrix;
  const result = right.slice();
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      result[row]! -= values[row * size + column]! * solution[column]!;
    }
  }
  return result;
}

/** The inverse of a positive definite matrix; undefined when it is singular. */
export function invert(matrix: SquareMatrix): SquareMatrix | undefined {
  const { size } = matrix;
  if (pivotedCholesky(matrix).rank < size) return undefined;
  const factor = cholesky(matrix);
  if (factor === undefined) return undefined;
  const inverse = squareMatrix(size);
  for (let column = 0; column < size; column++) {
    const unit = new Float64Array(size);
    unit[column] = 1;
    const solved = choleskySolve(factor, size, unit);
    for (let row = 0; row < size; row++) inverse.values[row * size + column] = solved[row]!;
  }
  return inverse;
}
