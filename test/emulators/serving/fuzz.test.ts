import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import protobuf from 'protobufjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/core/random.js';
import type { Methods } from '../../../src/emulators/serving/method.js';
import { type Serving, serve } from '../../../src/emulators/serving/serve.js';
import { BytesClient, collect } from '../../helpers/grpc-client.js';

const PUBSUB = createRequire(import.meta.url).resolve('@google-cloud/pubsub/build/protos/protos.json');
const root = protobuf.Root.fromJSON(createRequire(import.meta.url)(PUBSUB));

const methods: Methods = {
  'google.pubsub.v1.Publisher': {
    CreateTopic: { kind: 'unary', handle: (topic) => topic },
    Publish: { kind: 'unary-raw', handle: () => Buffer.alloc(0) },
  },
  'google.pubsub.v1.Subscriber': {
    StreamingPull: {
      kind: 'duplex-raw',
      handle: async (requests, call) => {
        for await (const request of requests) call.send(request);
      },
    },
  },
};

const faults: string[] = [];
let server: Serving;

beforeAll(async () => {
  server = await serve({ methods, protos: [{ path: PUBSUB }], log: (line) => faults.push(line) });
});
afterAll(() => server.close());

/** The next call, over a connection of its own, is answered by gRPC and by REST. */
async function expectWell(): Promise<void> {
  const client = new BytesClient(server, { 'grpc.use_local_subchannel_pool': 1 });
  expect(await client.unary('google.pubsub.v1.Publisher/CreateTopic', Buffer.from([10, 1, 65]))).toHaveLength(
    3,
  );
  client.close();
  const response = await fetch(`http://127.0.0.1:${server.port}/v1/projects/p/topics/t`, { method: 'PUT' });
  expect(response.status).toBe(200);
  expect(faults).toEqual([]);
}

function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.integer(0, 255)));
}

/** Sends raw bytes on a connection and waits until the server has closed it, or had a moment to. */
async function sendRaw(...parts: Buffer[]): Promise<void> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {}).resume();
  await once(socket, 'connect');
  for (const part of parts) socket.write(part);
  await Promise.race([once(socket, 'close'), sleep(15)]);
  socket.destroy();
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

function frame(random: Random): Buffer {
  const payload = randomBytes(random, random.integer(0, 40));
  const head = Buffer.from([0, 0, payload.length, random.integer(0, 12), random.integer(0, 255), 0, 0, 0, 0]);
  head.writeUInt32BE(random.integer(0, 9), 5);
  return Buffer.concat([head, payload]);
}

