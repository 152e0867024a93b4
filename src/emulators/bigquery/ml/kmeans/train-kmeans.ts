import { setImmediate } from 'node:timers/promises';
import { invalidQuery } from '../../../googlesql/errors.js';
import type { KMeansModel } from '../definition.js';
import type { PreparedTrainer, Supervision } from '../family.js';
import {
  designOf,
  type FittedInput,
  fitInputs,
  fitNumbers,
  inputSize,
  loadColumns,
} from '../fitted-inputs.js';
import type { Design } from '../numerics/design.js';
import type { Iteration } from '../numerics/gradient-descent.js';
import { randomNumbers } from '../numerics/random-numbers.js';
import type { OptionReader } from '../option-values.js';

/** The same statement on the same rows starts from the same centroids. */
const SEED = 42;

export async function prepareKMeans(
  { table, specs, signal }: Supervision,
  options: OptionReader,
): Promise<PreparedTrainer<KMeansModel>> {
  const found = await fitInputs(table, specs);
  const initColumn = options.text('KMEANS_INIT_COL');
  const custom = options.text('KMEANS_INIT_METHOD') === 'CUSTOM';
  if (custom !== (initColumn !== undefined)) {
    throw invalidQuery('KMEANS_INIT_COL must be specified exactly when KMEANS_INIT_METHOD is CUSTOM.');
  }
  const initName = initColumn === undefined ? undefined : table.physicalName(initColumn);
  if (initColumn !== undefined && initName === undefined) {
    throw invalidQuery(`KMEANS_INIT_COL '${initColumn}' is not found in the training data.`);
  }
  const extras = initName === undefined ? [] : [`CASE WHEN i.${initName} THEN 1 ELSE 0 END`];
  const loaded = await loadColumns(table, 'train', found, extras, signal);
  const standardised = options.boolean('STANDARDIZE_FEATURES', true);
  const inputs = fitNumbers(found, loaded).map((input) =>
    input.kind === 'numeric' && !standardised ? { ...input, stddev: 1 } : input,
  );
  // Categories count as plain 0/1 columns.
  const ones = inputs.map((input) =>
    input.kind === 'numeric' ? undefined : new Float64Array(inputSize(input)).fill(1),
  );
  const design = designOf(inputs, loaded, loaded.rows, ones);
  const chosen = loaded.extras[0];
  const initial = chosen && Array.from(chosen.keys()).filter((row) => chosen[row] === 1);
  const train: PreparedTrainer<KMeansModel>['train'] = async (values, previous) => {
    const { centroids, iterations } = await cluster(design, values, initial, previous, inputs, signal);
    const model: KMeansModel = {
      kind: 'kmeans',
      distance: values.text('DISTANCE_TYPE', 'EUCLIDEAN') as KMeansModel['distance'],
      inputs,
      centroids: centroids.map((vector) => splitByInput(vector, inputs, design)),
    };
    return { model, iterations };
  };
  return { train };
}

function splitByInput(vector: Float64Array, inputs: readonly FittedInput[], design: Design): number[][] {
  return inputs.map((input, index) => {
    const offset = design.offsets[index]!;
    return Array.from(vector.subarray(offset, offset + inputSize(input)));
  });
}

interface Clusters {
  centroids: Float64Array[];
  iterations: Iteration[];
}

/** Lloyd's iterations from the chosen start. */
async function cluster(
  design: Design,
  options: OptionReader,
  initial: readonly number[] | undefined,
  previous: KMeansModel | undefined,
  inputs: readonly FittedInput[],
  signal: AbortSignal | undefined,
): Promise<Clusters> {
  const cosine = options.text('DISTANCE_TYPE') === 'COSINE';
  const wanted = options.number('NUM_CLUSTERS', Math.max(2, Math.round(Math.log10(design.rows))));
  const geometry = new Geometry(design, cosine);
  let centroids =
    previous === undefined
      ? geometry.start(options.text('KMEANS_INIT_METHOD', 'RANDOM'), Math.min(wanted, design.rows), initial)
      : previous.centroids.map((parts) => joinInputs(parts, inputs, design));
  const iterations: Iteration[] = [];
  let before = Number.POSITIVE_INFINITY;
  const limit = options.number('MAX_ITERATIONS', 20);
  for (let index = 0; index < limit; index++) {
    await setImmediate();
    signal?.throwIfAborted();
    const started = Date.now();
    const assigned = geometry.assign(centroids);
    iterations.push({
      index,
      loss: assigned.loss,
      durationMs: Date.now() - started,
      clusters: assigned.counts.map((size, k) => ({
        radius: size === 0 ? 0 : Math.sqrt(assigned.squares[k]! / size),
        size,
      })),
    });
    centroids = geometry.means(assigned.labels, assigned.counts, centroids);
    const gain = (before - assigned.loss) / before;
    if (options.boolean('EARLY_STOP', true) && gain < options.number('MIN_REL_PROGRESS', 0.01)) break;
    before = assigned.loss;
  }
  return { centroids, iterations };
}

