import { afterEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/emulators/spanner/store/database.js';
import type { ReadView } from '../../../src/emulators/spanner/store/view.js';
import { outcomeOf, SqlDatabase } from './sql-database.js';

let opened: SqlDatabase | undefined;

afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

async function open(...statements: string[]): Promise<SqlDatabase> {
  opened = await SqlDatabase.open(statements);
  return opened;
}

const TABLE = 'CREATE TABLE T (K INT64 NOT NULL, S STRING(MAX), N INT64) PRIMARY KEY (K)';

async function rowsOf(view: ReadView, database: Database, sql: string): Promise<unknown[]> {
  const result = await database.engine.execute({ sql, parameters: [], mode: 'NORMAL', view });
  return (await outcomeOf(result)).rows;
}

function begin(database: Database) {
  return database.writeView(database.strongView().timestampMicros, 'dml');
}

/** A query that needs DuckDB, and one that does not. */
const BOTH = ['SELECT SUM(N), COUNT(*) FROM T', 'SELECT K, S, N FROM T'];

describe('a transaction', () => {
  it('reads what it wrote, in queries of both kinds, and nobody else does', async () => {
    const { database, run } = bound(await open(TABLE));
    await run("INSERT INTO T (K, S, N) VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)");
    expect(await rowsOf(database.strongView(), database, BOTH[0]!)).toEqual([['6', '3']]);
    const view = begin(database);
    await rowsOf(view, database, 'UPDATE T SET N = 10 WHERE K = 1');
    await rowsOf(view, database, 'DELETE FROM T WHERE N = 2');
    await rowsOf(view, database, "INSERT INTO T (K, S, N) VALUES (4, 'd', 4)");
    expect(await rowsOf(view, database, BOTH[0]!)).toEqual([['17', '3']]);
    expect(await rowsOf(view, database, BOTH[1]!)).toEqual([
      ['1', 'a', '10'],
      ['3', 'c', '3'],
      ['4', 'd', '4'],
    ]);
    expect(await rowsOf(database.strongView(), database, BOTH[0]!)).toEqual([['6', '3']]);
    await database.commit({ mutations: [], view, transaction: '' });
    expect(await rowsOf(database.strongView(), database, BOTH[0]!)).toEqual([['17', '3']]);
  });

  it('is aborted when rows that a query of DuckDB read were changed meanwhile', async () => {
    const { database, run } = bound(await open(TABLE));
    await run("INSERT INTO T (K, S, N) VALUES (1, 'a', 1)");
    const view = begin(database);
    await rowsOf(view, database, 'SELECT MAX(N) FROM T');
    await rowsOf(view, database, 'UPDATE T SET S = "x" WHERE K = 1');
    await run('UPDATE T SET N = 5 WHERE K = 1');
    await expect(database.commit({ mutations: [], view, transaction: '' })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  it('counts the rows of its time and its own, whatever was written meanwhile', async () => {
    const { database, run } = bound(await open(TABLE));
    const countOf = (view: ReadView) => rowsOf(view, database, 'SELECT COUNT(*) AS n FROM T');
    await run("INSERT INTO T (K, S, N) VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)");
    const before = database.strongView();
    const view = begin(database);
    await rowsOf(view, database, 'DELETE FROM T WHERE K <= 2');
    await rowsOf(view, database, 'UPDATE T SET N = 10 WHERE K = 3');
    await rowsOf(view, database, 'INSERT INTO T (K) VALUES (2), (5), (6)');
    expect(await countOf(view)).toEqual([['4']]);
    await run('DELETE FROM T WHERE K = 1');
    await run('INSERT INTO T (K) VALUES (7), (8), (9)');
    await run('DELETE FROM T WHERE K = 8');
    await run('INSERT INTO T (K) VALUES (8)');
    expect(await countOf(before)).toEqual([['3']]);
    expect(await countOf(view)).toEqual([['4']]);
    expect(await countOf(database.strongView())).toEqual([['5']]);
    await expect(database.commit({ mutations: [], view, transaction: '' })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  it('is not in the way of another that read other keys', async () => {
    const { database, run } = bound(await open(TABLE));
    await run("INSERT INTO T (K, S, N) VALUES (1, 'a', 1), (2, 'b', 2)");
    const view = begin(database);
    await rowsOf(view, database, 'UPDATE T SET N = N + 1 WHERE K = 1');
    await run('UPDATE T SET N = 5 WHERE K = 2');
    await database.commit({ mutations: [], view, transaction: '' });
    expect(await rowsOf(database.strongView(), database, 'SELECT N FROM T')).toEqual([['2'], ['5']]);
  });

  it('cannot read a commit timestamp that it wrote', async () => {
    const database = (
      await open(
        'CREATE TABLE T (K INT64 NOT NULL, TS TIMESTAMP OPTIONS (allow_commit_timestamp = true)) PRIMARY KEY (K)',
      )
    ).database;
    const view = begin(database);
    await rowsOf(view, database, 'INSERT INTO T (K, TS) VALUES (1, PENDING_COMMIT_TIMESTAMP())');
    for (const sql of ['SELECT TS FROM T WHERE K = 1', 'SELECT MAX(TS) FROM T']) {
      await expect(rowsOf(view, database, sql)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('has a pending CommitTimestamp'),
      });
    }
    expect(await rowsOf(view, database, 'SELECT K FROM T WHERE K = 1')).toEqual([['1']]);
    const { timestampMicros } = await database.commit({ mutations: [], view, transaction: '' });
    const [row] = (await rowsOf(database.strongView(), database, 'SELECT TS FROM T')) as string[][];
    expect(Date.parse(row![0]!)).toBe(Math.floor(timestampMicros / 1000));
  });
});

describe('a query', () => {
  it('reads rows as they were at its time, after others changed them', async () => {
    const { database, run } = bound(await open(TABLE));
    await run("INSERT INTO T (K, S, N) VALUES (1, 'a', 1), (2, 'b', 2)");
    const before = database.strongView();
    await run('UPDATE T SET N = 20 WHERE K = 2');
    const between = database.strongView();
    await run('DELETE FROM T WHERE K = 1');
    const wanted: [ReadView, string][] = [
      [database.strongView(), '20'],
      [before, '3'],
      [between, '21'],
      [database.strongView(), '20'],
    ];
    for (const [view, sum] of wanted) {
      expect(await rowsOf(view, database, 'SELECT SUM(N) FROM T')).toEqual([[sum]]);
    }
  });

  it('sees each of many changes between two of its kind', async () => {
    const { database, run } = bound(await open(TABLE));
    for (let key = 0; key < 20; key++) {
      await run(`INSERT INTO T (K, S, N) VALUES (${key}, 'x', ${key})`);
      if (key % 3 === 0) await run(`DELETE FROM T WHERE K = ${key}`);
      const kept = Array.from({ length: key + 1 }, (_, each) => each).filter((each) => each % 3 !== 0);
      const sum = kept.reduce((total, each) => total + each, 0);
      expect(
        await rowsOf(database.strongView(), database, 'SELECT COUNT(N), IFNULL(SUM(N), 0) FROM T'),
      ).toEqual([[String(kept.length), String(sum)]]);
    }
  });

  it('keeps apart keys that differ in nanoseconds, and a row that is updated by one of them', async () => {
    const { run } = bound(
      await open('CREATE TABLE T (TS TIMESTAMP NOT NULL, N INT64) PRIMARY KEY (TS DESC)'),
    );
    const times = ['2026-01-01T00:00:00.000000001Z', '2026-01-01T00:00:00.000000002Z'];
    for (const [index, time] of times.entries()) {
      await run(`INSERT INTO T (TS, N) VALUES (TIMESTAMP '${time}', ${index})`);
    }
    expect((await run('SELECT COUNT(*), SUM(N) FROM T')).rows).toEqual([['2', '1']]);
    await run('UPDATE T SET N = (SELECT 7) WHERE N = 1');
    await run('DELETE FROM T WHERE N + 0 = 0');
    expect((await run('SELECT TS, N FROM T')).rows).toEqual([[times[1], '7']]);
    expect((await run('SELECT SUM(N) FROM T')).rows).toEqual([['7']]);
  });

  it('follows a schema that changes', async () => {
    const opened = await open(TABLE);
    const { run } = bound(opened);
    await run("INSERT INTO T (K, S, N) VALUES (1, 'a', 1)");
    expect((await run('SELECT MAX(N) FROM T')).rows).toEqual([['1']]);
    const name = opened.database.name;
    await opened.store.updateSchema(name, [
      'ALTER TABLE T ADD COLUMN M INT64 DEFAULT (7)',
      'ALTER TABLE T DROP COLUMN S',
    ]);
    expect((await run('SELECT MAX(M), MAX(N) FROM T')).rows).toEqual([['7', '1']]);
    await expect(run('SELECT MAX(S) FROM T')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('runs beside others, and can be given up half read', async () => {
    const { database, run } = bound(await open(TABLE));
    const rows = Array.from({ length: 5000 }, (_, key) => [BigInt(key), 'x', 1n]);
    await database.commit({
      mutations: [{ kind: 'insert', table: 'T', columns: ['K', 'S', 'N'], rows }],
      transaction: '',
    });
    const view = database.strongView();
    const result = await database.engine.execute({
      sql: 'SELECT K + 0 FROM T WHERE N = 1',
      parameters: [],
      mode: 'NORMAL',
      view,
    });
    for await (const part of result.rows) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    const sums = await Promise.all(Array.from({ length: 5 }, () => run('SELECT SUM(N) FROM T')));
    expect(sums.map(({ rows }) => rows)).toEqual(Array.from({ length: 5 }, () => [['5000']]));
  });

  it('is cancelled by its signal', async () => {
    const { database } = bound(await open(TABLE));
    const signal = AbortSignal.abort();
    const request = {
      sql: 'SELECT SUM(N) FROM T',
      parameters: [],
      mode: 'NORMAL' as const,
      view: database.strongView(),
      signal,
    };
    const result = await database.engine.execute(request);
    await expect(outcomeOf(result)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('INSERT ON CONFLICT', () => {
  const UNIQUE = [
    'CREATE TABLE T (K INT64 NOT NULL, S STRING(MAX), N INT64 DEFAULT (0)) PRIMARY KEY (K)',
    'CREATE UNIQUE INDEX BY_S ON T(S)',
  ];

  it('leaves rows alone, or updates them from both', async () => {
    const { run } = bound(await open(...UNIQUE));
    await run("INSERT INTO T (K, S, N) VALUES (1, 'a', 1)");
    const ignored = await run(
      "INSERT INTO T (K, S) VALUES (1, 'z'), (2, 'b') ON CONFLICT (K) DO NOTHING THEN RETURN K",
    );
    expect(ignored).toMatchObject({ rows: [['2']], rowCount: 1n });
    const updated = await run(
      "INSERT INTO T (K, S, N) VALUES (1, 'c', 5), (3, 'd', 6) ON CONFLICT (K) DO UPDATE SET N = T.N + EXCLUDED.N, S = EXCLUDED.S WHERE T.N < 9 THEN RETURN WITH ACTION K, N",
    );
    expect(updated.rows).toEqual([
      ['1', '6', 'UPDATE'],
      ['3', '6', 'INSERT'],
    ]);
    expect((await run("INSERT INTO T (K, S) VALUES (9, 'c') ON CONFLICT DO NOTHING")).rowCount).toBe(0n);
    const byIndex = await run(
      "INSERT INTO T (K, S) VALUES (9, 'c') ON CONFLICT ON UNIQUE CONSTRAINT BY_S DO UPDATE SET N = EXCLUDED.N THEN RETURN K, N",
    );
    expect(byIndex.rows).toEqual([['1', '0']]);
    await expect(
      run("INSERT INTO T (K, S) VALUES (9, 'c') ON CONFLICT (N) DO NOTHING"),
    ).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('expressions of columns', () => {
  it('are computed by closures and by DuckDB alike', async () => {
    const { run } = bound(
      await open(
        `CREATE TABLE T (
          K INT64 NOT NULL, S STRING(MAX), U STRING(36) DEFAULT (GENERATE_UUID()), Y INT64 DEFAULT (EXTRACT(YEAR FROM DATE '2026-05-01')),
          A STRING(MAX) AS (UPPER(S)) STORED, B STRING(MAX) AS (REGEXP_REPLACE(S, 'l+', '-')) STORED, L INT64 AS (LENGTH(B) + 1) STORED,
          CONSTRAINT short CHECK (LENGTH(S) < 10), CONSTRAINT word CHECK (REGEXP_CONTAINS(S, '^[a-z]*$'))
        ) PRIMARY KEY (K)`,
      ),
    );
    const inserted = await run(
      "INSERT INTO T (K, S) VALUES (1, 'hello'), (2, NULL) THEN RETURN Y, A, B, L, LENGTH(U)",
    );
    expect(inserted.rows).toEqual([
      ['2026', 'HELLO', 'he-o', '5', '36'],
      ['2026', null, null, null, '36'],
    ]);
    expect((await run("UPDATE T SET S = 'ball' WHERE K = 1 THEN RETURN A, B, L")).rows).toEqual([
      ['BALL', 'ba-', '4'],
    ]);
    for (const text of ['abcdefghijk', 'A']) {
      await expect(run(`UPDATE T SET S = '${text}' WHERE K = 1`)).rejects.toMatchObject({
        code: 'OUT_OF_RANGE',
      });
    }
  });

  it('are values that a subquery gives, too', async () => {
    const { run } = bound(await open(TABLE));
    await run("INSERT INTO T (K, S, N) VALUES (1, 'a', 1), (2, 'b', 2)");
    const updated = await run(
      'UPDATE T SET N = (SELECT MAX(x.N) FROM T AS x) + K WHERE K IN (SELECT K FROM T WHERE N > 1) THEN RETURN K, N',
    );
    expect(updated.rows).toEqual([['2', '4']]);
  });
});

function bound(database: SqlDatabase) {
  return { database: database.database, run: database.run.bind(database) };
}
