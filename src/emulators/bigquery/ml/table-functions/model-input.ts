import type { Relation } from '../inputs.js';
import { OptionReader } from '../option-values.js';
import { applyTransform, type TransformedInput } from '../transform/transform.js';
import type { MlCall } from './arguments.js';

/** The rows a model is called with, through its TRANSFORM when it has one. */
export async function modelInput(call: MlCall, input: Relation): Promise<TransformedInput> {
  const { transform, label, options } = call.definition;
  if (transform === undefined) return { model: input, shown: input };
  const special = [label?.name, new OptionReader(options).text('DATA_SPLIT_COL')];
  return applyTransform(transform, input, {
    context: call.compiler.context,
    optional: special.filter((name) => name !== undefined),
  });
}
