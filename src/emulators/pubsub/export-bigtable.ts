import { GrpcChannel } from '../probes/grpc.js';
import type { Message as WireMessage } from '../wire/message.js';
import { failure, idOf, invalid, notFound } from './names.js';
import type { Destination, Outgoing } from './outlet.js';
import type { Subscription } from './subscription.js';

interface Config {
  table?: string;
  appProfileId?: string;
  writeMetadata?: boolean;
}

const WINDOW_MESSAGES = 2_000;
const WINDOW_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
const FAMILY = { data: 'data', metadata: 'pubsub_metadata' } as const;

/** Writes a row for each message: https://cloud.google.com/pubsub/docs/bigtable-subscriptions */
export function bigtableDestination({ name, settings }: Subscription, endpoint: string): Destination {
  const config = settings.bigtableConfig as Config;
  return {
    maxMessages: WINDOW_MESSAGES,
    maxBytes: WINDOW_BYTES,
    deliver: (messages) =>
      withChannel(endpoint, async (channel) => {
        const arrived = messages.map(() => false);
        const entries = messages.map((message) => ({
          1: `${idOf(name)}#${message.id}`,
          2: cellsOf(name, config, message),
        }));
        const request = { 1: config.table!, 2: entries, 3: config.appProfileId ?? '' };
        for await (const answer of channel.stream('/google.bigtable.v2.Bigtable/MutateRows', request)) {
          for (const entry of answer.messages(1)) {
            arrived[Number(entry.integer(1))] = entry.message(2).integer(1) === 0n;
          }
        }
        return arrived;
      }),
  };
}

/** @throws ServiceError NOT_FOUND without the table, INVALID_ARGUMENT when it lacks column families */
export async function checkBigtable({ table, writeMetadata }: Config, endpoint: string): Promise<void> {
  if (!/^projects\/[^/]+\/instances\/[^/]+\/tables\/[^/]+$/.test(table ?? '')) {
    throw invalid(
      `Invalid bigtable_config.table: "${table ?? ''}". It must be projects/PROJECT/instances/INSTANCE/tables/TABLE.`,
    );
  }
  const families = await withChannel(endpoint, async (channel) => {
    // View 2 is the schema.
    const method = '/google.bigtable.admin.v2.BigtableTableAdmin/GetTable';
    const shown = await channel.call(method, { 1: table!, 2: 2 }).catch((error: Error) => {
      throw /not found/i.test(error.message)
        ? notFound('Bigtable table', table!)
        : failure('UNAVAILABLE', 'The Bigtable of this local cloud does not answer.');
    });
    return shown.messages(3).map((family) => family.text(1));
  });
  const needed = writeMetadata ? [FAMILY.data, FAMILY.metadata] : [FAMILY.data];
  const missing = needed.filter((family) => !families.includes(family));
  if (missing.length > 0)
    throw invalid(`The table ${table} lacks the column families ${missing.join(', ')}.`);
}

function cellsOf(name: string, { writeMetadata }: Config, message: Outgoing): WireMessage[] {
  const cell = (family: string, qualifier: string, value: string | Buffer): WireMessage => ({
    1: { 1: family, 2: qualifier, 3: message.publishTimeMs * 1000, 4: value },
  });
  const data = cell(FAMILY.data, '', message.data);
  if (!writeMetadata) return [data];
  const attributes = {
    ...Object.fromEntries(message.attributes),
    ...(message.orderingKey === '' ? {} : { ordering_key: message.orderingKey }),
  };
  return [
    data,
    cell(FAMILY.metadata, 'subscription_name', name),
    cell(FAMILY.metadata, 'message_id', message.id),
    cell(FAMILY.metadata, 'publish_time', new Date(message.publishTimeMs).toISOString()),
    cell(FAMILY.metadata, 'attributes', JSON.stringify(attributes)),
  ];
}

async function withChannel<T>(endpoint: string, use: (channel: GrpcChannel) => Promise<T>): Promise<T> {
  const channel = new GrpcChannel(endpoint.replace(/^http:\/\//, ''), TIMEOUT_MS);
  try {
    return await use(channel);
  } finally {
    channel.close();
  }
}
