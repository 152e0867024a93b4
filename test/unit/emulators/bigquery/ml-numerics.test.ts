import { existsSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeSql } from '../../../../src/emulators/bigquery/ml/fitted-inputs.js';
import { inputsOf } from '../../../../src/emulators/bigquery/ml/inputs.js';
import { prepareGlm, trainGlm } from '../../../../src/emulators/bigquery/ml/linear/train-glm.js';
import { type Block, Design } from '../../../../src/emulators/bigquery/ml/numerics/design.js';
import { gradientDescent } from '../../../../src/emulators/bigquery/ml/numerics/gradient-descent.js';
import { solveLeastSquares } from '../../../../src/emulators/bigquery/ml/numerics/normal-equations.js';
import {
  crossEntropy,
  LINE_SEARCH_FACTORS,
  type Objective,
  squaredError,
} from '../../../../src/emulators/bigquery/ml/numerics/objectives.js';
import { pValue } from '../../../../src/emulators/bigquery/ml/numerics/p-value.js';
import { randomNumbers } from '../../../../src/emulators/bigquery/ml/numerics/random-numbers.js';
import { OptionReader } from '../../../../src/emulators/bigquery/ml/option-values.js';
import { TrainingTable } from '../../../../src/emulators/bigquery/ml/training-table.js';
import { FLOAT64, INT64, STRING } from '../../../../src/emulators/googlesql/syntax/types.js';

const penguins = `${process.env.HEALTHMON_CORPUS ?? ''}/data/penguins.jsonl`;

let connection: DuckDBConnection;

beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect();
});

afterAll(() => connection.closeSync());

/** Reweighted least squares, solved by Gauss–Jordan elimination: shares no code with what it checks. */
function irls(rows: number[][], labels: number[]): number[] {
  const size = rows[0]!.length;
  let weights = new Array<number>(size).fill(0);
  for (let round = 0; round < 50; round++) {
    const system = Array.from({ length: size }, () => new Array<number>(size + 1).fill(0));
    for (const [index, row] of rows.entries()) {
      const score = row.reduce((sum, value, k) => sum + value * weights[k]!, 0);
      const p = 1 / (1 + Math.exp(-score));
      for (let i = 0; i < size; i++) {
        system[i]![size]! += row[i]! * (labels[index]! - p);
        for (let j = 0; j < size; j++) system[i]![j]! += row[i]! * row[j]! * p * (1 - p);
      }
    }
    for (let i = 0; i < size; i++) {
      const pivot = system[i]![i]!;
      for (let k = i; k <= size; k++) system[i]![k]! /= pivot;
      for (let j = 0; j < size; j++) {
        if (j === i) continue;
        const factor = system[j]![i]!;
        for (let k = i; k <= size; k++) system[j]![k]! -= factor * system[i]![k]!;
      }
    }
    weights = weights.map((weight, k) => weight + system[k]![size]!);
  }
  return weights;
}

const DEFAULTS = {
  maxIterations: 20,
  earlyStop: true,
  minRelativeProgress: 0.01,
  learnRateStrategy: 'LINE_SEARCH',
  learnRate: 0.1,
  initialLearnRate: 0.1,
  l1: 0,
  l2: 0,
  fitIntercept: true,
} as const;

describe('the gradient of', () => {
  const rows = 40;
  const random = randomNumbers(23);
  const numbers = (scale: number) => Float64Array.from({ length: rows }, () => scale * (random() - 0.5));
  const labelsOf = (classes: number) =>
    Uint8Array.from({ length: rows }, (_, row) => (row < classes ? row : Math.floor(random() * classes)));
  const cases: [name: string, objective: Objective][] = [
    ['the squared error', squaredError(numbers(4))],
    ['the cross-entropy of two classes', crossEntropy(labelsOf(2), 2)],
    ['the same with class weights', crossEntropy(labelsOf(2), 2, Float64Array.of(0.5, 3))],
    ['the cross-entropy of four classes', crossEntropy(labelsOf(4), 4)],
    ['that with class weights', crossEntropy(labelsOf(4), 4, Float64Array.of(0.5, 1, 2, 4))],
  ];

  it.each(cases)('%s is that of finite differences', (_name, objective) => {
    const step = 1e-5;
    const scores = Array.from({ length: objective.outputs }, () => numbers(6));
    const found = scores.map(() => new Float64Array(rows));
    objective.residuals(scores, found);
    const at = (output: number, row: number, change: number) => {
      const moved = scores.map((vector) => vector.slice());
      moved[output]![row]! += change;
      return objective.loss(moved).objective;
    };
    for (let output = 0; output < objective.outputs; output++) {
      for (let row = 0; row < rows; row++) {
        const slope = (at(output, row, step) - at(output, row, -step)) / (2 * step);
        expect(found[output]![row]! / objective.totalWeight).toBeCloseTo(slope, 7);
      }
    }
  });

  it.each(cases)('%s is followed by the line search', (_name, objective) => {
    const scores = Array.from({ length: objective.outputs }, () => numbers(6));
    const direction = scores.map(() => numbers(1));
    const losses = objective.lineSearch(scores, direction, 0.3);
    for (const [index, factor] of LINE_SEARCH_FACTORS.entries()) {
      const moved = scores.map((vector, output) =>
        vector.map((score, row) => score - factor * 0.3 * direction[output]![row]!),
      );
      const { loss, objective: value } = objective.loss(moved);
      expect(losses[index]!.loss).toBeCloseTo(loss, 10);
      expect(losses[index]!.objective).toBeCloseTo(value, 10);
    }
  });
});

