import { request } from '../probes/rest.js';
import { type LineWriter, readLines } from '../snapshot/lines.js';

type Resource = Record<string, unknown> & { name: string };
type PubsubLine = { schema: Resource } | { topic: Resource } | { subscription: Resource };

/** Set by the service, and refused or meaningless when they are sent. */
const OUTPUT_ONLY = [
  'state',
  'topicMessageRetentionDuration',
  'revisionId',
  'revisionCreateTime',
  'satisfiesPzs',
];

/** Definitions only: a message that nobody has acknowledged yet cannot be read without changing its state. */
export async function exportPubsub(address: string, project: string, writer: LineWriter): Promise<number> {
  let count = 0;
  const base = `http://${address}/v1/projects/${project}`;
  for await (const schema of list(`${base}/schemas?view=FULL`, 'schemas')) {
    await writer.write({ schema } satisfies PubsubLine);
    count++;
  }
  for await (const topic of list(`${base}/topics`, 'topics')) {
    await writer.write({ topic } satisfies PubsubLine);
    count++;
  }
  for await (const subscription of list(`${base}/subscriptions`, 'subscriptions')) {
    if (subscription.topic === '_deleted-topic_') continue;
    await writer.write({ subscription } satisfies PubsubLine);
    count++;
  }
  return count;
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

/** @returns how many schemas, topics and subscriptions were restored. */
export async function importPubsub(address: string, path: string): Promise<number> {
  let count = 0;
  const url = `http://${address}`;
  for await (const line of readLines<PubsubLine>(path)) {
    if ('schema' in line) {
      const [parent, id] = line.schema.name.split('/schemas/');
      await request(`${url}/v1/${parent}/schemas?schemaId=${id}`, 'POST', settable(line.schema));
    } else {
      const resource = 'topic' in line ? line.topic : line.subscription;
      await request(`${url}/v1/${resource.name}`, 'PUT', settable(resource));
    }
    count++;
  }
  return count;
}

function settable(resource: Resource): Resource {
  const fields = { ...resource };
  for (const name of OUTPUT_ONLY) delete fields[name];
  return fields;
}
