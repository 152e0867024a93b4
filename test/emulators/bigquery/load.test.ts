import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BigQuery, Dataset, Table } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import type { HttpListener } from '../../../src/emulators/serving/http-listener.js';
import { startStorageServer } from '../../../src/emulators/storage/server.js';
import { clientOf, PROJECT, request, startEmulator } from './harness.js';

let folder: string;
let storage: HttpListener;
let server: BigQueryServer;
let bigquery: BigQuery;
let dataset: Dataset;
let bucket: ReturnType<Storage['bucket']>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bigquery-load-'));
  storage = await startStorageServer({ dataDir: join(folder, 'storage') });
  server = await startEmulator({ storageEndpoint: storage.url });
  bigquery = clientOf(server);
  [dataset] = await bigquery.createDataset('d');
  const client = new Storage({ projectId: PROJECT, apiEndpoint: storage.url });
  [bucket] = await client.createBucket('source');
});
afterAll(async () => {
  await server?.close();
  await storage?.close();
  await rm(folder, { recursive: true, force: true });
});

async function rowsOf(table: Table): Promise<unknown[]> {
  const response = await request(server, 'GET', `/projects/${PROJECT}/datasets/d/tables/${table.id}/data`);
  return (response.body.rows ?? []).map((row: { f: { v: unknown }[] }) => row.f.map((cell) => cell.v));
}

interface Outcome {
  state: string;
  errorResult?: { reason: string; message: string; location?: string };
  errors?: { reason: string; message: string; location?: string }[];
  outputRows?: string;
}

/** Stores `content`, loads it and waits for the job, whatever becomes of it. */
async function load(id: string, content: string | Buffer, options: object = {}): Promise<Outcome> {
  await bucket.file(`${id}.data`).save(content, { resumable: false });
  return loadUris(id, [`gs://source/${id}.data`], options);
}

async function loadUris(id: string, sourceUris: string[], options: object): Promise<Outcome> {
  const started = await request(server, 'POST', `/projects/${PROJECT}/jobs`, {
    configuration: { load: { destinationTable: { datasetId: 'd', tableId: id }, sourceUris, ...options } },
  });
  if (started.status !== 200) throw new Error(started.body.error.message);
  const { jobId } = started.body.jobReference;
  for (;;) {
    const job = await request(server, 'GET', `/projects/${PROJECT}/jobs/${jobId}`);
    if (job.body.status.state !== 'DONE') continue;
    return { ...job.body.status, outputRows: job.body.statistics.load?.outputRows };
  }
}

const people = {
  fields: [
    { name: 'id', type: 'INTEGER' },
    { name: 'name', type: 'STRING' },
  ],
};

