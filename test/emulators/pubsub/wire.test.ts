import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { methodNames } from '../../../src/emulators/pubsub/capabilities.js';
import { encode } from '../../../src/emulators/wire/message.js';
import { type Api, eventually, type Running, startEmbedded } from './harness.js';

let pubsub: Running;
let api: Api;
const log: string[] = [];

beforeAll(async () => {
  pubsub = await startEmbedded({ log: (line) => log.push(line) });
  api = pubsub.api();
});
afterAll(() => pubsub.stop());

/** Sends bytes as one message of a call. Gives the status, undefined when the stream ended without one. */
async function callWith(method: string, payload: Buffer): Promise<number | undefined> {
  const session = connectHttp2(`http://${pubsub.endpoint}`);
  session.on('error', () => {});
  const stream = session.request({
    ':method': 'POST',
    ':path': `/${method}`,
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-timeout': '500m',
  });
  let status: number | undefined;
  const read = (headers: Record<string, unknown>) => {
    if (headers['grpc-status'] !== undefined) status = Number(headers['grpc-status']);
  };
  stream
    .on('response', read)
    .on('trailers', read)
    .on('error', () => {})
    .resume();
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length, 1);
  stream.end(Buffer.concat([head, payload]));
  await once(stream, 'close');
  session.destroy();
  return status;
}

const OK = 0;
const CODES_OF_BAD_INPUT = [OK, 3, 4, 5, 6, 9, 11, 12];

async function stillWorks(): Promise<void> {
  const topic = await api.createTopic();
  const subscription = await api.createSubscription(topic);
  await api.publish(topic, 'still here');
  const messages = await eventually(
    () => api.pull(subscription),
    (received) => received.length > 0,
  );
  expect(messages.map(({ data }) => data)).toEqual(['still here']);
  expect(log).toEqual([]);
}

describe('what no client sends', () => {
  it('random bytes for every method are refused as bad input', async () => {
    for (const method of methodNames()) {
      for (const size of [1, 3, 17, 200]) {
        const status = await callWith(method, randomBytes(size));
        expect(CODES_OF_BAD_INPUT, `${method} with ${size} bytes`).toContain(status);
      }
    }
    await stillWorks();
  });

  it('requests that are cut off anywhere are refused as bad input', async () => {
    const topic = await api.createTopic('cut');
    const subscription = await api.createSubscription(topic, {}, 'cut-sub');
    const requests: [string, Buffer][] = [
      [
        'google.pubsub.v1.Publisher/Publish',
        encode({ 1: topic, 2: [{ 1: 'data', 2: { 1: 'k', 2: 'v' }, 5: 'key' }] }),
      ],
      ['google.pubsub.v1.Subscriber/Acknowledge', encode({ 1: subscription, 2: ['1.1.1.1', '1.1.2.2'] })],
      ['google.pubsub.v1.Subscriber/ModifyAckDeadline', encode({ 1: subscription, 3: 10, 4: '1.1.1.1' })],
      ['google.pubsub.v1.Subscriber/Pull', encode({ 1: subscription, 2: true, 3: 10 })],
      ['google.pubsub.v1.Subscriber/StreamingPull', encode({ 1: subscription, 5: 10, 7: 10, 8: 10 })],
    ];
    for (const [method, whole] of requests) {
      for (let length = 0; length < whole.length; length++) {
        const status = await callWith(method, whole.subarray(0, length));
        expect(CODES_OF_BAD_INPUT, `${method} cut at ${length}`).toContain(status);
      }
    }
    await stillWorks();
  });

  it('broken frames and broken connections leave the server as it was', async () => {
    const [host, port] = pubsub.endpoint.split(':');
    for (const bytes of [
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), randomBytes(100)]),
      Buffer.from('GET / HTTP/1.1\r\n'),
      randomBytes(100),
    ]) {
      const socket = connectSocket({ host, port: Number(port) });
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write(bytes);
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.destroy();
    }
    await stillWorks();
  });
});

