import { InferenceSession, Tensor } from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { onnxModel } from '../../../../src/pipeline/model/export/onnx.js';
import { type ExportedModel, scoreModel } from '../../../../src/pipeline/model/export/scorer.js';

const LOGISTIC: ExportedModel = {
  format: 'healthmon-model/1',
  version: 'outcome_model_v1',
  label: 'Outcome',
  type: 'LOGISTIC_REG',
  outcomes: { event: 'Stable', other: 'Recovered' },
  intercept: -2.463,
  inputs: [
    { name: 'Age', kind: 'number', weight: 0.0371928, mean: 55.5 },
    { name: 'Gender', kind: 'category', weights: { Male: 0.123456789123, Female: -0.3 }, missing: 0.07 },
    { name: 'Length of stay', kind: 'number', weight: -0.11, mean: 4.25 },
  ],
};
const LINEAR: ExportedModel = { ...LOGISTIC, type: 'LINEAR_REG', outcomes: null, intercept: 8_272.125 };
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
    for (const [index, each] of expected.entries()) {
      expect(Math.abs(Number(probability![index]) - each)).toBeLessThan(1e-12);
    }
    expect(label).toEqual(expected.map((each) => (each >= 0.5 ? 'Stable' : 'Recovered')));
    expect(new Set(label).size).toBe(2);
  });

  it('of a number, without the rounding of 32 bits', async () => {
    const { prediction } = await askRuntime(LINEAR);
    for (const [index, row] of ROWS.entries()) {
      expect(Math.abs(Number(prediction![index]) - scoreModel(LINEAR, row))).toBeLessThan(1e-9);
    }
  });
});
