import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../helpers/message-client.js';
import { type Running, startEmbedded } from './backends.js';
import {
  list,
  microsOf,
  type Plain,
  plain,
  rowsOf,
  SpannerSession,
  timestampOf,
  upsert,
} from './spanner-session.js';

let running: Running;
let session: SpannerSession;
beforeAll(async () => {
  running = await startEmbedded();
  session = await SpannerSession.create(running.client, [
    'CREATE TABLE T (K INT64, S STRING(MAX), A ARRAY<STRING(MAX)>, B BYTES(MAX)) PRIMARY KEY (K)',
    'CREATE TABLE N (K INT64, V INT64) PRIMARY KEY (K)',
    'CREATE TABLE W (K INT64, A INT64, B INT64, G INT64 AS (A + 1) STORED, D INT64 DEFAULT (1)) PRIMARY KEY (K)',
    'CREATE INDEX WA ON W (A)',
  ]);
});
afterAll(() => running.stop());

/** Puts a stream together as clients do. */
function merged(parts: readonly Json[], width: number): unknown[][] {
  const values: unknown[] = [];
  let isChunked = false;
  for (const part of parts) {
    const own = ((part.values ?? []) as Json[]).map(plain);
    if (isChunked && own.length > 0) values.push(mergedValue(values.pop(), own.shift()));
    values.push(...own);
    isChunked = part.chunkedValue === true;
  }
  return Array.from({ length: values.length / width }, (_, row) =>
    values.slice(row * width, (row + 1) * width),
  );
}

function mergedValue(first: unknown, second: unknown): unknown {
  if (typeof first === 'string' && typeof second === 'string') return first + second;
  if (!Array.isArray(first) || !Array.isArray(second)) throw new Error('Only texts and lists are cut');
  const [last, next] = [first.at(-1), second[0]];
  const touches =
    (typeof last === 'string' && typeof next === 'string') || (Array.isArray(last) && Array.isArray(next));
  return touches
    ? [...first.slice(0, -1), mergedValue(last, next), ...second.slice(1)]
    : [...first, ...second];
}

describe('parts of a query', () => {
  const QUERIES = [
    'SELECT K, V FROM N WHERE V >= 0',
    'SELECT UPPER(CONCAT("v", CAST(V AS STRING))) AS U, K FROM N WHERE MOD(V, 3) = 1',
    'SELECT COALESCE(n.V, 0) + 1 FROM N AS n WHERE n.K BETWEEN 100 AND 4900',
  ];
  const snapshot = { transaction: { begin: { readOnly: {} } } };

  it.each(QUERIES)('give all rows once, at one time: %s', async (sql) => {
    const rows = Array.from({ length: 5000 }, (_, k) => [String(k), String(k % 17)]);
    await session.write(upsert('N', ['K', 'V'], ...rows));
    const [whole] = await session.must('ExecuteSql', { sql });
    const [answer] = await session.must('PartitionQuery', { sql, ...snapshot });
    const parts = answer!.partitions as Json[];
    expect(parts).toHaveLength(5);
    await session.write({ delete: { table: 'N', keySet: { all: true } } });
    const transaction = { id: (answer!.transaction as Json).id };
    const found = await Promise.all(
      parts.map(({ partitionToken }) => session.must('ExecuteSql', { sql, transaction, partitionToken })),
    );
    const counts = found.map(([part]) => rowsOf(part!).length);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(found.flatMap(([part]) => rowsOf(part!)).sort()).toEqual(rowsOf(whole!).sort());
  });

  it('are as many as are asked for at most, and one of a query of several tables', async () => {
    const rows = Array.from({ length: 5000 }, (_, k) => [String(k), '1']);
    await session.write(upsert('N', ['K', 'V'], ...rows));
    const partsOf = async (sql: string, partitionOptions: Json = {}) => {
      const [answer] = await session.must('PartitionQuery', { sql, partitionOptions, ...snapshot });
      return answer!.partitions;
    };
    expect(await partsOf('SELECT K FROM N', { maxPartitions: '3' })).toHaveLength(3);
    expect(await partsOf('SELECT N.K FROM N JOIN T ON N.K = T.K')).toHaveLength(1);
    expect(await partsOf('SELECT K FROM N WHERE V IN (SELECT K FROM T)')).toHaveLength(1);
  });

  it.each([
    'SELECT K FROM N ORDER BY K',
    'SELECT K FROM N LIMIT 5',
    'SELECT DISTINCT V FROM N',
    'SELECT COUNT(*) + 1 FROM N',
    'SELECT V, MAX(K) FROM N GROUP BY V',
  ])('are none of what no parts can tell: %s', async (sql) => {
    const outcome = await session.call('PartitionQuery', { sql, ...snapshot });
    expect(outcome).toMatchObject({ code: 3, text: expect.stringContaining('not root partitionable') });
  });

  it('are refused to another request, and to no transaction of theirs', async () => {
    const sql = 'SELECT K FROM N';
    const [answer] = await session.must('PartitionQuery', { sql, ...snapshot });
    const [{ partitionToken }] = answer!.partitions as [Json];
    const transaction = { id: (answer!.transaction as Json).id };
    const refusal = { code: 3, text: 'Invalid partition token.' };
    expect(
      await session.call('ExecuteSql', { sql: `${sql} WHERE true`, transaction, partitionToken }),
    ).toEqual(refusal);
    expect(await session.call('ExecuteSql', { sql, partitionToken })).toEqual(refusal);
    const forged = Buffer.from(String(partitionToken), 'base64')
      .toString()
      .replace(/"start":"[^"]*"/, '"start":7');
    const token = Buffer.from(forged).toString('base64');
    expect(await session.call('ExecuteSql', { sql, transaction, partitionToken: token })).toEqual(refusal);
  });
});

