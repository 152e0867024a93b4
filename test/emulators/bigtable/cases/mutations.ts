import { b, type Case, INVALID, type Json, NOT_FOUND, type Step } from './case.js';

const ROWS = ['r f:a@3000=3', 'r f:a@2000=2', 'r f:a@1000=1', 'r f:b@1000=x', 'r g:a@1000=y'];
const EMPTY: Step = { read: {}, gives: [] };

const set = (columnQualifier: string, timestampMicros: string, value: string, familyName = 'f'): Json => ({
  setCell: { familyName, columnQualifier: b(columnQualifier), timestampMicros, value: b(value) },
});
const deleteColumn = (columnQualifier: string, timeRange?: Json, familyName = 'f'): Json => ({
  deleteFromColumn: { familyName, columnQualifier: b(columnQualifier), timeRange },
});

/** One MutateRow, then what is left. */
function mutates(
  name: string,
  mutations: readonly Json[],
  gives: readonly string[] | { code: number },
  rows: readonly string[] = ROWS,
): Case {
  const isRefused = !Array.isArray(gives);
  const request = { rowKey: b('r'), mutations };
  return {
    name: `mutation: ${name}`,
    rows,
    steps: [
      { data: 'MutateRow', request, gives: isRefused ? gives : [{}] },
      { read: {}, gives: isRefused ? rows : (gives as readonly string[]) },
    ],
  };
}

export const MUTATION_CASES: readonly Case[] = [
  mutates('set a new cell', [set('c', '5000', 'new')], ['r f:c@5000=new'], []),
  mutates(
    'set the same timestamp again',
    [set('a', '1000', 'other')],
    ['r f:a@1000=other'],
    ['r f:a@1000=1'],
  ),
  mutates('timestamp 0', [set('a', '0', 'v')], ['r f:a@0=v'], []),
  mutates('an empty value and an empty qualifier', [set('', '1000', '')], ['r f:@1000='], []),
  mutates(
    'the greatest timestamp',
    [set('a', '9223372036854775000', 'v')],
    ['r f:a@9223372036854775000=v'],
    [],
  ),
  mutates('a timestamp finer than milliseconds', [set('a', '1001', 'v')], INVALID),
  mutates('a negative timestamp', [set('a', '-1000', 'v')], INVALID),
  mutates('an unknown family', [set('a', '1000', 'v', 'none')], NOT_FOUND),
  mutates('a family without a name', [set('a', '1000', 'v', '')], NOT_FOUND),
  mutates('nothing', [], INVALID),
  mutates('an empty mutation', [{}], INVALID),
  mutates(
    'no mutation is kept when a later one is refused',
    [set('c', '1000', 'v'), set('a', '1', 'v')],
    INVALID,
  ),
  mutates('delete a column', [deleteColumn('a')], ['r f:b@1000=x', 'r g:a@1000=y']),
  mutates(
    'delete timestamps from (included) to (not included)',
    [deleteColumn('a', { startTimestampMicros: '1000', endTimestampMicros: '3000' })],
    ['r f:a@3000=3', 'r f:b@1000=x', 'r g:a@1000=y'],
  ),
  mutates(
    'delete timestamps without an end',
    [deleteColumn('a', { startTimestampMicros: '2000' })],
    ['r f:a@1000=1', 'r f:b@1000=x', 'r g:a@1000=y'],
  ),
  mutates(
    'delete timestamps without a start',
    [deleteColumn('a', { endTimestampMicros: '2000' })],
    ['r f:a@3000=3', 'r f:a@2000=2', 'r f:b@1000=x', 'r g:a@1000=y'],
  ),
  mutates(
    'delete an inverted range',
    [deleteColumn('a', { startTimestampMicros: '3000', endTimestampMicros: '1000' })],
    INVALID,
  ),
  mutates(
    'delete an empty range',
    [deleteColumn('a', { startTimestampMicros: '3000', endTimestampMicros: '3000' })],
    INVALID,
  ),
  mutates(
    'delete a range finer than milliseconds',
    [deleteColumn('a', { startTimestampMicros: '1' })],
    INVALID,
  ),
  mutates('delete a column that is not there', [deleteColumn('z')], ROWS),
  mutates('delete a column of an unknown family', [deleteColumn('a', undefined, 'none')], NOT_FOUND),
  mutates('delete a family', [{ deleteFromFamily: { familyName: 'f' } }], ['r g:a@1000=y']),
  mutates('delete an unknown family', [{ deleteFromFamily: { familyName: 'none' } }], NOT_FOUND),
  mutates('delete a row', [{ deleteFromRow: {} }], []),
  mutates('delete a row, then set', [{ deleteFromRow: {} }, set('a', '1000', 'v')], ['r f:a@1000=v']),
  mutates('set, then delete', [set('c', '1000', 'v'), deleteColumn('c')], ROWS),
  {
    name: 'mutation: a row without a key',
    steps: [{ data: 'MutateRow', request: { mutations: [set('a', '1000', 'v')] }, gives: INVALID }, EMPTY],
  },
  {
    name: 'mutation: a key that is too long',
    steps: [
      {
        data: 'MutateRow',
        request: { rowKey: b('k'.repeat(4097)), mutations: [set('a', '1000', 'v')] },
        gives: INVALID,
      },
      {
        data: 'MutateRow',
        request: { rowKey: b('k'.repeat(4096)), mutations: [set('a', '1000', 'v')] },
        gives: [{}],
      },
    ],
  },
  {
    name: 'mutation: a qualifier that is too long',
    steps: [
      {
        data: 'MutateRow',
        request: { rowKey: b('r'), mutations: [set('q'.repeat(16_385), '1000', 'v')] },
        gives: INVALID,
      },
      {
        data: 'MutateRow',
        request: { rowKey: b('r'), mutations: [set('q'.repeat(16_384), '1000', 'v')] },
        gives: [{}],
      },
    ],
  },
  {
    name: 'mutation: a table that is not there',
    steps: [
      {
        data: 'MutateRow',
        request: {
          tableName: 'projects/p/instances/i/tables/none',
          rowKey: b('r'),
          mutations: [set('a', '1000', 'v')],
        },
        gives: NOT_FOUND,
      },
    ],
  },
  {
    name: 'mutations of several rows: each stands for itself, and is whole',
    steps: [
      {
        data: 'MutateRows',
        request: {
          entries: [
            { rowKey: b('a'), mutations: [set('q', '1000', 'v')] },
            { rowKey: b('b'), mutations: [set('q', '1000', 'v'), set('q', '1', 'v')] },
            { rowKey: b('c'), mutations: [set('q', '1000', 'v', 'none')] },
            { rowKey: b('d'), mutations: [set('q', '1000', 'v')] },
            { rowKey: b('a'), mutations: [set('q', '2000', 'w')] },
          ],
        },
        gives: [0, 3, 5, 0, 0],
      },
      { read: {}, gives: ['a f:q@2000=w', 'a f:q@1000=v', 'd f:q@1000=v'] },
    ],
  },
  {
    name: 'mutations of no row',
    steps: [{ data: 'MutateRows', request: { entries: [] }, gives: INVALID }],
  },
  {
    name: 'mutations of rows of which one has none',
    steps: [
      {
        data: 'MutateRows',
        request: { entries: [{ rowKey: b('a'), mutations: [set('q', '1000', 'v')] }, { rowKey: b('b') }] },
        gives: [0, 3],
      },
    ],
  },
];
