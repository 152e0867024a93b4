import { describe, expect, it } from 'vitest';
import { didYouMean } from '../../../src/core/closest.js';

describe('didYouMean', () => {
  it.each([
    ['lod', 'load'],
    ['Patient_Id', 'Patient_ID'],
    ['evalute', 'evaluate'],
    ['xyzzy', undefined],
    ['a', undefined],
  ])('%s → %s', (word, expected) => {
    expect(didYouMean(word, ['load', 'Patient_ID', 'evaluate', 'simulate'])).toBe(expected);
  });
});
