import { setImmediate } from 'node:timers/promises';
import { invalidQuery, notImplemented } from '../../../googlesql/errors.js';
import type { TreeModel, TreeNode } from '../definition.js';
import type { PreparedTrainer, Supervision } from '../family.js';
import {
  type FittedInput,
  fitInputs,
  fitNumbers,
  type LoadedColumns,
  loadColumns,
} from '../fitted-inputs.js';
import { numberSql } from '../inputs.js';
import { classIndexes } from '../linear/train-glm.js';
import type { Iteration } from '../numerics/gradient-descent.js';
import { crossEntropy, type Objective, squaredError } from '../numerics/objectives.js';
import { randomNumbers } from '../numerics/random-numbers.js';
import type { OptionReader } from '../option-values.js';
import { CONTENT_HASH, type TrainingTable } from '../training-table.js';
import { binColumn } from './bins.js';
import { addTree, chooseSome, TreeGrower } from './grow.js';

/** Smallest hessian, as in XGBoost: rows that are certain keep a little weight. */
const MIN_HESSIAN = 1e-16;

interface TreeData {
  rows: number;
  values: Float64Array[];
  weights: Float64Array;
  objective: Objective;
}

export async function prepareTrees(
  supervision: Supervision,
  options: OptionReader,
): Promise<PreparedTrainer<TreeModel>> {
  refuse(options);
  const { table, specs, signal, classes } = supervision;
  for (const spec of specs) {
    if (spec.kind !== 'numeric' && spec.kind !== 'category') {
      throw notImplemented(`ARRAY feature column '${spec.column}' in a boosted tree model`);
    }
  }
  const found = await fitInputs(table, specs);
  const extras = extrasOf(supervision, options);
  // Samples are drawn by place, and sums of numbers depend on it: the same rows give the same trees however they are stored.
  const loaded = await loadColumns(table, 'train', found, extras, signal, CONTENT_HASH);
  const inputs = fitNumbers(found, loaded);
  const training = treeData(inputs, loaded, supervision);
  let evaluation: TreeData | undefined;
  if (table.has('eval')) {
    const rows = await loadColumns(table, 'eval', inputs, extras, signal);
    if (rows.rows > 0) evaluation = treeData(inputs, rows, supervision);
  }
  const columns = training.values.map(binColumn);
  const train: PreparedTrainer<TreeModel>['train'] = async (values) => {
    const booster = new Booster(training, evaluation, columns, classes, values);
    const iterations = await booster.run(signal);
    const link = classes === 0 ? 'identity' : classes === 2 ? 'logistic' : 'softmax';
    const model: TreeModel = { kind: 'trees', link, inputs, base: booster.base, trees: booster.trees };
    return { model, iterations };
  };
  return { train };
}

function refuse(options: OptionReader): void {
  if (options.text('BOOSTER_TYPE') === 'DART') throw notImplemented('BOOSTER_TYPE DART');
  const encoding = options.text('CATEGORY_ENCODING_METHOD', 'LABEL_ENCODING');
  if (encoding !== 'LABEL_ENCODING') {
    throw notImplemented(`CATEGORY_ENCODING_METHOD ${encoding} in a boosted tree model`);
  }
  if (options.boolean('ENABLE_GLOBAL_EXPLAIN', false)) {
    throw notImplemented('ENABLE_GLOBAL_EXPLAIN of boosted tree models');
  }
}

function extrasOf({ table, labelSql }: Supervision, options: OptionReader): string[] {
  const column = options.text('INSTANCE_WEIGHT_COL');
  return column === undefined ? [labelSql] : [labelSql, instanceWeightSql(table, column)];
}

function instanceWeightSql(table: TrainingTable, column: string): string {
  const name = table.physicalName(column);
  const field = table.columns.find((candidate) => candidate.name.toLowerCase() === column.toLowerCase());
  if (name === undefined || field === undefined) {
    throw invalidQuery(`INSTANCE_WEIGHT_COL '${column}' is not found in the training data.`);
  }
  return `coalesce(${numberSql(`i.${name}`, field.type)}, 1)`;
}

/** Inputs as numbers: categories as their place in the sorted list from 1, missing ones 0. */
function treeData(
  inputs: readonly FittedInput[],
  loaded: LoadedColumns,
  { classes, classWeights }: Supervision,
): TreeData {
  const values = loaded.inputs.map((column, index) => {
    if (column.kind === 'numeric') return column.values;
    const input = inputs[index]!;
    const known =
      input.kind === 'category' ? input.categories.filter((category) => category !== null).length : 0;
    if (column.kind !== 'category') throw new Error('unexpected list column');
    return Float64Array.from(column.codes, (code) => (code < known ? code + 1 : 0));
  });
  const labels = loaded.extras[0]!;
  const weights = loaded.extras[1]?.slice() ?? new Float64Array(loaded.rows).fill(1);
  if (classWeights !== undefined) {
    for (let row = 0; row < loaded.rows; row++) weights[row]! *= classWeights[labels[row]!]!;
  }
  const objective = classes > 0 ? crossEntropy(classIndexes(labels, classes), classes) : squaredError(labels);
  return { rows: loaded.rows, values, weights, objective };
}

