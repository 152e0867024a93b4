import { expect, it } from 'vitest';
import { compareStored, type StoredTexts } from '../../../../src/pipeline/jobs/compare.js';

const store = (entries: Record<string, string[]>): StoredTexts => new Map(Object.entries(entries));
const NONE = store({});

it('finds what one of two lacks, what differs, and what stands twice', () => {
  const expected = { rows: store({ a: ['1'], b: ['2'], c: ['3'], d: ['4'] }), letters: NONE };
  const found = { rows: store({ a: ['1'], b: ['two'], d: ['4', '4'], e: ['5'] }), letters: NONE };
  expect(compareStored(expected, found, 10)).toEqual({
    compared: { rows: 5, letters: 0 },
    equal: false,
    different: 4,
    differences: [
      { store: 'rows', key: 'b', expected: ['2'], found: ['two'] },
      { store: 'rows', key: 'c', expected: ['3'], found: null },
      { store: 'rows', key: 'd', expected: ['4'], found: ['4', '4'] },
      { store: 'rows', key: 'e', expected: null, found: ['5'] },
    ],
  });
});

it('looks at no order', () => {
  const [one, other] = [{ rows: store({ a: ['1', '2'] }) }, { rows: store({ a: ['2', '1'] }) }];
  expect(compareStored(one, other, 10)).toMatchObject({ equal: true, different: 0, differences: [] });
});

it('lists the first differences and counts all', () => {
  const many = { rows: store(Object.fromEntries(Array.from('abcde', (key) => [key, ['x']]))) };
  const { different, differences } = compareStored(many, { rows: NONE }, 2);
  expect([different, differences.map(({ key }) => key)]).toEqual([5, ['a', 'b']]);
});
