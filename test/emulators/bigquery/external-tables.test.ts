import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import type { HttpListener } from '../../../src/emulators/serving/http-listener.js';
import { startStorageServer } from '../../../src/emulators/storage/server.js';
import { clientOf, PROJECT, request, startEmulator } from './harness.js';

let folder: string;
let storage: HttpListener;
let server: BigQueryServer;
let bigquery: BigQuery;
let bucket: ReturnType<Storage['bucket']>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bigquery-external-'));
  storage = await startStorageServer({ dataDir: join(folder, 'storage') });
  server = await startEmulator({ storageEndpoint: storage.url });
  bigquery = clientOf(server);
  await bigquery.createDataset('d');
  [bucket] = await new Storage({ projectId: PROJECT, apiEndpoint: storage.url }).createBucket('files');
  const files = {
    'people.csv': 'id,name\n1,Ann\n2,Bob\n',
    'people.json': '{"id":1,"tags":["a","b"]}\n{"id":2}\n',
    'days/day=2024-01-01/n=1/a.csv': 'id,name\n1,Ann\n',
    'days/day=2024-01-02/n=2/a.csv': 'id,name\n2,Bob\n3,Cy\n',
  };
  for (const [name, content] of Object.entries(files)) await bucket.file(name).save(content);
  for (const format of ['PARQUET', 'AVRO']) {
    await bigquery.query(
      `EXPORT DATA OPTIONS (uri = 'gs://files/${format}/*', format = '${format}') AS SELECT 1 AS id, 'Ann' AS name UNION ALL SELECT 2, 'Bob'`,
    );
  }
});
afterAll(async () => {
  await server?.close();
  await storage?.close();
  await rm(folder, { recursive: true, force: true });
});

const rows = async (sql: string) => (await bigquery.query(sql))[0];
const people = [
  { id: 1, name: 'Ann' },
  { id: 2, name: 'Bob' },
];
const csv = "FROM FILES (format = 'CSV', uris = ['gs://files/people.csv'], skip_leading_rows = 1)";
const days = "format = 'CSV', uris = ['gs://files/days/*'], hive_partition_uri_prefix = 'gs://files/days'";