describe('a transaction of mutations alone', () => {
  it('is refused with its key: a value that is none of the column, a table that is not there', async () => {
    const beginWith = (mutationKey: Json) =>
      session.call('BeginTransaction', { options: { readWrite: {} }, mutationKey });
    expect(await beginWith(upsert('N', ['K', 'V'], ['1', 'x']))).toEqual({
      code: 3,
      text: 'Could not parse x as an integer',
    });
    expect(await beginWith(upsert('None', ['K'], ['1']))).toEqual({ code: 5, text: 'Table not found: None' });
    expect(await beginWith(upsert('N', ['K', 'V'], ['1', '2']))).toHaveProperty('ok');
  });
});

describe('result streams', () => {
  it('cut values that are too large for a message, and no character', async () => {
    const text = 'ä😀x'.repeat(700_000);
    const items: Plain[] = ['', text.slice(0, 1_000_000), null, 'b', text.slice(0, 500_000), 'c', ''];
    const bytes = Buffer.alloc(3_000_000, 'bytes').toString('base64');
    await session.write(upsert('T', ['K', 'S', 'A', 'B'], ['1', text, items, bytes], ['2', 'x', [], '']));
    const request = { table: 'T', columns: ['S', 'A', 'B', 'K'], keySet: { all: true } };
    const parts = await session.must('StreamingRead', request);
    expect(parts.length).toBeGreaterThan(5);
    expect(parts.at(-1)).toMatchObject({ last: true });
    expect(merged(parts, 4)).toEqual([
      [text, items, bytes, '1'],
      ['x', [], '', '2'],
    ]);
    const queried = await session.must('ExecuteStreamingSql', { sql: 'SELECT S, A, B, K FROM T ORDER BY K' });
    expect(merged(queried, 4)).toEqual(merged(parts, 4));
    expect(await session.call('Read', request)).toMatchObject({ code: 9 });
  });

  it('go on behind a resume token, at the time at which they began', async () => {
    const rows = Array.from({ length: 30_000 }, (_, k) => [String(k), String(k * 1_000_000_007)]);
    for (let at = 0; at < rows.length; at += 10_000)
      await session.write(upsert('N', ['K', 'V'], ...rows.slice(at, at + 10_000)));
    const request = { table: 'N', columns: ['K', 'V'], keySet: { all: true } };
    const parts = await session.must('StreamingRead', request);
    expect(parts.length).toBeGreaterThan(1);
    await session.write({ delete: { table: 'N', keySet: { all: true } } });
    for (const [index, { resumeToken }] of parts.entries()) {
      const rest = await session.must('StreamingRead', { ...request, resumeToken });
      expect(merged([...parts.slice(0, index + 1), ...rest], 2)).toEqual(rows);
    }
  });

  it('of rows in the order of the key go on behind a resume token, too', async () => {
    const rows = Array.from({ length: 30_000 }, (_, k) => [String(k), String(k * 1_000_000_007)]);
    for (let at = 0; at < rows.length; at += 10_000)
      await session.write(upsert('N', ['K', 'V'], ...rows.slice(at, at + 10_000)));
    const request = { sql: 'SELECT K, V FROM N ORDER BY K' };
    const begun = await session.begin({ readOnly: { strong: true } });
    const parts = await session.must('ExecuteStreamingSql', request);
    const ofTransaction = { ...request, transaction: { id: begun.id } };
    const partsOfTransaction = await session.must('ExecuteStreamingSql', ofTransaction);
    expect(parts.length).toBeGreaterThan(1);
    await session.write({ delete: { table: 'N', keySet: { all: true } } });
    for (const [all, again] of [
      [parts, request],
      [partsOfTransaction, ofTransaction],
    ] as const) {
      for (const [index, { resumeToken }] of all.entries()) {
        const rest = await session.must('ExecuteStreamingSql', { ...again, resumeToken });
        expect(merged([...all.slice(0, index + 1), ...rest], 2)).toEqual(rows);
      }
    }
    // One of another time.
    const late = await session.begin({ readOnly: { strong: true } });
    const { resumeToken } = parts[0]!;
    expect(
      await session.call('ExecuteStreamingSql', { ...request, transaction: { id: late.id }, resumeToken }),
    ).toMatchObject({ code: 3 });
  });

  it.each([
    'SELECT V, COUNT(*) FROM N GROUP BY V',
    'SELECT K, GENERATE_UUID() FROM N',
    'SELECT K, CURRENT_TIMESTAMP FROM N',
  ])('have no resume token where another run may give other rows: %s', async (sql) => {
    await session.write(upsert('N', ['K', 'V'], ['1', '1'], ['2', '2']));
    const [known] = await session.must('ExecuteStreamingSql', { sql: 'SELECT K FROM N' });
    const resumeToken = known!.resumeToken as string;
    expect(resumeToken).not.toBe('');
    const parts = await session.must('ExecuteStreamingSql', { sql });
    expect(parts.flatMap((part) => part.resumeToken || [])).toEqual([]);
    expect(await session.call('ExecuteStreamingSql', { sql, resumeToken })).toMatchObject({ code: 3 });
  });

  it('refuse tokens that are none of ours', async () => {
    const request = { table: 'N', columns: ['K'], keySet: { all: true } };
    for (const token of [{ resumeToken: Buffer.from('x') }, { partitionToken: Buffer.from('{}') }]) {
      expect(await session.call('StreamingRead', { ...request, ...token })).toMatchObject({ code: 3 });
    }
  });
});

