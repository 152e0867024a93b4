import {
  ALL,
  commits,
  type DataCase,
  insert,
  reads,
  refuses,
  remove,
  replace,
  update,
  upsert,
} from './data-case.js';

const PARENTS = [
  'CREATE TABLE P (K STRING(10)) PRIMARY KEY (K)',
  'CREATE TABLE C (K STRING(10), C INT64) PRIMARY KEY (K, C), INTERLEAVE IN PARENT P',
];
const CASCADES = [
  'CREATE TABLE P (K STRING(10)) PRIMARY KEY (K)',
  'CREATE TABLE C (K STRING(10), C INT64) PRIMARY KEY (K, C), INTERLEAVE IN PARENT P ON DELETE CASCADE',
  'CREATE TABLE G (K STRING(10), C INT64, G INT64) PRIMARY KEY (K, C, G), INTERLEAVE IN PARENT C ON DELETE CASCADE',
];
const UNIQUE = [
  'CREATE TABLE U (K INT64, A INT64, B STRING(MAX)) PRIMARY KEY (K)',
  'CREATE UNIQUE INDEX UA ON U (A, B)',
];
const FILTERED = [
  'CREATE TABLE U (K INT64, B STRING(MAX)) PRIMARY KEY (K)',
  'CREATE UNIQUE NULL_FILTERED INDEX UF ON U (B)',
];
const REFERENCES = [
  'CREATE TABLE T (K INT64, V STRING(MAX)) PRIMARY KEY (K)',
  'CREATE TABLE R (K INT64, A INT64, CONSTRAINT fk_a FOREIGN KEY (A) REFERENCES T (K)) PRIMARY KEY (K)',
];
const OTHER_COLUMNS = [
  'CREATE TABLE T (K INT64, A INT64, B STRING(MAX)) PRIMARY KEY (K)',
  'CREATE TABLE R (K INT64, A INT64, B STRING(MAX), CONSTRAINT fk_ba FOREIGN KEY (B, A) REFERENCES T (B, A)) PRIMARY KEY (K)',
];
const NOT_NULL = ['CREATE TABLE N (K INT64, V STRING(MAX) NOT NULL, W INT64) PRIMARY KEY (K)'];
const NO_ROW = 'A new row in table N does not specify a non-null value for NOT NULL column: V';
const NULL_GIVEN = 'Cannot specify a null value for column: N.V in table: N';
const CHILD =
  'Delete failed because one or more keys exist within the child table:  Parent Table: P  Child Table: C';

function has(name: string, schema: readonly string[], ...steps: DataCase['steps'][number][]): DataCase {
  return { name, schema, steps };
}

