import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
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
  folder = await mkdtemp(join(tmpdir(), 'bigquery-export-'));
  storage = await startStorageServer({ dataDir: join(folder, 'storage') });
  server = await startEmulator({ storageEndpoint: storage.url });
  bigquery = clientOf(server);
  await bigquery.createDataset('d');
  [bucket] = await new Storage({ projectId: PROJECT, apiEndpoint: storage.url }).createBucket('out');
  await bigquery.query(`CREATE TABLE d.every AS
    SELECT 9007199254740993 AS i, 1.5 AS f, TRUE AS b, 'ü"' AS s, b'\\x00\\xff' AS y, NUMERIC '-1.25' AS n, BIGNUMERIC '1e-38' AS g,
      DATE '0001-01-01' AS d, TIME '23:59:59.000001' AS t, DATETIME '2024-01-02 03:04:05.6' AS dt, TIMESTAMP '1969-12-31 23:59:59.999999+00' AS ts,
      JSON '{"a":[1]}' AS j, ST_GEOGPOINT(1, 2) AS p, [1, 2] AS a, STRUCT('x' AS k, [STRUCT(1 AS z)] AS l) AS r
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, [], NULL`);
});
afterAll(async () => {
  await server?.close();
  await storage?.close();
  await rm(folder, { recursive: true, force: true });
});

const exported = (
  options: string,
  query = "SELECT 2 AS id, 'b|' AS name UNION ALL SELECT 1, NULL ORDER BY id",
) => bigquery.query(`EXPORT DATA OPTIONS (${options}) AS ${query}`);
const contents = async (name: string) => (await bucket.file(name).download())[0];

async function load(
  id: string,
  name: string,
  options: object,
): Promise<{ errorResult?: { message: string } }> {
  const path = `/projects/${PROJECT}/jobs`;
  const started = await request(server, 'POST', path, {
    configuration: {
      load: {
        destinationTable: { datasetId: 'd', tableId: id },
        sourceUris: [`gs://out/${name}`],
        ...options,
      },
    },
  });
  const { jobId } = started.body.jobReference;
  for (;;) {
    const { status } = (await request(server, 'GET', `${path}/${jobId}`)).body;
    if (status.state === 'DONE') return status;
  }
}

