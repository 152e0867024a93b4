import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Catalog } from '../../../../src/emulators/bigquery/catalog/catalog.js';
import { TableStatistics } from '../../../../src/emulators/bigquery/catalog/statistics.js';
import { TableStore } from '../../../../src/emulators/bigquery/catalog/table-store.js';
import { Engine, type JobRecord } from '../../../../src/emulators/bigquery/engine.js';
import { mlServices } from '../../../../src/emulators/bigquery/ml/index.js';
import type {
  ExecuteRequest,
  ExecuteResult,
} from '../../../../src/emulators/bigquery/statements/execution.js';
import { Database } from '../../../../src/emulators/googlesql/duck/database.js';
import { SqlError } from '../../../../src/emulators/googlesql/errors.js';
import { registerFunctions } from '../../../../src/emulators/googlesql/functions/udf.js';

const project = 'p';
let database: Database;
let catalog: Catalog;
let engine: Engine;
let jobs: JobRecord[] = [];
let number = 0;

beforeAll(async () => {
  database = await Database.open({ threads: 2, prepare: registerFunctions });
  catalog = new Catalog();
  const tables = new TableStore(database, catalog);
  const statistics = new TableStatistics(database, catalog);
  engine = new Engine({
    database,
    catalog,
    tables,
    statistics,
    ml: mlServices,
    jobs: () => jobs,
    exportRows: async () => undefined,
    loadFiles: async () => undefined,
    openFiles: async () => ({ fields: [], select: 'SELECT 1', dispose: async () => undefined }),
    readObject: async (uri) => `function fromLibrary() { return ${JSON.stringify(uri)}; }`,
  });
  await tables.createDataset({ ref: { projectId: project, datasetId: 'd' }, location: 'US' });
});
afterAll(() => database.close());
beforeEach(() => {
  jobs = [];
});

function execute(sql: string, more: Partial<ExecuteRequest> = {}): Promise<ExecuteResult> {
  return engine.execute({
    sql,
    project,
    jobId: `job_${++number}`,
    defaultDataset: { projectId: project, datasetId: 'd' },
    ...more,
  });
}

async function rows(result: ExecuteResult): Promise<unknown[][]> {
  return database.rows(`SELECT * FROM ${result.resultTable}`);
}

