import { usageError } from '../../errors/healthmon-error.js';

/** How many rows may be rejected: a count or a share of all rows. */
export interface MaxRejects {
  count?: number;
  percent?: number;
}

/** @throws a usage error that names the option. */
export function parseMaxRejects(option: string, text: string | undefined): MaxRejects | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim());
  const value = Number(match?.[1]);
  if (match === null || (match[2] === '' ? !Number.isInteger(value) : value > 100)) {
    throw usageError({
      code: 'invalid-option',
      message: `The value "${text}" of ${option} is not valid.`,
      suggestion: 'Give a number of rows, or a share such as 0.5%.',
    });
  }
  return match[2] === '' ? { count: value } : { percent: value };
}
