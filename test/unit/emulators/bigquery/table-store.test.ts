import { afterAll, beforeAll, expect, test } from 'vitest';
import { Catalog } from '../../../../src/emulators/bigquery/catalog/catalog.js';
import { TableStore } from '../../../../src/emulators/bigquery/catalog/table-store.js';
import { Database } from '../../../../src/emulators/googlesql/duck/database.js';

let database: Database;
let catalog: Catalog;
let tables: TableStore;
let now = Date.UTC(2026, 0, 31);
const dataset = { projectId: 'p', datasetId: 'd' };

beforeAll(async () => {
  database = await Database.open({ threads: 1 });
  catalog = new Catalog({ now: () => now });
  tables = new TableStore(database, catalog);
  await tables.createDataset({ ref: dataset, location: 'US' });
});
afterAll(() => database.close());

test('partitions go when their time is over', async () => {
  const ref = { ...dataset, tableId: 'parts' };
  const dayMs = 86_400_000;
  await tables.createTable({
    ref,
    type: 'TABLE',
    fields: [{ name: 'day', type: 'DATE', mode: 'NULLABLE' }],
    timePartitioning: { type: 'DAY', field: 'day', expirationMs: 10 * dayMs },
  });
  const name = catalog.physicalName(ref);
  await database.run(`INSERT INTO ${name} VALUES ('2026-01-20'), ('2026-01-21'), ('2026-01-22'), (NULL)`);
  const before = catalog.dataVersion(ref);
  await tables.dropExpiredPartitions(now);
  expect(await database.rows(`SELECT day::VARCHAR FROM ${name} ORDER BY day`)).toEqual([
    ['2026-01-22'],
    [null],
  ]);
  expect(catalog.dataVersion(ref)).toBeGreaterThan(before);
});

test('a table that expired is out of sight at once and dropped by the sweep', async () => {
  const ref = { ...dataset, tableId: 'Fading' };
  await tables.createTable({
    ref,
    type: 'TABLE',
    fields: [{ name: 'n', type: 'INTEGER', mode: 'NULLABLE' }],
    expirationTime: now + 1000,
  });
  const name = catalog.physicalName(ref);
  now += 1000;
  expect(catalog.getTable(ref)).toBeUndefined();
  expect(await database.rows(`SELECT count(*) FROM ${name}`)).toEqual([[0n]]);
  expect(await tables.dropExpired()).toBe(1);
  await expect(database.rows(`SELECT count(*) FROM ${name}`)).rejects.toThrow('does not exist');
});

test('a long write holds up its own table and its dataset only', async () => {
  const busy = { ...dataset, datasetId: 'busy' };
  await tables.createDataset({ ref: busy, location: 'US' });
  const fields = [{ name: 'n', type: 'INTEGER', mode: 'NULLABLE' } as const];
  const table = (tableId: string) => ({ ref: { ...busy, tableId }, type: 'TABLE' as const, fields });
  await tables.createTable(table('long'));
  await tables.createTable(table('other'));
  const order: string[] = [];
  let later: Promise<unknown>[] = [];
  const rows = { select: 'SELECT 1', columns: ['n'] };
  await tables.write(table('long').ref, {
    ...rows,
    confirm: async () => {
      later = [
        tables.write(table('long').ref, rows).then(() => order.push('second write')),
        tables.dropDataset(busy, true).then(() => order.push('drop')),
        tables.createTable(table('late')).catch(({ reason }) => order.push(reason)),
      ];
      await tables.createTable({ ...table('aside'), ref: { ...dataset, tableId: 'aside' } });
      order.push('aside');
    },
  });
  await Promise.all(later);
  expect(order).toEqual(['aside', 'second write', 'drop', 'notFound']);

  await tables.createDataset({ ref: busy, location: 'US' });
  await tables.createTable(table('long'));
  await tables.createTable(table('other'));
  await tables.write(table('long').ref, {
    ...rows,
    confirm: async () => {
      await tables.createTable(table('made'));
      await tables.updateTable(table('other').ref, { fields: [...fields, { ...fields[0]!, name: 'm' }] });
      await tables.write(table('made').ref, rows);
      await tables.rename(table('made').ref, 'renamed');
      await tables.dropTable(table('other').ref);
    },
  });
  expect(catalog.listTables(busy).map(({ ref }) => ref.tableId)).toEqual(['long', 'renamed']);
  expect(await database.rows(`SELECT * FROM ${catalog.physicalName(table('renamed').ref)}`)).toEqual([[1n]]);
});

test('an update that is refused halfway leaves the table as it was', async () => {
  const ref = { ...dataset, tableId: 'halfway' };
  const text = { name: 's', type: 'STRING', mode: 'NULLABLE' } as const;
  await tables.createTable({ ref, type: 'TABLE', fields: [text] });
  const name = catalog.physicalName(ref);
  await database.run(`INSERT INTO ${name} VALUES ('word')`);
  const fields = [
    { ...text, name: 'added' },
    { ...text, type: 'INTEGER' as const },
  ];
  await expect(tables.updateTable(ref, { fields })).rejects.toThrow('Could not convert');
  expect(await database.rows(`SELECT * FROM ${name}`)).toEqual([['word']]);
  expect(catalog.requireTable(ref).fields).toEqual([text]);
  await tables.updateTable(ref, { fields: [text, fields[0]!] });
  expect(await database.rows(`SELECT * FROM ${name}`)).toEqual([['word', null]]);
});

test('files outside the staging folder and the configuration are closed to SQL', async () => {
  await expect(database.run("SELECT * FROM read_csv('/etc/passwd')")).rejects.toThrow('Permission Error');
  await expect(database.run("COPY (SELECT 1) TO '/tmp/escaped.csv'")).rejects.toThrow('Permission Error');
  await expect(database.run('SET GLOBAL enable_external_access = true')).rejects.toThrow();
  await expect(database.run("ATTACH '/tmp/other.duckdb'")).rejects.toThrow();
});
