import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordCalls } from '../../helpers/recording-proxy.js';
import { runHealthmon } from '../../helpers/run.js';
import { useTestStack } from '../../helpers/stack.js';
import { type Workspace, workspace } from './workspace.js';

const stack = useTestStack();
let ws: Workspace;
beforeAll(async () => {
  ws = workspace(stack, 'refusals');
  ws.write('places.json', {
    name: 'places',
    primaryKey: 'Id',
    fields: [{ name: 'Id', type: 'integer' }, { name: 'Name' }],
  });
  ws.write('visits.json', {
    name: 'visits',
    primaryKey: 'Id',
    fields: [
      { name: 'Id', type: 'integer' },
      { name: 'Place', type: 'integer' },
    ],
    foreignKeys: [{ fields: 'Place', reference: { resource: 'places', fields: 'Id' } }],
  });
  ws.write('staff.json', {
    name: 'staff',
    primaryKey: 'Id',
    fields: [
      { name: 'Id', type: 'integer' },
      { name: 'Lead', type: 'integer' },
    ],
    foreignKeys: [{ fields: 'Lead', reference: { resource: '', fields: 'Id' } }],
  });
  const run = await ws.run('provision', ...schemas('places', 'visits', 'staff'));
  expect(run.code, run.stdout).toBe(0);
});
afterAll(() => ws.remove());

const schemas = (...names: string[]) => names.flatMap((name) => ['--schema', `${name}.json`]);

async function load(...argv: string[]) {
  const run = await ws.run('load', ...argv);
  const { result, error } = run.json() as unknown as {
    result: { rowsLoaded: number; rowsRejected: number; reasons: { reason: string; count: number }[] };
    error?: { code: string; message: string; detail: string; suggestion: string };
  };
  return { ...result, code: run.code, error };
}

const rejected = (name: string) =>
  readFileSync(join(ws.folder, `${name}.rejects.csv`), 'utf8')
    .trim()
    .split('\n')
    .slice(1);

describe('tables that refer to each other', () => {
  it('are emptied children first, again and again', async () => {
    ws.write('places.csv', 'Id,Name\n1,a\n2,b\n');
    ws.write('visits.csv', 'Id,Place\n10,1\n11,2\n');
    const both = ['places.csv', 'visits.csv', ...schemas('places', 'visits'), '--mode', 'truncate'];
    expect(await load(...both)).toMatchObject({ code: 0, rowsLoaded: 4 });
    expect(await load(...both)).toMatchObject({ code: 0, rowsLoaded: 4 });
    const parent = await load('places.csv', ...schemas('places'), '--mode', 'truncate');
    expect(parent).toMatchObject({ code: 1, error: { code: 'table-referenced' } });
    expect(await ws.rows('SELECT COUNT(*) FROM places')).toEqual([['2']]);
  });

  it('may be interleaved', async () => {
    await ws.ddl(
      'CREATE TABLE rooms (Id INT64 NOT NULL, Nr INT64 NOT NULL) PRIMARY KEY (Id, Nr), INTERLEAVE IN PARENT places',
    );
    ws.write('rooms.csv', 'Id,Nr\n1,1\n9,1\n');
    expect(await load('rooms.csv', '--table', 'rooms')).toMatchObject({
      rowsLoaded: 1,
      reasons: [{ reason: 'refers to a row that does not exist', count: 1 }],
    });
    await ws.ddl('DROP TABLE rooms');
  });

  it('may be one table, whatever the order of its rows', async () => {
    ws.write('staff.csv', 'Id,Lead\n4,3\n1,\n2,1\n3,2\n5,99\n6,6\n7,5\n');
    expect(await load('staff.csv', ...schemas('staff'))).toMatchObject({ rowsLoaded: 5, rowsRejected: 2 });
    expect(rejected('staff').map((line) => line.split(',')[0])).toEqual(['5', '7']);
    expect(await ws.rows('SELECT Id FROM staff ORDER BY Id')).toEqual([['1'], ['2'], ['3'], ['4'], ['6']]);
  });

  it('count their orphans against --max-rejects', async () => {
    ws.write('orphans.csv', 'Id,Place\n20,1\n21,77\n22,78\n');
    const few = await load('orphans.csv', ...schemas('visits'), '--max-rejects', '1');
    expect(few).toMatchObject({ code: 4, error: { code: 'too-many-rejects' } });
    expect(few.error!.message).toContain('2 of 3 rows are rejected');
    expect(few.error!.detail).toBe('2 × Place: no such row in places');
    expect(few.error!.suggestion).toContain(join(ws.folder, 'orphans.rejects.csv'));
    expect(rejected('orphans')).toHaveLength(2);
    expect(await ws.rows('SELECT COUNT(*) FROM visits WHERE Id >= 20')).toEqual([['0']]);
    expect(await load('orphans.csv', ...schemas('visits'), '--max-rejects', '2')).toMatchObject({
      rowsLoaded: 1,
      rowsRejected: 2,
    });
  });
});

