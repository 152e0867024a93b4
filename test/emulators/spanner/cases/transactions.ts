import { commits, type DataCase, insert, reads, refusal, type Step, update } from './data-case.js';

const SCHEMA = [
  'CREATE TABLE T (K INT64, V INT64, C TIMESTAMP OPTIONS (allow_commit_timestamp = true)) PRIMARY KEY (K)',
];
const ROWS = commits(insert('T', ['K', 'V'], ['1', '10'], ['2', '20']));
const ENDED = 'Cannot read or query using a transaction after it has been committed or rolledback.';

function runs(name: string, ...steps: Step[]): DataCase {
  return { name: `transaction: ${name}`, schema: SCHEMA, steps: [ROWS, ...steps] };
}

function readIn(
  transaction: string,
  rows: (string | null)[][] | ReturnType<typeof refusal>,
  columns = ['K', 'V'],
): Step {
  return { read: { table: 'T', columns }, in: transaction, gives: rows };
}

export const TRANSACTION_CASES: readonly DataCase[] = [
  runs(
    'reads its own writes, which others see when it is committed',
    { sql: 'UPDATE T SET V = V + 1 WHERE K = 1', in: 'a', seqno: 1, gives: 'done' },
    { sql: 'INSERT INTO T (K, V) VALUES (3, 30)', in: 'a', seqno: 2, gives: 'done' },
    { sql: 'DELETE FROM T WHERE K = 2', in: 'a', seqno: 3, gives: 'done' },
    readIn('a', [
      ['1', '11'],
      ['3', '30'],
    ]),
    {
      sql: 'SELECT K, V FROM T ORDER BY K',
      in: 'a',
      gives: [
        ['1', '11'],
        ['3', '30'],
      ],
    },
    { commit: [insert('T', ['K', 'V'], ['4', '40'])], in: 'a', gives: 'done' },
    reads(
      'T',
      ['K', 'V'],
      [
        ['1', '11'],
        ['3', '30'],
        ['4', '40'],
      ],
    ),
  ),
  runs(
    'nothing stays of one that is rolled back',
    { sql: 'DELETE FROM T WHERE true', in: 'a', seqno: 1, gives: 'done' },
    { rollback: 'a', gives: 'done' },
    { rollback: 'a', gives: 'done' },
    reads('T', ['K'], [['1'], ['2']]),
    {
      commit: [],
      in: 'a',
      gives: refusal('FAILED_PRECONDITION', 'Cannot commit a transaction after it has been rolled back.'),
    },
  ),
  runs(
    'a commit that is sent again',
    { commit: [update('T', ['K', 'V'], ['1', '11'])], in: 'a', gives: 'done' },
    { commit: [update('T', ['K', 'V'], ['1', '12'])], in: 'a', gives: 'done' },
    reads('T', ['V'], [['11'], ['20']]),
    readIn('a', refusal('FAILED_PRECONDITION', ENDED)),
    {
      rollback: 'a',
      gives: refusal('FAILED_PRECONDITION', 'Cannot rollback a transaction after it has been committed.'),
    },
  ),
  runs(
    'a statement that is sent again is carried out once',
    { sql: 'UPDATE T SET V = V + 1 WHERE K = 1', in: 'a', seqno: 1, gives: 'done' },
    { sql: 'UPDATE T SET V = V + 1 WHERE K = 1', in: 'a', seqno: 1, gives: 'done' },
    { sql: 'UPDATE T SET V = V + 1 WHERE K = 1', in: 'a', seqno: 2, gives: 'done' },
    {
      sql: 'UPDATE T SET V = V + 1 WHERE K = 2',
      in: 'a',
      seqno: 2,
      gives: refusal('INVALID_ARGUMENT', 'Previously received a different request with this seqno. seqno=2'),
    },
    readIn('a', [
      ['1', '12'],
      ['2', '20'],
    ]),
  ),
  runs(
    'statements out of their order',
    { sql: 'UPDATE T SET V = V + 1 WHERE K = 1', in: 'a', seqno: 3, gives: 'done' },
    {
      sql: 'UPDATE T SET V = V + 1 WHERE K = 1',
      in: 'a',
      seqno: 2,
      gives: refusal(
        'INVALID_ARGUMENT',
        'Request has an out-of-order seqno. Request seqno=2. Last seen seqno=3.',
      ),
    },
  ),
  runs('THEN RETURN gives rows as they are after the change', {
    sql: 'UPDATE T SET V = V * 2 WHERE true THEN RETURN K, V',
    in: 'a',
    seqno: 1,
    gives: [
      ['1', '20'],
      ['2', '40'],
    ],
  }),
  runs(
    'a commit timestamp cannot be read before it is known',
    { sql: 'UPDATE T SET C = PENDING_COMMIT_TIMESTAMP() WHERE K = 1', in: 'a', seqno: 1, gives: 'done' },
    readIn('a', [['1'], ['2']], ['K']),
    readIn(
      'a',
      refusal(
        'INVALID_ARGUMENT',
        'Column C cannot be accessed because it, or its associated index, has a pending CommitTimestamp',
      ),
      ['C'],
    ),
  ),
  runs('DML in a transaction that only reads', {
    sql: 'UPDATE T SET V = 1 WHERE K = 1',
    gives: refusal(
      'INVALID_ARGUMENT',
      'DML statements can only be performed in a read-write or partitioned-dml transaction.',
    ),
  }),
];
