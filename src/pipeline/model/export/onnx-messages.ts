import protobuf from 'protobufjs';

/** The messages of ONNX that a model needs; https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: message({
      irVersion: [1, 'int64'],
      producerName: [2, 'string'],
      producerVersion: [3, 'string'],
      graph: [7, 'GraphProto'],
      opsetImport: [8, 'OperatorSetIdProto', 'repeated'],
      metadataProps: [14, 'StringStringEntryProto', 'repeated'],
    }),
    OperatorSetIdProto: message({ domain: [1, 'string'], version: [2, 'int64'] }),
    StringStringEntryProto: message({ key: [1, 'string'], value: [2, 'string'] }),
    GraphProto: message({
      node: [1, 'NodeProto', 'repeated'],
      name: [2, 'string'],
      initializer: [5, 'TensorProto', 'repeated'],
      input: [11, 'ValueInfoProto', 'repeated'],
      output: [12, 'ValueInfoProto', 'repeated'],
    }),
    NodeProto: message({
      input: [1, 'string', 'repeated'],
      output: [2, 'string', 'repeated'],
      opType: [4, 'string'],
      attribute: [5, 'AttributeProto', 'repeated'],
      domain: [7, 'string'],
    }),
    AttributeProto: message({
      name: [1, 'string'],
      i: [3, 'int64'],
      s: [4, 'string'],
      ints: [8, 'int64', 'repeated'],
      strings: [9, 'string', 'repeated'],
      type: [20, 'int32'],
    }),
    TensorProto: message({
      dims: [1, 'int64', 'repeated'],
      dataType: [2, 'int32'],
      name: [8, 'string'],
      doubleData: [10, 'double', 'repeated'],
    }),
    ValueInfoProto: message({ name: [1, 'string'], type: [2, 'TypeProto'] }),
    TypeProto: message({ tensorType: [1, 'TensorType'] }),
    TensorType: message({ elemType: [1, 'int32'], shape: [2, 'TensorShapeProto'] }),
    TensorShapeProto: message({ dim: [1, 'Dimension', 'repeated'] }),
    Dimension: message({ dimValue: [1, 'int64'], dimParam: [2, 'string'] }),
  },
});

type FieldOf = [id: number, type: string, rule?: 'repeated'];

function message(fields: Record<string, FieldOf>): protobuf.IType {
  const described = Object.entries(fields).map(([name, [id, type, rule]]) => [
    name,
    { id, type, ...(rule && { rule }) },
  ]);
  return { fields: Object.fromEntries(described) };
}

/** Types of attributes and of elements of tensors, by their numbers in the format. */
const ATTRIBUTE = { i: 2, s: 3, ints: 7, strings: 8 } as const;
export const ELEMENT = { float: 1, int64: 7, string: 8, double: 11 } as const;

/** A step of the computation. @param attributes numbers, texts, or lists of one kind. */
export interface OnnxNode {
  op: string;
  /** `ai.onnx.ml`, or none for the operators that every runtime has. */
  domain?: 'ai.onnx.ml';
  inputs: readonly string[];
  output: string;
  attributes?: Readonly<Record<string, number | string | readonly number[] | readonly string[]>>;
}

export interface OnnxTensor {
  name: string;
  element: keyof typeof ELEMENT;
  width: number;
}

export interface OnnxModel {
  name: string;
  producerVersion: string;
  metadata: Readonly<Record<string, string>>;
  /** Of as many rows as are asked about. */
  inputs: readonly OnnxTensor[];
  outputs: readonly OnnxTensor[];
  /** Vectors, where they have no dimensions of their own. */
  constants: readonly { name: string; values: readonly number[]; dims?: readonly number[] }[];
  nodes: readonly OnnxNode[];
}

/** Versions of the operators, and of the format that came with them; runtimes from 2021 on know both. */
const OPSETS = [
  { domain: '', version: 13 },
  { domain: 'ai.onnx.ml', version: 2 },
];
const IR_VERSION = 7;

export function encodeOnnx(model: OnnxModel): Uint8Array {
  const tensorOf = ({ name, element, width }: OnnxTensor) => ({
    name,
    type: {
      tensorType: {
        elemType: ELEMENT[element],
        shape: { dim: [{ dimParam: 'rows' }, { dimValue: width }] },
      },
    },
  });
  const type = root.lookupType('ModelProto');
  const encoded = type.encode(
    type.fromObject({
      irVersion: IR_VERSION,
      producerName: 'healthmon',
      producerVersion: model.producerVersion,
      opsetImport: OPSETS,
      metadataProps: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
      graph: {
        name: model.name,
        input: model.inputs.map(tensorOf),
        output: model.outputs.map(tensorOf),
        initializer: model.constants.map(({ name, values, dims = [values.length] }) => ({
          name,
          dims,
          dataType: ELEMENT.double,
          doubleData: values,
        })),
        node: model.nodes.map(({ op, domain, inputs, output, attributes = {} }) => ({
          opType: op,
          domain: domain ?? '',
          input: inputs,
          output: [output],
          attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
        })),
      },
    }),
  );
  return encoded.finish();
}

function attributeOf(name: string, value: NonNullable<OnnxNode['attributes']>[string]): object {
  const kind =
    typeof value === 'number'
      ? 'i'
      : typeof value === 'string'
        ? 's'
        : typeof value[0] === 'number'
          ? 'ints'
          : 'strings';
  return { name, type: ATTRIBUTE[kind], [kind]: value };
}