describe('CSV', () => {
  test('the official client loads a gs:// file', async () => {
    await bucket.file('a.csv').save('id,name\n1,Ann\n2,"Bob ""B"""\n3,\n', { resumable: false });
    const table = dataset.table('client');
    const [job] = await table.load(bucket.file('a.csv'), {
      schema: people,
      skipLeadingRows: 1,
      sourceFormat: 'CSV',
      location: 'US',
    });
    expect(job.status?.errors).toBeUndefined();
    expect(job.statistics?.load?.outputRows).toBe('3');
    expect(await rowsOf(table)).toEqual([
      ['1', 'Ann'],
      ['2', 'Bob "B"'],
      ['3', null],
    ]);
  });

  test('the official client uploads a file, resumably', async () => {
    const path = join(folder, 'upload.csv');
    await writeFile(path, '1,x\n2,y\n');
    const table = dataset.table('uploaded');
    await table.load(path, { schema: people, sourceFormat: 'CSV' });
    expect(await rowsOf(table)).toEqual([
      ['1', 'x'],
      ['2', 'y'],
    ]);
  });

  test('an empty cell is NULL, a quoted empty one is text', async () => {
    expect(await load('empties', '1,""\n2,\n', { schema: people })).toMatchObject({ outputRows: '2' });
    expect(await rowsOf(dataset.table('empties'))).toEqual([
      ['1', ''],
      ['2', null],
    ]);
  });

  test.each([
    ['delimiter', '1|a,b\n', { fieldDelimiter: '|' }, [['1', 'a,b']]],
    ['tab', '1\ta\n', { fieldDelimiter: '\\t' }, [['1', 'a']]],
    ['nullmarker', '1,NA\n', { nullMarker: 'NA' }, [['1', null]]],
    [
      'nullmarkers',
      '1,NA\n-,b\n',
      { nullMarkers: ['NA', '-'] },
      [
        ['1', null],
        [null, 'b'],
      ],
    ],
    ['quote', "1,'a,b'\n", { quote: "'" }, [['1', 'a,b']]],
    ['noquote', '1,"a"\n', { quote: '' }, [['1', '"a"']]],
    ['newlines', '1,"a\nb"\n', { allowQuotedNewlines: true }, [['1', 'a\nb']]],
    [
      'jagged',
      '1\n2,b\n',
      { allowJaggedRows: true },
      [
        ['1', null],
        ['2', 'b'],
      ],
    ],
    ['extra', '1,a,x\n', { ignoreUnknownValues: true }, [['1', 'a']]],
    ['skipped', 'h,h\nh,h\n1,a\n', { skipLeadingRows: 2 }, [['1', 'a']]],
    [
      'crlf',
      '1,a\r\n2,b\r\n',
      {},
      [
        ['1', 'a'],
        ['2', 'b'],
      ],
    ],
    ['padded', '007,a\n', {}, [['7', 'a']]],
    ['latin', Buffer.from('1,\xe9t\xe9\n', 'latin1'), { encoding: 'ISO-8859-1' }, [['1', 'été']]],
    ['zipped', gzipSync('1,a\n'), {}, [['1', 'a']]],
    ['byname', 'name,id\nx,1\n', { skipLeadingRows: 1, sourceColumnMatch: 'NAME' }, [['1', 'x']]],
    [
      'blank',
      '1,a\n\n2,b\n\n',
      {},
      [
        ['1', 'a'],
        ['2', 'b'],
      ],
    ],
    ['bom', '\uFEFF1,a\n', {}, [['1', 'a']]],
  ])('%s', async (id, content, options, rows) => {
    const outcome = await load(`csv_${id}`, content, { schema: people, ...options });
    expect(outcome.errorResult).toBeUndefined();
    expect(await rowsOf(dataset.table(`csv_${id}`))).toEqual(rows);
  });

  test('every type', async () => {
    const types = [
      'FLOAT',
      'BOOLEAN',
      'NUMERIC',
      'DATE',
      'TIME',
      'DATETIME',
      'TIMESTAMP',
      'BYTES',
      'JSON',
      'BIGNUMERIC',
    ];
    const fields = types.map((type) => ({ name: type.toLowerCase(), type }));
    const line =
      '1.5,true,12.345,2024-02-29,01:02:03,2024-02-29 01:02:03.5,2024-02-29T01:02:03Z,AP8=,"{""a"": 1}",1e-38\n';
    await load('csv_types', `${line},,,,,,,,,\n`, { schema: { fields } });
    expect(await rowsOf(dataset.table('csv_types'))).toEqual([
      [
        '1.5',
        'true',
        '12.345',
        '2024-02-29',
        '01:02:03',
        '2024-02-29T01:02:03.500000',
        '1.709168523E9',
        'AP8=',
        '{"a":1}',
        '0.00000000000000000000000000000000000001',
      ],
      types.map(() => null),
    ]);
  });

  test('timestamps with and without zones, on the quick way and on the careful one', async () => {
    const lines = [
      '2024-01-02 03:04:05',
      '2024-01-02T03:04:05Z',
      '2024-01-02 03:04:05.5 UTC',
      '2024-01-02 05:04:05+02',
      '2024-01-02 05:04+02',
      '2024-01-01 22:04:05 America/New_York',
      '2024-01-02',
    ];
    const schema = { fields: [{ name: 't', type: 'TIMESTAMP' }] };
    const seconds = [1704164645, 1704164645, 1704164645.5, 1704164645, 1704164640, 1704164645, 1704153600];
    await load('csv_zones', `${lines.join('\n')}\n`, { schema });
    await load('csv_zones_careful', `x\n${lines.join('\n')}\n`, { schema, maxBadRecords: 1 });
    for (const id of ['csv_zones', 'csv_zones_careful']) {
      expect((await rowsOf(dataset.table(id))).map((row) => Number((row as string[])[0]))).toEqual(seconds);
    }
  });

  test.each([
    [
      'float as integer',
      '1,a\n1.5,b\n',
      "Could not parse '1.5' as INT64 for field id (position 0) starting at location 4",
    ],
    ['few columns', '1,a\n2\n', 'CSV table references column position 1, but line contains only 1 columns.'],
    ['many columns', '1,a,x\n', 'Too many values in line. Found 3 column(s) while expected 2.'],
    ['quoted newline', '1,"a\nb"\n', 'Error detected while parsing row starting at position: 0'],
    ['open quote', '1,a\n2,"b\n', 'Missing close quote character'],
  ])('%s fails the job and writes nothing', async (name, content, message) => {
    const id = `bad_${name.replaceAll(' ', '_')}`;
    const outcome = await load(id, content, { schema: people });
    expect(outcome.errorResult).toMatchObject({ reason: 'invalid', location: `gs://source/${id}.data` });
    expect(outcome.errorResult!.message).toContain('CSV table encountered too many errors, giving up');
    expect(outcome.errors!.some((error) => error.message.includes(message))).toBe(true);
    expect((await dataset.table(id).exists())[0]).toBe(false);
  });

  test('bad records within the limit are left out and reported', async () => {
    const outcome = await load('tolerant', '1,a\nx,b\n3,c\n', { schema: people, maxBadRecords: 1 });
    expect(outcome).toMatchObject({ state: 'DONE', outputRows: '2', errors: [{ reason: 'invalid' }] });
    expect(outcome.errorResult).toBeUndefined();
    expect(await rowsOf(dataset.table('tolerant'))).toEqual([
      ['1', 'a'],
      ['3', 'c'],
    ]);
  });

  test('autodetect finds header, names and types', async () => {
    const content =
      'Patient ID,when,score,ok,day\n1,2024-01-01 10:00:00,1.5,true,2024-01-01\n2,,2,false,2024-01-02\n';
    await load('auto', content, { autodetect: true });
    const [metadata] = await dataset.table('auto').getMetadata();
    expect(metadata.schema.fields.map((f: { name: string; type: string }) => [f.name, f.type])).toEqual([
      ['Patient_ID', 'INTEGER'],
      ['when', 'TIMESTAMP'],
      ['score', 'FLOAT'],
      ['ok', 'BOOLEAN'],
      ['day', 'DATE'],
    ]);
    expect(metadata.numRows).toBe('2');
  });

  test('a wildcard takes every file, and nothing found is notFound', async () => {
    await bucket.file('part/a-0.csv').save('1,a\n', { resumable: false });
    await bucket.file('part/a-1.csv').save('2,b\n', { resumable: false });
    await bucket.file('part/b.txt').save('no csv', { resumable: false });
    expect(await loadUris('wild', ['gs://source/part/*.csv'], { schema: people })).toMatchObject({
      outputRows: '2',
    });
    const missing = await loadUris('wild', ['gs://source/none*'], { schema: people });
    expect(missing.errorResult).toMatchObject({
      reason: 'notFound',
      message: 'Not found: URI gs://source/none*',
    });
    const bucketless = await loadUris('wild', ['gs://nowhere/x.csv'], { schema: people });
    expect(bucketless.errorResult?.reason).toBe('notFound');
  });
});

