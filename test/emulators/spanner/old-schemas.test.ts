import { afterEach, describe, expect, it, vi } from 'vitest';
import { findTable } from '../../../src/emulators/spanner/schema/model.js';
import { DroppedTrees } from '../../../src/emulators/spanner/store/dropped-trees.js';
import { outcomeOf, SqlDatabase } from './sql-database.js';

let opened: SqlDatabase | undefined;

afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

const SCHEMA = [
  'CREATE TABLE Ward (Id INT64 NOT NULL, Name STRING(20), Beds INT64) PRIMARY KEY (Id)',
  'CREATE TABLE Note (Id INT64 NOT NULL, Body STRING(MAX)) PRIMARY KEY (Id)',
  'CREATE INDEX ByName ON Ward (Name DESC)',
  'CREATE VIEW Large SQL SECURITY INVOKER AS SELECT Ward.Id FROM Ward WHERE Ward.Beds > 10',
];

const CHANGES = [
  'DROP VIEW Large',
  'DROP INDEX ByName',
  'ALTER TABLE Ward DROP COLUMN Name',
  'ALTER TABLE Ward ADD COLUMN Floor INT64 DEFAULT (1)',
  'ALTER TABLE Ward ADD COLUMN Name INT64',
  'ALTER TABLE Note ALTER COLUMN Body BYTES(MAX)',
  'RENAME TABLE Note TO Remark',
];

async function rowsAt(atMicros: number, sql: string): Promise<unknown[]> {
  const { database } = opened!;
  const request = { sql, parameters: [], mode: 'NORMAL' as const, view: database.viewAt(atMicros) };
  return (await outcomeOf(await database.engine.execute(request))).rows;
}

function now(): number {
  return opened!.database.strongView().timestampMicros;
}

/** What queries with and without DuckDB, and reads by the index, say of the time before the changes. */
async function expectTheOldSchema(before: number): Promise<void> {
  expect(await rowsAt(before, 'SELECT * FROM Ward')).toEqual([
    ['1', 'north', '8'],
    ['2', 'south', '12'],
  ]);
  expect(await rowsAt(before, 'SELECT MAX(Name), SUM(Beds) FROM Ward')).toEqual([['south', '20']]);
  expect(await rowsAt(before, 'SELECT Id FROM Large')).toEqual([['2']]);
  expect(await rowsAt(before, 'SELECT Body FROM Note WHERE Id = 1')).toEqual([['é']]);
  expect(await rowsAt(before, 'SELECT MAX(CONCAT(Body, "!")) FROM Note')).toEqual([['é!']]);
  expect(await rowsAt(before, 'SELECT Id FROM Ward@{FORCE_INDEX=ByName} ORDER BY Name DESC')).toEqual([
    ['2'],
    ['1'],
  ]);
  const names = "SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'Ward'";
  expect(await rowsAt(before, `${names} ORDER BY ORDINAL_POSITION`)).toEqual([['Id'], ['Name'], ['Beds']]);
  const view = opened!.database.viewAt(before);
  const index = view.schema.indexes.get('byname')!;
  const scanned = [...view.scan(findTable(view.schema, 'Ward')!, {}, { index })];
  expect(scanned.map(([id]) => id)).toEqual([2n, 1n]);
}

async function expectTheNewSchema(): Promise<void> {
  expect(await rowsAt(now(), 'SELECT Id, Beds, Floor, Name FROM Ward')).toEqual([
    ['1', '8', '1', null],
    ['2', '13', '1', null],
    ['3', '30', '1', '7'],
  ]);
  expect(await rowsAt(now(), 'SELECT SUM(Floor), SUM(Beds) FROM Ward')).toEqual([['3', '51']]);
  expect(await rowsAt(now(), 'SELECT MAX(TO_HEX(Body)) FROM Remark')).toEqual([['c3a9']]);
}