export const CONSTRAINT_CASES: readonly DataCase[] = [
  has(
    'rows: a row is inserted once',
    PARENTS,
    commits(insert('P', ['K'], ['a'])),
    refuses(insert('P', ['K'], ['a']), 'ALREADY_EXISTS', 'Table P: Row {String("a")} already exists.'),
    refuses(insert('P', ['K'], ['b'], ['b']), 'ALREADY_EXISTS', 'Table P: Row {String("b")} already exists.'),
    reads('P', ['K'], [['a']]),
  ),
  has(
    'rows: only a row that is there is updated',
    NOT_NULL,
    refuses(update('N', ['K', 'V'], ['7', 'x']), 'NOT_FOUND', 'Table N: Row {Int64(7)} not found.'),
    commits(insert('N', ['K', 'V', 'W'], ['7', 'x', '1'])),
    commits(update('N', ['K', 'V'], ['7', 'y'])),
    reads('N', ['K', 'V', 'W'], [['7', 'y', '1']]),
  ),
  has(
    'rows: an upsert keeps what it is not given, a replacement does not',
    NOT_NULL,
    commits(upsert('N', ['K', 'V', 'W'], ['1', 'a', '1'])),
    commits(upsert('N', ['K', 'V'], ['1', 'b'])),
    reads('N', ['K', 'V', 'W'], [['1', 'b', '1']]),
    commits(replace('N', ['K', 'V'], ['1', 'c'])),
    reads('N', ['K', 'V', 'W'], [['1', 'c', null]]),
  ),
  has(
    'rows: mutations are carried out in their order',
    NOT_NULL,
    commits(
      insert('N', ['K', 'V'], ['1', 'a'], ['2', 'b']),
      remove('N', { keys: [['1']] }),
      insert('N', ['K', 'V'], ['1', 'c']),
      update('N', ['K', 'W'], ['1', '5']),
      upsert('N', ['K', 'V'], ['3', 'x'], ['3', 'y']),
    ),
    reads(
      'N',
      ['K', 'V', 'W'],
      [
        ['1', 'c', '5'],
        ['2', 'b', null],
        ['3', 'y', null],
      ],
    ),
  ),
  has(
    'rows: nothing of a commit stays that is refused',
    NOT_NULL,
    {
      commit: [insert('N', ['K', 'V'], ['1', 'a']), update('N', ['K', 'V'], ['9', 'x'])],
      gives: { code: 'NOT_FOUND', text: 'not found' },
    },
    reads('N', ['K'], []),
  ),
  has('rows: a deletion of what is not there', NOT_NULL, commits(remove('N', { keys: [['1']] }))),
  has(
    'rows: names in any case',
    NOT_NULL,
    commits(insert('n', ['k', 'v'], ['1', 'a'])),
    reads('N', ['v'], [['a']]),
  ),
  has(
    'rows: names that are none',
    NOT_NULL,
    refuses(insert('Nope', ['K'], ['1']), 'NOT_FOUND', 'Table not found: Nope'),
    refuses(insert('N', ['K', 'Nope'], ['1', '1']), 'NOT_FOUND', 'Column not found in table N: Nope'),
    refuses(
      insert('N', ['K', 'V', 'v'], ['1', 'a', 'b']),
      'INVALID_ARGUMENT',
      'Multiple values for column V.',
    ),
    refuses(insert('N', ['K', 'V'], ['1']), 'INVALID_ARGUMENT', 'Found: 2 columns and 1 values'),
    refuses(
      insert('N', ['K', 'V']),
      'INVALID_ARGUMENT',
      'No value provided for required field: Write.values',
    ),
    refuses(
      { kind: 'nothing' },
      'INVALID_ARGUMENT',
      'No value provided for required field: Mutation.operation',
    ),
  ),
  has(
    'not null: what has to be given',
    NOT_NULL,
    refuses(insert('N', ['K'], ['1']), 'FAILED_PRECONDITION', NO_ROW),
    refuses(insert('N', ['K', 'V'], ['1', null]), 'FAILED_PRECONDITION', NULL_GIVEN),
    commits(insert('N', ['K', 'V'], ['1', 'a'])),
    refuses(update('N', ['K', 'V'], ['1', null]), 'FAILED_PRECONDITION', NULL_GIVEN),
    refuses(upsert('N', ['K'], ['1']), 'FAILED_PRECONDITION', NO_ROW),
    refuses(replace('N', ['K'], ['1']), 'FAILED_PRECONDITION', NO_ROW),
  ),
  has(
    'interleaving: no child without its parent',
    PARENTS,
    refuses(
      insert('C', ['K', 'C'], ['a', '1']),
      'NOT_FOUND',
      'Insert failed because key was not found in parent table:  Parent Table: P  Child Table: C  Key: {String("a")}',
    ),
    {
      commit: [insert('C', ['K', 'C'], ['a', '1']), insert('P', ['K'], ['a'])],
      gives: { code: 'NOT_FOUND', text: 'key was not found in parent table' },
    },
    commits(insert('P', ['K'], ['a']), insert('C', ['K', 'C'], ['a', '1'])),
    reads('C', ['K', 'C'], [['a', '1']]),
  ),
  has(
    'interleaving: no parent goes before its children',
    PARENTS,
    commits(insert('P', ['K'], ['a'], ['b']), insert('C', ['K', 'C'], ['a', '1'])),
    refuses(remove('P', { keys: [['a']] }), 'FAILED_PRECONDITION', `${CHILD}  Key: {String("a")}`),
    refuses(remove('P', ALL), 'FAILED_PRECONDITION', CHILD),
    refuses(replace('P', ['K'], ['a']), 'FAILED_PRECONDITION', CHILD),
    commits(remove('P', { keys: [['b']] })),
    commits(remove('C', ALL), remove('P', ALL)),
    reads('P', ['K'], []),
  ),
  has(
    'interleaving: children go with their parent',
    CASCADES,
    commits(
      insert('P', ['K'], ['a'], ['ab']),
      insert('C', ['K', 'C'], ['a', '1'], ['a', '2'], ['ab', '1']),
      insert('G', ['K', 'C', 'G'], ['a', '1', '1'], ['ab', '1', '1']),
    ),
    commits(remove('P', { keys: [['a']] })),
    reads('C', ['K', 'C'], [['ab', '1']]),
    reads('G', ['K', 'C', 'G'], [['ab', '1', '1']]),
    commits(replace('P', ['K'], ['ab'])),
    reads('G', ['K'], []),
  ),
  has(
    'unique index: what is there already',
    UNIQUE,
    commits(insert('U', ['K', 'A', 'B'], ['1', '1', 'x'])),
    refuses(
      insert('U', ['K', 'A', 'B'], ['2', '1', 'x']),
      'ALREADY_EXISTS',
      'UNIQUE violation on index UA,  duplicate key: {Int64(1), String("x")}',
    ),
    refuses(
      insert('U', ['K', 'A', 'B'], ['3', '7', 'q'], ['4', '7', 'q']),
      'ALREADY_EXISTS',
      'UNIQUE violation on index UA',
    ),
    commits(update('U', ['K', 'A'], ['1', '1'])),
    commits(insert('U', ['K', 'A', 'B'], ['2', '2', 'x'])),
    refuses(update('U', ['K', 'A'], ['2', '1']), 'ALREADY_EXISTS', 'UNIQUE violation on index UA'),
    commits(update('U', ['K', 'A'], ['1', '2'], ['2', '1'])),
    reads(
      'U',
      ['A', 'K'],
      [
        ['1', '2'],
        ['2', '1'],
      ],
      { index: 'UA' },
    ),
    commits(remove('U', { keys: [['1']] }), insert('U', ['K', 'A', 'B'], ['3', '2', 'x'])),
    reads(
      'U',
      ['A', 'K'],
      [
        ['1', '2'],
        ['2', '3'],
      ],
      { index: 'UA' },
    ),
  ),
  has(
    'unique index: NULL is a value like any other',
    UNIQUE,
    commits(insert('U', ['K', 'A'], ['1', '5'])),
    refuses(insert('U', ['K', 'A'], ['2', '5']), 'ALREADY_EXISTS', 'duplicate key: {Int64(5), String(NULL)}'),
  ),
  has(
    'unique index: what is filtered may be there many times',
    FILTERED,
    commits(insert('U', ['K', 'B'], ['1', null], ['2', null], ['3', 'x'])),
    refuses(insert('U', ['K', 'B'], ['4', 'x']), 'ALREADY_EXISTS', 'UNIQUE violation on index UF'),
    reads('U', ['B', 'K'], [['x', '3']], { index: 'UF' }),
  ),
  has(
    'foreign key: to a primary key',
    REFERENCES,
    refuses(
      insert('R', ['K', 'A'], ['1', '5']),
      'FAILED_PRECONDITION',
      'Foreign key constraint `fk_a` is violated on table `R`. Cannot find referenced values in T(K).',
    ),
    commits(insert('R', ['K', 'A'], ['1', null])),
    commits(insert('R', ['K', 'A'], ['2', '5']), insert('T', ['K', 'V'], ['5', 'v'])),
    refuses(
      remove('T', { keys: [['5']] }),
      'FAILED_PRECONDITION',
      'Foreign key constraint violation when deleting or updating referenced row(s): referencing row(s) found in table `R`.',
    ),
    commits(replace('T', ['K', 'V'], ['5', 'w'])),
    commits(remove('T', ALL), remove('R', { keys: [['2']] })),
    reads('R', ['K'], [['1']]),
  ),
  has(
    'foreign key: to other columns',
    OTHER_COLUMNS,
    commits(insert('T', ['K', 'A', 'B'], ['1', '1', 'x'])),
    refuses(insert('R', ['K', 'A', 'B'], ['1', '1', 'y']), 'FAILED_PRECONDITION', 'Cannot find referenced'),
    commits(insert('R', ['K', 'A', 'B'], ['1', '1', 'x'], ['2', null, 'z'])),
    refuses(
      update('T', ['K', 'A'], ['1', '2']),
      'FAILED_PRECONDITION',
      'when deleting or updating referenced',
    ),
    commits(update('T', ['K', 'A'], ['1', '2']), update('R', ['K', 'A'], ['1', '2'])),
    commits(insert('T', ['K', 'A', 'B'], ['9', '3', 'x']), remove('R', ALL), remove('T', ALL)),
  ),
  has(
    'foreign key: rows go with what they refer to',
    [REFERENCES[0]!, REFERENCES[1]!.replace('T (K)', 'T (K) ON DELETE CASCADE')],
    commits(insert('T', ['K'], ['1'], ['2']), insert('R', ['K', 'A'], ['1', '1'], ['2', '1'], ['3', '2'])),
    commits(remove('T', { keys: [['1']] })),
    reads('R', ['K'], [['3']]),
  ),
  has(
    'check: false is refused, NULL is not',
    ['CREATE TABLE H (K INT64, V INT64, CONSTRAINT pos CHECK (V > 0)) PRIMARY KEY (K)'],
    refuses(
      insert('H', ['K', 'V'], ['1', '-1']),
      'OUT_OF_RANGE',
      'Check constraint `H`.`pos` is violated for key {Int64(1)}',
    ),
    commits(insert('H', ['K', 'V'], ['1', null], ['2', '1'])),
    refuses(update('H', ['K', 'V'], ['2', '0']), 'OUT_OF_RANGE', 'Check constraint `H`.`pos`'),
  ),
  has(
    'generated columns and defaults',
    ['CREATE TABLE D (K INT64, V INT64, W INT64 AS (V + 1) STORED, X INT64 DEFAULT (7)) PRIMARY KEY (K)'],
    commits(insert('D', ['K', 'V'], ['1', '1'])),
    commits(insert('D', ['K', 'V', 'X'], ['2', '2', null])),
    commits(upsert('D', ['K', 'V'], ['2', '5'])),
    reads(
      'D',
      ['V', 'W', 'X'],
      [
        ['1', '2', '7'],
        ['5', '6', null],
      ],
    ),
    refuses(
      insert('D', ['K', 'W'], ['3', '5']),
      'FAILED_PRECONDITION',
      'Cannot write into generated column `D.W`.',
    ),
  ),
  has(
    'a table of one row',
    ['CREATE TABLE S (V INT64) PRIMARY KEY ()'],
    commits(insert('S', ['V'], ['1'])),
    refuses(insert('S', ['V'], ['2']), 'ALREADY_EXISTS', 'already exists'),
    commits(upsert('S', ['V'], ['3'])),
    reads('S', ['V'], [['3']]),
  ),
];