async function failure(sql: string, more: Partial<ExecuteRequest> = {}): Promise<SqlError> {
  const error: unknown = await execute(sql, more).then(
    () => new Error('it did not fail'),
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(SqlError);
  return error as SqlError;
}

describe('results', () => {
  it('keeps the order of the rows and their number', async () => {
    const result = await execute('SELECT x FROM UNNEST(GENERATE_ARRAY(1, 5000)) AS x ORDER BY x DESC');
    expect(result.totalRows).toBe(5000);
    const found = await rows(result);
    expect(found[0]).toEqual([5000n]);
    expect(found[4999]).toEqual([1n]);
  });

  it('says what was read and whether it may be cached', async () => {
    await execute('CREATE OR REPLACE TABLE r (a INT64, b STRING); INSERT r VALUES (1, "xyz"), (2, NULL)');
    const result = await execute('SELECT a FROM r');
    expect(result).toMatchObject({
      statementType: 'SELECT',
      totalBytesProcessed: 16,
      cacheable: true,
      referencedTables: [{ projectId: 'p', datasetId: 'd', tableId: 'r' }],
    });
    expect((await execute('SELECT RAND()')).cacheable).toBe(false);
  });

  it('changes nothing in a dry run', async () => {
    await execute('CREATE OR REPLACE TABLE dry (a INT64)');
    for (const sql of [
      'INSERT dry VALUES (1)',
      'CREATE TABLE dry2 (a INT64)',
      'DROP TABLE dry',
      'ALTER TABLE dry ADD COLUMN b INT64',
      'CREATE VIEW dry3 AS SELECT 1 AS a',
      'CREATE FUNCTION dry4() AS (1)',
      'CREATE SCHEMA dry5',
    ]) {
      const result = await execute(sql, { dryRun: true });
      expect(result.resultTable, sql).toBeUndefined();
    }
    const ref = { projectId: project, datasetId: 'd', tableId: 'dry' };
    expect(catalog.getTable(ref)?.fields).toHaveLength(1);
    expect((await execute('SELECT COUNT(*) AS n FROM dry')).totalRows).toBe(1);
    expect(catalog.getTable({ ...ref, tableId: 'dry2' })).toBeUndefined();
    expect(catalog.getDataset({ projectId: project, datasetId: 'dry5' })).toBeUndefined();
  });

  it('reports the columns of a dry run', async () => {
    const result = await execute('SELECT 1 AS a, [DATE "2024-01-01"] AS b', { dryRun: true });
    expect(result.schema).toMatchObject([
      { name: 'a', type: 'INTEGER' },
      { name: 'b', type: 'DATE', mode: 'REPEATED' },
    ]);
  });

  it('lists the statements of a script as its children', async () => {
    const result = await execute(
      'DECLARE x INT64 DEFAULT 3; CREATE OR REPLACE TABLE s AS SELECT x AS y; SELECT y FROM s;',
    );
    expect(result.statementType).toBe('SCRIPT');
    expect(result.children?.map((child) => [child.statementType, child.sql])).toEqual([
      ['CREATE_TABLE_AS_SELECT', 'CREATE OR REPLACE TABLE s AS SELECT x AS y'],
      ['SELECT', 'SELECT y FROM s'],
    ]);
    expect(await rows(result)).toEqual([[3n]]);
  });
});

describe('changes at the same time', () => {
  it('queues updates of one table', async () => {
    await execute('CREATE OR REPLACE TABLE c AS SELECT 0 AS n');
    await Promise.all(Array.from({ length: 12 }, () => execute('UPDATE c SET n = n + 1 WHERE TRUE')));
    expect(await rows(await execute('SELECT n FROM c'))).toEqual([[12n]]);
  });

  it('lets inserts and a merge meet', async () => {
    await execute('CREATE OR REPLACE TABLE m (id INT64)');
    await Promise.all([
      ...Array.from({ length: 6 }, (_, index) => execute(`INSERT m VALUES (${index})`)),
      execute('MERGE m USING UNNEST([100, 101]) AS x ON id = x WHEN NOT MATCHED THEN INSERT VALUES (x)'),
    ]);
    expect(await rows(await execute('SELECT COUNT(DISTINCT id) FROM m'))).toEqual([[8n]]);
  });

  it('hides an open transaction from others', async () => {
    await execute('CREATE OR REPLACE TABLE h (a INT64)');
    await execute('SELECT 1', { createSession: true, sessionId: 'hidden' });
    await execute('BEGIN TRANSACTION', { sessionId: 'hidden' });
    await execute('INSERT h VALUES (1)', { sessionId: 'hidden' });
    expect(await rows(await execute('SELECT COUNT(*) FROM h', { sessionId: 'hidden' }))).toEqual([[1n]]);
    expect(await rows(await execute('SELECT COUNT(*) FROM h'))).toEqual([[0n]]);
    await execute('COMMIT TRANSACTION', { sessionId: 'hidden' });
    expect(await rows(await execute('SELECT COUNT(*) FROM h'))).toEqual([[1n]]);
  });

  it('takes back a transaction that its script left open', async () => {
    await execute('CREATE OR REPLACE TABLE o (a INT64)');
    await execute('BEGIN TRANSACTION; INSERT o VALUES (1);');
    expect(await rows(await execute('SELECT COUNT(*) FROM o'))).toEqual([[0n]]);
  });

  it('takes back a failed change of many rows', async () => {
    await execute('CREATE OR REPLACE TABLE f AS SELECT x FROM UNNEST([1, 2, 0]) AS x');
    expect((await failure('UPDATE f SET x = DIV(10, x) WHERE TRUE')).message).toContain('division by zero');
    expect(await rows(await execute('SELECT SUM(x) FROM f'))).toEqual([[3n]]);
  });
});

describe('sessions', () => {
  it('keep temporary tables, variables and functions from job to job', async () => {
    await execute('CREATE TEMP TABLE t AS SELECT 5 AS a', { createSession: true, sessionId: 's1' });
    await execute('CREATE TEMP FUNCTION twice(x INT64) AS (x * 2)', { sessionId: 's1' });
    const result = await execute('SELECT twice(a) FROM t', { sessionId: 's1' });
    expect(result.sessionId).toBe('s1');
    expect(await rows(result)).toEqual([[10n]]);
    expect((await failure('SELECT 1', { sessionId: 's2' })).message).toBe('Invalid input session id.');
  });

  it('hide temporary tables from other jobs', async () => {
    await execute('CREATE TEMP TABLE only_here AS SELECT 1 AS a');
    expect((await failure('SELECT * FROM only_here')).reason).toBe('notFound');
  });
});

describe('cancelling', () => {
  it.each([
    [
      'a long query',
      'SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 100000)) a, UNNEST(GENERATE_ARRAY(1, 100000)) b WHERE MOD(a * b, 7) = 3',
    ],
    ['a loop without statements', 'LOOP END LOOP;'],
    [
      'a script that catches errors',
      'LOOP BEGIN SELECT 1; EXCEPTION WHEN ERROR THEN SELECT 2; END; END LOOP;',
    ],
  ])('ends %s', { timeout: 60_000 }, async (_, sql) => {
    const abort = new AbortController();
    const running = failure(sql, { signal: abort.signal });
    setTimeout(() => abort.abort(), 100);
    expect((await running).reason).toBe('stopped');
    // The next one is not disturbed.
    expect((await execute('SELECT 1 AS a')).totalRows).toBe(1);
  });
});

describe('INFORMATION_SCHEMA.JOBS', () => {
  it('shows the jobs of the server', async () => {
    jobs = [
      {
        jobId: 'j1',
        projectId: project,
        jobType: 'QUERY',
        statementType: 'SELECT',
        query: "SELECT 'it''s'",
        state: 'DONE',
        creationTime: 1_700_000_000_123,
        userEmail: 'someone',
        labels: { team: 'core' },
        error: { reason: 'invalidQuery', message: 'no' },
      },
    ];
    const result = await execute(
      'SELECT job_id, query, error_result.reason, labels[0].value, UNIX_MILLIS(creation_time) FROM `region-us`.INFORMATION_SCHEMA.JOBS',
    );
    expect(await rows(result)).toEqual([
      ['j1', "SELECT 'it''s'", 'invalidQuery', 'core', 1_700_000_000_123n],
    ]);
  });
});

describe('errors', () => {
  it('tell handlers what failed', async () => {
    const result = await execute(
      "BEGIN SELECT 1; SELECT ERROR('oh'); EXCEPTION WHEN ERROR THEN SELECT @@error.message, @@error.statement_text, @@error.formatted_stack_trace; END",
    );
    expect(await rows(result)).toEqual([['Query error: oh at [1:17]', "SELECT ERROR('oh')", 'At [1:17]\n']]);
  });

  it('name what is not there', async () => {
    expect(await failure('INSERT nothing VALUES (1)')).toMatchObject({
      reason: 'notFound',
      message: 'Not found: Table p:d.nothing was not found in location US',
    });
    expect((await failure('SELECT 1 FROM other.t')).message).toBe(
      'Not found: Dataset p:other was not found in location US',
    );
    expect((await failure('CALL d.none()')).message).toContain('Procedure is not found: p.d.none at [1:1]');
  });

  it.each([
    ['CREATE SEARCH INDEX i ON t(ALL COLUMNS)', 'CREATE SEARCH INDEX'],
    ['GRANT `roles/x` ON SCHEMA d TO "user:a"', 'GRANT'],
    ['CREATE FUNCTION f(x INT64) RETURNS INT64 LANGUAGE python AS "return x"', 'PYTHON'],
  ])('refuse %s by name', async (sql, name) => {
    const error = await failure(sql);
    expect(error.reason).toBe('notImplemented');
    expect(error.message).toContain(name);
  });
});