describe('a load that is to be copied', () => {
  it('writes nothing when there is nowhere to copy it to', async () => {
    ws.write('places.csv', 'Id,Name\n31,a\n');
    const nowhere = ['--also', 'bigquery', '--set', 'bigquery.dataset=nowhere'];
    const { code, error } = await load('places.csv', ...schemas('places'), ...nowhere);
    expect(code).toBe(3);
    expect(error!.message).toBe('The dataset nowhere does not exist.');
    expect(await ws.rows('SELECT COUNT(*) FROM places WHERE Id = 31')).toEqual([['0']]);
  });
});

describe('many files', () => {
  it('share their sessions', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `part${index}.csv`);
    for (const [index, name] of names.entries()) ws.write(name, `Id,Name\n${500 + index},a\n`);
    const recorder = await recordCalls(stack);
    const argv = ['load', ...names, ...schemas('places'), '--json'];
    const run = await runHealthmon(argv, { cwd: ws.folder, env: { ...ws.env, ...recorder.env } });
    const methods = recorder.take().map(({ method }) => method);
    recorder.close();
    // The client reads the variable of the process.
    process.env.SPANNER_EMULATOR_HOST = stack.env.SPANNER_EMULATOR_HOST;
    expect(run.code, run.stdout).toBe(0);
    expect(methods.filter((method) => method === 'Commit')).toHaveLength(12);
    expect(methods.filter((method) => method === 'CreateSession').length).toBeLessThan(12);
  });
});

describe('a file that goes away', () => {
  it('is named as the reason', async () => {
    const path = ws.write('gone.csv', `Id,Name\n${'1,x\n'.repeat(200_000)}`);
    const loading = load('gone.csv', ...schemas('places'));
    setTimeout(() => rmSync(path), 50);
    const { error } = await loading;
    expect(['file-changed', 'file-not-found']).toContain(error?.code);
  });
});

describe('a table that is emptied first', () => {
  it('keeps its rows when every new one is bad', async () => {
    ws.write('places.csv', 'Id,Name\n1,a\n2,b\n');
    await load('places.csv', ...schemas('places'));
    ws.write('bad.csv', 'Id,Name\nx,a\ny,b\n');
    const refused = await load('bad.csv', ...schemas('places'), '--mode', 'truncate');
    expect(refused).toMatchObject({ code: 4, error: { code: 'every-row-rejected' } });
    expect(rejected('bad')).toHaveLength(2);
    expect(await ws.rows('SELECT COUNT(*) FROM places WHERE Id < 3')).toEqual([['2']]);
  });
});

