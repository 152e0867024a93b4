import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PubSub, v1 } from '@google-cloud/pubsub';
import { credentials, status } from '@grpc/grpc-js';
import { findOfficialEmulators } from '../../../src/emulators/official/find.js';
import { type PubsubServerOptions, startPubsubServer } from '../../../src/emulators/pubsub/server.js';
import { startOwnEmulator } from '../../helpers/own-emulators.js';

export type Implementation = 'embedded' | 'official';

export interface Running {
  endpoint: string;
  /** A client of a project that no other test uses. */
  api(): Api;
  stop(): Promise<void>;
}

/** What the official client calls, one call at a time and without its retries. */
export interface Api {
  project: string;
  topic(id: string): string;
  subscription(id: string): string;
  snapshot(id: string): string;
  schema(id: string): string;
  publisher: v1.PublisherClient;
  subscriber: v1.SubscriberClient;
  schemas: v1.SchemaServiceClient;
  pubsub: PubSub;
  createTopic(id?: string, settings?: Record<string, unknown>): Promise<string>;
  createSubscription(topic: string, settings?: Record<string, unknown>, id?: string): Promise<string>;
  publish(topic: string, ...messages: (string | Record<string, unknown>)[]): Promise<string[]>;
  pull(subscription: string, maxMessages?: number): Promise<Received[]>;
  close(): Promise<void>;
}

export interface Received {
  ackId: string;
  data: string;
  attributes: Record<string, string>;
  messageId: string;
  orderingKey: string;
  deliveryAttempt: number;
  publishTimeMs: number;
}

const opened: Api[] = [];
let projects = 0;

export async function startEmbedded(options: Partial<PubsubServerOptions> = {}): Promise<Running> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'healthmon-pubsub-'));
  const server = await startPubsubServer({ ...options, dataDir });
  const endpoint = `${server.host}:${server.port}`;
  return {
    endpoint,
    api: () => connect(endpoint),
    async stop() {
      await closeAll(endpoint);
      await server.close();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Undefined where Google's emulator is not installed. */
export async function startOfficial(): Promise<Running | undefined> {
  if ((await findOfficialEmulators(process.env)).pubsub === undefined) return undefined;
  const emulator = await startOwnEmulator('pubsub', 'official');
  return {
    endpoint: emulator.endpoint,
    api: () => connect(emulator.endpoint),
    async stop() {
      await closeAll(emulator.endpoint);
      await emulator.end();
    },
  };
}

const endpoints = new WeakMap<Api, string>();

async function closeAll(endpoint: string): Promise<void> {
  await Promise.all(opened.filter((api) => endpoints.get(api) === endpoint).map((api) => api.close()));
}

export function connect(endpoint: string, project = `p${process.pid}-${++projects}`): Api {
  const [servicePath, port] = endpoint.split(':');
  const options = {
    projectId: project,
    servicePath,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
    // The client would wait for credentials of the machine.
    fallback: false as const,
  };
  const publisher = new v1.PublisherClient(options);
  const subscriber = new v1.SubscriberClient(options);
  const schemas = new v1.SchemaServiceClient(options);
  const pubsub = new PubSub({ projectId: project, apiEndpoint: endpoint, emulatorMode: true });
  let ids = 0;
  const api: Api = {
    project,
    topic: (id) => `projects/${project}/topics/${id}`,
    subscription: (id) => `projects/${project}/subscriptions/${id}`,
    snapshot: (id) => `projects/${project}/snapshots/${id}`,
    schema: (id) => `projects/${project}/schemas/${id}`,
    publisher,
    subscriber,
    schemas,
    pubsub,
    async createTopic(id = `topic-${++ids}`, settings = {}) {
      const [{ name }] = await publisher.createTopic({ name: api.topic(id), ...settings }, ONCE);
      return name!;
    },
    async createSubscription(topic, settings = {}, id = `subscription-${++ids}`) {
      const [{ name }] = await subscriber.createSubscription(
        { name: api.subscription(id), topic, ...settings },
        ONCE,
      );
      return name!;
    },
    async publish(topic, ...messages) {
      const [{ messageIds }] = await publisher.publish(
        {
          topic,
          messages: messages.map((message) =>
            typeof message === 'string'
              ? { data: Buffer.from(message) }
              : {
                  ...message,
                  ...(message.data === undefined ? {} : { data: Buffer.from(message.data as string) }),
                },
          ),
        },
        ONCE,
      );
      return messageIds!;
    },
    async pull(subscription, maxMessages = 100) {
      const [{ receivedMessages }] = await subscriber.pull(
        { subscription, maxMessages, returnImmediately: true },
        ONCE,
      );
      return receivedMessages!.map(({ ackId, message, deliveryAttempt }) => ({
        ackId: ackId!,
        data: Buffer.from(message!.data as Uint8Array).toString(),
        attributes: message!.attributes as Record<string, string>,
        messageId: message!.messageId!,
        orderingKey: message!.orderingKey!,
        deliveryAttempt: deliveryAttempt!,
        publishTimeMs: Number(message!.publishTime!.seconds) * 1000 + message!.publishTime!.nanos! / 1e6,
      }));
    },
    async close() {
      opened.splice(opened.indexOf(api), 1);
      await Promise.all([publisher.close(), subscriber.close(), schemas.close(), pubsub.close()]);
    },
  };
  endpoints.set(api, endpoint);
  opened.push(api);
  return api;
}

/** The emulators' errors are the tests' subject, so nothing is tried twice. */
export const ONCE = { retry: null as never, timeout: 60_000 };

/** A failed call by the name of its code. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'OK';
  } catch (error) {
    const { code } = error as { code?: number };
    if (code === undefined) throw error;
    return status[code]!;
  }
}

export async function eventually<T>(
  look: () => Promise<T>,
  isRight: (value: T) => boolean,
  timeoutMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (isRight(value) || Date.now() > deadline) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
