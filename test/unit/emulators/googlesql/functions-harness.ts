import { expect, it } from 'vitest';
import { useCompilerLab } from './compile-harness.js';

/** An expression, and its value as a literal (FORMAT's `%T`) or `ERROR: …`. */
export type FunctionCase = [expression: string, literal: string];

/** One test for each expression. */
export function evaluates(cases: readonly FunctionCase[]): void {
  const lab = useCompilerLab();
  it.each(cases)('%s is %s', async (expression, literal) => {
    const value = await lab.rows(`SELECT ${expression}`).then(
      ([row]) => row,
      (error: Error) => `ERROR: ${error.message}`,
    );
    expect(value).toBe(literal);
  });
}