describe('partitions', () => {
  it('cover all rows once, at one time', async () => {
    const rows = Array.from({ length: 9000 }, (_, k) => [String(k), '1']);
    await session.write(upsert('N', ['K', 'V'], ...rows));
    const transaction = await session.begin({ readOnly: { strong: true } });
    const request = {
      transaction: { id: transaction.id },
      table: 'N',
      columns: ['K'],
      keySet: { ranges: [{ startClosed: list(['10']), endOpen: list(['8990']) }] },
    };
    const [{ partitions }] = (await session.must('PartitionRead', {
      ...request,
      partitionOptions: { maxPartitions: 4 },
    })) as [{ partitions: Json[] }];
    expect(partitions).toHaveLength(4);
    await session.write({ delete: { table: 'N', keySet: { all: true } } });
    const read: unknown[] = [];
    for (const { partitionToken } of partitions) {
      const [part] = await session.must('Read', { ...request, partitionToken });
      read.push(...rowsOf(part!).map(([key]) => key));
    }
    expect(read).toEqual(rows.slice(10, 8990).map(([key]) => key));
    const other = { ...request, columns: ['V'], partitionToken: partitions[0]!.partitionToken };
    expect(await session.call('Read', other)).toMatchObject({ code: 3 });
  });
});

describe('commits', () => {
  it('count mutations as the service does', async () => {
    const countOf = async (mutation: Json) => {
      const [answer] = await session.must('Commit', {
        singleUseTransaction: { readWrite: {} },
        mutations: [mutation],
        returnCommitStats: true,
      });
      return Number((answer!.commitStats as Json).mutationCount);
    };
    expect(await countOf(upsert('N', ['K', 'V'], ['1', '1'], ['2', '2']))).toBe(4);
    // Two columns, the generated one, the default and the key once more; and a row of the index.
    expect(await countOf(upsert('W', ['K', 'A'], ['1', '1']))).toBe(2 + 2 + 1 + 1);
    expect(await countOf({ delete: { table: 'N', keySet: { all: true } } })).toBe(1);
    expect(await countOf({ delete: { table: 'W', keySet: { keys: [list(['1'])] } } })).toBe(2);
  });

  it('have at most 80,000 mutations', async () => {
    const rows = Array.from({ length: 40_000 }, (_, k) => [String(k), '1']);
    await session.write(upsert('N', ['K', 'V'], ...rows));
    const outcome = await session.call('Commit', {
      singleUseTransaction: { readWrite: {} },
      mutations: [upsert('N', ['K', 'V'], ...rows, ['-1', '1'])],
    });
    expect(outcome).toMatchObject({ code: 3, text: expect.stringContaining('(Maximum number: 80000)') });
    expect(await session.rows('N', ['K'], { keySet: { keys: [list(['-1'])] } })).toEqual([]);
  });

  it('of a multiplexed session want the newest precommit token', async () => {
    const multiplexed = await SpannerSession.of(running.client, session.database, { multiplexed: true });
    const transaction = await multiplexed.begin();
    const commit = { transactionId: transaction.id, mutations: [upsert('N', ['K', 'V'], ['-5', '1'])] };
    const [asked] = await multiplexed.must('Commit', commit);
    expect(asked).not.toHaveProperty('commitTimestamp');
    expect((asked!.precommitToken as Json).precommitToken).toHaveProperty('length');
    const [committed] = await multiplexed.must('Commit', {
      ...commit,
      precommitToken: asked!.precommitToken,
    });
    expect(committed).toHaveProperty('commitTimestamp');
  });

  it('of groups fail one by one', async () => {
    await session.write(upsert('N', ['K', 'V'], ['-7', '1']));
    const insert = (key: string) => ({
      mutations: [{ insert: { table: 'N', columns: ['K'], values: [list([key])] } }],
    });
    const answers = await session.must('BatchWrite', {
      mutationGroups: [insert('-8'), insert('-7'), insert('-9')],
    });
    const statuses = answers.map(({ indexes, status }) => [
      (indexes as number[])[0],
      (status as Json).code ?? 0,
    ]);
    expect(statuses).toEqual([
      [0, 0],
      [1, 6],
      [2, 0],
    ]);
  });

  it('tell an aborted client when to try again, in both places', async () => {
    const [one, two] = [await session.begin(), await session.begin()];
    const other = await SpannerSession.of(running.client, session.database);
    const late = await other.begin();
    for (const [owner, { id }] of [
      [session, two],
      [other, late],
    ] as const) {
      await owner.must('Read', {
        transaction: { id },
        table: 'N',
        columns: ['V'],
        keySet: { keys: [list(['-7'])] },
      });
    }
    const write = { mutations: [upsert('N', ['K', 'V'], ['-7', '2'])] };
    await session.must('Commit', { transactionId: two.id, ...write });
    expect(one.id).not.toEqual(late.id);
    const bytes = running.client.encode('google.spanner.v1.Spanner/Commit', {
      session: other.name,
      transactionId: late.id,
      ...write,
    });
    const refused = await running.client.bytes
      .unary('google.spanner.v1.Spanner/Commit', bytes)
      .then(() => undefined)
      .catch((error) => error);
    expect(refused.code).toBe(10);
    const metadata = refused.metadata.getMap();
    expect(metadata['google.rpc.retryinfo-bin'].length).toBeGreaterThan(0);
    expect(metadata['grpc-status-details-bin'].includes('google.rpc.RetryInfo')).toBe(true);
    expect(await other.call('Commit', { transactionId: late.id, ...write })).toMatchObject({ code: 10 });
  });
});

