import {
  ALL,
  commits,
  type DataCase,
  insert,
  type Keys,
  type Plain,
  type Read,
  reads,
  refusal,
  type Step,
} from './data-case.js';

const SCHEMA = [
  'CREATE TABLE A (G STRING(5), K INT64, V INT64, W INT64) PRIMARY KEY (G, K DESC)',
  'CREATE INDEX AV ON A (V DESC, G) STORING (W)',
];
const ROWS = commits(
  insert(
    'A',
    ['G', 'K', 'V', 'W'],
    ['a', '1', '10', '0'],
    ['a', '2', '20', '0'],
    ['a', '3', null, '1'],
    ['b', '1', '10', '1'],
    ['c', '1', '30', null],
  ),
);

function finds(name: string, keys: Keys, rows: Plain[][], more: Partial<Read> = {}): DataCase {
  return {
    name: `read: ${name}`,
    schema: SCHEMA,
    steps: [ROWS, reads('A', ['G', 'K'], rows, { keys, ...more })],
  };
}

function refuses(
  name: string,
  read: Partial<Read>,
  code: Parameters<typeof refusal>[0],
  text: string,
): DataCase {
  const step: Step = { read: { table: 'A', columns: ['G'], keys: ALL, ...read }, gives: refusal(code, text) };
  return { name: `read: ${name}`, schema: SCHEMA, steps: [step] };
}

export const READ_CASES: readonly DataCase[] = [
  finds('everything, in the order of the key', ALL, [
    ['a', '3'],
    ['a', '2'],
    ['a', '1'],
    ['b', '1'],
    ['c', '1'],
  ]),
  finds(
    'keys, each once and in order',
    {
      keys: [
        ['c', '1'],
        ['a', '1'],
        ['c', '1'],
        ['x', '1'],
      ],
    },
    [
      ['a', '1'],
      ['c', '1'],
    ],
  ),
  finds('a range, closed', { ranges: [{ startClosed: ['a', '2'], endClosed: ['b', '1'] }] }, [
    ['a', '2'],
    ['a', '1'],
    ['b', '1'],
  ]),
  finds('a range, open', { ranges: [{ startOpen: ['a', '2'], endOpen: ['b', '1'] }] }, [['a', '1']]),
  finds('all keys that begin with a part', { ranges: [{ startClosed: ['a'], endClosed: ['a'] }] }, [
    ['a', '3'],
    ['a', '2'],
    ['a', '1'],
  ]),
  finds('no key that begins with an open bound', { ranges: [{ startOpen: ['a'], endOpen: ['c'] }] }, [
    ['b', '1'],
  ]),
  finds('a range without parts', { ranges: [{ startClosed: [], endClosed: [] }] }, [
    ['a', '3'],
    ['a', '2'],
    ['a', '1'],
    ['b', '1'],
    ['c', '1'],
  ]),
  finds('a range that ends before it starts', { ranges: [{ startClosed: ['c'], endClosed: ['a'] }] }, []),
  finds(
    'ranges and keys that overlap',
    {
      ranges: [
        { startClosed: ['a'], endClosed: ['a', '2'] },
        { startClosed: ['a', '2'], endClosed: ['b'] },
      ],
      keys: [['a', '3']],
    },
    [
      ['a', '3'],
      ['a', '2'],
      ['a', '1'],
      ['b', '1'],
    ],
  ),
  finds(
    'a limit',
    ALL,
    [
      ['a', '3'],
      ['a', '2'],
    ],
    { limit: 2 },
  ),
  finds(
    'an index',
    ALL,
    [
      ['c', '1'],
      ['a', '2'],
      ['a', '1'],
      ['b', '1'],
      ['a', '3'],
    ],
    { index: 'AV' },
  ),
  finds('a key of an index', { keys: [['10', 'a']] }, [['a', '1']], { index: 'AV' }),
  finds(
    'a range of an index',
    { ranges: [{ startClosed: ['20'], endClosed: ['10'] }] },
    [
      ['a', '2'],
      ['a', '1'],
      ['b', '1'],
    ],
    { index: 'AV' },
  ),
  {
    name: 'read: what an index stores',
    schema: SCHEMA,
    steps: [ROWS, reads('A', ['W', 'V'], [[null, '30']], { index: 'AV', limit: 1, keys: ALL })],
  },
  {
    name: 'read: columns in any order, more than once',
    schema: SCHEMA,
    steps: [ROWS, reads('A', ['v', 'G', 'V'], [['10', 'b', '10']], { keys: { keys: [['b', '1']] } })],
  },
  refuses('no table of that name', { table: 'Nope' }, 'NOT_FOUND', 'Table not found: Nope'),
  refuses('no column of that name', { columns: ['Nope'] }, 'NOT_FOUND', 'Column not found in table A: Nope'),
  refuses(
    'no index of that name',
    { index: 'Nope' },
    'NOT_FOUND',
    "No index 'Nope' was found for table 'A'.",
  ),
  {
    name: 'read: a column that an index has not',
    schema: [...SCHEMA, 'CREATE INDEX AW ON A (W)'],
    steps: [
      {
        read: { table: 'A', columns: ['V'], index: 'AW', keys: ALL },
        gives: refusal('NOT_FOUND', "Index 'AW' which indexes 'A' does not have a column named V."),
      },
    ],
  },
  {
    name: 'read: an index of another table',
    schema: [...SCHEMA, 'CREATE TABLE B (K INT64) PRIMARY KEY (K)'],
    steps: [
      {
        read: { table: 'B', columns: ['K'], index: 'AV', keys: ALL },
        gives: refusal(
          'FAILED_PRECONDITION',
          "Index 'AV' indexes 'A' which does not match the given base table 'B'.",
        ),
      },
    ],
  },
  refuses('a negative limit', { limit: -1 }, 'INVALID_ARGUMENT', 'Limit must be non-negative.'),
  refuses(
    'a key with too few parts',
    { keys: { keys: [['a']] } },
    'FAILED_PRECONDITION',
    'Wrong number of key parts for A. Expected 2 key parts, found 1 key parts.',
  ),
  refuses(
    'a key with too many parts',
    { keys: { keys: [['a', '1', '2']] } },
    'FAILED_PRECONDITION',
    'Wrong number of key parts for A. Expected 2 key parts, found 3 key parts.',
  ),
  refuses(
    'a key of another type',
    { keys: { keys: [['a', 'x']] } },
    'FAILED_PRECONDITION',
    'Could not parse x as an integer',
  ),
  refuses(
    'a range without an end',
    { keys: { ranges: [{ startClosed: ['a'] }] } },
    'INVALID_ARGUMENT',
    'Key range must contain either end_closed or end_open.',
  ),
];
