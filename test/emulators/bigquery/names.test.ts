import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { otherKeywords, reservedKeywords } from '../../../src/emulators/googlesql/syntax/keywords.js';
import type { HttpListener } from '../../../src/emulators/serving/http-listener.js';
import { startStorageServer } from '../../../src/emulators/storage/server.js';
import { clientOf, PROJECT, startEmulator } from './harness.js';

let folder: string;
let storage: HttpListener;
let server: BigQueryServer;
let bigquery: BigQuery;
let bucket: ReturnType<Storage['bucket']>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bigquery-names-'));
  storage = await startStorageServer({ dataDir: join(folder, 'storage') });
  server = await startEmulator({ storageEndpoint: storage.url });
  bigquery = clientOf(server);
  [bucket] = await new Storage({ projectId: PROJECT, apiEndpoint: storage.url }).createBucket('names');
  await bigquery.createDataset('select');
});
afterAll(async () => {
  await server?.close();
  await storage?.close();
  await rm(folder, { recursive: true, force: true });
});

/** What SQL below ours calls tables, rows and columns. */
const OURS = (
  'rowid rowid_1 t q r i s p d k x y v n c c0 c1 q0 f0 f1 a0 _i _m _item _items __a0 __where __rows results main temp memory excluded ' +
  'ml_class ml_row ml_rows ml_distances ml_parts ml_logits content_hash changes healthmon ' +
  'columns tables pg_catalog information_schema duckdb_tables analyze pivot_wider qualify semi anti asof glob ilike ' +
  'similar lambda show summarize variadic user current_user current_date session_user'
).split(' ');
const NAMES = [
  ...new Map(
    [...reservedKeywords, ...otherKeywords, ...OURS].map((name) => [name.toLowerCase(), name.toLowerCase()]),
  ).values(),
];
const COLUMNS_PER_TABLE = 26;
const tables = Array.from({ length: Math.ceil(NAMES.length / COLUMNS_PER_TABLE) }, (_, index) => {
  const names = NAMES.slice(index * COLUMNS_PER_TABLE, (index + 1) * COLUMNS_PER_TABLE);
  return names.length < 5 ? [...names, ...NAMES.slice(0, 5)] : names;
});

const query = async (sql: string) =>
  (
    await bigquery.query({ query: sql, defaultDataset: { datasetId: 'select', projectId: PROJECT } })
  )[0] as Record<string, string>[];

