import { adapt, managedwriter, protos, v1 } from '@google-cloud/bigquery-storage';
import { credentials } from '@grpc/grpc-js';
import { tableFromIPC } from 'apache-arrow';
import avro from 'avsc';
import { GoogleAuth, PassThroughClient } from 'google-auth-library';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { clientOf, PROJECT, startEmulator } from './harness.js';

type ReadSession = protos.google.cloud.bigquery.storage.v1.IReadSession;
type ReadRowsResponse = protos.google.cloud.bigquery.storage.v1.IReadRowsResponse;

let server: BigQueryServer;
let reading: v1.BigQueryReadClient;
let writing: managedwriter.WriterClient;
let raw: v1.BigQueryWriteClient;
let bigquery: ReturnType<typeof clientOf>;

const tablePath = (id: string) => `projects/${PROJECT}/datasets/d/tables/${id}`;
const rows = async (sql: string) => (await bigquery.query(sql))[0];

beforeAll(async () => {
  server = await startEmulator();
  bigquery = clientOf(server);
  const options = {
    projectId: PROJECT,
    apiEndpoint: '127.0.0.1',
    servicePath: '127.0.0.1',
    port: server.port,
    sslCreds: credentials.createInsecure(),
    // The client has a copy of its own of the library, whose types are others.
    auth: new GoogleAuth({ authClient: new PassThroughClient() }) as never,
  };
  reading = new v1.BigQueryReadClient(options);
  writing = new managedwriter.WriterClient(options);
  raw = new v1.BigQueryWriteClient(options);
  await bigquery.createDataset('d');
  await bigquery.query(
    `CREATE TABLE d.many AS SELECT id, CONCAT('row ', id) AS name FROM UNNEST(GENERATE_ARRAY(0, 49999)) AS id`,
  );
  await bigquery.query(`CREATE TABLE d.every AS
    SELECT 9007199254740993 AS i, 1.5 AS f, TRUE AS b, 'ü"' AS s, b'\\x00\\xff' AS y, NUMERIC '-1.25' AS n, BIGNUMERIC '-1.5' AS g,
      DATE '1969-12-31' AS d, TIME '23:59:59.000001' AS t, DATETIME '2024-01-02 03:04:05.6' AS dt, TIMESTAMP '1969-12-31 23:59:59.999999+00' AS ts,
      JSON '{"a":[1]}' AS j, ST_GEOGPOINT(1, 2) AS p, [1, 2] AS a, STRUCT('x' AS k, [STRUCT(1 AS z)] AS l) AS r, INTERVAL '1-2 3 4:5:6' YEAR TO SECOND AS iv,
      RANGE(DATE '2024-01-01', NULL) AS rg
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, [], NULL, NULL, NULL`);
});
afterAll(async () => {
  await reading?.close();
  await raw?.close();
  writing?.close();
  await server?.close();
});

async function session(
  table: string,
  readSession: ReadSession = {},
  maxStreamCount = 1,
): Promise<ReadSession> {
  const [created] = await reading.createReadSession({
    parent: `projects/${PROJECT}`,
    readSession: { table: tablePath(table), dataFormat: 'ARROW', ...readSession },
    maxStreamCount,
  });
  return created;
}

function answers(readStream: string, offset = 0): Promise<ReadRowsResponse[]> {
  return new Promise((resolve, reject) => {
    const found: ReadRowsResponse[] = [];
    reading
      .readRows({ readStream, offset })
      .on('data', (answer: ReadRowsResponse) => found.push(answer))
      .on('error', reject)
      .on('end', () => resolve(found));
  });
}

/** The rows of a stream as Apache Arrow's own library reads them. */
async function arrowRows({ arrowSchema }: ReadSession, readStream: string, offset = 0) {
  const batches = (await answers(readStream, offset)).map(
    (answer) => answer.arrowRecordBatch!.serializedRecordBatch as Uint8Array,
  );
  return tableFromIPC([arrowSchema!.serializedSchema as Uint8Array, ...batches]).toArray();
}