describe('what no client sends', () => {
  it('is survived: random bytes, as HTTP/1.1 and HTTP/2', async () => {
    const random = createRandom('bytes');
    for (let round = 0; round < 60; round++) {
      const bytes = randomBytes(random, random.integer(1, 300));
      const start = random.pick([
        Buffer.alloc(0),
        Buffer.from('POST '),
        PREFACE,
        Buffer.concat([PREFACE, SETTINGS]),
      ]);
      await sendRaw(start, bytes);
    }
    await expectWell();
  });

  it('is survived: frames of HTTP/2 in any order', async () => {
    const random = createRandom('frames');
    for (let round = 0; round < 60; round++) {
      await sendRaw(PREFACE, SETTINGS, ...Array.from({ length: random.integer(1, 8) }, () => frame(random)));
    }
    await expectWell();
  });

  it('is survived: messages cut off, too long for their frame, or not there', async () => {
    const random = createRandom('messages');
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    const paths = [
      'Publisher/CreateTopic',
      'Publisher/Publish',
      'Subscriber/StreamingPull',
      'Publisher/None',
    ];
    for (let round = 0; round < 200; round++) {
      const head = Buffer.alloc(5);
      head[0] = random.pick([0, 0, 1, 7]);
      head.writeUInt32BE(random.pick([0, 3, 20, 2 ** 31, 2 ** 32 - 1]), 1);
      const stream = session.request(
        {
          ':method': random.pick(['POST', 'POST', 'GET', 'CONNECT2']),
          ':path': `/google.pubsub.v1.${random.pick(paths)}`,
          'content-type': random.pick(['application/grpc', 'application/grpc+proto', 'text/html']),
          'grpc-timeout': random.pick(['1S', '100m', '0n', '99999999H', 'x', '-1S']),
          'grpc-encoding': random.pick(['identity', 'gzip', 'deflate', 'snappy']),
          te: 'trailers',
        },
        { endStream: false },
      );
      stream.on('error', () => {}).resume();
      const body = Buffer.concat([head, randomBytes(random, random.integer(0, 30))]);
      stream.write(body.subarray(0, random.integer(0, body.length)));
      if (random.uniform() < 0.5) stream.end();
      else stream.close();
      await Promise.race([once(stream, 'close'), sleep(10)]);
    }
    session.destroy();
    await expectWell();
  });

  it('is answered: random valid messages, decoded and printed', async () => {
    const random = createRandom('protobufs');
    const client = new BytesClient(server);
    const type = root.lookupType('google.pubsub.v1.Topic');
    for (let round = 0; round < 300; round++) {
      const message = Buffer.from(type.encode(type.fromObject(randomMessage(type, random, 0))).finish());
      const answer = await client.unary('google.pubsub.v1.Publisher/CreateTopic', message);
      expect(type.decode(answer).toJSON()).toEqual(type.decode(message).toJSON());
      const flipped = Buffer.from(message);
      if (flipped.length > 0) flipped[random.integer(0, flipped.length - 1)]! ^= 1 << random.integer(0, 7);
      await client.unary('google.pubsub.v1.Publisher/CreateTopic', flipped).catch((error) => {
        expect(error.details).toBe('The request is not a valid google.pubsub.v1.Topic.');
      });
    }
    client.close();
    await expectWell();
  });

  it('does not wedge a stream that others share the connection with', async () => {
    const client = new BytesClient(server);
    const stream = client.duplex('google.pubsub.v1.Subscriber/StreamingPull');
    stream.write(Buffer.from('one'));
    await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) =>
        client.unary('google.pubsub.v1.Publisher/CreateTopic', Buffer.alloc(n, 0xff)),
      ),
    );
    stream.write(Buffer.from('two'));
    stream.end();
    expect((await collect(stream)).map(String)).toEqual(['one', 'two']);
    client.close();
  });

  it('is answered: random JSON and URLs', async () => {
    const random = createRandom('json');
    const words = [
      'topic',
      'name',
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      'null',
      '1e999',
      '\\u0000',
      'labels',
      '__proto__',
    ];
    const phrase = () => Array.from({ length: random.integer(0, 12) }, () => random.pick(words)).join('');
    for (let round = 0; round < 200; round++) {
      const response = await fetch(
        `http://127.0.0.1:${server.port}/v1/projects/${encodeURIComponent(phrase())}/topics/t?${phrase()}=${phrase()}`,
        {
          method: random.pick(['PUT', 'POST', 'PATCH', 'DELETE']),
          headers: { 'content-type': 'application/json' },
          body: phrase(),
        },
      );
      const body = (await response.json()) as { error?: { code: number } };
      if (body.error !== undefined) expect(body.error.code).toBe(response.status);
      expect([200, 400, 404, 501]).toContain(response.status);
    }
    await expectWell();
  });
});

/** Fields at random, of the right types. */
function randomMessage(type: protobuf.Type, random: Random, depth: number): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  for (const field of type.fieldsArray) {
    if (random.uniform() < 0.5 || depth > 5) continue;
    const value = () => randomValue(field.resolve(), random, depth);
    if (field.map) message[field.name] = { [String.fromCodePoint(random.integer(1, 0x2fff))]: value() };
    else message[field.name] = field.repeated ? [value(), value()] : value();
  }
  return message;
}

function randomValue({ type, resolvedType }: protobuf.Field, random: Random, depth: number): unknown {
  if (resolvedType !== null) {
    return 'fields' in resolvedType
      ? randomMessage(resolvedType, random, depth + 1)
      : random.pick(Object.values(resolvedType.values));
  }
  if (type === 'string') return String.fromCodePoint(random.integer(1, 0xd000));
  if (type === 'bytes') return randomBytes(random, random.integer(0, 9));
  return type === 'bool' ? random.uniform() < 0.5 : random.integer(0, 2 ** 31 - 1);
}
