/** An input of an exported model. Weights stand in the order of the sums. */
export type ExportedInput =
  /** A missing number counts as the mean of the training. */
  | { name: string; kind: 'number'; weights: readonly number[]; mean: number }
  /** What is no known category adds nothing. */
  | {
      name: string;
      kind: 'category';
      weights: Readonly<Record<string, readonly number[]>>;
      missing: readonly number[];
    };

/** A linear or logistic model as JSON: everything that it takes to apply it. */
export interface ExportedModel {
  format: 'healthmon-model/1';
  version: string;
  label: string;
  type: 'LINEAR_REG' | 'LOGISTIC_REG';
  /** What a logistic model tells apart. Of two the only sum is the log-odds of the first; of more each has its own sum. */
  outcomes: readonly string[] | null;
  /** What each sum begins with. */
  intercepts: readonly number[];
  inputs: readonly ExportedInput[];
}

/**
 * What a model says of a patient: the probability of each outcome in their order, or a number. Stands alone, since pages carry
 * its text.
 * @param row values by input; empty and absent ones are missing.
 */
export function scoreModel(model: ExportedModel, row: Readonly<Record<string, unknown>>): number[] {
  const sums = model.intercepts.map((intercept, index) => {
    let sum = intercept;
    for (const input of model.inputs) {
      const value = row[input.name];
      const missing = value === null || value === undefined || value === '';
      if (input.kind === 'number') sum += input.weights[index]! * (missing ? input.mean : Number(value));
      else if (missing) sum += input.missing[index]!;
      else if (Object.hasOwn(input.weights, String(value))) sum += input.weights[String(value)]![index]!;
    }
    return sum;
  });
  if (model.outcomes === null) return sums;
  if (sums.length === 1) return [1 / (1 + Math.exp(-sums[0]!)), 1 / (1 + Math.exp(sums[0]!))];
  const largest = Math.max(...sums);
  const powers = sums.map((sum) => Math.exp(sum - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}