describe('read sessions', () => {
  it('give every type in Arrow', async () => {
    const created = await session('every');
    const [first, second] = await arrowRows(created, created.streams![0]!.name!);
    const shown = JSON.parse(
      JSON.stringify(first, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
    );
    expect(shown).toMatchObject({
      i: '9007199254740993',
      f: 1.5,
      b: true,
      s: 'ü"',
      j: '{"a":[1]}',
      p: 'POINT(1 2)',
      a: ['1', '2'],
    });
    expect(shown.r).toEqual({ k: 'x', l: [{ z: '1' }] });
    expect([...(first as { y: Uint8Array }).y]).toEqual([0, 255]);
    expect(Number(first!['d'])).toBe(-86_400_000);
    expect(String(first!['t'])).toBe('86399000001');
    expect(new Date(Number(first!['dt'])).toISOString()).toBe('2024-01-02T03:04:05.600Z');
    expect(words(first!['n'])).toBe(-1_250_000_000n);
    expect(words(first!['g'])).toBe(-15n * 10n ** 37n);
    expect([...(first!['iv'] as Int32Array)].slice(0, 2)).toEqual([14, 3]);
    expect(Number(shown.rg.start)).toBe(Date.UTC(2024, 0, 1));
    expect(shown.rg.end).toBeNull();
    const absent = JSON.parse(JSON.stringify(second)) as Record<string, unknown>;
    expect(absent['a']).toEqual([]);
    expect(Object.entries(absent).filter(([name, value]) => name !== 'a' && value !== null)).toEqual([]);
  });

  it('give every type in Avro', async () => {
    const created = await session('every', {
      dataFormat: 'AVRO',
      readOptions: { selectedFields: ['i', 's', 'd', 'a', 'r.k', 'r.l'] },
    });
    const schema = JSON.parse(created.avroSchema!.schema!);
    expect(schema.fields.map(({ name }: { name: string }) => name)).toEqual(['i', 's', 'd', 'a', 'r']);
    const bytes = Buffer.concat(
      (await answers(created.streams![0]!.name!)).map(
        (answer) => answer.avroRows!.serializedBinaryRows as Buffer,
      ),
    );
    const long = avro.types.LongType.__with({
      fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
      toBuffer: () => Buffer.alloc(8),
      fromJSON: BigInt,
      toJSON: String,
      isValid: () => true,
      compare: () => 0,
    });
    const typeHook = (inner: unknown) => (inner === 'long' ? long : undefined);
    const type = avro.Type.forSchema(schema, { typeHook, wrapUnions: false } as never);
    const decoded: unknown[] = [];
    for (let at = 0; at < bytes.length; ) {
      const { value, offset } = type.decode(bytes, at) as { value: unknown; offset: number };
      decoded.push(value);
      at = offset;
    }
    expect(
      JSON.parse(JSON.stringify(decoded, (_, value) => (typeof value === 'bigint' ? String(value) : value))),
    ).toEqual([
      { i: '9007199254740993', s: 'ü"', d: -1, a: ['1', '2'], r: { k: 'x', l: [{ z: '1' }] } },
      { i: null, s: null, d: null, a: [], r: null },
    ]);
  });

  it('keep the columns and rows that are asked for, as they were, in several streams', async () => {
    await bigquery.query('CREATE TABLE d.changing AS SELECT * FROM d.many');
    const created = await session(
      'changing',
      { readOptions: { selectedFields: ['id'], rowRestriction: "id >= 10000 AND STARTS_WITH(name, 'row')" } },
      3,
    );
    await bigquery.query('DELETE FROM d.changing WHERE TRUE');
    expect(created.streams).toHaveLength(3);
    expect(String(created.estimatedRowCount)).toBe('40000');
    const parts = await Promise.all(created.streams!.map(({ name }) => arrowRows(created, name!)));
    expect(parts.every((part) => part.length > 10_000)).toBe(true);
    const ids = parts.flat().map((row) => Number(row!['id']));
    expect(ids).toHaveLength(40_000);
    expect(new Set(ids).size).toBe(40_000);
    expect(Math.min(...ids)).toBe(10_000);
    expect(Object.keys(parts[0]![0]!.toJSON())).toEqual(['id']);
  });

  it('read what a query gave', async () => {
    const [job] = await bigquery.createQueryJob("SELECT 7 AS id, 'x' AS name");
    await job.getQueryResults();
    const { destinationTable } = (await job.getMetadata())[0].configuration.query;
    const table = `projects/${PROJECT}/datasets/${destinationTable.datasetId}/tables/${destinationTable.tableId}`;
    const created = await session('', { table, readOptions: { selectedFields: ['name'] } });
    const [row] = await arrowRows(created, created.streams![0]!.name!);
    expect(row!.toJSON()).toEqual({ name: 'x' });
  });

  it('go on at an offset, and part streams in two', async () => {
    const created = await session('many');
    const name = created.streams![0]!.name!;
    const rest = await arrowRows(created, name, 49_998);
    expect(rest.map((row) => String(row!['name']))).toEqual(['row 49998', 'row 49999']);
    const [parts] = await reading.splitReadStream({ name, fraction: 0.25 });
    const [first, second] = await Promise.all(
      [parts.primaryStream, parts.remainderStream].map((stream) => arrowRows(created, stream!.name!)),
    );
    expect([first!.length, second!.length]).toEqual([12_500, 37_500]);
    await expect(answers(name, 50_001)).rejects.toMatchObject({ code: 11 });
  });

  it('see the rows that policies let the caller see', async () => {
    await bigquery.query("CREATE TABLE d.guarded AS SELECT 1 AS id, 'a' AS ward UNION ALL SELECT 2, 'b'");
    await bigquery.query(
      "CREATE ROW ACCESS POLICY mine ON d.guarded GRANT TO ('user:nurse@example.com') FILTER USING (ward = 'b')",
    );
    const request = {
      parent: `projects/${PROJECT}`,
      readSession: { table: tablePath('guarded'), dataFormat: 'ARROW' as const },
      maxStreamCount: 1,
    };
    const otherArgs = { headers: { 'x-bqemu-caller': 'nurse@example.com' } };
    const [created] = await reading.createReadSession(request, { otherArgs });
    expect(String(created.estimatedRowCount)).toBe('1');
    const [nobody] = await reading.createReadSession(request);
    expect(nobody.streams).toEqual([]);
  });

  it.each([
    ['a table that is not there', 'nothing', {}, 5, 'Not found: Table'],
    [
      'unknown columns',
      'many',
      { readOptions: { selectedFields: ['x'] } },
      3,
      'do not exist in the table schema: x',
    ],
    [
      'more than a condition',
      'many',
      { readOptions: { rowRestriction: 'TRUE); DROP TABLE d.many; SELECT (1' } },
      3,
      'Syntax error',
    ],
    ['samples', 'many', { readOptions: { samplePercentage: 10 } }, 12, 'sample_percentage'],
    [
      'the past',
      'many',
      { tableModifiers: { snapshotTime: { seconds: 1 } } },
      12,
      'as it was before its last change',
    ],
    ['no format', 'many', { dataFormat: 'DATA_FORMAT_UNSPECIFIED' as const }, 3, 'must be AVRO or ARROW'],
  ] as const)('refuse %s', async (_, table, options, code, message) => {
    const refused = await session(table, options as ReadSession).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code, details: expect.stringContaining(message) });
  });
});

