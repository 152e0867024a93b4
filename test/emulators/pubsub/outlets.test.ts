import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import avro from 'avsc';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { startBigtableServer } from '../../../src/emulators/bigtable/server.js';
import { GrpcChannel } from '../../../src/emulators/probes/grpc.js';
import { startStorageServer } from '../../../src/emulators/storage/server.js';
import { type Api, codeOf, eventually, ONCE, type Running, startEmbedded } from './harness.js';

let pubsub: Running;
let api: Api;
let topic: string;

describe('push', () => {
  let endpoint: string;
  let server: Server;
  let status = 204;
  const pushed: { headers: IncomingHttpHeaders; body: string }[] = [];

  beforeAll(async () => {
    pubsub = await startEmbedded();
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      pushed.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`;
  });
  afterAll(async () => {
    await pubsub.stop();
    server.close();
    server.closeAllConnections();
  });
  beforeEach(async () => {
    pushed.length = 0;
    status = 204;
    api = pubsub.api();
    topic = await api.createTopic();
  });

  const arrivals = (count: number) =>
    eventually(
      async () => pushed,
      (requests) => requests.length >= count,
    );

  it('posts messages as JSON, with a token where one is asked for', async () => {
    const oidcToken = { serviceAccountEmail: 'pusher@example.com' };
    const subscription = await api.createSubscription(topic, {
      pushConfig: { pushEndpoint: endpoint, oidcToken },
    });
    const [id] = await api.publish(topic, { data: 'hello', attributes: { a: '1' }, orderingKey: 'k' });
    const [request] = await arrivals(1);
    const { message, ...rest } = JSON.parse(request!.body);
    expect(rest).toEqual({ subscription });
    expect(message).toMatchObject({
      messageId: id,
      message_id: id,
      orderingKey: 'k',
      attributes: { a: '1' },
    });
    expect([Buffer.from(message.data, 'base64').toString(), message.publishTime]).toEqual([
      'hello',
      message.publish_time,
    ]);
    const [, claims] = request!.headers.authorization!.replace('Bearer ', '').split('.');
    expect(JSON.parse(Buffer.from(claims!, 'base64url').toString())).toMatchObject({
      aud: endpoint,
      email: 'pusher@example.com',
      iss: 'https://accounts.google.com',
    });
    expect(await codeOf(api.pull(subscription))).toBe('FAILED_PRECONDITION');
  });

  it('posts the data alone, with metadata in headers', async () => {
    const noWrapper = { writeMetadata: true };
    const subscription = await api.createSubscription(topic, {
      pushConfig: { pushEndpoint: endpoint, noWrapper },
    });
    const [id] = await api.publish(topic, { data: 'raw', attributes: { own: '1', 'not a header': 'x' } });
    const [request] = await arrivals(1);
    expect([request!.body, request!.headers.own]).toEqual(['raw', '1']);
    expect(request!.headers['x-goog-pubsub-message-id']).toBe(id);
    expect(request!.headers['x-goog-pubsub-subscription-name']).toBe(subscription);
  });

  it('posts again what was refused, and counts the attempts', async () => {
    status = 500;
    const deadLetterTopic = await api.createTopic('dead');
    const inspect = await api.createSubscription(deadLetterTopic);
    const deadLetterPolicy = { deadLetterTopic, maxDeliveryAttempts: 5 };
    await api.createSubscription(topic, { pushConfig: { pushEndpoint: endpoint }, deadLetterPolicy });
    await api.publish(topic, 'refused');
    const [dead] = await eventually(
      () => api.pull(inspect),
      (messages) => messages.length > 0,
    );
    expect(dead!.data).toBe('refused');
    expect(pushed.map(({ body }) => JSON.parse(body).deliveryAttempt)).toEqual([1, 2, 3, 4, 5]);
  });

  it('stops and starts with the endpoint', async () => {
    const subscription = await api.createSubscription(topic, { pushConfig: { pushEndpoint: endpoint } });
    await api.subscriber.modifyPushConfig({ subscription, pushConfig: {} }, ONCE);
    await api.publish(topic, 'pulled');
    expect((await api.pull(subscription)).map(({ data }) => data)).toEqual(['pulled']);
    await api.subscriber.modifyPushConfig({ subscription, pushConfig: { pushEndpoint: endpoint } }, ONCE);
    await api.publish(topic, 'pushed');
    const [request] = await arrivals(1);
    expect(Buffer.from(JSON.parse(request!.body).message.data, 'base64').toString()).toBe('pushed');
  });

  it('refuses the destinations that this server was not told of, by name', async () => {
    const configs = {
      bigqueryConfig: { table: 'p.d.t' },
      cloudStorageConfig: { bucket: 'b' },
      bigtableConfig: { table: 'projects/p/instances/i/tables/t' },
    };
    for (const [name, config] of Object.entries(configs)) {
      await expect(api.createSubscription(topic, { [name]: config })).rejects.toThrow(name);
      expect(await codeOf(api.createSubscription(topic, { [name]: config }))).toBe('UNIMPLEMENTED');
    }
  });
});

describe('exports', () => {
  let folder: string;
  let bigquery: Awaited<ReturnType<typeof startBigQueryServer>>;
  let storage: Awaited<ReturnType<typeof startStorageServer>>;
  let bigtable: Awaited<ReturnType<typeof startBigtableServer>>;
  let channel: GrpcChannel;
  let dataset: string;

  const post = async (url: string, body: unknown) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    return response.json();
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'healthmon-outlets-'));
    bigquery = await startBigQueryServer({
      host: '127.0.0.1',
      port: 0,
      dataDir: join(folder, 'bigquery'),
      projectId: 'p1',
    });
    storage = await startStorageServer({ host: '127.0.0.1', port: 0, dataDir: join(folder, 'storage') });
    bigtable = await startBigtableServer({ host: '127.0.0.1', port: 0, dataDir: join(folder, 'bigtable') });
    dataset = `${bigquery.url}/bigquery/v2/projects/p1/datasets`;
    await post(dataset, { datasetReference: { projectId: 'p1', datasetId: 'd1' } });
    await post(`${storage.url}/storage/v1/b?project=p1`, { name: 'vitals-files' });
    channel = new GrpcChannel(`${bigtable.host}:${bigtable.port}`);
    await channel.call('/google.bigtable.admin.v2.BigtableTableAdmin/CreateTable', {
      1: 'projects/p1/instances/i1',
      2: 't1',
      3: {
        3: [
          { 1: 'data', 2: {} },
          { 1: 'pubsub_metadata', 2: {} },
        ],
      },
    });
    pubsub = await startEmbedded({
      endpoints: {
        bigquery: bigquery.url,
        storage: storage.url,
        bigtable: `${bigtable.host}:${bigtable.port}`,
      },
    });
  });
  afterAll(async () => {
    await pubsub.stop();
    channel.close();
    await Promise.all([bigquery.close(), storage.close(), bigtable.close()]);
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    api = pubsub.api();
    topic = await api.createTopic();
  });
  afterEach(() => api.close());

  const column = (name: string, type: string) => ({ name, type });
  const createTable = (tableId: string, fields: object[]) =>
    post(`${dataset}/d1/tables`, {
      tableReference: { projectId: 'p1', datasetId: 'd1', tableId },
      schema: { fields },
    });
  const rows = async (tableId: string, count: number) => {
    const read = async () => {
      const response = await fetch(`${dataset}/d1/tables/${tableId}/data`);
      const { rows = [] } = (await response.json()) as { rows?: { f: { v: unknown }[] }[] };
      return rows.map(({ f }) => f.map(({ v }) => v));
    };
    return eventually(read, (found) => found.length >= count);
  };

  it('writes messages into a table, with metadata', async () => {
    await createTable('raw', [
      column('data', 'STRING'),
      column('subscription_name', 'STRING'),
      column('message_id', 'STRING'),
      column('publish_time', 'TIMESTAMP'),
      column('attributes', 'STRING'),
    ]);
    const bigqueryConfig = { table: 'p1.d1.raw', writeMetadata: true };
    const subscription = await api.createSubscription(topic, { bigqueryConfig });
    const [id] = await api.publish(topic, { data: 'hello', attributes: { a: '1' } });
    const [row] = await rows('raw', 1);
    expect([row![0], row![1], row![2], JSON.parse(row![4] as string)]).toEqual([
      'hello',
      subscription,
      id,
      { a: '1' },
    ]);
  });

  it('writes fields into columns, and sends what does not fit to the dead-letter topic', async () => {
    await createTable('fields', [column('patient', 'STRING'), column('pulse', 'INTEGER')]);
    const deadLetterTopic = await api.createTopic('dead');
    const inspect = await api.createSubscription(deadLetterTopic);
    await api.createSubscription(topic, {
      bigqueryConfig: { table: 'p1.d1.fields', useTableSchema: true },
      deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts: 5 },
    });
    await api.publish(topic, '{"patient":"7","pulse":81}', 'nonsense', '{"patient":"8","pulse":"high"}');
    expect(await rows('fields', 1)).toEqual([['7', '81']]);
    const dead = await eventually(
      async () => api.pull(inspect),
      (messages) => messages.length >= 1,
    );
    expect(dead.map(({ data }) => data)).not.toContain('{"patient":"7","pulse":81}');
  });

  describe('in the schema of the topic', () => {
    const FIELDS = [
      { name: 'patient', type: 'string' },
      { name: 'trace', type: 'bytes' },
      { name: 'born', type: { type: 'int', logicalType: 'date' } },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } },
      { name: 'cost', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
    ];
    const NOTE = { name: 'note', type: ['null', 'string'], default: null };
    const definition = (...fields: object[]) => JSON.stringify({ type: 'record', name: 'Vital', fields });
    // A day after 1970 began, half a second after it, and -1.5 with two decimals.
    const first = {
      patient: '7',
      trace: Buffer.from([255]),
      born: 1,
      at: 500_000,
      cost: Buffer.from([0xff, 0x6a]),
    };
    let valuedTopic: string;
    let publish: (definition: string, value: object) => Promise<unknown>;

    beforeEach(async () => {
      const name = api.schema('vital');
      const schema = { name, type: 'AVRO' as const };
      await api.schemas.createSchema(
        {
          parent: `projects/${api.project}`,
          schemaId: 'vital',
          schema: { ...schema, definition: definition(...FIELDS) },
        },
        ONCE,
      );
      await api.schemas.commitSchema(
        { name, schema: { ...schema, definition: definition(...FIELDS, NOTE) } },
        ONCE,
      );
      valuedTopic = await api.createTopic(undefined, {
        schemaSettings: { schema: name, encoding: 'BINARY' },
      });
      publish = (text, value) =>
        api.publisher.publish(
          {
            topic: valuedTopic,
            messages: [{ data: avro.Type.forSchema(JSON.parse(text)).toBuffer(value) }],
          },
          ONCE,
        );
    });

    it('writes fields into columns, whichever revision they came in', async () => {
      await createTable('typed', [
        column('patient', 'STRING'),
        column('trace', 'BYTES'),
        column('born', 'DATE'),
        column('at', 'TIMESTAMP'),
        column('cost', 'NUMERIC'),
        column('note', 'STRING'),
      ]);
      const bigqueryConfig = { table: 'p1.d1.typed', useTopicSchema: true };
      await api.createSubscription(valuedTopic, { bigqueryConfig });
      await publish(definition(...FIELDS), first);
      await publish(definition(...FIELDS, NOTE), { ...first, patient: '8', note: 'n' });
      const found = (await rows('typed', 2)).sort();
      expect(
        found.map(([patient, trace, born, at, cost, note]) => [
          patient,
          trace,
          born,
          Number(at),
          Number(cost),
          note,
        ]),
      ).toEqual([
        ['7', '/w==', '1970-01-02', 0.5, -1.5, null],
        ['8', '/w==', '1970-01-02', 0.5, -1.5, 'n'],
      ]);
    });

    it('writes files in the last revision, and metadata as fields of it', async () => {
      await api.createSubscription(valuedTopic, {
        cloudStorageConfig: {
          bucket: 'vitals-files',
          filenamePrefix: 'typed/',
          maxBytes: '1024',
          avroConfig: { useTopicSchema: true, writeMetadata: true },
        },
      });
      for (let count = 0; count < 40; count++) await publish(definition(...FIELDS), first);
      const list = async () => {
        const response = await fetch(`${storage.url}/storage/v1/b/vitals-files/o?prefix=typed/`);
        return ((await response.json()) as { items?: { name: string }[] }).items ?? [];
      };
      const [file] = await eventually(list, (found) => found.length > 0);
      const response = await fetch(
        `${storage.url}/storage/v1/b/vitals-files/o/${encodeURIComponent(file!.name)}?alt=media`,
      );
      const records: Record<string, unknown>[] = [];
      const decoder = new avro.streams.BlockDecoder();
      decoder.on('data', (record: Record<string, unknown>) => records.push(record));
      decoder.end(Buffer.from(await response.arrayBuffer()));
      await once(decoder, 'end');
      const [{ message_id: id, publish_time: time, attributes: _, subscription_name: name, ...fields }] =
        records as [Record<string, unknown>];
      expect(fields).toEqual({ ...first, note: null });
      expect([typeof id, typeof time, String(name).startsWith(`projects/${api.project}/`)]).toEqual([
        'string',
        'number',
        true,
      ]);
    });

    it('needs a topic with an Avro schema', async () => {
      const cloudStorageConfig = { bucket: 'vitals-files', avroConfig: { useTopicSchema: true } };
      expect(await codeOf(api.createSubscription(topic, { cloudStorageConfig }))).toBe('INVALID_ARGUMENT');
    });
  });

  it('writes messages into files', async () => {
    const cloudStorageConfig = {
      bucket: 'vitals-files',
      filenamePrefix: 'text/',
      filenameSuffix: '.txt',
      maxMessages: 1000,
    };
    await api.createSubscription(topic, { cloudStorageConfig });
    await api.createSubscription(topic, {
      cloudStorageConfig: {
        ...cloudStorageConfig,
        filenamePrefix: 'avro/',
        avroConfig: { writeMetadata: true },
      },
    });
    await api.publish(
      topic,
      ...Array.from({ length: 1000 }, (_, n) => ({ data: `m${n}`, attributes: { n: `${n}` } })),
    );
    const list = async () => {
      const response = await fetch(`${storage.url}/storage/v1/b/vitals-files/o`);
      return (((await response.json()) as { items?: { name: string }[] }).items ?? []).map(
        ({ name }) => name,
      );
    };
    const names = await eventually(list, (found) =>
      ['text/', 'avro/'].every((prefix) => found.some((name) => name.startsWith(prefix))),
    );
    const read = async (prefix: string) => {
      const name = encodeURIComponent(names.find((one) => one.startsWith(prefix))!);
      const response = await fetch(`${storage.url}/storage/v1/b/vitals-files/o/${name}?alt=media`);
      return Buffer.from(await response.arrayBuffer());
    };
    expect((await read('text/')).toString().split('\n')).toHaveLength(1001);
    const records: { attributes: Record<string, string>; data: Buffer }[] = [];
    const decoder = new avro.streams.BlockDecoder();
    decoder.on('data', (record: (typeof records)[number]) => records.push(record));
    decoder.end(await read('avro/'));
    await once(decoder, 'end');
    expect([records.length, records[7]!.data.toString(), { ...records[7]!.attributes }]).toEqual([
      1000,
      'm7',
      { n: '7' },
    ]);
  });

  it('writes a row for each message', async () => {
    const table = 'projects/p1/instances/i1/tables/t1';
    await api.createSubscription(topic, { bigtableConfig: { table, writeMetadata: true } }, 'to-bigtable');
    const [id] = await api.publish(topic, { data: 'hello', attributes: { a: '1' } });
    const read = async () => {
      const cells: string[] = [];
      let key = '';
      for await (const answer of channel.stream('/google.bigtable.v2.Bigtable/ReadRows', { 1: table })) {
        for (const chunk of answer.messages(1)) {
          key ||= chunk.text(1);
          cells.push(chunk.text(6));
        }
      }
      return { key, cells };
    };
    const { key, cells } = await eventually(read, (found) => found.cells.length > 0);
    expect(key).toBe(`to-bigtable#${id}`);
    expect(cells).toEqual(expect.arrayContaining(['hello', id, '{"a":"1"}']));
  });

  it('refuses what is not there, or does not fit', async () => {
    await createTable('narrow', [column('other', 'STRING')]);
    const code = (settings: object) =>
      codeOf(api.createSubscription(topic, settings as Record<string, unknown>));
    expect([
      await code({ bigqueryConfig: { table: 'p1.d1.none' } }),
      await code({ bigqueryConfig: { table: 'nonsense' } }),
      await code({ bigqueryConfig: { table: 'p1.d1.narrow' } }),
      await code({ cloudStorageConfig: { bucket: 'none-such' } }),
      await code({ cloudStorageConfig: { bucket: 'vitals-files', maxMessages: 10 } }),
      await code({ bigtableConfig: { table: 'projects/p1/instances/i1/tables/none' } }),
      await code({
        bigqueryConfig: { table: 'p1.d1.narrow' },
        pushConfig: { pushEndpoint: 'http://localhost/' },
      }),
    ]).toEqual([
      'NOT_FOUND',
      'INVALID_ARGUMENT',
      'INVALID_ARGUMENT',
      'NOT_FOUND',
      'INVALID_ARGUMENT',
      'NOT_FOUND',
      'INVALID_ARGUMENT',
    ]);
  });
});
