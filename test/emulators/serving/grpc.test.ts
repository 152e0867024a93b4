import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call, Methods } from '../../../src/emulators/serving/method.js';
import { type Serving, serve } from '../../../src/emulators/serving/serve.js';
import { ServiceError } from '../../../src/emulators/serving/service-error.js';
import { Decoded } from '../../../src/emulators/wire/message.js';
import { BytesClient, collect, errorOf } from '../../helpers/grpc-client.js';

const PUBSUB = createRequire(import.meta.url).resolve('@google-cloud/pubsub/build/protos/protos.json');

const calls: Call[] = [];
const log: string[] = [];
let isEnough = false;

/** Rejects with the reason of the signal when it is aborted. */
function untilAborted(call: Call): Promise<never> {
  calls.push(call);
  return new Promise((_resolve, reject) =>
    call.signal.addEventListener('abort', () => reject(call.signal.reason)),
  );
}

const methods: Methods = {
  'test.Echo': {
    Say: { kind: 'unary-raw', handle: (request) => request },
    Later: { kind: 'unary-raw', handle: async (request) => sleep(1, request) },
    Linger: { kind: 'unary-raw', handle: async (request) => sleep(100, request) },
    Headers: {
      kind: 'unary-raw',
      handle: (_request, call) => Buffer.from(JSON.stringify(Object.fromEntries(call.metadata))),
    },
    Wait: { kind: 'unary-raw', handle: (_request, call) => untilAborted(call) },
    Refuse: {
      kind: 'unary-raw',
      handle: () => {
        throw new ServiceError('ABORTED', 'Try again ☂ \ud800', [
          { type: 'google.rpc.ErrorInfo', fields: { reason: 'R', domain: 'd', metadata: { a: '1' } } },
          { type: 'google.rpc.RetryInfo', fields: { retryDelay: '0.010s' } },
        ]);
      },
    },
    RefuseAtLength: {
      kind: 'unary-raw',
      handle: (request) => {
        const resourceName = request.toString();
        throw new ServiceError('NOT_FOUND', `There is no ${resourceName}`, [
          { type: 'google.rpc.ResourceInfo', fields: { resourceType: 'R', resourceName } },
        ]);
      },
    },
    Break: {
      kind: 'unary-raw',
      handle: () => {
        throw new TypeError('the value was secret');
      },
    },
    Count: {
      kind: 'server-stream-raw',
      handle: async (request, call) => {
        for (let n = 0; n < request.readUInt32BE(); n++) {
          if (!call.send(Buffer.alloc(1024, n))) await call.drained();
        }
      },
    },
    Endless: {
      kind: 'server-stream-raw',
      handle: async (_request, call) => {
        while (!isEnough) if (!call.send(Buffer.alloc(1000))) await call.drained();
      },
    },
    WaitStream: { kind: 'server-stream-raw', handle: (_request, call) => untilAborted(call) },
    Chat: {
      kind: 'duplex-raw',
      handle: async (requests, call) => {
        for await (const request of requests) {
          if (request.length === 0) throw new ServiceError('INVALID_ARGUMENT', 'Say something.');
          call.send(request);
        }
      },
    },
    WaitDuplex: { kind: 'duplex-raw', handle: (_requests, call) => untilAborted(call) },
  },
  'google.pubsub.v1.Publisher': {
    GetTopic: {
      kind: 'unary',
      handle: ({ topic }) => ({
        name: topic,
        messageRetentionDuration: { seconds: '600', nanos: 0 },
        messageStoragePolicy: { allowedPersistenceRegions: ['r'] },
        state: 'ACTIVE',
      }),
    },
  },
};

let server: Serving;
let client: BytesClient;

beforeAll(async () => {
  server = await serve({ methods, protos: [{ path: PUBSUB }], log: (line) => log.push(line) });
  client = new BytesClient(server);
});

afterAll(async () => {
  client.close();
  await server.close();
});

