import { InferenceSession, Tensor } from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { onnxModel } from '../../../../src/pipeline/model/export/onnx.js';
import { type ExportedModel, scoreModel } from '../../../../src/pipeline/model/export/scorer.js';

const LOGISTIC: ExportedModel = {
  format: 'healthmon-model/1',
  version: 'outcome_model_v1',
  label: 'Outcome',
  type: 'LOGISTIC_REG',
  outcomes: ['Stable', 'Recovered'],
  intercepts: [-2.463],
  inputs: [
    { name: 'Age', kind: 'number', weights: [0.0371928], mean: 55.5 },
    {
      name: 'Gender',
      kind: 'category',
      weights: { Male: [0.123456789123], Female: [-0.3] },
      missing: [0.07],
    },
    { name: 'Length of stay', kind: 'number', weights: [-0.11], mean: 4.25 },
  ],
};
const LINEAR: ExportedModel = { ...LOGISTIC, type: 'LINEAR_REG', outcomes: null, intercepts: [8_272.125] };
const THREE: ExportedModel = {
  ...LOGISTIC,
  outcomes: ['Stable', 'Recovered', 'Deceased'],
  intercepts: [0.5, -1.25, 0.125],
  inputs: [
    { name: 'Age', kind: 'number', weights: [-0.01, 0.02, 0.005], mean: 55.5 },
    {
      name: 'Gender',
      kind: 'category',
      weights: { Male: [0.1, 0.2, -1 / 3], Female: [-0.3, 0.7, 0.4] },
      missing: [0.07, 0, 0.01],
    },
    { name: 'Length of stay', kind: 'number', weights: [0.25, -0.11, 0.03], mean: 4.25 },
  ],
};
const ROWS = [
  { Age: 60, Gender: 'Male', 'Length of stay': 3 },
  { Age: null, Gender: 'Female', 'Length of stay': 40 },
  { Age: 97, Gender: null, 'Length of stay': null },
  { Age: 20, Gender: 'never seen', 'Length of stay': 0 },
];

async function askRuntime(model: ExportedModel) {
  const session = await InferenceSession.create(onnxModel(model, '1.0.0'));
  const size = [ROWS.length, 1];
  const given = {
    Age: new Tensor(
      'float64',
      ROWS.map(({ Age }) => Age ?? Number.NaN),
      size,
    ),
    Gender: new Tensor(
      'string',
      ROWS.map(({ Gender }) => Gender ?? ''),
      size,
    ),
    'Length of stay': new Tensor(
      'float64',
      ROWS.map((row) => row['Length of stay'] ?? Number.NaN),
      size,
    ),
  };
  const answer = await session.run(given);
  return Object.fromEntries(Object.entries(answer).map(([name, { data }]) => [name, [...data]]));
}

describe('a model as ONNX says in a runtime what it says here', () => {
  it('of two outcomes, with what is missing and what was never seen', async () => {
    const { probability, label, ...rest } = await askRuntime(LOGISTIC);
    const expected = ROWS.map((row) => scoreModel(LOGISTIC, row));
    expect(rest).toEqual({});
    for (const [index, [event]] of expected.entries()) {
      expect(Math.abs(Number(probability![index]) - event!)).toBeLessThan(1e-12);
    }
    expect(label).toEqual(expected.map(([event]) => (event! >= 0.5 ? 'Stable' : 'Recovered')));
    expect(new Set(label).size).toBe(2);
  });

  it('of three outcomes', async () => {
    const { probabilities, label, ...rest } = await askRuntime(THREE);
    const expected = ROWS.map((row) => scoreModel(THREE, row));
    expect(rest).toEqual({});
    for (const [index, each] of expected.flat().entries()) {
      expect(Math.abs(Number(probabilities![index]) - each)).toBeLessThan(1e-12);
    }
    expect(label).toEqual(expected.map((each) => THREE.outcomes![each.indexOf(Math.max(...each))]));
    expect(new Set(label).size).toBeGreaterThan(1);
  });

  it('of a number, without the rounding of 32 bits', async () => {
    const { prediction } = await askRuntime(LINEAR);
    for (const [index, row] of ROWS.entries()) {
      expect(Math.abs(Number(prediction![index]) - scoreModel(LINEAR, row)[0]!)).toBeLessThan(1e-9);
    }
  });
});