describe('a stream', () => {
  // The Java client closes one that says nothing for 15 seconds after a ping. Google's emulator says nothing.
  it('answers each ping of a client that counts on it, without messages', async () => {
    const subscription = await api.createSubscription(await api.createTopic());
    const stream = api.subscriber.streamingPull();
    const answers: { receivedMessages: unknown[]; subscriptionProperties: object | null }[] = [];
    let failure: Error | undefined;
    stream.on('data', (answer) => answers.push(answer)).on('error', (error) => (failure = error));
    const answered = (count: number) =>
      eventually(
        async () => answers.length,
        (number) => number >= count || failure !== undefined,
      );
    stream.write({ subscription, streamAckDeadlineSeconds: 10, protocolVersion: 1 });
    expect(await answered(1)).toBe(1);
    for (let ping = 1; ping <= 3; ping++) {
      stream.write({});
      expect(await answered(1 + ping)).toBe(1 + ping);
    }
    expect(failure).toBeUndefined();
    for (const { receivedMessages, subscriptionProperties } of answers) {
      expect([receivedMessages, subscriptionProperties]).toEqual([[], expect.any(Object)]);
    }
    stream.cancel();
    await stillWorks();
  });
});

interface RestBody {
  messageIds: string[];
  receivedMessages: { ackId: string; message: object }[];
}

describe('REST', () => {
  it('serves the same resources', async () => {
    const base = `http://${pubsub.endpoint}/v1/projects/${api.project}`;
    const call = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(`${base}/${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as RestBody };
    };
    expect((await call('PUT', 'topics/rest', { labels: { a: 'b' } })).body).toMatchObject({
      labels: { a: 'b' },
    });
    const topic = `projects/${api.project}/topics/rest`;
    expect((await call('PUT', 'subscriptions/rest', { topic, ackDeadlineSeconds: 20 })).status).toBe(200);
    const messages = [{ data: Buffer.from('hello').toString('base64'), attributes: { k: 'v' } }];
    const { messageIds } = (await call('POST', 'topics/rest:publish', { messages })).body;
    const pulled = await call('POST', 'subscriptions/rest:pull', { maxMessages: 1 });
    const received = pulled.body.receivedMessages[0]!;
    expect(received.message).toMatchObject({ ...messages[0], messageId: messageIds[0] });
    const acked = await call('POST', 'subscriptions/rest:acknowledge', { ackIds: [received.ackId] });
    expect(acked).toEqual({ status: 200, body: {} });
    const patched = await call('PATCH', 'subscriptions/rest', {
      subscription: { ackDeadlineSeconds: 30 },
      updateMask: 'ackDeadlineSeconds',
    });
    expect(patched.body).toMatchObject({ ackDeadlineSeconds: 30 });
    expect((await call('GET', 'topics/rest:getIamPolicy')).body).toMatchObject({ etag: 'ACAB' });
    expect((await call('DELETE', 'topics/rest')).status).toBe(200);
    expect(await call('GET', 'topics/rest')).toMatchObject({
      status: 404,
      body: { error: { status: 'NOT_FOUND' } },
    });
  });

  it('keeps policies of all that has one, grants everything, and refuses a change of what has changed', async () => {
    const topic = await api.createTopic('guarded');
    const subscription = await api.createSubscription(topic, {}, 'guarded');
    await api.subscriber.createSnapshot({ name: api.snapshot('guarded'), subscription });
    await api.schemas.createSchema({
      parent: `projects/${api.project}`,
      schemaId: 'guarded',
      schema: { type: 'AVRO', definition: JSON.stringify({ type: 'record', name: 'R', fields: [] }) },
    });
    const call = async (path: string, body?: object) => {
      const response = await fetch(`http://${pubsub.endpoint}/v1/projects/${api.project}/${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
      });
      const answer = (await response.json()) as { etag: string; error?: { status: string } };
      return { ...answer, code: answer.error?.status ?? 'OK' };
    };
    for (const kind of ['topics', 'subscriptions', 'snapshots', 'schemas']) {
      const name = `${kind}/guarded`;
      const { etag: first } = await call(`${name}:getIamPolicy`);
      const policy = { bindings: [{ role: 'roles/pubsub.viewer', members: ['user:a@example.com'] }] };
      expect(await call(`${name}:setIamPolicy`, { policy: { ...policy, etag: first } })).toMatchObject(
        policy,
      );
      expect(await call(`${name}:getIamPolicy`)).toMatchObject(policy);
      expect(await call(`${name}:setIamPolicy`, { policy: { etag: first } })).toMatchObject({
        code: 'ABORTED',
      });
      const permissions = ['pubsub.topics.get', 'pubsub.topics.delete'];
      expect(await call(`${name}:testIamPermissions`, { permissions })).toMatchObject({ permissions });
      expect(await call(`${kind}/none:getIamPolicy`)).toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});
