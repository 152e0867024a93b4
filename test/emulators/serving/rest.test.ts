import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message, Methods } from '../../../src/emulators/serving/method.js';
import { type Serving, serve } from '../../../src/emulators/serving/serve.js';
import { ServiceError } from '../../../src/emulators/serving/service-error.js';
import { plainRequest } from '../../helpers/plain-request.js';
import { request } from '../../helpers/raw-request.js';

const { resolve } = createRequire(import.meta.url);
const protos = ['pubsub', 'bigtable'].map((name) => ({
  path: resolve(`@google-cloud/${name}/build/protos/protos.json`),
}));

/** What the handlers were given last. */
let seen: Message;
let aborted = 0;

const remember = (answer: (request: Message) => Message) => ({
  kind: 'unary' as const,
  handle: (request: Message) => {
    seen = request;
    return answer(request);
  },
});

const methods: Methods = {
  'google.pubsub.v1.Publisher': {
    CreateTopic: remember((topic) => topic),
    GetTopic: remember(({ topic }) => ({ name: topic, state: 'ACTIVE', labels: { a: 'b' } })),
    UpdateTopic: remember(({ topic }) => topic as Message),
    DeleteTopic: remember(() => ({})),
    ListTopics: remember(() => ({
      topics: [{ name: 't1', state: 'ACTIVE' }, { name: 't2' }],
      nextPageToken: 'n',
    })),
    Publish: {
      kind: 'unary-raw',
      handle: (bytes) => Buffer.concat([Buffer.from([10, 2]), Buffer.from(`${(bytes.length % 90) + 10}`)]),
    },
    DetachSubscription: {
      kind: 'unary',
      handle: () => {
        throw new ServiceError('NOT_FOUND', 'Resource not found (resource=s).', [
          { type: 'google.rpc.ErrorInfo', fields: { reason: 'R', domain: 'd', metadata: { a: 'b' } } },
        ]);
      },
    },
  },
  'google.pubsub.v1.Subscriber': {
    Pull: {
      kind: 'unary',
      handle: (_request, call) =>
        new Promise((_resolve, reject) =>
          call.signal.addEventListener('abort', () => {
            aborted++;
            reject(call.signal.reason);
          }),
        ),
    },
  },
  'google.bigtable.v2.Bigtable': {
    ReadRows: {
      kind: 'server-stream',
      handle: async ({ rowsLimit }, call) => {
        const count = Number(rowsLimit ?? 0);
        for (let n = 0; n < Math.min(count, 1000); n++) {
          if (!call.send({ chunks: [{ rowKey: Buffer.from(`r${n}`), commitRow: true }] }))
            await call.drained();
        }
        if (count > 1000) throw new ServiceError('RESOURCE_EXHAUSTED', 'Too many rows.');
        if (count < 0) throw new ServiceError('INVALID_ARGUMENT', 'Too few rows.');
      },
    },
  },
  'google.bigtable.admin.v2.BigtableInstanceAdmin': {
    CreateAppProfile: remember(({ appProfile }) => appProfile as Message),
  },
  'google.iam.v1.IAMPolicy': {
    GetIamPolicy: remember(({ resource }) => ({
      etag: Buffer.from('ab'),
      bindings: [{ role: String(resource) }],
    })),
  },
  'google.longrunning.Operations': {
    GetOperation: remember(({ name }) => ({
      name,
      done: true,
      response: {
        '@type': 'type.googleapis.com/google.bigtable.admin.v2.Table',
        name: 't',
        granularity: 'MILLIS',
      },
    })),
  },
};

let server: Serving;
let address: { url: string };

beforeAll(async () => {
  server = await serve({
    methods,
    protos,
    httpRules: {
      'google.iam.v1.IAMPolicy/GetIamPolicy': [
        { get: '/v1/{resource=projects/*/topics/*}:getIamPolicy' },
        { get: '/v1/{resource=projects/*/subscriptions/*}:getIamPolicy' },
      ],
      'google.longrunning.Operations/GetOperation': [{ get: '/v2/{name=operations/**}' }],
    },
  });
  address = { url: `http://127.0.0.1:${server.port}` };
});

afterAll(() => server.close());

const topic = '/v1/projects/p/topics/t';