describe('reads at a time', () => {
  it('see what was committed by then', async () => {
    const table = upsert('N', ['K', 'V'], ['-20', '1']);
    const first = await session.write(table);
    const second = await session.write(upsert('N', ['K', 'V'], ['-20', '2']));
    const third = await session.write({ delete: { table: 'N', keySet: { keys: [list(['-20'])] } } });
    const valueAt = async (readOnly: Json) =>
      session.rows('N', ['V'], {
        keySet: { keys: [list(['-20'])] },
        transaction: { singleUse: { readOnly } },
      });
    expect(await valueAt({ readTimestamp: timestampOf(first - 1n) })).toEqual([]);
    expect(await valueAt({ readTimestamp: timestampOf(first) })).toEqual([['1']]);
    expect(await valueAt({ readTimestamp: timestampOf(second - 1n) })).toEqual([['1']]);
    expect(await valueAt({ readTimestamp: timestampOf(second) })).toEqual([['2']]);
    expect(await valueAt({ readTimestamp: timestampOf(third) })).toEqual([]);
    expect(await valueAt({ minReadTimestamp: timestampOf(third) })).toEqual([]);
    expect(await valueAt({ maxStaleness: { seconds: 5 } })).toEqual([]);
    const old = { readTimestamp: timestampOf(first - 4_000_000_000n) };
    expect(
      await session.call('Read', {
        table: 'N',
        columns: ['V'],
        keySet: { all: true },
        transaction: { singleUse: { readOnly: old } },
      }),
    ).toMatchObject({ code: 9 });
  });

  it('wait for a time that is to come', async () => {
    const timestamp = BigInt(Date.now() + 200) * 1000n;
    const waiting = session.rows('N', ['V'], {
      keySet: { keys: [list(['-21'])] },
      transaction: { singleUse: { readOnly: { readTimestamp: timestampOf(timestamp) } } },
    });
    const written = await session.write(upsert('N', ['K', 'V'], ['-21', '1']));
    expect(await waiting).toEqual(written <= timestamp ? [['1']] : []);
    expect(microsOf(timestampOf(timestamp))).toBe(timestamp);
  });
});
