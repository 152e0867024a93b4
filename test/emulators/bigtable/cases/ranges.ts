import { b, type Case, INVALID, type Json, NOT_FOUND, qualifier } from './case.js';

const line = (key: string) => `${key} f:q@1000=v`;
const KEYS = ['a', 'a\0', 'ab', 'b', 'c', 'd\xff', 'e'];

function rows(name: string, read: Json, gives: readonly string[] | { code: number }): Case {
  const lines = Array.isArray(gives) ? gives.map(line) : (gives as { code: number });
  return { name: `rows: ${name}`, rows: KEYS.map(line), steps: [{ read, gives: lines }] };
}

const range = (rowRange: Record<string, string>): Json => ({
  rows: { rowRanges: [bytes(rowRange)] },
});
const bytes = (rowRange: Record<string, string>) =>
  Object.fromEntries(Object.entries(rowRange).map(([name, key]) => [name, b(key)]));

export const RANGE_CASES: readonly Case[] = [
  rows('all of them', {}, KEYS),
  rows('an empty set is all of them', { rows: {} }, KEYS),
  rows('keys, sorted', { rows: { rowKeys: [b('e'), b('a')] } }, ['a', 'e']),
  rows('a key twice', { rows: { rowKeys: [b('a'), b('a')] } }, ['a']),
  rows('a key that is not there', { rows: { rowKeys: [b('aa')] } }, []),
  rows('closed, open', range({ startKeyClosed: 'ab', endKeyOpen: 'c' }), ['ab', 'b']),
  rows('open, closed', range({ startKeyOpen: 'ab', endKeyClosed: 'c' }), ['b', 'c']),
  rows(
    'open start does not skip the key that follows at once',
    range({ startKeyOpen: 'a', endKeyClosed: 'ab' }),
    ['a\0', 'ab'],
  ),
  rows('from', range({ startKeyClosed: 'c' }), ['c', 'd\xff', 'e']),
  rows('to', range({ endKeyOpen: 'b' }), ['a', 'a\0', 'ab']),
  rows('one key, both ends closed', range({ startKeyClosed: 'b', endKeyClosed: 'b' }), ['b']),
  rows('an empty end is no end', range({ startKeyClosed: 'e', endKeyOpen: '' }), ['e']),
  rows('high bytes', range({ startKeyClosed: 'd\xfe', endKeyOpen: 'e' }), ['d\xff']),
  rows('ends before it starts', range({ startKeyClosed: 'c', endKeyOpen: 'a' }), INVALID),
  rows('ends where it starts, open', range({ startKeyClosed: 'b', endKeyOpen: 'b' }), INVALID),
  rows('ends before it starts, both open', range({ startKeyOpen: 'c', endKeyOpen: 'a' }), INVALID),
  rows('ends before it starts, both closed', range({ startKeyClosed: 'c', endKeyClosed: 'a' }), INVALID),
  rows(
    'overlapping ranges and a key in one of them',
    {
      rows: {
        rowKeys: [b('b'), b('e')],
        rowRanges: [
          bytes({ startKeyClosed: 'a', endKeyClosed: 'b' }),
          bytes({ startKeyClosed: 'ab', endKeyOpen: 'd' }),
        ],
      },
    },
    ['a', 'a\0', 'ab', 'b', 'c', 'e'],
  ),
  rows('a limit', { rowsLimit: '2' }, ['a', 'a\0']),
  rows('a limit counts what is returned', { rowsLimit: '1', filter: { rowKeyRegexFilter: b('c|e') } }, ['c']),
  rows('a limit of more than there are', { rowsLimit: '100' }, KEYS),
  rows('a negative limit', { rowsLimit: '-1' }, INVALID),
  rows('reversed', { reversed: true }, [...KEYS].reverse()),
  rows('reversed, with a limit', { reversed: true, rowsLimit: '2' }, ['e', 'd\xff']),
  rows('reversed range', { reversed: true, ...range({ startKeyClosed: 'a', endKeyOpen: 'c' }) }, [
    'b',
    'ab',
    'a\0',
    'a',
  ]),
  rows(
    'reversed keys and ranges',
    {
      reversed: true,
      rows: { rowKeys: [b('e')], rowRanges: [bytes({ endKeyClosed: 'a' })] },
    },
    ['e', 'a'],
  ),
  rows('a row of which a filter leaves nothing is no row', { filter: qualifier('x') }, []),
  {
    name: 'rows: a table that is not there',
    steps: [{ read: { tableName: 'projects/p/instances/i/tables/none' }, gives: NOT_FOUND }],
  },
];
