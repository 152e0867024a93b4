import { once } from 'node:events';
import { createRequire } from 'node:module';
import { status } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Methods } from '../../../src/emulators/serving/method.js';
import { type Serving, serve } from '../../../src/emulators/serving/serve.js';
import { Decoded, encode, type Message } from '../../../src/emulators/wire/message.js';
import { BytesClient, collect, errorOf } from '../../helpers/grpc-client.js';

const { resolve } = createRequire(import.meta.url);
const protos = ['pubsub', 'bigtable'].map((name) => ({
  path: resolve(`@google-cloud/${name}/build/protos/protos.json`),
}));
const SERVICES = [
  'google.pubsub.v1.Publisher',
  'google.pubsub.v1.Subscriber',
  'google.bigtable.v2.Bigtable',
  'google.bigtable.admin.v2.BigtableTableAdmin',
  'google.iam.v1.IAMPolicy',
];
const methods: Methods = Object.fromEntries([...SERVICES, 'test.NotDescribed'].map((name) => [name, {}]));

let server: Serving;
let client: BytesClient;

beforeAll(async () => {
  server = await serve({ methods, protos });
  client = new BytesClient(server);
});

afterAll(async () => {
  client.close();
  await server.close();
});

describe('grpc.health.v1', () => {
  it.each(['', 'google.pubsub.v1.Publisher', 'grpc.health.v1.Health'])(
    'says that %j serves',
    async (service) => {
      const answer = await client.unary('grpc.health.v1.Health/Check', encode({ 1: service }));
      expect(new Decoded(answer).integer(1)).toBe(1n);
    },
  );

  it('knows no other services', async () => {
    const error = await errorOf(client.unary('grpc.health.v1.Health/Check', encode({ 1: 'nobody' })));
    expect(error.code).toBe(status.NOT_FOUND);
    const broken = await errorOf(client.unary('grpc.health.v1.Health/Check', Buffer.from([10, 9])));
    expect(broken.code).toBe(status.INVALID_ARGUMENT);
  });

  it('tells who watches that the server stops', async () => {
    const stopping = await serve({ methods, protos });
    const own = new BytesClient(stopping);
    const stream = own.serverStream('grpc.health.v1.Health/Watch', Buffer.alloc(0));
    const seen: bigint[] = [];
    stream.on('data', (message: Buffer) => seen.push(new Decoded(message).integer(1)));
    await once(stream, 'data');
    const ended = once(stream, 'error');
    await stopping.close();
    expect((await ended)[0]).toMatchObject({ code: status.UNAVAILABLE });
    expect(seen).toEqual([1n, 2n]);
    own.close();
  });
});

describe.each(['v1', 'v1alpha'])('grpc.reflection.%s', (version) => {
  async function ask(...requests: Message[]): Promise<Decoded[]> {
    const stream = client.duplex(`grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`);
    for (const request of requests) stream.write(encode(request));
    stream.end();
    return (await collect(stream)).map((bytes) => new Decoded(bytes));
  }

  it('lists the services that it can describe', async () => {
    const [answer] = await ask({ 7: '*' });
    expect(
      answer!
        .message(6)
        .messages(1)
        .map((service) => service.text(1)),
    ).toEqual([...SERVICES, 'grpc.health.v1.Health']);
    expect(answer!.message(2).text(7)).toBe('*');
  });

  it.each([...SERVICES, 'google.pubsub.v1.Publisher.Publish', 'google.bigtable.v2.RowFilter.Chain'])(
    'describes %s with all that it needs',
    async (symbol) => {
      const files = new Map<string, Buffer>();
      const take = (answer: Decoded) => {
        for (const bytes of answer.message(4).buffers(1)) files.set(new Decoded(bytes).text(1), bytes);
      };
      take((await ask({ 4: symbol }))[0]!);
      for (const bytes of files.values()) {
        for (const name of new Decoded(bytes).texts(3)) take((await ask({ 3: name }))[0]!);
      }
      const set = descriptor.FileDescriptorSet.decode(encode({ 1: [...files.values()] }));
      // A member that the extension adds.
      const { fromDescriptor } = protobuf.Root as unknown as { fromDescriptor(set: unknown): protobuf.Root };
      const root = fromDescriptor(set);
      root.resolveAll();
      expect(root.lookup(symbol)).not.toBeNull();
    },
  );

  it('describes messages as their descriptors do', async () => {
    const [answer] = await ask({ 4: 'google.pubsub.v1.Subscription' });
    const set = descriptor.FileDescriptorSet.decode(encode({ 1: answer!.message(4).buffers(1) }));
    const { file } = descriptor.FileDescriptorSet.toObject(set, { enums: String }) as {
      file: { messageType: { name: string; field: object[]; nestedType?: object[] }[] }[];
    };
    const subscription = file[0]!.messageType.find(({ name }) => name === 'Subscription')!;
    expect(subscription.field.slice(0, 3)).toEqual([
      { name: 'name', number: 1, label: 'LABEL_OPTIONAL', type: 'TYPE_STRING', jsonName: 'name' },
      { name: 'topic', number: 2, label: 'LABEL_OPTIONAL', type: 'TYPE_STRING', jsonName: 'topic' },
      {
        name: 'push_config',
        number: 4,
        label: 'LABEL_OPTIONAL',
        type: 'TYPE_MESSAGE',
        typeName: '.google.pubsub.v1.PushConfig',
        jsonName: 'pushConfig',
      },
    ]);
    expect(subscription.field).toContainEqual({
      name: 'labels',
      number: 9,
      label: 'LABEL_REPEATED',
      type: 'TYPE_MESSAGE',
      typeName: '.google.pubsub.v1.Subscription.LabelsEntry',
      jsonName: 'labels',
    });
    expect(subscription.nestedType).toContainEqual(
      expect.objectContaining({ name: 'LabelsEntry', options: { mapEntry: true } }),
    );
  });

  it('says what it does not know, and goes on', async () => {
    const answers = await ask(
      { 4: 'no.Such' },
      { 3: 'none.proto' },
      { 5: { 1: 'x', 2: 1 } },
      { 6: 'x' },
      { 7: '' },
    );
    expect(answers.map((answer) => answer.message(7).integer(1))).toEqual([5n, 5n, 5n, 0n, 0n]);
    expect(answers[0]!.message(7).text(2)).toBe('no.Such is not known.');
  });
});
