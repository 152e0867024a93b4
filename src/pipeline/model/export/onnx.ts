import { ELEMENT, encodeOnnx, type OnnxModel, type OnnxNode } from './onnx-messages.js';
import type { ExportedInput, ExportedModel } from './scorer.js';

/**
 * A model as ONNX, computed in numbers of 64 bits. Inputs are columns by the names of the predictors: numbers, of which NaN
 * is missing, and texts, of which the empty one is. The output is `prediction`; of two outcomes `probability` of the event and
 * the `label` that is more probable; of more `probabilities` in the order of `outcomes` in the metadata, and the `label`.
 */
export function onnxModel(model: ExportedModel, producerVersion: string): Uint8Array {
  const { constants, nodes, output, outputs, metadata } = answerOf(model.outcomes);
  const parts = model.inputs.map(partOf);
  const sum: OnnxNode = {
    op: 'Sum',
    inputs: ['intercepts', ...model.inputs.map(({ name }) => `${name}/adds`)],
    output,
  };
  return encodeOnnx({
    name: model.version,
    producerVersion,
    metadata: { version: model.version, label: model.label, ...metadata },
    inputs: model.inputs.map(({ name, kind }) => ({
      name,
      element: kind === 'number' ? 'double' : 'string',
      width: 1,
    })),
    outputs,
    constants: [
      { name: 'intercepts', values: model.intercepts },
      ...parts.flatMap((part) => part.constants),
      ...constants,
    ],
    nodes: [...parts.flatMap((part) => part.nodes), sum, ...nodes],
  });
}

/** What one input adds to the sums. */
function partOf(input: ExportedInput): Pick<OnnxModel, 'constants' | 'nodes'> {
  return input.kind === 'number' ? numberPart(input) : categoryPart(input);
}

function numberPart({ name, mean, weights }: Extract<ExportedInput, { kind: 'number' }>) {
  const [isMissing, known] = [`${name}/is_missing`, `${name}/known`];
  return {
    constants: [
      { name: `${name}/mean`, values: [mean] },
      { name: `${name}/weights`, values: weights },
    ],
    nodes: [
      { op: 'IsNaN', inputs: [name], output: isMissing },
      { op: 'Where', inputs: [isMissing, `${name}/mean`, name], output: known },
      { op: 'Mul', inputs: [known, `${name}/weights`], output: `${name}/adds` },
    ],
  };
}

/** Weights are looked up by number, since the table of texts knows only numbers of 32 bits besides whole ones. */
function categoryPart({
  name,
  weights,
  missing,
}: Extract<ExportedInput, { kind: 'category' }>): Pick<OnnxModel, 'constants' | 'nodes'> {
  const categories = Object.keys(weights).filter((category) => category !== '');
  const rows = [...categories.map((category) => weights[category]!), missing, missing.map(() => 0)];
  return {
    constants: [{ name: `${name}/weights`, values: rows.flat(), dims: [rows.length, missing.length] }],
    nodes: [
      {
        op: 'LabelEncoder',
        domain: 'ai.onnx.ml',
        inputs: [name],
        output: `${name}/number`,
        attributes: {
          keys_strings: [...categories, ''],
          values_int64s: [...categories.keys(), categories.length],
          default_int64: categories.length + 1,
        },
      },
      { op: 'Gather', inputs: [`${name}/weights`, `${name}/number`], output: `${name}/found` },
      // From rows × 1 × sums to rows × sums.
      { op: 'Flatten', inputs: [`${name}/found`], output: `${name}/adds`, attributes: { axis: 1 } },
    ],
  };
}

interface Answer extends Pick<OnnxModel, 'constants' | 'nodes' | 'outputs' | 'metadata'> {
  /** What the sums are called. */
  output: string;
}

/** What becomes of the sums. */
function answerOf(outcomes: ExportedModel['outcomes']): Answer {
  if (outcomes === null) {
    return {
      output: 'prediction',
      outputs: [{ name: 'prediction', element: 'double', width: 1 }],
      constants: [],
      nodes: [],
      metadata: {},
    };
  }
  const label = { name: 'label', element: 'string', width: 1 } as const;
  const [event, , more] = outcomes;
  if (more === undefined) {
    return {
      output: 'log_odds',
      outputs: [{ name: 'probability', element: 'double', width: 1 }, label],
      constants: [{ name: 'even', values: [0] }],
      nodes: [
        { op: 'Sigmoid', inputs: ['log_odds'], output: 'probability' },
        { op: 'Less', inputs: ['log_odds', 'even'], output: 'is_other' },
        { op: 'Cast', inputs: ['is_other'], output: 'decision', attributes: { to: ELEMENT.int64 } },
        named(outcomes),
      ],
      metadata: { event: event! },
    };
  }
  return {
    output: 'sums',
    outputs: [{ name: 'probabilities', element: 'double', width: outcomes.length }, label],
    constants: [],
    nodes: [
      { op: 'Softmax', inputs: ['sums'], output: 'probabilities', attributes: { axis: 1 } },
      { op: 'ArgMax', inputs: ['sums'], output: 'decision', attributes: { axis: 1 } },
      named(outcomes),
    ],
    metadata: { outcomes: JSON.stringify(outcomes) },
  };
}

/** The outcome whose number was decided on. */
function named(outcomes: readonly string[]): OnnxNode {
  return {
    op: 'LabelEncoder',
    domain: 'ai.onnx.ml',
    inputs: ['decision'],
    output: 'label',
    attributes: { keys_int64s: [...outcomes.keys()], values_strings: outcomes, default_string: '' },
  };
}