describe('JSON', () => {
  const nested = {
    fields: [
      { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
      { name: 'tags', type: 'STRING', mode: 'REPEATED' },
      { name: 'at', type: 'RECORD', fields: [{ name: 'x', type: 'FLOAT' }] },
    ],
  };
  const json = { sourceFormat: 'NEWLINE_DELIMITED_JSON' };

  test('nested rows', async () => {
    const content = '{"id":9007199254740993,"tags":["a"],"at":{"x":1.5}}\n\n{"ID":"2"}\n';
    expect(await load('nested', content, { ...json, schema: nested })).toMatchObject({ outputRows: '2' });
    expect(await rowsOf(dataset.table('nested'))).toEqual([
      ['9007199254740993', [{ v: 'a' }], { f: [{ v: '1.5' }] }],
      ['2', [], null],
    ]);
  });

  test.each([
    ['unknown', '{"id":1,"colour":"blue"}\n', 'No such field: colour.'],
    ['missing', '{"tags":[]}\n', 'Missing required field: id.'],
    ['syntax', '{"id":1\n', 'Parser terminated before end of string'],
  ])('%s field', async (id, content, message) => {
    const outcome = await load(`json_${id}`, content, { ...json, schema: nested });
    expect(outcome.errors!.some((error) => error.message.includes(message))).toBe(true);
  });

  test('a JSON column takes any value as it is', async () => {
    const fields = [{ name: 'j', type: 'JSON' }];
    const values = ['{"a":[1]}', '[1,{"b":null}]', '"text"', '"{}"', '1.5', 'true'];
    const content = values.map((value) => `{"j":${value}}\n`).join('');
    expect(await load('json_any', content, { ...json, schema: { fields } })).toMatchObject({
      outputRows: '6',
    });
    expect(await rowsOf(dataset.table('json_any'))).toEqual(values.map((value) => [value]));
  });

  test('autodetect', async () => {
    await load('json_auto', '{"name":"x","n":1,"list":[{"d":"2024-01-01"}]}\n{"n":1.5}\n', {
      ...json,
      autodetect: true,
    });
    const [metadata] = await dataset.table('json_auto').getMetadata();
    expect(metadata.schema.fields).toMatchObject([
      { name: 'list', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'd', type: 'DATE' }] },
      { name: 'n', type: 'FLOAT' },
      { name: 'name', type: 'STRING' },
    ]);
  });
});