describe('logistic regression', () => {
  it('agrees with an independent solver when it has converged', async () => {
    const random = randomNumbers(11);
    const count = 400;
    const columns = [0, 1, 2].map(() => Float64Array.from({ length: count }, () => random() * 2 - 1));
    const labels = Uint8Array.from({ length: count }, (_, row) =>
      random() < 1 / (1 + Math.exp(-(0.3 + columns[0]![row]! - 2 * columns[1]![row]!))) ? 1 : 0,
    );
    const design = new Design(
      count,
      columns.map((values): Block => ({ kind: 'numeric', values })),
    );
    const { weights } = await gradientDescent(design, crossEntropy(labels, 2), {
      ...DEFAULTS,
      maxIterations: 2000,
      earlyStop: false,
    });
    const rows = Array.from({ length: count }, (_, row) => [...columns.map((values) => values[row]!), 1]);
    const expected = irls(rows, [...labels]);
    for (const [index, weight] of expected.entries()) expect(weights[0]![index]).toBeCloseTo(weight, 6);
  });

  it('gives the same model for two classes as softmax over them', async () => {
    const random = randomNumbers(5);
    const values = Float64Array.from({ length: 300 }, () => random() * 4 - 2);
    const labels = Uint8Array.from(values, (value) => (value + random() > 0.5 ? 1 : 0));
    const design = new Design(300, [{ kind: 'numeric', values }]);
    const options = { ...DEFAULTS, maxIterations: 500, earlyStop: false };
    const binary = await gradientDescent(design, crossEntropy(labels, 2), options);
    const softmax = await gradientDescent(design, crossEntropy(labels, 3), options);
    const difference = softmax.weights[1]![0]! - softmax.weights[0]![0]!;
    expect(difference / binary.weights[0]![0]!).toBeCloseTo(1, 2);
  });

  it('stops when it is aborted', async () => {
    const controller = new AbortController();
    const design = new Design(2, [{ kind: 'numeric', values: Float64Array.of(-1, 1) }]);
    const run = gradientDescent(design, crossEntropy(Uint8Array.of(0, 1), 2), {
      ...DEFAULTS,
      maxIterations: 1e9,
      earlyStop: false,
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 20);
    await expect(run).rejects.toThrow(/abort/i);
  });

  it('shrinks weights to zero under a strong L1 penalty', async () => {
    const random = randomNumbers(3);
    const values = Float64Array.from({ length: 200 }, () => random() - 0.5);
    const labels = Uint8Array.from(values, (value) => (value > 0 ? 1 : 0));
    const design = new Design(200, [{ kind: 'numeric', values }]);
    const { weights } = await gradientDescent(design, crossEntropy(labels, 2), { ...DEFAULTS, l1: 1000 });
    expect(weights[0]![0]).toBe(0);
  });
});

describe('linear regression', () => {
  it('solves dependent columns with the smallest weights', () => {
    const values = Float64Array.of(1, 2, 3, 4);
    const design = new Design(4, [
      { kind: 'numeric', values },
      { kind: 'numeric', values },
    ]);
    const weights = solveLeastSquares(design, Float64Array.of(3, 5, 7, 9), { l2: 0, fitIntercept: true });
    expect([...weights].map((weight) => Math.round(weight * 1e9) / 1e9)).toEqual([1, 1, 1]);
  });

  it('reaches the direct solution by gradient descent', async () => {
    const values = Float64Array.of(-1.5, -0.5, 0.5, 1.5);
    const labels = Float64Array.of(1, 2, 2.5, 5);
    const design = new Design(4, [{ kind: 'numeric', values }]);
    const direct = solveLeastSquares(design, labels, { l2: 0, fitIntercept: true });
    const { weights } = await gradientDescent(design, squaredError(labels), {
      ...DEFAULTS,
      maxIterations: 200,
      earlyStop: false,
    });
    expect(weights[0]![0]).toBeCloseTo(direct[0]!, 8);
    expect(weights[0]![1]).toBeCloseTo(direct[1]!, 8);
  });

  it('has the heavy tail of the printed p-values', () => {
    expect(pValue(8.155, 1)).toBeCloseTo(1.1e-8, 9);
    expect(pValue(0, 0)).toBeNaN();
  });
});

describe.skipIf(!existsSync(penguins))('penguins', () => {
  it('walks down the sixteen losses of the binary model', async () => {
    const measures = ['culmen_length_mm', 'culmen_depth_mm', 'flipper_length_mm', 'body_mass_g'];
    const table = await TrainingTable.create(connection, {
      sql: `SELECT species, island, ${measures.join(', ')}, sex FROM read_json('${penguins}')
        WHERE body_mass_g IS NOT NULL AND sex IN ('MALE', 'FEMALE')`,
      columns: [
        { name: 'species', type: STRING },
        { name: 'island', type: STRING },
        ...measures.map((name) => ({ name, type: name.endsWith('mm') ? FLOAT64 : INT64 })),
        { name: 'sex', type: STRING },
      ],
      physicalNames: ['species', 'island', ...measures, 'sex'],
    });
    expect(table.rows).toBe(333);
    const prepared = await prepareGlm({
      table,
      specs: inputsOf(table.columns.slice(0, -1)),
      labelSql: codeSql('i.c6', ['FEMALE', 'MALE']),
      classes: 2,
    });
    const { iterations } = await trainGlm(prepared, new OptionReader({}));
    expect(iterations.map(({ loss }) => loss.toPrecision(6)).map(Number)).toEqual([
      0.66882, 0.627388, 0.563688, 0.477219, 0.382178, 0.303709, 0.274102, 0.251841, 0.241711, 0.237006,
      0.231301, 0.227646, 0.223805, 0.220422, 0.217777, 0.215834,
    ]);
    expect(iterations.map(({ learnRate }) => learnRate)).toEqual([
      0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 3.2, 3.2, 3.2, 6.4, 6.4, 3.2, 6.4, 6.4, 6.4,
    ]);
    await table.drop();
  });
});
