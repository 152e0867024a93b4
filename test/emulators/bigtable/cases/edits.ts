import {
  BLOCK,
  b,
  type Case,
  condition,
  INVALID,
  type Json,
  key,
  NOT_FOUND,
  PASS,
  PRECONDITION,
  SINK,
  value,
} from './case.js';

const ROWS = ['r f:a@1000=1'];
const set = (columnQualifier: string, familyName = 'f'): Json => ({
  setCell: { familyName, columnQualifier: b(columnQualifier), timestampMicros: '1000', value: b('v') },
});
const THEN = 'r f:then@1000=v';
const ELSE = 'r f:else@1000=v';

function checks(
  name: string,
  predicateFilter: Json | undefined,
  matched: boolean | { code: number },
  rows = ROWS,
): Case {
  const request = {
    rowKey: b('r'),
    predicateFilter,
    trueMutations: [set('then')],
    falseMutations: [set('else')],
  };
  const isRefused = typeof matched === 'object';
  const added = isRefused ? [] : [matched ? THEN : ELSE];
  return {
    name: `check and mutate: ${name}`,
    rows,
    steps: [
      {
        data: 'CheckAndMutateRow',
        request,
        gives: isRefused ? matched : [matched ? { predicateMatched: true } : {}],
      },
      { read: {}, gives: [...rows, ...added] },
    ],
  };
}

const eight = (bytes: number[]) => Buffer.from(bytes).toString('latin1');
const append = (columnQualifier: string, appendValue: string, familyName = 'f'): Json => ({
  familyName,
  columnQualifier: b(columnQualifier),
  appendValue: b(appendValue),
});
const increment = (columnQualifier: string, incrementAmount: string): Json => ({
  familyName: 'f',
  columnQualifier: b(columnQualifier),
  incrementAmount,
});

/** @param values of the columns of family `f` in the answer, by qualifier; times are the server's. */
function modifies(
  name: string,
  rules: readonly Json[],
  gives: Record<string, string> | { code: number },
  rows: readonly string[] = [],
): Case {
  return {
    name: `read, modify, write: ${name}`,
    rows,
    steps: [{ data: 'ReadModifyWriteRow', request: { rowKey: b('r'), rules }, gives }],
  };
}

export const EDIT_CASES: readonly Case[] = [
  checks('no predicate, a row', undefined, true),
  checks('no predicate, no row', undefined, false, []),
  checks('a predicate that holds', value('1'), true),
  checks('a predicate that does not hold', value('2'), false),
  checks('a predicate on no row', PASS, false, []),
  checks('a predicate that blocks', BLOCK, false),
  checks('a condition as predicate', condition(value('1'), BLOCK, PASS), false),
  checks('a row limit of none', { cellsPerRowLimitFilter: 0 }, INVALID),
  checks('a malformed predicate', key('('), INVALID),
  checks('a sink in the condition of a predicate', condition(PASS, SINK), INVALID),
  {
    name: 'check and mutate: no mutations at all',
    rows: ROWS,
    steps: [{ data: 'CheckAndMutateRow', request: { rowKey: b('r') }, gives: INVALID }],
  },
  {
    name: 'check and mutate: only mutations for the other case',
    rows: ROWS,
    steps: [
      {
        data: 'CheckAndMutateRow',
        request: { rowKey: b('r'), falseMutations: [set('x')] },
        gives: [{ predicateMatched: true }],
      },
      { read: {}, gives: ROWS },
    ],
  },
  {
    name: 'check and mutate: an unknown family, and nothing is changed',
    rows: ROWS,
    steps: [
      {
        data: 'CheckAndMutateRow',
        request: { rowKey: b('r'), trueMutations: [set('x'), set('x', 'none')] },
        gives: NOT_FOUND,
      },
      { read: {}, gives: ROWS },
    ],
  },
  {
    name: 'check and mutate: delete the row',
    rows: ROWS,
    steps: [
      {
        data: 'CheckAndMutateRow',
        request: { rowKey: b('r'), trueMutations: [{ deleteFromRow: {} }] },
        gives: [{ predicateMatched: true }],
      },
      { read: {}, gives: [] },
    ],
  },
  modifies('append to nothing', [append('a', 'x')], { a: 'x' }),
  modifies('append', [append('a', 'x')], { a: '1x' }, ROWS),
  modifies('increment nothing', [increment('n', '5')], { n: eight([0, 0, 0, 0, 0, 0, 0, 5]) }),
  modifies('decrement below zero', [increment('n', '-1')], {
    n: eight([255, 255, 255, 255, 255, 255, 255, 255]),
  }),
  modifies(
    'increment past the greatest number',
    [increment('n', '9223372036854775807'), increment('n', '1')],
    {
      n: eight([128, 0, 0, 0, 0, 0, 0, 0]),
    },
  ),
  modifies('increment what is no number', [increment('a', '1')], PRECONDITION, ROWS),
  modifies('rules follow each other', [append('a', 'x'), append('b', 'y'), append('a', 'z')], {
    a: 'xz',
    b: 'y',
  }),
  modifies('an unknown family', [append('a', 'x', 'none')], NOT_FOUND),
  modifies('no rules', [], INVALID),
  {
    name: 'read, modify, write: nothing is changed when a later rule is refused',
    rows: ROWS,
    steps: [
      {
        data: 'ReadModifyWriteRow',
        request: { rowKey: b('r'), rules: [append('b', 'x'), increment('a', '1')] },
        gives: PRECONDITION,
      },
      { read: {}, gives: ROWS },
    ],
  },
  {
    name: 'read, modify, write: after a cell from the future, at its time',
    rows: ['r f:a@9000000000000000=1'],
    steps: [
      {
        data: 'ReadModifyWriteRow',
        request: { rowKey: b('r'), rules: [append('a', '2')] },
        gives: { a: '12' },
      },
      { read: {}, gives: ['r f:a@9000000000000000=12'] },
    ],
  },
];