describe('a table that was changed by hand', () => {
  it('is refused before anything is written when no row would fit', async () => {
    await ws.ddl(
      'CREATE TABLE unfit (Id INT64 NOT NULL, A STRING(5), B INT64 NOT NULL, C INT64 AS (Id + 1) STORED, D DATE) PRIMARY KEY (Id)',
    );
    ws.write('unfit.json', {
      name: 'unfit',
      primaryKey: 'A',
      fields: [
        { name: 'Id', type: 'integer' },
        { name: 'A', constraints: { maxLength: 9 } },
        { name: 'C', type: 'integer' },
        { name: 'D', type: 'datetime' },
        { name: 'E' },
      ],
    });
    ws.write('unfit.csv', 'Id,A,C,D,E\n1,2,1,2026-01-01T00:00:00Z,x\n');
    const { code, error } = await load('unfit.csv', ...schemas('unfit'));
    expect(code).toBe(3);
    expect((await load('unfit.csv', ...schemas('unfit'), '--dry-run')).error).toEqual(error);
    expect((await load('unfit.csv', ...schemas('unfit'), '--check')).code).toBe(0);
    expect(error).toMatchObject({ code: 'schema-drift' });
    expect(error!.detail.split('\n')).toEqual([
      'The column C is computed by Spanner.',
      'The column D is DATE, the schema says TIMESTAMP.',
      'The column E is missing.',
      'The column B requires a value, and the schema lacks it.',
      'The key is (Id), the schema says (A).',
    ]);
  });

  it('is not judged by its first rows', async () => {
    await ws.ddl(
      'CREATE TABLE late (Id INT64 NOT NULL, A INT64, CONSTRAINT high CHECK (A > 300)) PRIMARY KEY (Id)',
    );
    const lines = Array.from({ length: 1000 }, (_, index) => `${index + 1},${index + 1}`);
    ws.write('late.csv', `Id,A\n${lines.join('\n')}\n`);
    expect(await load('late.csv', '--table', 'late')).toMatchObject({ rowsLoaded: 700, rowsRejected: 300 });
    expect(await ws.rows('SELECT COUNT(*), MIN(A) FROM late')).toEqual([['700', '301']]);
    expect(rejected('late')).toHaveLength(300);
  });

  it('still ends the load when it takes no row at all', async () => {
    await ws.ddl('CREATE TABLE never (Id INT64 NOT NULL, CONSTRAINT below CHECK (Id < 0)) PRIMARY KEY (Id)');
    ws.write('never.csv', `Id\n${Array.from({ length: 1000 }, (_, index) => index).join('\n')}\n`);
    const { error } = await load('never.csv', '--table', 'never');
    expect(error?.code).toBe('every-row-refused');
    expect(error?.detail).toMatch(/^11 OUT_OF_RANGE: Check constraint .* is violated for key …$/);
  });

  it('names the unique index as the reason, in every mode', async () => {
    await ws.ddl(
      'CREATE TABLE coded (Id INT64 NOT NULL, Code STRING(20), Note STRING(9)) PRIMARY KEY (Id)',
      'CREATE UNIQUE NULL_FILTERED INDEX coded_code ON coded (Code) STORING (Note)',
    );
    ws.write('coded.csv', 'Id,Code\n1,x\n');
    await load('coded.csv', '--table', 'coded', '--allow-missing-columns');
    ws.write('again.csv', 'Id,Code\n2,x\n3,y\n');
    for (const mode of ['upsert', 'insert']) {
      const again = await load('again.csv', '--table', 'coded', '--allow-missing-columns', '--mode', mode);
      expect(again).toMatchObject({ code: 4, rowsLoaded: 1, rowsRejected: 1 });
      expect(again.reasons).toEqual([{ column: '', reason: 'repeats a value of a unique index', count: 1 }]);
    }
  });
});

describe('what Spanner says', () => {
  it('is about the row also when the table is called after sessions', async () => {
    await ws.ddl(
      'CREATE TABLE Sessions (Id INT64 NOT NULL) PRIMARY KEY (Id)',
      'CREATE TABLE Parts (Id INT64 NOT NULL, Nr INT64 NOT NULL) PRIMARY KEY (Id, Nr), INTERLEAVE IN PARENT Sessions',
    );
    ws.write('parents.csv', 'Id\n1\n');
    await load('parents.csv', '--table', 'Sessions');
    ws.write('parts.csv', 'Id,Nr\n1,1\n2,1\n');
    expect(await load('parts.csv', '--table', 'Parts')).toMatchObject({ rowsLoaded: 1, rowsRejected: 1 });
  });

  it('may quote a key that reads like another fault', async () => {
    await ws.ddl('CREATE TABLE named (Id STRING(50) NOT NULL, A INT64) PRIMARY KEY (Id)');
    ws.write('named.csv', 'Id,A\nTable not found,1\nUNIQUE,1\n');
    await load('named.csv', '--table', 'named');
    ws.write('named2.csv', 'Id,A\nTable not found,2\nUNIQUE,2\nother,2\n');
    const insert = await load('named2.csv', '--table', 'named', '--mode', 'insert');
    expect(insert).toMatchObject({ code: 4, rowsLoaded: 1, rowsRejected: 2 });
    expect(insert.reasons[0]!.reason).toBe('a row with this key exists with other values');
  });
});