describe('gRPC', () => {
  it('hands bytes to a method and back, at once or later', async () => {
    const bytes = Buffer.from([1, 2, 3]);
    expect(await client.unary('test.Echo/Say', bytes)).toEqual(bytes);
    expect(await client.unary('test.Echo/Later', Buffer.alloc(0))).toEqual(Buffer.alloc(0));
  });

  it('carries messages of eight megabytes', async () => {
    const bytes = Buffer.alloc(8 * 1024 * 1024, 'healthmon');
    expect((await client.unary('test.Echo/Say', bytes)).equals(bytes)).toBe(true);
  });

  it('answers thousands of calls at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 3000 }, (_, n) =>
        client.unary(n % 2 ? 'test.Echo/Say' : 'test.Echo/Later', Buffer.from(String(n))),
      ),
    );
    expect(answers.map(String)).toEqual(Array.from({ length: 3000 }, (_, n) => String(n)));
  });

  it('decodes messages for methods that are not coded by hand', async () => {
    const topic = Buffer.from('projects/p/topics/t');
    const request = Buffer.concat([Buffer.from([10, topic.length]), topic]);
    const answer = new Decoded(await client.unary('google.pubsub.v1.Publisher/GetTopic', request));
    expect(answer.text(1)).toBe('projects/p/topics/t');
    expect(answer.message(3).texts(1)).toEqual(['r']);
    expect(answer.message(8).integer(1)).toBe(600n);
    expect(answer.integer(9)).toBe(1n);
  });

  it('refuses bytes that are no such message', async () => {
    const error = await errorOf(
      client.unary('google.pubsub.v1.Publisher/GetTopic', Buffer.from([10, 99, 1])),
    );
    expect(error).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'The request is not a valid google.pubsub.v1.GetTopicRequest.',
    });
  });

  it('gives headers by name', async () => {
    const answer = await client.unary('test.Echo/Headers', Buffer.alloc(0), {
      headers: { 'x-goog-request-params': 'a=b', 'some-bin': Buffer.from('x').toString('base64') },
    });
    expect(JSON.parse(answer.toString())).toMatchObject({
      'x-goog-request-params': 'a=b',
      'some-bin': 'eA==',
    });
  });

  it.each(['x', '☂', '\ud83d\ude00'])(
    'cuts the text of an error that no trailer holds: of %s',
    async (character) => {
      const lengths = [10, 3000, 2_000_000].map(async (length) => {
        const request = Buffer.from(character.repeat(length));
        return (await errorOf(client.unary('test.Echo/RefuseAtLength', request))).details;
      });
      const [short, ...long] = await Promise.all(lengths);
      expect(short).toBe(`There is no ${character.repeat(10)}`);
      for (const text of long) {
        expect(text).toMatch(new RegExp(`^There is no (?:${character}){200,}\\ufffd?…$`));
        expect(encodeURI(text).length).toBeLessThan(3100);
      }
      expect(await client.unary('test.Echo/Say', Buffer.from('still there'))).toEqual(
        Buffer.from('still there'),
      );
    },
  );

  it('sends the status, text and details of an error', async () => {
    const error = await errorOf(client.unary('test.Echo/Refuse', Buffer.alloc(0)));
    expect(error).toMatchObject({ code: status.ABORTED, details: 'Try again ☂ \ufffd' });
    const [retry] = error.metadata.get('google.rpc.retryinfo-bin') as Buffer[];
    expect(new Decoded(retry!).message(1).integer(2)).toBe(10_000_000n);
    const sent = new Decoded(error.metadata.get('grpc-status-details-bin')[0] as Buffer);
    expect(sent.integer(1)).toBe(10n);
    expect(sent.messages(3).map((any) => any.text(1))).toEqual([
      'type.googleapis.com/google.rpc.ErrorInfo',
      'type.googleapis.com/google.rpc.RetryInfo',
    ]);
    const info = sent.messages(3)[0]!.message(2);
    expect([info.text(1), info.text(2)]).toEqual(['R', 'd']);
    expect([info.message(3).text(1), info.message(3).text(2)]).toEqual(['a', '1']);
  });

  it('tells the log, and not the client, of faults of its own, without values', async () => {
    const error = await errorOf(client.unary('test.Echo/Break', Buffer.alloc(0)));
    expect(error.code).toBe(status.INTERNAL);
    expect(error.details).not.toContain('secret');
    expect(log.join()).toMatch(/test\.Echo\/Break: TypeError\n\s+at .*grpc\.test/);
    expect(log.join()).not.toContain('secret');
  });

  it('refuses unknown methods by name', async () => {
    const error = await errorOf(client.unary('test.Echo/Nothing', Buffer.alloc(0)));
    expect(error.code).toBe(status.UNIMPLEMENTED);
    expect(error.details).toContain('/test.Echo/Nothing');
  });

  it('refuses calls to other hosts, and lets in those that are allowed', async () => {
    const open = await serve({ methods, protos: [], allowedHosts: ['ward.internal'] });
    for (const [authority, code] of [
      ['evil.example', status.PERMISSION_DENIED],
      ['ward.internal:8085', status.OK],
      ['evil.example', status.PERMISSION_DENIED],
      ['localhost:1', status.OK],
    ] as const) {
      const own = new BytesClient(open, { 'grpc.default_authority': authority });
      const said = own.unary('test.Echo/Say', Buffer.alloc(1));
      if (code === status.OK) expect(await said).toHaveLength(1);
      else
        expect(await errorOf(said)).toMatchObject({ code, details: expect.stringContaining('evil.example') });
      own.close();
    }
    await open.close();
  });

  it('refuses messages above its limit', async () => {
    const small = await serve({ methods, protos: [], maxRequestBytes: 100 });
    const other = new BytesClient(small);
    expect(await errorOf(other.unary('test.Echo/Say', Buffer.alloc(101)))).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
    expect(await other.unary('test.Echo/Say', Buffer.alloc(100))).toHaveLength(100);
    other.close();
    await small.close();
  });

  it('inflates gzip requests', async () => {
    const zipping = new BytesClient(server, { 'grpc.default_compression_algorithm': 2 });
    const bytes = Buffer.alloc(100_000, 'abc');
    expect((await zipping.unary('test.Echo/Say', bytes)).equals(bytes)).toBe(true);
    zipping.close();
  });
});