function joinInputs(
  parts: readonly number[][],
  inputs: readonly FittedInput[],
  design: Design,
): Float64Array {
  const vector = new Float64Array(design.width);
  for (const index of inputs.keys()) {
    const room = inputSize(inputs[index]!);
    vector.set((parts[index] ?? []).slice(0, room), design.offsets[index]!);
  }
  return vector;
}

interface Assignment {
  labels: Int32Array;
  counts: number[];
  /** Sum of squared distances within each cluster. */
  squares: number[];
  loss: number;
}

/** Distances between rows and centroids, through products with the design. */
class Geometry {
  readonly #design: Design;
  readonly #cosine: boolean;
  readonly #norms: Float64Array;

  constructor(design: Design, cosine: boolean) {
    this.#design = design;
    this.#cosine = cosine;
    this.#norms = squaredNorms(design);
  }

  /** The centroids to begin with; deterministic. */
  start(method: string, count: number, initial: readonly number[] | undefined): Float64Array[] {
    const { rows } = this.#design;
    if (method === 'CUSTOM') {
      if (initial === undefined || initial.length === 0) {
        throw invalidQuery('KMEANS_INIT_COL marks no row as a centroid.');
      }
      return initial.slice(0, count).map((row) => this.#row(row));
    }
    const random = randomNumbers(SEED);
    if (method === 'RANDOM') {
      const chosen = new Set<number>();
      while (chosen.size < count) chosen.add(Math.floor(random() * rows));
      return [...chosen].map((row) => this.#row(row));
    }
    const centroids = [this.#row(Math.floor(random() * rows))];
    const nearest = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
    while (centroids.length < count) {
      const distances = this.#distances(centroids.at(-1)!);
      let total = 0;
      for (let row = 0; row < rows; row++) {
        nearest[row] = Math.min(nearest[row]!, distances[row]!);
        total += nearest[row]!;
      }
      let left = random() * total;
      let row = 0;
      while (row < rows - 1 && left >= nearest[row]!) left -= nearest[row++]!;
      centroids.push(this.#row(row));
    }
    return centroids;
  }

  assign(centroids: readonly Float64Array[]): Assignment {
    const { rows } = this.#design;
    const labels = new Int32Array(rows);
    const best = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
    for (const [k, centroid] of centroids.entries()) {
      const distances = this.#distances(centroid);
      for (let row = 0; row < rows; row++) {
        if (distances[row]! < best[row]!) {
          best[row] = distances[row]!;
          labels[row] = k;
        }
      }
    }
    const counts = centroids.map(() => 0);
    const squares = centroids.map(() => 0);
    for (let row = 0; row < rows; row++) {
      counts[labels[row]!]!++;
      squares[labels[row]!]! += best[row]!;
    }
    return { labels, counts, squares, loss: squares.reduce((sum, value) => sum + value, 0) / rows };
  }

  /** A cluster that lost all rows keeps its place. */
  means(labels: Int32Array, counts: readonly number[], before: readonly Float64Array[]): Float64Array[] {
    return before.map((centroid, k) => {
      if (counts[k] === 0) return centroid;
      const member = Float64Array.from(labels, (label) => (label === k ? 1 / counts[k]! : 0));
      const mean = new Float64Array(this.#design.width);
      this.#design.multiplyTransposed(member, mean);
      mean[this.#design.intercept] = 0;
      return mean;
    });
  }

  /** Squared Euclidean distance, or one minus the cosine, of each row. */
  #distances(centroid: Float64Array): Float64Array {
    const products = new Float64Array(this.#design.rows);
    this.#design.multiply(centroid, products);
    const norm = centroid.reduce((sum, value) => sum + value * value, 0);
    for (let row = 0; row < products.length; row++) {
      const own = this.#norms[row]!;
      products[row] = this.#cosine
        ? 1 - (own * norm === 0 ? 0 : products[row]! / Math.sqrt(own * norm))
        : Math.max(own - 2 * products[row]! + norm, 0);
    }
    return products;
  }

  #row(row: number): Float64Array {
    const unit = new Float64Array(this.#design.rows);
    unit[row] = 1;
    const vector = new Float64Array(this.#design.width);
    this.#design.multiplyTransposed(unit, vector);
    vector[this.#design.intercept] = 0;
    return vector;
  }
}

function squaredNorms(design: Design): Float64Array {
  const norms = new Float64Array(design.rows);
  for (const block of design.blocks) {
    for (let row = 0; row < design.rows; row++) {
      if (block.kind === 'numeric') norms[row]! += block.values[row]! ** 2;
      else if (block.kind === 'category') norms[row]! += block.codes[row]! < block.size ? 1 : 0;
      else {
        for (let at = block.offsets[row]!; at < block.offsets[row + 1]!; at++) {
          if (block.codes[at]! < block.size) norms[row]! += (block.values?.[at] ?? 1) ** 2;
        }
      }
    }
  }
  return norms;
}
