import { request } from '../probes/rest.js';
import { type LineWriter, readLines } from '../snapshot/lines.js';
import { readUndelivered, removeMessages, type StoredMessage } from './undelivered.js';

type Resource = Record<string, unknown> & { name: string };
interface Subscription extends Resource {
  topic: string;
  filter?: string;
  pushConfig?: { pushEndpoint?: string };
}
type PubsubLine =
  | { schema: Resource }
  | { topic: Resource }
  | { subscription: Subscription }
  /** Of one topic in the order in which they were published, after all definitions. */
  | { message: StoredMessage; topic: string; subscriptions: string[] };

/** Set by the service, and refused or meaningless when they are sent. */
const OUTPUT_ONLY = [
  'state',
  'topicMessageRetentionDuration',
  'revisionId',
  'revisionCreateTime',
  'satisfiesPzs',
];
/** Pub/Sub takes 1,000 messages and 10 MB; Google's emulator is slow beyond this. */
const MAX_MESSAGES_PER_PUBLISH = 500;
const MAX_BYTES_PER_PUBLISH = 1_000_000;

/**
 * Schemas, topics and subscriptions, and what is undelivered in these. A subscription whose topic was deleted cannot
 * be made again, and is left out.
 */
export async function exportPubsub(address: string, project: string, writer: LineWriter): Promise<number> {
  let count = 0;
  const write = async (line: PubsubLine) => {
    await writer.write(line);
    count++;
  };
  const url = `http://${address}`;
  const base = `${url}/v1/projects/${project}`;
  for await (const schema of list(`${base}/schemas?view=FULL`, 'schemas')) await write({ schema });
  for await (const topic of list(`${base}/topics`, 'topics')) await write({ topic });
  const subscriptions: Subscription[] = [];
  for await (const found of list(`${base}/subscriptions`, 'subscriptions')) {
    const subscription = found as Subscription;
    if (subscription.topic === '_deleted-topic_' || subscription.detached === true) continue;
    await write({ subscription });
    subscriptions.push(subscription);
  }
  for (const topic of new Set(subscriptions.map((subscription) => subscription.topic))) {
    const ofTopic = subscriptions.filter((subscription) => subscription.topic === topic);
    for (const [message, names] of await undeliveredOf(url, ofTopic)) {
      await write({ message, topic, subscriptions: names });
    }
  }
  return count;
}

/** Messages of one topic with the subscriptions in which each of them waits, oldest first. */
async function undeliveredOf(
  url: string,
  subscriptions: readonly Subscription[],
): Promise<[StoredMessage, string[]][]> {
  const waiting = new Map<string, [StoredMessage, string[]]>();
  for (const subscription of subscriptions) {
    for (const message of await readUndelivered(url, subscription)) {
      const entry = waiting.get(message.messageId);
      if (entry === undefined) waiting.set(message.messageId, [message, [subscription.name]]);
      else entry[1].push(subscription.name);
    }
  }
  const order = (id: string) => id.padStart(20, '0');
  return [...waiting.values()].sort(([a], [b]) => (order(a.messageId) < order(b.messageId) ? -1 : 1));
}

async function* list(url: string, key: string): AsyncGenerator<Resource> {
  let token = '';
  do {
    const address = new URL(url);
    address.searchParams.set('pageSize', '100');
    if (token !== '') address.searchParams.set('pageToken', token);
    const page = (await request(address.href)) as Record<string, unknown>;
    yield* (page[key] ?? []) as Resource[];
    token = (page.nextPageToken as string | undefined) ?? '';
  } while (token !== '');
}

/**
 * Messages get new ids and times, and go to all subscriptions of their topic. So each subscription is made as late as
 * it can be, before the first message that waits in it, and what it got since then without having had it is taken out
 * again.
 * @returns how many schemas, topics, subscriptions and messages were restored.
 */
