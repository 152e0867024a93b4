import { createHash } from 'node:crypto';
import { structSql } from '../../duck/literal-text.js';
import { duckFieldName } from '../../syntax/types.js';

/** Longest text that may be written twice: nesting doubles it at each level. */
const MAX_REPEATED_TEXT = 400;
const VOLATILE = /\b(?:random|gen_random_uuid)\(/;

/** Must `input` not stand twice in one expression, as it is long or has another value each time? */
export function isCostlyToRepeat(input: string): boolean {
  return input.length >= MAX_REPEATED_TEXT || VOLATILE.test(input);
}

/**
 * Text that `body` makes of `inputs`. When it repeats one though that is costly, all of them are computed once and
 * handed over by name; all, because a subquery among them could not stand in the lambda that the names need. The
 * names follow from the text, so that equal expressions stay equal.
 */
export function sharing(
  inputs: readonly string[],
  body: (inputs: readonly string[]) => string,
  isCostly: (input: string) => boolean = isCostlyToRepeat,
): string {
  const plain = body(inputs);
  const repeated = inputs.some(
    (input) => isCostly(input) && plain.indexOf(input) !== plain.lastIndexOf(input),
  );
  if (!repeated) return plain;
  const { names, around } = bindInputs(inputs);
  return around(body(names));
}

/** Names for `inputs`, and the text that computes them around what uses the names. */
export function bindInputs(inputs: readonly string[]): { names: string[]; around: (body: string) => string } {
  const row = `r${createHash('md5').update(inputs.join()).digest('hex').slice(0, 12)}`;
  return {
    names: inputs.map((_, index) => `${row}.${duckFieldName(index)}`),
    around: (body) => `list_transform([${structSql(inputs)}], lambda ${row}: ${body})[1]`,
  };
}