describe('REST', () => {
  it('takes fields from the path, and leaves out what is not set', async () => {
    const { status, body, headers } = await request(address, 'GET', topic);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=UTF-8');
    expect(seen).toEqual({ topic: 'projects/p/topics/t' });
    expect(body).toEqual({ name: 'projects/p/topics/t', state: 'ACTIVE', labels: { a: 'b' } });
  });

  it('takes the whole message from the body, and the path over it', async () => {
    const { body } = await request(address, 'PUT', topic, {
      name: 'other',
      labels: { x: 'y' },
      message_retention_duration: '600s',
      messageStoragePolicy: { allowedPersistenceRegions: ['r'] },
    });
    expect(body).toEqual({
      name: 'projects/p/topics/t',
      labels: { x: 'y' },
      messageRetentionDuration: '600s',
      messageStoragePolicy: { allowedPersistenceRegions: ['r'] },
    });
    expect(seen['messageRetentionDuration']).toEqual({ seconds: '600', nanos: 0 });
  });

  it('sets fields of a message in the message by their path', async () => {
    await request(address, 'PATCH', topic, {
      topic: { labels: { a: 'b' } },
      updateMask: 'labels,messageRetentionDuration',
    });
    expect(seen).toEqual({
      topic: { name: 'projects/p/topics/t', labels: { a: 'b' } },
      updateMask: { paths: ['labels', 'message_retention_duration'] },
    });
  });

  it('takes one field from the body and others from the query', async () => {
    const { body } = await request(
      address,
      'POST',
      '/v2/projects/p/instances/i/appProfiles?appProfileId=a&ignore_warnings=True&whatever=1',
      { description: 'd', singleClusterRouting: { clusterId: 'c' } },
    );
    expect(seen).toEqual({
      parent: 'projects/p/instances/i',
      appProfileId: 'a',
      ignoreWarnings: true,
      appProfile: { description: 'd', singleClusterRouting: { clusterId: 'c' } },
    });
    expect(body).toEqual({ description: 'd', singleClusterRouting: { clusterId: 'c' } });
  });

  it('takes parameters from the query, and keeps those of the system out', async () => {
    const { body } = await request(
      address,
      'GET',
      '/v1/projects/p/topics?pageSize=5&page_token=x&alt=json&key=k&$.xgafv=2&prettyPrint=false',
    );
    expect(seen).toEqual({ project: 'projects/p', pageSize: 5, pageToken: 'x' });
    expect(body.nextPageToken).toBe('n');
  });

  it('refuses a parameter that is no such value', async () => {
    const { status, body } = await request(address, 'GET', '/v1/projects/p/topics?pageSize=many');
    expect(status).toBe(400);
    expect(body.error.message).toBe(`Invalid value at 'page_size' (TYPE_INT32), "many"`);
  });

  it('tells methods with a verb from names', async () => {
    const { body } = await request(address, 'POST', `${topic}:publish`, {
      messages: [{ data: Buffer.from('x').toString('base64') }],
    });
    // Three bytes of data in a message in a request with a name of 19.
    expect(body).toEqual({ messageIds: [String(5 + 21 + 10)] });
  });

  it('decodes names, and keeps an encoded slash from ending one', async () => {
    await request(address, 'GET', '/v1/projects/p/topics/a%2Bb%2Fc%20d');
    expect(seen).toEqual({ topic: 'projects/p/topics/a+b%2Fc d' });
    expect((await request(address, 'GET', '/v1/projects/p/topics/%ff')).status).toBe(400);
  });

  it('gives the parts that are asked for, indented and with enums as numbers', async () => {
    const response = await fetch(
      `${address.url}/v1/projects/p/topics?fields=topics/state&prettyPrint=true&$alt=json;enum-encoding=int`,
    );
    expect(await response.text()).toBe('{\n  "topics": [\n    {\n      "state": 1\n    },\n    {}\n  ]\n}');
  });

  it.each(['alt=media', '$alt=proto', 'fields=a(', 'fields=/'])('refuses %s', async (query) => {
    expect((await request(address, 'GET', `${topic}?${query}`)).body.error.status).toBe('INVALID_ARGUMENT');
  });

  it('answers nothing with an empty object', async () => {
    expect((await request(address, 'DELETE', topic)).body).toEqual({});
  });

  it('serves mixins by the rules given for them', async () => {
    expect((await request(address, 'GET', '/v1/projects/p/subscriptions/s:getIamPolicy')).body).toEqual({
      etag: 'YWI=',
      bindings: [{ role: 'projects/p/subscriptions/s' }],
    });
    expect((await request(address, 'GET', '/v2/operations/a/b')).body).toEqual({
      name: 'operations/a/b',
      done: true,
      response: {
        '@type': 'type.googleapis.com/google.bigtable.admin.v2.Table',
        name: 't',
        granularity: 'MILLIS',
      },
    });
  });

  it('takes methods from the header, and gzip bodies', async () => {
    await request(address, 'POST', topic, {}, { 'x-http-method-override': 'get' });
    expect(seen).toEqual({ topic: 'projects/p/topics/t' });
    const response = await fetch(`${address.url}${topic}`, {
      method: 'PUT',
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync('{"labels":{"z":"1"}}'),
    });
    expect(((await response.json()) as Message)['labels']).toEqual({ z: '1' });
  });
});