class Booster {
  readonly base: number;
  readonly trees: TreeNode[][];
  readonly #data: TreeData;
  readonly #evaluation: TreeData | undefined;
  readonly #columns: ReturnType<typeof binColumn>[];
  readonly #classes: number;
  readonly #options: OptionReader;
  readonly #random = randomNumbers(7);
  readonly #scores: Float64Array[];
  readonly #evaluationScores: Float64Array[] | undefined;

  constructor(
    data: TreeData,
    evaluation: TreeData | undefined,
    columns: ReturnType<typeof binColumn>[],
    classes: number,
    options: OptionReader,
  ) {
    this.#data = data;
    this.#evaluation = evaluation;
    this.#columns = columns;
    this.#classes = classes;
    this.#options = options;
    // XGBoost's base_score of one half: an even chance, or the number itself.
    this.base = classes === 0 ? 0.5 : 0;
    const outputs = Array.from({ length: classes > 2 ? classes : 1 }, (_, index) => index);
    this.trees = outputs.map(() => []);
    const start = (rows: number): Float64Array[] => outputs.map(() => new Float64Array(rows).fill(this.base));
    this.#scores = start(data.rows);
    this.#evaluationScores = evaluation && start(evaluation.rows);
  }

  /** Boosting rounds; TRAINING_INFO counts those of trees from 1. */
  async run(signal: AbortSignal | undefined): Promise<Iteration[]> {
    const options = this.#options;
    const rate = options.number('LEARN_RATE', 0.3);
    const iterations: Iteration[] = [];
    let previous = this.#data.objective.loss(this.#scores).loss;
    for (let index = 1; index <= options.number('MAX_ITERATIONS', 20); index++) {
      const started = Date.now();
      await this.#round(rate, signal);
      const { loss } = this.#data.objective.loss(this.#scores);
      const evalLoss = this.#evaluation?.objective.loss(this.#evaluationScores!).loss;
      iterations.push({ index, loss, evalLoss, learnRate: rate, durationMs: Date.now() - started });
      const gain = (previous - loss) / previous;
      previous = loss;
      const enough = options.number('MIN_REL_PROGRESS', 0.01);
      if (options.boolean('EARLY_STOP', true) && !(gain >= enough)) break;
    }
    return iterations;
  }

  async #round(rate: number, signal: AbortSignal | undefined): Promise<void> {
    const parallel = this.#options.number('NUM_PARALLEL_TREE', 1);
    const derivatives = this.#derivatives();
    for (const [output, { gradients, hessians }] of derivatives.entries()) {
      for (let copy = 0; copy < parallel; copy++) {
        await setImmediate();
        signal?.throwIfAborted();
        const tree = this.#grow(gradients, hessians, rate / parallel);
        this.trees[output]!.push(tree);
        addTree(tree, this.#data.values, this.#scores[output]!);
        if (this.#evaluation !== undefined) {
          addTree(tree, this.#evaluation.values, this.#evaluationScores![output]!);
        }
      }
    }
  }

  #grow(gradients: Float64Array, hessians: Float64Array, rate: number): TreeNode {
    const options = this.#options;
    const features = this.#columns.map((_, index) => index);
    return new TreeGrower(
      this.#columns,
      gradients,
      hessians,
      this.#sampleRows(options.number('SUBSAMPLE', 1)),
      chooseSome(features, options.number('COLSAMPLE_BYTREE', 1), this.#random),
      {
        maxDepth: options.number('MAX_TREE_DEPTH', 6),
        minChildWeight: options.number('MIN_TREE_CHILD_WEIGHT', 1),
        minSplitLoss: options.number('MIN_SPLIT_LOSS', 0),
        l1: options.number('L1_REG', 0),
        l2: options.number('L2_REG', 1),
        rate,
        columnsByLevel: options.number('COLSAMPLE_BYLEVEL', 1),
        columnsByNode: options.number('COLSAMPLE_BYNODE', 1),
        random: this.#random,
      },
    ).grow();
  }

  #sampleRows(share: number): Uint32Array {
    const rows = new Uint32Array(this.#data.rows);
    let count = 0;
    for (let row = 0; row < rows.length; row++) {
      if (share >= 1 || this.#random() < share) rows[count++] = row;
    }
    return rows.slice(0, count);
  }

  #derivatives(): { gradients: Float64Array; hessians: Float64Array }[] {
    const { rows, weights, objective } = this.#data;
    const gradients = this.#scores.map(() => new Float64Array(rows));
    // Unweighted residuals: score − label, or probability − 1 for the own class.
    objective.residuals(this.#scores, gradients);
    return gradients.map((gradient) => {
      const hessians = new Float64Array(rows);
      for (let row = 0; row < rows; row++) {
        const residual = gradient[row]!;
        const weight = weights[row]!;
        gradient[row] = residual * weight;
        hessians[row] = weight * this.#hessian(Math.abs(residual));
      }
      return { gradients: gradient, hessians };
    });
  }

  /** From the size of the residual, which is p or 1 − p; softmax counts twice, as XGBoost does. */
  #hessian(residual: number): number {
    if (this.#classes === 0) return 1;
    const curvature = Math.max(residual * (1 - residual), MIN_HESSIAN);
    return this.#classes > 2 ? 2 * curvature : curvature;
  }
}