describe('EXPORT DATA', () => {
  it('writes CSV, in the order of the query', async () => {
    await exported("uri = 'gs://out/plain/*.csv', format = 'CSV'");
    expect(String(await contents('plain/000000000000.csv'))).toBe('id,name\n1,\n2,b|\n');
    await exported("uri = 'gs://out/odd/*.csv', format = 'CSV', field_delimiter = '|', header = false");
    expect(String(await contents('odd/000000000000.csv'))).toBe('1|\n2|"b|"\n');
  });

  it('writes JSON, compressed', async () => {
    await exported("uri = 'gs://out/json/*', format = 'JSON', compression = 'GZIP'");
    const [bytes] = await bucket.file('json/000000000000').download({ decompress: false });
    expect(String(gunzipSync(bytes))).toBe('{"id":"1"}\n{"id":"2","name":"b|"}\n');
  });

  it.each([
    ['AVRO', 'use_avro_logical_types = true', { sourceFormat: 'AVRO', useAvroLogicalTypes: true }],
    [
      'AVRO',
      "use_avro_logical_types = true, compression = 'DEFLATE'",
      { sourceFormat: 'AVRO', useAvroLogicalTypes: true },
    ],
    ['PARQUET', "compression = 'ZSTD'", { sourceFormat: 'PARQUET' }],
  ])('writes %s (%s), which a load job reads', async (format, option, options) => {
    const name = `${format}-${option.length}`.toLowerCase();
    // What Parquet files of ours do not hold is refused by name.
    const columns = format === 'AVRO' ? '*' : 'i, f, b, s, y, n, d, ts, j, a, r';
    await exported(
      `uri = 'gs://out/${name}/*', format = '${format}', ${option}`,
      `SELECT ${columns} FROM d.every`,
    );
    const id = name.replace('-', '_');
    await bigquery.query(`CREATE TABLE d.${id} AS SELECT ${columns} FROM d.every LIMIT 0`);
    expect((await load(id, `${name}/000000000000`, options)).errorResult).toBeUndefined();
    const texts = (table: string) =>
      bigquery.query(
        `SELECT TO_JSON_STRING(t) AS row FROM (SELECT ${columns} FROM d.${table}) AS t ORDER BY row`,
      );
    expect((await texts(id))[0]).toEqual((await texts('every'))[0]);
  });

  it('gives the schema of Avro files to tables that they make', async () => {
    await exported("uri = 'gs://out/schema/*', format = 'AVRO'", 'SELECT * FROM d.every');
    expect((await load('made', 'schema/000000000000', { sourceFormat: 'AVRO' })).errorResult).toBeUndefined();
    const typesOf = async (table: string) => {
      const [{ schema }] = await bigquery.dataset('d').table(table).getMetadata();
      return Object.fromEntries(
        schema.fields.map((field: { name: string; type: string; mode: string }) => [
          field.name,
          `${field.type} ${field.mode}`,
        ]),
      );
    };
    expect(await typesOf('made')).toMatchObject({
      i: 'INTEGER NULLABLE',
      y: 'BYTES NULLABLE',
      // Without logical types numbers remain what they are stored as.
      ts: 'INTEGER NULLABLE',
      d: 'DATE NULLABLE',
      j: 'JSON NULLABLE',
      p: 'GEOGRAPHY NULLABLE',
      a: 'INTEGER REPEATED',
      r: 'RECORD NULLABLE',
    });
    const logical = { sourceFormat: 'AVRO', useAvroLogicalTypes: true };
    expect((await load('logical', 'schema/000000000000', logical)).errorResult).toBeUndefined();
    expect(await typesOf('logical')).toMatchObject({ ts: 'TIMESTAMP NULLABLE', n: 'NUMERIC NULLABLE' });
    await bucket.file('broken').save('no Avro');
    expect((await load('broken', 'broken', logical)).errorResult?.message).toContain(
      'The Apache Avro library failed to read gs://out/broken',
    );
  });

  it('leaves files alone unless it is to overwrite them', async () => {
    const options = "uri = 'gs://out/twice/*.csv', format = 'CSV'";
    await exported(options, 'SELECT 1 AS x');
    await expect(exported(options, 'SELECT 2 AS x')).rejects.toThrow('has files already');
    expect(String(await contents('twice/000000000000.csv'))).toBe('x\n1\n');
    await exported(`${options}, overwrite = true`, 'SELECT 2 AS x');
    expect(String(await contents('twice/000000000000.csv'))).toBe('x\n2\n');
  });

  it('counts what it wrote', async () => {
    const [job] = await bigquery.createQueryJob(
      "EXPORT DATA OPTIONS (uri = 'gs://out/count/*', format = 'JSON') AS SELECT * FROM UNNEST([1, 2, 3]) AS x",
    );
    await job.getQueryResults();
    expect((await job.getMetadata())[0].statistics.query).toMatchObject({
      statementType: 'EXPORT_DATA',
      exportDataStatistics: { fileCount: '1', rowCount: '3' },
    });
  });

  it.each([
    ["format = 'CSV'", "Option 'uri' is required"],
    ["uri = 'gs://out/x/*'", "Option 'format' is required"],
    ["uri = 'gs://out/x', format = 'CSV'", "Option 'uri' value must be a wild card URI."],
    [
      "uri = 'gs://out/x/*', format = 'ORC'",
      "'ORC' is not a valid value; failed to set 'format' in EXPORT DATA OPTIONS",
    ],
    [
      "uri = 'gs://out/x/*', format = 'CSV', compression = 'ZSTD'",
      'Compression ZSTD is not supported for format CSV',
    ],
    ["uri = 'gs://out/x/*', format = 'CSV', quote = 'a'", 'Unknown option for EXPORT DATA: quote'],
    ["uri = 'gs://out/x/*', format = 'AVRO', compression = 'SNAPPY'", 'Avro files compressed with SNAPPY'],
    ["uri = 'gs://none/x/*', format = 'CSV'", 'Not found: Bucket none'],
  ])('refuses %s', async (options, message) => {
    await expect(exported(options)).rejects.toThrow(message);
  });
});
