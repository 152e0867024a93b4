/** Where Google's emulator answers otherwise, by the name of a case. */
export interface Difference {
  /**
   * What its steps give there; of a case with one step, just that. `accepted` is success where a refusal is expected.
   */
  official: unknown;
  /** Whose answer the service gives. */
  production: 'embedded' | 'official' | 'unknown';
  /** How that is known, or why it is done so. */
  why: string;
  /** The process dies of it, so that the case has one of its own. */
  isFatal?: true;
}

const ROWS = ['r f:a@3000=3', 'r f:a@2000=2', 'r f:a@1000=1', 'r f:b@1000=x', 'r g:a@1000=y'];
const NO_CODE = { code: 2 };
const DIES = { code: 14 };

type Group = Pick<Difference, 'production' | 'why' | 'isFatal'> & { cases: Record<string, unknown> };

const GROUPS: readonly Group[] = [
  {
    production: 'embedded',
    why: 'a bound below 0 takes the process down',
    isFatal: true,
    cases: { 'filter: cells per row, negative offset': DIES },
  },
  {
    production: 'embedded',
    why: 'a method that is not there takes the process down',
    isFatal: true,
    cases: { 'change streams': DIES },
  },
  {
    production: 'embedded',
    why: 'the documentation of RowFilter forbids it',
    cases: {
      'filter: timestamps finer than milliseconds': 'accepted',
      'filter: timestamps with an end finer than milliseconds': 'accepted',
      'filter: label too long': 'accepted',
      'filter: two labels in a chain': 'accepted',
      'filter: two labels, one nested': 'accepted',
      'filter: sink in the predicate of a condition': 'accepted',
      'filter: sink in a branch of a condition': 'accepted',
      'check and mutate: a sink in the condition of a predicate': [
        'accepted',
        ['r f:a@1000=1', 'r f:then@1000=v'],
      ],
    },
  },
  {
    production: 'embedded',
    why: 'the documentation of RowFilter.sink; ignored there, with a line in the log',
    cases: {
      'filter: sink, false': 'accepted',
      'filter: sink passes the filters that follow': ['r1 f:b@1000=x1'],
      'filter: sink with a label, past a strip': ['r2 f:c@1000=', 'r2 f:c@1000='],
    },
  },
  {
    production: 'unknown',
    why: 'the documentation says only that the value is replaced by the empty string',
    cases: { 'filter: label, then strip': ['r2 f:c@1000='] },
  },
  {
    production: 'embedded',
    why: 'the service checks a filter before it reads; there, only as far as cells come',
    cases: { 'filter: chain with a malformed filter behind a block': 'accepted' },
  },
  {
    production: 'unknown',
    why: 'a condition without its predicate says nothing',
    cases: { 'filter: condition without a predicate': 'accepted' },
  },
  {
    production: 'embedded',
    why: 'the service refuses empty ranges, as the documentation of RowRange in its C++ client warns',
    cases: { 'rows: ends where it starts, open': 'accepted' },
  },
  {
    production: 'embedded',
    why: 'a limit below 0 is refused',
    cases: { 'rows: a negative limit': 'accepted' },
  },
  {
    production: 'embedded',
    why: 'not there in that version',
    cases: {
      'rows: reversed': { code: 12 },
      'rows: reversed, with a limit': { code: 12 },
      'rows: reversed range': { code: 12 },
      'rows: reversed keys and ranges': { code: 12 },
    },
  },
  {
    production: 'embedded',
    why: 'errors of Go without a code; the service has NOT_FOUND for families and INVALID_ARGUMENT for the rest',
    cases: {
      'mutation: a timestamp finer than milliseconds': [NO_CODE, ROWS],
      'mutation: a negative timestamp': [NO_CODE, ROWS],
      'mutation: an unknown family': [NO_CODE, ROWS],
      'mutation: a family without a name': [NO_CODE, ROWS],
      'mutation: an empty mutation': [NO_CODE, ROWS],
      'mutation: delete an inverted range': [NO_CODE, ROWS],
      'mutation: delete an empty range': [NO_CODE, ROWS],
      'mutation: delete a range finer than milliseconds': [NO_CODE, ROWS],
      'mutation: delete a column of an unknown family': [NO_CODE, ROWS],
      'read, modify, write: increment what is no number': NO_CODE,
      'read, modify, write: an unknown family': NO_CODE,
      'rows dropped by nothing': [NO_CODE, ['r1 f:a@1000=1']],
    },
  },
  {
    production: 'embedded',
    why: 'a row is changed wholly or not at all: the first guarantee of the service; there, what comes before stays',
    cases: {
      'mutation: no mutation is kept when a later one is refused': [
        NO_CODE,
        [...ROWS.slice(0, 4), 'r f:c@1000=v', ...ROWS.slice(4)],
      ],
      'mutations of several rows: each stands for itself, and is whole': [
        [0, 13, 13, 0, 0],
        ['a f:q@2000=w', 'a f:q@1000=v', 'b f:q@1000=v', 'd f:q@1000=v'],
      ],
      'check and mutate: an unknown family, and nothing is changed': [
        NO_CODE,
        ['r f:a@1000=1', 'r f:x@1000=v'],
      ],
      'read, modify, write: nothing is changed when a later rule is refused': [
        NO_CODE,
        ['r f:a@1000=1', 'r f:b@now=x'],
      ],
      'family: none of several changes when one is refused': [NO_CODE, 'accepted'],
    },
  },
  {
    production: 'embedded',
    why: 'limits and required fields of the documentation',
    cases: {
      'mutation: a key that is too long': ['accepted', [{}]],
      'mutation: a qualifier that is too long': ['accepted', [{}]],
      'mutations of rows of which one has none': [0, 0],
      'check and mutate: no mutations at all': 'accepted',
      'read, modify, write: no rules': 'accepted',
      'table: of an impossible name': ['accepted', 'accepted', 'accepted'],
      'family: what cannot be done': [{ code: 6 }, NO_CODE, NO_CODE, 'accepted'],
    },
  },
  {
    production: 'unknown',
    why: 'as every other mutation of a family that is not there',
    cases: { 'mutation: delete an unknown family': ['accepted', ROWS] },
  },
  {
    production: 'embedded',
    why: 'its least of 5 and 7 is 7',
    cases: {
      'aggregates: sum, least and greatest, each timestamp by itself': [
        [{}],
        [{}],
        [
          'r n:q@1000=\0\0\0\0\0\0\0\x07',
          'r s:q@2000=\0\0\0\0\0\0\0\x01',
          'r s:q@1000=\0\0\0\0\0\0\0\x0c',
          'r x:q@1000=\0\0\0\0\0\0\0\x07',
        ],
      ],
    },
  },
  {
    production: 'embedded',
    why: 'the documentation of Mutation.AddToCell; setting a cell of such a family would make its state no number',
    cases: { 'aggregates: only in their families, and nothing else there': [NO_CODE, 'accepted'] },
  },
];

export const DIFFERENCES: Readonly<Record<string, Difference>> = Object.fromEntries(
  GROUPS.flatMap(({ cases, ...group }) =>
    Object.entries(cases).map(([name, official]) => [name, { ...group, official }]),
  ),
);