/** The integer in words of 32 bits. */
function words(value: unknown): bigint {
  const bytes = Buffer.from(
    (value as Uint32Array).buffer,
    (value as Uint32Array).byteOffset,
    (value as Uint32Array).byteLength,
  );
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`));
}

const COLUMNS =
  'id INT64 NOT NULL, name STRING, seen TIMESTAMP, day DATE, tags ARRAY<STRING>, r STRUCT<x FLOAT64, l ARRAY<INT64>>, n NUMERIC DEFAULT 7';

async function writer(table: string, streamType: string) {
  const isDefault = streamType === managedwriter.DefaultStream;
  const stream = isDefault
    ? await writing.getWriteStream({
        streamId: `${tablePath(table)}/streams/_default`,
        view: 'FULL' as never,
      })
    : await writing.createWriteStreamFullResponse({
        streamType: streamType as never,
        destinationTable: tablePath(table),
      });
  const connection = await writing.createStreamConnection({
    streamId: stream.name!,
    destinationTable: tablePath(table),
  });
  const protoDescriptor = adapt.convertStorageSchemaToProto2Descriptor(stream.tableSchema!, 'root');
  return {
    connection,
    name: stream.name!,
    json: new managedwriter.JSONWriter({ connection, protoDescriptor }),
  };
}

describe('write streams', () => {
  it('commit each append of the default stream, with rows of all shapes', async () => {
    await bigquery.query(`CREATE TABLE d.plain (${COLUMNS})`);
    const { json } = await writer('plain', managedwriter.DefaultStream);
    const seen = new Date('2024-01-02T03:04:05Z');
    const added = await json
      .appendRows([
        {
          id: 1,
          name: 'ü',
          seen,
          day: new Date('2024-01-02'),
          tags: ['a', 'b'],
          r: { x: 1.5, l: [1, 2] },
          n: '3.5',
        },
        { id: 2 },
      ])
      .getResult();
    expect(added.error).toBeFalsy();
    expect(
      await rows(
        'SELECT id, name, CAST(seen AS STRING) AS seen, CAST(day AS STRING) AS day, tags, r.x, r.l, CAST(n AS STRING) AS n FROM d.plain ORDER BY id',
      ),
    ).toEqual([
      {
        id: 1,
        name: 'ü',
        seen: '2024-01-02 03:04:05+00',
        day: '2024-01-02',
        tags: ['a', 'b'],
        x: 1.5,
        l: [1, 2],
        n: '3.5',
      },
      { id: 2, name: null, seen: null, day: null, tags: [], x: null, l: [], n: null },
    ]);
    json.close();
  });

  it('say which rows of an append do not fit, and add none of it', async () => {
    await bigquery.query(`CREATE TABLE d.strict (${COLUMNS})`);
    const { json } = await writer('strict', managedwriter.DefaultStream);
    const answer = await json.appendRows([{ id: 1 }, { name: 'nobody' }, { id: 3, n: 'many' }]).getResult();
    expect(answer.error).toMatchObject({ code: 3 });
    expect(answer.rowErrors!.map(({ index, message }) => [Number(index), message])).toEqual([
      [1, 'Missing required field: id.'],
      [2, 'Invalid NUMERIC value: many'],
    ]);
    expect(await rows('SELECT COUNT(*) AS n FROM d.strict')).toEqual([{ n: 0 }]);
    json.close();
  });

  it('take the rows at each offset of a committed stream once', async () => {
    await bigquery.query('CREATE TABLE d.once (id INT64)');
    const { json, connection } = await writer('once', managedwriter.CommittedStream);
    expect((await json.appendRows([{ id: 1 }, { id: 2 }], 0).getResult()).appendResult!.offset!.value).toBe(
      '0',
    );
    expect((await json.appendRows([{ id: 1 }, { id: 2 }], 0).getResult()).error).toMatchObject({ code: 6 });
    const beyond = (await json.appendRows([{ id: 4 }], 5).getResult()).error!;
    expect(beyond).toMatchObject({
      code: 11,
      message: expect.stringContaining('expected offset 2, received 5'),
    });
    const [detail] = beyond.details!;
    const { StorageError } = protos.google.cloud.bigquery.storage.v1;
    expect(StorageError.decode(detail!.value as Uint8Array)).toMatchObject({
      code: StorageError.StorageErrorCode.OFFSET_OUT_OF_RANGE,
    });
    expect((await json.appendRows([{ id: 3 }], 2).getResult()).appendResult!.offset!.value).toBe('2');
    expect(Number((await connection.finalize())!.rowCount)).toBe(3);
    expect((await json.appendRows([{ id: 4 }]).getResult()).error).toMatchObject({ code: 3 });
    expect(await rows('SELECT id FROM d.once ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    json.close();
  });

  it('show the rows of pending streams when they are committed, all at once', async () => {
    await bigquery.query('CREATE TABLE d.batch (id INT64)');
    const [one, two] = await Promise.all([1, 2].map(() => writer('batch', managedwriter.PendingStream)));
    await one!.json.appendRows([{ id: 1 }], 0).getResult();
    await two!.json.appendRows([{ id: 2 }, { id: 3 }], 0).getResult();
    expect(await rows('SELECT COUNT(*) AS n FROM d.batch')).toEqual([{ n: 0 }]);
    const request = { parent: tablePath('batch'), writeStreams: [one!.name, two!.name] };
    await one!.connection.finalize();
    const [early] = await raw.batchCommitWriteStreams(request);
    expect(early.streamErrors).toMatchObject([{ code: 'INVALID_STREAM_STATE', entity: two!.name }]);
    expect(await rows('SELECT COUNT(*) AS n FROM d.batch')).toEqual([{ n: 0 }]);
    await two!.connection.finalize();
    const [committed] = await raw.batchCommitWriteStreams(request);
    expect(committed.commitTime).not.toBeNull();
    expect(await rows('SELECT id FROM d.batch ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    const [again] = await raw.batchCommitWriteStreams(request);
    expect(again.streamErrors!.map(({ code }) => code)).toEqual([
      'STREAM_ALREADY_COMMITTED',
      'STREAM_ALREADY_COMMITTED',
    ]);
    one!.json.close();
    two!.json.close();
  });

  it('show the rows of a buffered stream as far as it is flushed', async () => {
    await bigquery.query('CREATE TABLE d.buffered (id INT64)');
    const { json, connection } = await writer('buffered', managedwriter.BufferedStream);
    await json.appendRows([{ id: 1 }, { id: 2 }, { id: 3 }], 0).getResult();
    expect(await rows('SELECT COUNT(*) AS n FROM d.buffered')).toEqual([{ n: 0 }]);
    await connection.flushRows({ offset: 1 });
    expect(await rows('SELECT id FROM d.buffered ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
    await connection.flushRows({ offset: 2 });
    await connection.flushRows({ offset: 0 });
    expect(await rows('SELECT COUNT(*) AS n FROM d.buffered')).toEqual([{ n: 3 }]);
    json.close();
  });

  it('tell of columns that the table got meanwhile, and fill defaults where that is asked for', async () => {
    await bigquery.query('CREATE TABLE d.grows (id INT64)');
    const { json } = await writer('grows', managedwriter.CommittedStream);
    expect((await json.appendRows([{ id: 1 }]).getResult()).updatedSchema).toBeFalsy();
    await bigquery.query('ALTER TABLE d.grows ADD COLUMN note STRING');
    const answer = await json.appendRows([{ id: 2 }]).getResult();
    expect(answer.updatedSchema!.fields!.map(({ name }) => name)).toEqual(['id', 'note']);
    json.close();
    await bigquery.query("CREATE TABLE d.filled (id INT64, note STRING DEFAULT 'none')");
    const filling = await writer('filled', managedwriter.CommittedStream);
    filling.json.setDefaultMissingValueInterpretation('DEFAULT_VALUE');
    expect(
      (await filling.json.appendRows([{ id: 1 }, { id: 2, note: 'some' }]).getResult()).error,
    ).toBeFalsy();
    filling.json.close();
    expect(await rows('SELECT * FROM d.filled ORDER BY id')).toEqual([
      { id: 1, note: 'none' },
      { id: 2, note: 'some' },
    ]);
  });

  it('refuse tables and streams that are not there', async () => {
    await expect(
      raw.createWriteStream({ parent: tablePath('nothing'), writeStream: { type: 'COMMITTED' } }),
    ).rejects.toMatchObject({ code: 5 });
    await expect(raw.getWriteStream({ name: `${tablePath('many')}/streams/x` })).rejects.toMatchObject({
      code: 5,
    });
    await expect(raw.createWriteStream({ parent: tablePath('many'), writeStream: {} })).rejects.toMatchObject(
      { code: 3 },
    );
  });
});