describe('the guard of REST', () => {
  it.each([
    ['a rebound name', { Host: 'evil.example' }],
    ['another origin', { Host: '127.0.0.1', Origin: 'https://evil.example' }],
    ['another site', { Host: '127.0.0.1', 'Sec-Fetch-Site': 'cross-site' }],
    ['text', { Host: '127.0.0.1', 'Content-Type': 'text/plain' }],
  ])('refuses %s and does nothing', async (_what, headers) => {
    seen = {};
    const { status, body } = await plainRequest(address.url, ['PUT', topic], headers, '{}');
    expect(status).toBe(403);
    expect(JSON.parse(body).error.status).toBe('PERMISSION_DENIED');
    expect(seen).toEqual({});
  });

  it('lets in names that are allowed', async () => {
    const open = await serve({ methods, protos, allowedHosts: ['ward.internal'] });
    const url = `http://127.0.0.1:${open.port}`;
    expect((await plainRequest(url, ['GET', topic], { Host: 'ward.internal' })).status).toBe(200);
    await open.close();
  });
});

describe('errors over REST', () => {
  it('come in the envelope, with details', async () => {
    const { status, body } = await request(address, 'POST', '/v1/projects/p/subscriptions/s:detach');
    expect(status).toBe(404);
    expect(body).toEqual({
      error: {
        code: 404,
        message: 'Resource not found (resource=s).',
        status: 'NOT_FOUND',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: 'R',
            domain: 'd',
            metadata: { a: 'b' },
          },
        ],
      },
    });
  });

  it('name methods that are not implemented, and paths that are not served', async () => {
    const known = await request(address, 'GET', '/v1/projects/p/subscriptions/s');
    expect(known.status).toBe(501);
    expect(known.body.error.message).toBe(
      'The server does not implement the method /google.pubsub.v1.Subscriber/GetSubscription',
    );
    const unknown = await request(address, 'GET', '/v9/nothing');
    expect(unknown.status).toBe(404);
    expect(unknown.body.error.message).toBe('Nothing is served at GET /v9/nothing.');
  });

  it.each([
    ['{', 'Invalid JSON payload received. The body is not valid JSON.'],
    ['{"nope":1}', 'Invalid JSON payload received. Unknown name "nope": Cannot find field.'],
    ['[]', `Invalid value at '' (type.googleapis.com/google.pubsub.v1.Topic), []`],
  ])('say what is wrong with the body %s', async (text, message) => {
    const { status, body } = await request(address, 'PUT', topic, text);
    expect(status).toBe(400);
    expect(body.error.message).toBe(message);
  });

  it('refuse bodies that are not what their encoding says', async () => {
    for (const encoding of ['gzip', 'br']) {
      const { status } = await request(address, 'PUT', topic, '{}', { 'content-encoding': encoding });
      expect(status).toBe(400);
    }
  });

  it('refuse bodies above the limit, and serve the next request', async () => {
    const small = await serve({ methods, protos, maxRequestBytes: 1000 });
    const url = `http://127.0.0.1:${small.port}`;
    const { status, body } = await request({ url }, 'PUT', topic, { labels: { a: 'x'.repeat(100_000) } });
    expect(status).toBe(400);
    expect(body.error.message).toBe('Request payload size exceeds the limit: 1000 bytes.');
    expect((await request({ url }, 'GET', topic)).status).toBe(200);
    await small.close();
  });
});

describe('streams over REST', () => {
  const path = '/v2/projects/p/instances/i/tables/t:readRows';

  it.each([0, 1, 3])('are arrays of messages (%d)', async (rowsLimit) => {
    const { body } = await request(address, 'POST', path, { rowsLimit });
    expect(body).toEqual(
      Array.from({ length: rowsLimit }, (_, n) => ({
        chunks: [{ rowKey: Buffer.from(`r${n}`).toString('base64'), commitRow: true }],
      })),
    );
  });

  it('end with the error', async () => {
    const late = await request(address, 'POST', path, { rowsLimit: '1001' });
    expect(late.status).toBe(200);
    expect(late.body).toHaveLength(1001);
    expect(late.body.at(-1).error).toEqual({
      code: 429,
      message: 'Too many rows.',
      status: 'RESOURCE_EXHAUSTED',
    });
    const early = await request(address, 'POST', path, { rowsLimit: '-1' });
    expect(early.status).toBe(400);
    expect(early.body).toEqual([
      { error: { code: 400, message: 'Too few rows.', status: 'INVALID_ARGUMENT' } },
    ]);
  });
});

describe('the end of a request', () => {
  const pull = '/v1/projects/p/subscriptions/s:pull';

  it('aborts the signal when the client goes away', async () => {
    const before = aborted;
    const controller = new AbortController();
    const answer = fetch(`${address.url}${pull}`, { method: 'POST', signal: controller.signal }).catch(
      () => {},
    );
    await sleep(100);
    controller.abort();
    await answer;
    await expect.poll(() => aborted).toBe(before + 1);
  });

  it('comes with 503 when the server stops', async () => {
    const stopping = await serve({ methods, protos });
    const answer = request({ url: `http://127.0.0.1:${stopping.port}` }, 'POST', pull);
    await sleep(300);
    await stopping.close();
    expect(await answer).toMatchObject({
      status: 503,
      body: { error: { message: 'The server is stopping.', status: 'UNAVAILABLE' } },
    });
  });
});