describe('LOAD DATA', () => {
  it('creates a table with the columns of the files, adds to it and replaces it', async () => {
    await bigquery.query(`LOAD DATA INTO d.loaded ${csv}`);
    expect(await rows('SELECT * FROM d.loaded ORDER BY id')).toEqual(people);
    await bigquery.query(`LOAD DATA INTO d.loaded ${csv}`);
    expect(await rows('SELECT COUNT(*) AS n FROM d.loaded')).toEqual([{ n: 4 }]);
    const [job] = await bigquery.createQueryJob(
      `LOAD DATA OVERWRITE d.loaded (id NUMERIC, name STRING NOT NULL) CLUSTER BY id OPTIONS (description = 'people') ${csv}`,
    );
    await job.getQueryResults();
    const [metadata] = await bigquery.dataset('d').table('loaded').getMetadata();
    expect(metadata).toMatchObject({ numRows: '2', description: 'people', clustering: { fields: ['id'] } });
    expect(
      metadata.schema.fields.map(({ type, mode }: { type: string; mode: string }) => [type, mode]),
    ).toEqual([
      ['NUMERIC', 'NULLABLE'],
      ['STRING', 'REQUIRED'],
    ]);
    expect((await job.getMetadata())[0].statistics.query).toMatchObject({
      statementType: 'LOAD_DATA',
      ddlTargetTable: { tableId: 'loaded' },
    });
  });

  it.each(['PARQUET', 'AVRO'])('reads %s', async (format) => {
    await bigquery.query(
      `LOAD DATA OVERWRITE d.binary FROM FILES (format = '${format}', uris = ['gs://files/${format}/*'])`,
    );
    expect(await rows('SELECT * FROM d.binary ORDER BY id')).toEqual(people);
  });

  it('takes columns from the paths of the files, with types of their own or as they are found', async () => {
    await bigquery.query(
      `LOAD DATA OVERWRITE d.days PARTITION BY day FROM FILES (${days}) WITH PARTITION COLUMNS`,
    );
    expect(await rows('SELECT id, name, FORMAT_DATE("%F", day) AS day, n FROM d.days ORDER BY id')).toEqual([
      { id: 1, name: 'Ann', day: '2024-01-01', n: 1 },
      { id: 2, name: 'Bob', day: '2024-01-02', n: 2 },
      { id: 3, name: 'Cy', day: '2024-01-02', n: 2 },
    ]);
    const [metadata] = await bigquery.dataset('d').table('days').getMetadata();
    expect(metadata.timePartitioning).toEqual({ type: 'DAY', field: 'day' });
    await bigquery.query(
      `LOAD DATA OVERWRITE d.days2 (id INT64, name STRING) FROM FILES (${days}, skip_leading_rows = 1) WITH PARTITION COLUMNS (day STRING, n FLOAT64)`,
    );
    expect(await rows('SELECT day, SUM(n) AS n FROM d.days2 GROUP BY day ORDER BY day')).toEqual([
      { day: '2024-01-01', n: 1 },
      { day: '2024-01-02', n: 4 },
    ]);
  });

  it('fills temporary tables within a script', async () => {
    const script = `LOAD DATA INTO TEMP TABLE found ${csv}; SELECT * FROM found ORDER BY id`;
    expect(await rows(script)).toEqual(people);
  });

  it('changes nothing where it fails', async () => {
    await expect(rows(`LOAD DATA INTO d.broken (id INT64) ${csv}`)).rejects.toThrow('too many errors');
    expect(await bigquery.dataset('d').table('broken').exists()).toEqual([false]);
  });

  it.each([
    ["FROM FILES (format = 'CSV')", "Option 'uris' is required"],
    ["FROM FILES (format = 'ORC', uris = ['gs://files/x'])", 'Loading ORC files is not supported'],
    [
      "FROM FILES (format = 'CSV', uris = ['gs://files/x'], projection_fields = ['a'])",
      'The option projection_fields',
    ],
    ["FROM FILES (format = 'CSV', uris = ['gs://files/none.csv'])", 'Not found: URI gs://files/none.csv'],
    [`FROM FILES (${days})`, 'hive_partition_uri_prefix needs WITH PARTITION COLUMNS'],
  ])('refuses %s', async (clause, message) => {
    await expect(rows(`LOAD DATA INTO d.refused ${clause}`)).rejects.toThrow(message);
  });
});