describe('limits of a column', () => {
  const limited = {
    fields: [
      { name: 'amount', type: 'NUMERIC', precision: '4', scale: '1' },
      { name: 'code', type: 'STRING', maxLength: '2' },
    ],
  };

  test.each([
    ['CSV', '1.25,ab\n-2.25,c\n', {}],
    ['quoted CSV', '1.25,ab\n"-2.25",c\n', { quote: '"', allowQuotedNewlines: true }],
    [
      'JSON',
      '{"amount":1.25,"code":"ab"}\n{"amount":"-2.25","code":"c"}',
      { sourceFormat: 'NEWLINE_DELIMITED_JSON' },
    ],
  ])('%s is rounded to its scale', async (name, content, options) => {
    const id = `rounded_${name.replace(' ', '_')}`;
    expect(await load(id, content, { schema: limited, ...options })).toMatchObject({ outputRows: '2' });
    expect(await rowsOf(dataset.table(id))).toEqual([
      ['1.3', 'ab'],
      ['-2.3', 'c'],
    ]);
  });

  test.each([
    ['1000,ab\n', 'NUMERIC(4, 1) has precision 4'],
    ['1,abc\n', 'STRING(2) has maximum length 2'],
  ])('%j does not fit', async (content, message) => {
    const { errors } = await load('unfit', content, { schema: limited });
    expect(JSON.stringify(errors)).toContain(message);
  });

  test('streamed and appended values are rounded too', async () => {
    const table = dataset.table('streamed');
    await table.create({ schema: limited });
    await table.insert([{ amount: '1.25', code: 'ab' }]);
    await expect(table.insert([{ amount: '999.95', code: 'ab' }])).rejects.toMatchObject({
      errors: [{ errors: [{ reason: 'invalid' }] }],
    });
    const [job] = await bigquery.createQueryJob({
      query: "SELECT NUMERIC '7.77' AS amount, 'zz' AS code",
      destination: table,
      writeDisposition: 'WRITE_APPEND',
    });
    await job.promise();
    expect(await rowsOf(table)).toEqual([
      ['1.3', 'ab'],
      ['7.8', 'zz'],
    ]);
  });
});

test('an upload through a client table that knows its location', async () => {
  const [table] = await dataset.createTable('located', { schema: people });
  await table.getMetadata();
  const path = join(folder, 'located.csv');
  await writeFile(path, '1,Ann\n');
  const [job] = await table.load(path, { sourceFormat: 'CSV' });
  expect(job.status?.errorResult).toBeUndefined();
  expect(await rowsOf(table)).toEqual([['1', 'Ann']]);
});

test('a NULL for a REQUIRED column fails an append in words of BigQuery', async () => {
  await bigquery.query('CREATE TABLE d.strict (n INT64 NOT NULL)');
  const append = bigquery
    .createQueryJob({
      query: 'SELECT CAST(NULL AS INT64) AS n',
      destination: dataset.table('strict'),
      writeDisposition: 'WRITE_APPEND',
    })
    .then(([job]) => job.promise());
  await expect(append).rejects.toThrow('Required field n cannot be null');
});

