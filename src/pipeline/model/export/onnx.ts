import { encodeOnnx, type OnnxModel, type OnnxNode } from './onnx-messages.js';
import type { ExportedInput, ExportedModel } from './scorer.js';

/**
 * A model as ONNX, computed in numbers of 64 bits. Inputs are columns by the names of the predictors: numbers, of which NaN
 * is missing, and texts, of which the empty one is. The output is `prediction`, or `probability` of the event and the
 * `label` that is more probable.
 */
export function onnxModel(model: ExportedModel, producerVersion: string): Uint8Array {
  const parts = model.inputs.map(partOf);
  const constants: OnnxModel['constants'] = [
    { name: 'intercept', values: [model.intercept] },
    ...parts.flatMap((part) => part.constants),
  ];
  const sum: OnnxNode = {
    op: 'Sum',
    inputs: ['intercept', ...model.inputs.map(({ name }) => `${name}/adds`)],
    output: model.outcomes === null ? 'prediction' : 'log_odds',
  };
  return encodeOnnx({
    name: model.version,
    producerVersion,
    metadata: {
      version: model.version,
      label: model.label,
      ...(model.outcomes && { event: model.outcomes.event }),
    },
    inputs: model.inputs.map(({ name, kind }) => ({
      name,
      element: kind === 'number' ? 'double' : 'string',
    })),
    outputs:
      model.outcomes === null
        ? [{ name: 'prediction', element: 'double' }]
        : [
            { name: 'probability', element: 'double' },
            { name: 'label', element: 'string' },
          ],
    constants: model.outcomes === null ? constants : [...constants, { name: 'even', values: [0] }],
    nodes: [...parts.flatMap((part) => part.nodes), sum, ...(model.outcomes ? decide(model.outcomes) : [])],
  });
}

/** What one input adds to the sum. */
function partOf(input: ExportedInput): Pick<OnnxModel, 'constants' | 'nodes'> {
  return input.kind === 'number' ? numberPart(input) : categoryPart(input);
}

function numberPart({ name, mean, weight }: Extract<ExportedInput, { kind: 'number' }>) {
  const [isMissing, known] = [`${name}/is_missing`, `${name}/known`];
  return {
    constants: [
      { name: `${name}/mean`, values: [mean] },
      { name: `${name}/weight`, values: [weight] },
    ],
    nodes: [
      { op: 'IsNaN', inputs: [name], output: isMissing },
      { op: 'Where', inputs: [isMissing, `${name}/mean`, name], output: known },
      { op: 'Mul', inputs: [known, `${name}/weight`], output: `${name}/adds` },
    ],
  };
}

/** Weights are looked up by number, since the table of texts knows only numbers of 32 bits besides whole ones. */
function categoryPart({ name, weights, missing }: Extract<ExportedInput, { kind: 'category' }>) {
  const categories = Object.keys(weights).filter((category) => category !== '');
  const values = [...categories.map((category) => weights[category]!), missing, 0];
  return {
    constants: [{ name: `${name}/weights`, values }],
    nodes: [
      {
        op: 'LabelEncoder',
        domain: 'ai.onnx.ml' as const,
        inputs: [name],
        output: `${name}/number`,
        attributes: {
          keys_strings: [...categories, ''],
          values_int64s: [...categories.keys(), categories.length],
          default_int64: categories.length + 1,
        },
      },
      { op: 'Gather', inputs: [`${name}/weights`, `${name}/number`], output: `${name}/adds` },
    ],
  };
}

function decide({ event, other }: NonNullable<ExportedModel['outcomes']>): OnnxNode[] {
  return [
    { op: 'Sigmoid', inputs: ['log_odds'], output: 'probability' },
    { op: 'Less', inputs: ['log_odds', 'even'], output: 'is_other' },
    { op: 'Cast', inputs: ['is_other'], output: 'decision', attributes: { to: 7 } },
    {
      op: 'LabelEncoder',
      domain: 'ai.onnx.ml',
      inputs: ['decision'],
      output: 'label',
      attributes: { keys_int64s: [0, 1], values_strings: [event, other], default_string: '' },
    },
  ];
}