async function change(): Promise<number> {
  opened = await SqlDatabase.open(SCHEMA);
  await opened.run("INSERT INTO Ward (Id, Name, Beds) VALUES (1, 'north', 8), (2, 'south', 12)");
  await opened.run("INSERT INTO Note (Id, Body) VALUES (1, 'é')");
  const before = now();
  expect(await opened.store.updateSchema(opened.database.name, CHANGES)).toBeUndefined();
  await opened.run('INSERT INTO Ward (Id, Beds, Name) VALUES (3, 30, 7)');
  await opened.run('UPDATE Ward SET Beds = 13 WHERE Id = 2');
  return before;
}

describe('a read at a time before a change of the schema', () => {
  it('is by the schema of that time, before and after reads by the one of today', async () => {
    const before = await change();
    await expectTheOldSchema(before);
    await expectTheNewSchema();
    await expectTheOldSchema(before);
    await expectTheNewSchema();
  });

  it.each([
    ['a restart', undefined],
    ['a restart that writes the journal anew', 1],
  ])('is so after %s', async (_, minCheckpointBytes) => {
    const before = await change();
    for (let round = 0; round < 3; round++) {
      opened = await opened!.reopen(minCheckpointBytes);
      await opened.run('DELETE FROM Ward WHERE Id = 99');
      await expectTheNewSchema();
      await expectTheOldSchema(before);
    }
  });

  it('finds a table that was dropped since, and another one under its name', async () => {
    opened = await SqlDatabase.open(SCHEMA);
    await opened.run("INSERT INTO Note (Id, Body) VALUES (1, 'old')");
    const before = now();
    const again = 'CREATE TABLE Note (Id INT64 NOT NULL, Body STRING(MAX)) PRIMARY KEY (Id)';
    await opened.store.updateSchema(opened.database.name, ['DROP TABLE Note', again]);
    await opened.run("INSERT INTO Note (Id, Body) VALUES (1, 'new'), (2, 'new')");
    for (let round = 0; round < 3; round++) {
      if (round > 0) opened = await opened.reopen(1);
      await opened.run('DELETE FROM Ward WHERE Id = 99');
      expect(await rowsAt(before, 'SELECT Id, Body FROM Note')).toEqual([['1', 'old']]);
      expect(await rowsAt(before, 'SELECT MAX(Body), COUNT(Body) FROM Note')).toEqual([['old', '1']]);
      expect(await rowsAt(now(), 'SELECT MAX(Body), COUNT(Body) FROM Note')).toEqual([['new', '2']]);
    }
  });

  it('finds no table before it was made', async () => {
    opened = await SqlDatabase.open(SCHEMA);
    const before = now();
    await opened.store.updateSchema(opened.database.name, [
      'CREATE TABLE Late (Id INT64 NOT NULL) PRIMARY KEY (Id)',
    ]);
    await expect(rowsAt(before, 'SELECT Id FROM Late')).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('Table not found: Late'),
    });
    expect(await rowsAt(now(), 'SELECT Id FROM Late')).toEqual([]);
  });

  it('sees no foreign key that has been dropped and made again with other rows in between', async () => {
    const key = 'ALTER TABLE Note ADD CONSTRAINT OfWard FOREIGN KEY (Id) REFERENCES Ward (Id)';
    opened = await SqlDatabase.open([...SCHEMA, key]);
    await opened.run('INSERT INTO Ward (Id) VALUES (1)');
    const { name } = opened.database;
    await opened.store.updateSchema(name, ['ALTER TABLE Note DROP CONSTRAINT OfWard']);
    await opened.run('INSERT INTO Note (Id) VALUES (1)');
    await opened.store.updateSchema(name, [key]);
    await expect(opened.run('DELETE FROM Ward WHERE Id = 1')).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
    });
  });
});

it('trees that were dropped are forgotten in their order, when reads go back no further than that', async () => {
  let horizon = 0;
  const forgotten: string[] = [];
  const trees = new DroppedTrees(
    () => horizon,
    (id) => forgotten.push(id),
  );
  trees.add('t1', 1);
  trees.add('i2', 2);
  trees.add('t3', 9e12);
  expect(trees.readable.map(([id]) => id)).toEqual(['t1', 'i2', 't3']);
  horizon = 2;
  await vi.waitFor(() => expect(forgotten).toEqual(['t1', 'i2']), { timeout: 30_000 });
  expect(trees.readable).toEqual([['t3', 9e12]]);
  trees.close();
});