describe('a table called like one of its columns, and both like words of SQL and of ours', () => {
  it.each(tables.map((names) => [names[0]!, names] as const))(
    '%s',
    { timeout: 60_000 },
    async (table, names) => {
      const [, key, other] = names;
      const row = (number: number) => Object.fromEntries(names.map((name) => [name, `${name}${number}`]));
      const fields = names.map((name) => ({ name, type: 'STRING' }));
      const made = bigquery.dataset('select').table(table);
      await bigquery
        .dataset('select')
        .createTable(table, { schema: { fields }, clustering: { fields: [key!] } });
      const rows = (sql = `SELECT * FROM \`${table}\` AS _row ORDER BY _row.\`${key}\``) => query(sql);

      await made.insert([row(1), row(2)]);
      expect(await rows()).toEqual([row(1), row(2)]);
      expect((await made.getRows())[0]).toEqual([row(1), row(2)]);

      const list = names.map((name) => `\`${name}\``).join(', ');
      const values = names.map((name) => `'${name}3'`).join(', ');
      await query(`INSERT INTO \`${table}\` (${list}) VALUES (${values})`);
      await query(`UPDATE \`${table}\` SET \`${other}\` = 'new' WHERE \`${key}\` = '${key}3'`);
      expect((await rows())[2]).toEqual({ ...row(3), [other!]: 'new' });
      await query(
        `MERGE \`${table}\` AS _to USING (SELECT '${key}3' AS k) AS _from ON _to.\`${key}\` = _from.k
       WHEN MATCHED THEN UPDATE SET \`${table}\` = 'merged'`,
      );
      expect((await rows())[2]).toEqual({ ...row(3), [other!]: 'new', [table]: 'merged' });
      await query(`DELETE FROM \`${table}\` WHERE \`${key}\` = '${key}3'`);
      expect(await rows()).toEqual([row(1), row(2)]);

      const qualified = names.map((name) => `_row.\`${name}\``);
      const clauses = `WHERE ${qualified.join(" != '' AND ")} != '' GROUP BY ${qualified.join(', ')}
      HAVING MAX(${qualified.join(") > '' AND MAX(")}) > '' ORDER BY ${qualified.join(', ')}`;
      expect(await query(`SELECT ${qualified.join(', ')} FROM \`${table}\` AS _row ${clauses}`)).toEqual([
        row(1),
        row(2),
      ]);
      // The name of the table alone is its rows.
      const { [table]: _own, ...others } = row(1);
      const unqualified = Object.keys(others).map((name) => `\`${name}\``);
      expect(await query(`SELECT ${unqualified.join(', ')} FROM \`${table}\` ORDER BY 1 LIMIT 1`)).toEqual([
        others,
      ]);
      // A table can be copied, written out, read in, and be the source and the name of a view.
      await made.copy(bigquery.dataset('select').table(`${table}_copy`));
      expect(await rows(`SELECT * FROM \`${table}_copy\` AS _row ORDER BY _row.\`${key}\``)).toEqual([
        row(1),
        row(2),
      ]);
      for (const [format, extension] of [
        ['CSV', 'csv'],
        ['JSON', 'json'],
        ['PARQUET', 'parquet'],
      ] as const) {
        const file = bucket.file(`${table}.${extension}`);
        await made.extract(file, { format });
        const loaded = bigquery.dataset('select').table(`${table}_${extension}`);
        const source = { CSV: 'CSV', JSON: 'NEWLINE_DELIMITED_JSON', PARQUET: 'PARQUET' }[format];
        await loaded.load(file, {
          sourceFormat: source,
          schema: { fields },
          ...(format === 'CSV' && { skipLeadingRows: 1 }),
        });
        expect(
          await rows(`SELECT * FROM \`${table}_${extension}\` AS _row ORDER BY _row.\`${key}\``),
          format,
        ).toEqual([row(1), row(2)]);
      }
      await query(
        `CREATE TABLE \`${table}_made\` PARTITION BY _day CLUSTER BY \`${key}\` AS SELECT *, DATE '2026-03-01' AS _day FROM \`${table}\` AS _row`,
      );
      await query(`CREATE VIEW \`${table}_view\` AS SELECT * EXCEPT (_day) FROM \`${table}_made\` AS _row`);
      expect(await rows(`SELECT * FROM \`${table}_view\` AS _row ORDER BY _row.\`${key}\``)).toEqual([
        row(1),
        row(2),
      ]);
      await query(`ALTER TABLE \`${table}_made\` RENAME COLUMN \`${other}\` TO \`_renamed\``);
      expect(
        (await query(`SELECT \`_renamed\` FROM \`${table}_made\` ORDER BY 1`)).map((each) => each._renamed),
      ).toEqual([`${other}1`, `${other}2`]);
    },
  );

  it('can be features and the label of a model', async () => {
    for (const [index, names] of tables.entries()) {
      const [label, ...features] = names.map((name) => `\`${name}\``);
      const model = `\`model_${index}\``;
      const columns = features.map(
        (name, at) =>
          `${at % 3 === 0 ? `CAST(MOD(_n * ${at + 7}, 13) AS STRING)` : `MOD(_n * ${at + 3}, 17) / 2`} AS ${name}`,
      );
      const data = `SELECT IF(MOD(_n, 3) = 0, 'yes', 'no') AS ${label}, ${columns.join(', ')} FROM UNNEST(GENERATE_ARRAY(1, 60)) AS _n`;
      await query(`CREATE TABLE \`data_${index}\` AS ${data}`);
      await query(
        `CREATE MODEL ${model} OPTIONS (MODEL_TYPE = 'LOGISTIC_REG', INPUT_LABEL_COLS = ['${names[0]}'], MAX_ITERATIONS = 3) AS SELECT * FROM \`data_${index}\` AS _row`,
      );
      expect(await query(`SELECT * FROM ML.EVALUATE(MODEL ${model}, TABLE \`data_${index}\`)`)).toHaveLength(
        1,
      );
      expect(
        await query(
          `SELECT \`predicted_${names[0]}\` FROM ML.PREDICT(MODEL ${model}, TABLE \`data_${index}\`)`,
        ),
      ).toHaveLength(60);
      expect(
        await query(
          `SELECT * FROM ML.EXPLAIN_PREDICT(MODEL ${model}, TABLE \`data_${index}\`, STRUCT(2 AS top_k_features))`,
        ),
      ).toHaveLength(60);
      expect(
        (await query(`SELECT processed_input FROM ML.WEIGHTS(MODEL ${model})`)).map(
          (each) => each.processed_input,
        ),
      ).toContain(names[1]);
      await query(
        `CREATE MODEL \`groups_${index}\` OPTIONS (MODEL_TYPE = 'KMEANS', NUM_CLUSTERS = 2) AS SELECT * EXCEPT (${label}) FROM \`data_${index}\` AS _row`,
      );
      expect(
        await query(`SELECT CENTROID_ID FROM ML.PREDICT(MODEL \`groups_${index}\`, TABLE \`data_${index}\`)`),
      ).toHaveLength(60);
    }
  });
});

it('tells rows apart by more than their column "rowid"', async () => {
  await query(
    'CREATE TABLE twins AS SELECT 7 AS rowid, x, CAST(NULL AS STRING) AS note FROM UNNEST([1, 2, 3, 4]) AS x',
  );
  const rows = async () =>
    (await query('SELECT x, rowid, note FROM twins ORDER BY x')).map(({ x, rowid, note }) => [
      x,
      rowid,
      note,
    ]);
  await query("UPDATE twins SET note = 'second' WHERE x = 2");
  expect(await rows()).toEqual([
    [1, 7, null],
    [2, 7, 'second'],
    [3, 7, null],
    [4, 7, null],
  ]);
  await query('DELETE FROM twins WHERE x = 4');
  await query(`MERGE twins AS _to USING UNNEST([1, 3, 5]) AS y ON _to.x = y
    WHEN MATCHED AND y = 1 THEN DELETE
    WHEN MATCHED THEN UPDATE SET rowid = 8
    WHEN NOT MATCHED THEN INSERT (x, rowid) VALUES (y, 9)
    WHEN NOT MATCHED BY SOURCE THEN UPDATE SET note = 'alone'`);
  expect(await rows()).toEqual([
    [2, 7, 'alone'],
    [3, 8, null],
    [5, 9, null],
  ]);
});
