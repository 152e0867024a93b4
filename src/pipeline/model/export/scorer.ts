/** An input of an exported model. */
export type ExportedInput =
  /** A missing number counts as the mean of the training. */
  | { name: string; kind: 'number'; weight: number; mean: number }
  /** What is no known category adds nothing. */
  | { name: string; kind: 'category'; weights: Readonly<Record<string, number>>; missing: number };

/** A linear or logistic model as JSON: everything that it takes to apply it. */
export interface ExportedModel {
  format: 'healthmon-model/1';
  version: string;
  label: string;
  type: 'LINEAR_REG' | 'LOGISTIC_REG';
  /** Of a logistic model the outcome that the probability is of, and the other one. */
  outcomes: { event: string; other: string } | null;
  intercept: number;
  inputs: readonly ExportedInput[];
}

/**
 * What a model says of a patient: the probability of the event, or a number. Stands alone, since pages carry its text.
 * @param row values by input; empty and absent ones are missing.
 */
export function scoreModel(model: ExportedModel, row: Readonly<Record<string, unknown>>): number {
  let sum = model.intercept;
  for (const input of model.inputs) {
    const value = row[input.name];
    const missing = value === null || value === undefined || value === '';
    if (input.kind === 'number') sum += input.weight * (missing ? input.mean : Number(value));
    else if (missing) sum += input.missing;
    else if (Object.hasOwn(input.weights, String(value))) sum += input.weights[String(value)]!;
  }
  return model.type === 'LINEAR_REG' ? sum : 1 / (1 + Math.exp(-sum));
}