describe('external tables', () => {
  it('read their files with each query, by whatever name', async () => {
    await bucket.file('changing.csv').save('id,name\n1,Ann\n');
    await bigquery.query(
      "CREATE EXTERNAL TABLE d.outside OPTIONS (format = 'CSV', uris = ['gs://files/changing.csv'], description = 'outside')",
    );
    await bigquery.query('CREATE VIEW d.seen AS SELECT name FROM d.outside');
    expect(await rows('SELECT * FROM d.outside')).toEqual([{ id: 1, name: 'Ann' }]);
    await bucket.file('changing.csv').save('id,name\n2,Bob\n3,Cy\n');
    expect(
      await rows('SELECT a.id, b.name FROM d.outside AS a JOIN `d.outside` AS b USING (id) ORDER BY id'),
    ).toEqual([
      { id: 2, name: 'Bob' },
      { id: 3, name: 'Cy' },
    ]);
    expect(await rows('SELECT COUNT(*) AS n FROM d.seen')).toEqual([{ n: 2 }]);
    expect(
      await rows(
        'CREATE TEMP TABLE copied AS SELECT * FROM d.outside; INSERT copied SELECT * FROM d.outside; SELECT COUNT(*) AS n FROM copied',
      ),
    ).toEqual([{ n: 4 }]);
    const [metadata] = await bigquery.dataset('d').table('outside').getMetadata();
    expect(metadata).toMatchObject({
      type: 'EXTERNAL',
      description: 'outside',
      externalDataConfiguration: {
        sourceUris: ['gs://files/changing.csv'],
        sourceFormat: 'CSV',
        autodetect: true,
      },
    });
  });

  it('are made over REST, with columns of paths, and of files in each format', async () => {
    const create = (tableId: string, externalDataConfiguration: object) =>
      request(server, 'POST', `/projects/${PROJECT}/datasets/d/tables`, {
        tableReference: { datasetId: 'd', tableId },
        externalDataConfiguration,
      });
    const made = await create('by_day', {
      sourceFormat: 'CSV',
      sourceUris: ['gs://files/days/*'],
      csvOptions: { skipLeadingRows: '1' },
      schema: {
        fields: [
          { name: 'id', type: 'INTEGER' },
          { name: 'name', type: 'STRING' },
        ],
      },
      hivePartitioningOptions: { mode: 'STRINGS', sourceUriPrefix: 'gs://files/days/' },
    });
    expect(made.status).toBe(200);
    expect(await rows("SELECT id, n FROM d.by_day WHERE day = '2024-01-02' ORDER BY id")).toEqual([
      { id: 2, n: '2' },
      { id: 3, n: '2' },
    ]);
    for (const format of ['PARQUET', 'AVRO']) {
      await create(format, { sourceFormat: format, sourceUris: [`gs://files/${format}/*`] });
      expect(await rows(`SELECT * FROM d.${format} ORDER BY id`)).toEqual(people);
    }
    await create('lines', {
      sourceFormat: 'NEWLINE_DELIMITED_JSON',
      sourceUris: ['gs://files/people.json'],
      autodetect: true,
    });
    expect(await rows('SELECT id, tags FROM d.lines ORDER BY id')).toEqual([
      { id: 1, tags: ['a', 'b'] },
      { id: 2, tags: [] },
    ]);
    const refused = await create('sheet', {
      sourceFormat: 'GOOGLE_SHEETS',
      sourceUris: ['https://docs.google.com/x'],
    });
    expect(refused.status).toBeGreaterThanOrEqual(400);
  });

  it('can be defined for one query alone', async () => {
    const [job] = await bigquery.createQueryJob({
      query: 'SELECT SUM(id) AS n FROM people',
      tableDefinitions: {
        people: { sourceFormat: 'CSV', sourceUris: ['gs://files/people.csv'], autodetect: true },
      },
    } as Parameters<BigQuery['createQueryJob']>[0]);
    expect((await job.getQueryResults())[0]).toEqual([{ n: 3 }]);
    await expect(rows('SELECT * FROM people')).rejects.toThrow('must be qualified with a dataset');
  });

  it('are not changed, and dropped by their own statement', async () => {
    await bigquery.query(
      "CREATE OR REPLACE EXTERNAL TABLE d.gone (id INT64, name STRING) OPTIONS (format = 'CSV', uris = ['gs://files/people.csv'], skip_leading_rows = 1)",
    );
    await expect(rows('DELETE FROM d.gone WHERE TRUE')).rejects.toThrow(
      'DELETE is not allowed on external table',
    );
    await expect(rows('DROP TABLE d.gone')).rejects.toThrow('Use DROP EXTERNAL TABLE instead');
    await bigquery.query('DROP EXTERNAL TABLE d.gone');
    await expect(rows('SELECT * FROM d.gone')).rejects.toThrow('Not found: Table');
    await expect(
      rows(
        "CREATE EXTERNAL TABLE d.far WITH CONNECTION `us.c` OPTIONS (format = 'CSV', uris = ['gs://files/people.csv'])",
      ),
    ).rejects.toThrow('CREATE EXTERNAL TABLE WITH CONNECTION is not supported');
  });
});