export async function importPubsub(address: string, path: string): Promise<number> {
  const url = `http://${address}`;
  const restoring = new Map<string, RestoredSubscription>();
  let batch: Batch | undefined;
  let count = 0;
  for await (const line of readLines<PubsubLine>(path)) {
    count++;
    if ('schema' in line) {
      const [parent, id] = line.schema.name.split('/schemas/');
      await request(`${url}/v1/${parent}/schemas?schemaId=${id}`, 'POST', settable(line.schema));
    } else if ('message' in line) {
      const missing = line.subscriptions.map((name) => restoring.get(name)!).filter(({ isMade }) => !isMade);
      if (batch !== undefined && (batch.topic !== line.topic || missing.length > 0 || batch.isFull)) {
        await batch.publish(url, restoring.values());
        batch = undefined;
      }
      for (const subscription of missing) await subscription.make(url);
      batch ??= new Batch(line.topic);
      batch.add(line.message, line.subscriptions);
    } else if ('subscription' in line) {
      restoring.set(line.subscription.name, new RestoredSubscription(line.subscription));
    } else {
      await request(`${url}/v1/${line.topic.name}`, 'PUT', settable(line.topic));
    }
  }
  await batch?.publish(url, restoring.values());
  for (const subscription of restoring.values()) await subscription.finish(url);
  return count;
}

class RestoredSubscription {
  readonly definition: Subscription;
  isMade = false;
  /** Ids of messages that it got although they do not wait in it. */
  readonly surplus = new Set<string>();

  constructor(definition: Subscription) {
    this.definition = definition;
  }

  /** Nothing is pushed before only the right messages are in it. */
  async make(url: string): Promise<void> {
    const { name, pushConfig: _push, ...rest } = settable(this.definition);
    await request(`${url}/v1/${name}`, 'PUT', { name, ...rest });
    this.isMade = true;
  }

  async finish(url: string): Promise<void> {
    const { name, filter, pushConfig } = this.definition;
    if (!this.isMade) await this.make(url);
    if (this.surplus.size > 0) await removeMessages(url, name, this.surplus, Boolean(filter));
    if (pushConfig?.pushEndpoint) {
      await request(`${url}/v1/${name}:modifyPushConfig`, 'POST', { pushConfig });
    }
  }
}

class Batch {
  readonly topic: string;
  readonly #messages: [StoredMessage, ReadonlySet<string>][] = [];
  #bytes = 0;

  constructor(topic: string) {
    this.topic = topic;
  }

  get isFull(): boolean {
    return this.#messages.length >= MAX_MESSAGES_PER_PUBLISH || this.#bytes >= MAX_BYTES_PER_PUBLISH;
  }

  add(message: StoredMessage, subscriptions: readonly string[]): void {
    this.#messages.push([message, new Set(subscriptions)]);
    this.#bytes += JSON.stringify(message).length;
  }

  async publish(url: string, subscriptions: Iterable<RestoredSubscription>): Promise<void> {
    const messages = this.#messages.map(([message]) => publishable(message));
    const answer = await request(`${url}/v1/${this.topic}:publish`, 'POST', { messages });
    const { messageIds } = answer as { messageIds: string[] };
    for (const { definition, isMade, surplus } of subscriptions) {
      if (!isMade || definition.topic !== this.topic) continue;
      for (const [index, [, names]] of this.#messages.entries()) {
        if (!names.has(definition.name)) surplus.add(messageIds[index]!);
      }
    }
  }
}

/** Without what the service adds: ids, and the attributes that name a schema. */
function publishable({ messageId: _id, attributes = {}, ...message }: StoredMessage) {
  const own = Object.entries(attributes).filter(([name]) => !name.startsWith('googclient_'));
  return { ...message, attributes: Object.fromEntries(own) };
}

function settable<R extends Resource>(resource: R): R {
  const fields = { ...resource };
  for (const name of OUTPUT_ONLY) delete fields[name];
  return fields;
}