describe('streams', () => {
  it('sends all, in order, to a slow reader', async () => {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(5000);
    const stream = client.serverStream('test.Echo/Count', count);
    const messages: Buffer[] = [];
    for await (const message of stream) {
      if (messages.push(message as Buffer) % 1000 === 0) await sleep(20);
    }
    expect(messages.map((message) => message[0])).toEqual(Array.from({ length: 5000 }, (_, n) => n % 256));
  });

  it('sends headers before the first message', async () => {
    const stream = client.duplex('test.Echo/Chat');
    await once(stream, 'metadata');
    stream.end();
    expect(await collect(stream)).toEqual([]);
  });

  it('answers while the client still speaks, and ends with an error', async () => {
    const stream = client.duplex('test.Echo/Chat');
    stream.write(Buffer.from('one'));
    expect((await once(stream, 'data'))[0].toString()).toBe('one');
    stream.write(Buffer.alloc(0));
    expect(await errorOf(collect(stream))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'Say something.',
    });
  });
});

describe('the end of a call', () => {
  it.each(['Wait', 'WaitStream'])('aborts the signal of %s when the deadline passes', async (method) => {
    const deadline = Date.now() + 100;
    const request = Buffer.alloc(0);
    const call =
      method === 'Wait'
        ? client.unary(`test.Echo/${method}`, request, { deadline })
        : collect(client.serverStream(`test.Echo/${method}`, request, deadline));
    expect(await errorOf(call)).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await expect.poll(() => calls.at(-1)?.signal.aborted).toBe(true);
  });

  it.each(['1193046H', '99999999H', '99999999M', '99999999S'])(
    'does not come with a deadline of %s',
    async (timeout) => {
      const session = connectHttp2(`http://127.0.0.1:${server.port}`);
      const stream = session.request({
        ':method': 'POST',
        ':path': '/test.Echo/Linger',
        'content-type': 'application/grpc',
        'grpc-timeout': timeout,
        te: 'trailers',
      });
      stream.end(Buffer.alloc(5)).resume();
      const [trailers] = await once(stream, 'trailers');
      expect(trailers['grpc-status']).toBe('0');
      session.close();
    },
  );

  it('aborts the signal when the client cancels', async () => {
    const stream = client.duplex('test.Echo/WaitDuplex');
    await once(stream, 'metadata');
    stream.cancel();
    expect(await errorOf(collect(stream))).toMatchObject({ code: status.CANCELLED });
    const { signal } = calls.at(-1)!;
    await expect.poll(() => signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ code: 'CANCELLED' });
  });

  it('does not keep others waiting when the handler goes on', async () => {
    const stream = client.serverStream('test.Echo/Endless', Buffer.alloc(0));
    await once(stream, 'data');
    stream.cancel();
    expect(await errorOf(collect(stream))).toMatchObject({ code: status.CANCELLED });
    expect(await client.unary('test.Echo/Say', Buffer.alloc(1))).toHaveLength(1);
    isEnough = true;
  });

  it('is announced to idle connections with GOAWAY when the server stops', async () => {
    const stopping = await serve({ methods, protos: [] });
    const session = connectHttp2(`http://127.0.0.1:${stopping.port}`);
    await once(session, 'remoteSettings');
    const goaway = once(session, 'goaway');
    await stopping.close();
    expect((await goaway)[0]).toBe(0);
  });

  it('aborts the signal when the connection breaks', async () => {
    const own = new BytesClient(server, { 'grpc.use_local_subchannel_pool': 1 });
    const stream = own.duplex('test.Echo/WaitDuplex');
    await once(stream, 'metadata');
    stream.on('error', () => {});
    const { signal } = calls.at(-1)!;
    own.close();
    stream.cancel();
    await expect.poll(() => signal.aborted).toBe(true);
  });

  it('comes with UNAVAILABLE when the server stops', async () => {
    const stopping = await serve({ methods, protos: [] });
    const own = new BytesClient(stopping);
    const stream = own.duplex('test.Echo/WaitDuplex');
    await once(stream, 'metadata');
    const unary = errorOf(own.unary('test.Echo/Wait', Buffer.alloc(0)));
    const all = errorOf(collect(stream));
    await sleep(50);
    await stopping.close();
    for (const error of [await all, await unary]) {
      expect(error.code).toBe(status.UNAVAILABLE);
      // Java takes this very text for the end of all tries.
      expect(error.details).not.toContain('Server shutdownNow invoked');
    }
    own.close();
  });
});

describe('one port', () => {
  it('answers HTTP/1.1 too', async () => {
    const response = await fetch(`http://127.0.0.1:${server.port}/`);
    expect(response.status).toBe(404);
  });

  it('takes a request of megabytes without asking for it piece by piece', async () => {
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    while (session.remoteSettings?.initialWindowSize !== 8 * 1024 * 1024)
      await once(session, 'remoteSettings');
    session.close();
  });

  it('waits for bytes that tell the protocol', async () => {
    const socket = connect(server.port, '127.0.0.1');
    for (const part of ['P', 'R', 'OPFIND / HTTP/1.1\r\nhost: localhost\r\n\r\n']) {
      socket.write(part);
      await sleep(10);
    }
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 404/);
    socket.destroy();
  });
});