describe('dispositions', () => {
  test('append, truncate, empty and never', async () => {
    await load('target', '1,a\n', { schema: people });
    await load('target', '2,b\n');
    expect(await rowsOf(dataset.table('target'))).toHaveLength(2);
    const empty = await load('target', '3,c\n', { writeDisposition: 'WRITE_EMPTY' });
    expect(empty.errorResult).toMatchObject({
      reason: 'duplicate',
      message: `Already Exists: Table ${PROJECT}:d.target`,
    });
    await load('target', '4,d\n', { writeDisposition: 'WRITE_TRUNCATE' });
    expect(await rowsOf(dataset.table('target'))).toEqual([['4', 'd']]);
    const never = await load('never', '1,a\n', { schema: people, createDisposition: 'CREATE_NEVER' });
    expect(never.errorResult).toMatchObject({ reason: 'notFound' });
  });

  test('new columns need ALLOW_FIELD_ADDITION', async () => {
    await load('widening', '1,a\n', { schema: people });
    const schema = { fields: [...people.fields, { name: 'extra', type: 'DATE' }] };
    const refused = await load('widening', '2,b,2024-01-01\n', { schema });
    expect(refused.errorResult?.message).toContain('Cannot add fields (field: extra)');
    const done = await load('widening', '2,b,2024-01-01\n', {
      schema,
      schemaUpdateOptions: ['ALLOW_FIELD_ADDITION'],
    });
    expect(done.errorResult).toBeUndefined();
    expect(await rowsOf(dataset.table('widening'))).toEqual([
      ['1', 'a', null],
      ['2', 'b', '2024-01-01'],
    ]);
    const later = { fields: [...schema.fields, { name: 'later', type: 'INTEGER' }] };
    const failed = await load('widening', '3,c,2024-01-01,many\n', {
      schema: later,
      schemaUpdateOptions: ['ALLOW_FIELD_ADDITION'],
    });
    expect(failed.errorResult).toMatchObject({ reason: 'invalid' });
    const [metadata] = await dataset.table('widening').getMetadata();
    expect(metadata.schema.fields).toHaveLength(3);
  });

  test('a decorator names the partition', async () => {
    const partitioned = { schema: people, timePartitioning: { type: 'DAY' } };
    await load('parts', '0,z\n', partitioned);
    await loadUris('parts$20260101', ['gs://source/csv_crlf.data'], {});
    await loadUris('parts$20260101', ['gs://source/csv_padded.data'], { writeDisposition: 'WRITE_TRUNCATE' });
    const rows = await request(server, 'GET', `/projects/${PROJECT}/datasets/d/tables/parts$20260101/data`);
    expect(rows.body).toMatchObject({ totalRows: '1', rows: [{ f: [{ v: '7' }, { v: 'a' }] }] });
    expect(await rowsOf(dataset.table('parts'))).toHaveLength(2);
  });
});

test('what is not emulated is refused by name', async () => {
  const orc = await loadUris('orc', ['gs://source/a.csv'], { sourceFormat: 'ORC' });
  expect(orc.errorResult).toMatchObject({ reason: 'notImplemented' });
  expect(orc.errorResult!.message).toContain('ORC');
  await expect(loadUris('x', ['gs://source/a.csv'], { projectionFields: ['a'] })).rejects.toThrow(
    'projectionFields',
  );
  await expect(loadUris('x', ['gs://source/a.csv'], { nonsense: 1 })).rejects.toThrow(
    'Unknown name "nonsense"',
  );
});

test.each([
  ['does not know the header', undefined],
  ['names a file that is elsewhere', '/nowhere/object.bytes'],
])('a storage that %s sends the object', async (_case, path) => {
  const other = createServer((incoming, answer) => {
    if (incoming.headers['x-emulator-file'] !== undefined && path !== undefined) {
      answer.writeHead(200, { 'x-emulator-file': path }).end();
    } else answer.end('a,1\nb,2\n');
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const own = await startEmulator({
    storageEndpoint: `http://127.0.0.1:${(other.address() as AddressInfo).port}`,
  });
  try {
    const client = clientOf(own);
    await client.createDataset('d');
    const fields = [
      { name: 'c', type: 'STRING' },
      { name: 'n', type: 'INTEGER' },
    ];
    const [job] = await client.createJob({
      configuration: {
        load: {
          sourceUris: ['gs://bucket/object'],
          destinationTable: { projectId: PROJECT, datasetId: 'd', tableId: 't' },
          schema: { fields },
        },
      },
    });
    await job.promise();
    expect((await client.query('SELECT c, n FROM d.t ORDER BY n'))[0]).toEqual([
      { c: 'a', n: 1 },
      { c: 'b', n: 2 },
    ]);
  } finally {
    await own.close();
    other.closeAllConnections();
    other.close();
  }
});
