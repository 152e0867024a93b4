import { randomBytes } from 'node:crypto';
import type { Message } from '../serving/method.js';
import { milliseconds } from '../serving/time.js';
import type { DurationRange } from './fields.js';
import { checkDuration } from './fields.js';
import { failure, invalid, notFound } from './names.js';
import type { Destination, Outgoing } from './outlet.js';
import { revisionOf, revisionsOf } from './schemas.js';
import type { Store } from './store.js';
import type { Subscription, Topic } from './subscription.js';
import { schemaSettingsOf } from './topic-settings.js';

interface Config {
  bucket?: string;
  filenamePrefix?: string;
  filenameSuffix?: string;
  filenameDatetimeFormat?: string;
  textConfig?: object;
  avroConfig?: { writeMetadata?: boolean; useTopicSchema?: boolean };
  maxDuration?: unknown;
  maxBytes?: string;
  maxMessages?: string;
}

const DURATION_RANGE: DurationRange = { minimumMs: 60_000, maximumMs: 600_000 };
const DEFAULT_DURATION_MS = 300_000;
const MAX_BYTES = { minimum: 1_024, maximum: 10 * 1024 ** 3 } as const;
const MIN_MESSAGES = 1_000;
const DEFAULT_DATETIME_FORMAT = 'YYYY-MM-DD/hh_mm_ssZ';
/** What is collected is held in memory, so files of ours stay smaller than the service's may be. */
const LARGEST_FILE_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/** Writes messages into files: https://cloud.google.com/pubsub/docs/cloudstorage */
export function storageDestination(store: Store, subscription: Subscription, endpoint: string): Destination {
  const config = subscription.settings.cloudStorageConfig as Config;
  return {
    maxMessages: 0,
    maxBytes: 0,
    collect: {
      maxMs: milliseconds(config.maxDuration) ?? DEFAULT_DURATION_MS,
      maxMessages: Number(config.maxMessages ?? 0) || Number.POSITIVE_INFINITY,
      maxBytes: Math.min(Number(config.maxBytes ?? 0) || LARGEST_FILE_BYTES, LARGEST_FILE_BYTES),
    },
    async deliver(messages, signal) {
      const body = await fileOf(store, subscription, config, messages);
      const url = new URL(`${endpoint}/upload/storage/v1/b/${encodeURIComponent(config.bucket!)}/o`);
      url.searchParams.set('uploadType', 'media');
      url.searchParams.set('name', fileName(config));
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': config.avroConfig === undefined ? 'text/plain' : 'application/octet-stream',
        },
        body: new Uint8Array(body),
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`Cloud Storage answered with ${response.status}`);
      return messages.map(() => true);
    },
  };
}

/** @throws ServiceError NOT_FOUND without the bucket, INVALID_ARGUMENT */
export async function checkStorage(
  config: Config,
  endpoint: string,
  store: Store,
  topic: Topic | undefined,
): Promise<void> {
  if (!config.bucket) throw invalid('cloud_storage_config needs a bucket.');
  if (config.avroConfig?.useTopicSchema) await checkTopicSchema(store, topic, config.avroConfig);
  checkDuration('cloud_storage_config.max_duration', config.maxDuration, DURATION_RANGE);
  const bytes = Number(config.maxBytes ?? 0);
  if (bytes !== 0 && (bytes < MAX_BYTES.minimum || bytes > MAX_BYTES.maximum)) {
    throw invalid(`cloud_storage_config.max_bytes must be between 1 KB and 10 GiB; it is ${bytes}.`);
  }
  const messages = Number(config.maxMessages ?? 0);
  if (messages !== 0 && messages < MIN_MESSAGES) {
    throw invalid(`cloud_storage_config.max_messages must be at least ${MIN_MESSAGES}; it is ${messages}.`);
  }
  if (config.filenameSuffix?.endsWith('/'))
    throw invalid('cloud_storage_config.filename_suffix must not end in "/".');
  const url = `${endpoint}/storage/v1/b/${encodeURIComponent(config.bucket)}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => undefined);
  await response?.body?.cancel();
  if (response === undefined)
    throw failure('UNAVAILABLE', 'The Cloud Storage of this local cloud does not answer.');
  if (response.status === 404) throw notFound('Cloud Storage bucket', config.bucket);
}

/** `<prefix><UTC date and time>_<uuid><suffix>` */
function fileName({ filenamePrefix = '', filenameSuffix = '', filenameDatetimeFormat }: Config): string {
  const now = new Date().toISOString();
  const parts: Record<string, string> = {
    YYYY: now.slice(0, 4),
    MM: now.slice(5, 7),
    DD: now.slice(8, 10),
    hh: now.slice(11, 13),
    mm: now.slice(14, 16),
    ss: now.slice(17, 19),
    Z: '+00:00',
  };
  const format = filenameDatetimeFormat || DEFAULT_DATETIME_FORMAT;
  const time = format.replaceAll(/YYYY|MM|DD|hh|mm|ss|Z/g, (part) => parts[part]!);
  return `${filenamePrefix}${time}_${randomBytes(3).toString('hex')}${filenameSuffix}`;
}

/** The last revision of the topic's schema, which files are written in. @throws ServiceError INVALID_ARGUMENT */
async function checkTopicSchema(
  store: Store,
  topic: Topic | undefined,
  { writeMetadata }: NonNullable<Config['avroConfig']>,
): Promise<void> {
  const revision = topic && revisionsOf(store, topic.settings)?.at(-1);
  if (revision?.type !== 'AVRO') {
    throw invalid('avro_config.use_topic_schema needs a topic with an Avro schema.');
  }
  const { checkFileSchema } = await import('./avro-files.js');
  checkFileSchema(revision.definition as string, writeMetadata === true);
}

async function fileOf(
  store: Store,
  { name, topic }: Subscription,
  { avroConfig }: Config,
  messages: readonly Outgoing[],
): Promise<Buffer> {
  if (avroConfig === undefined) return textFile(messages);
  const { messageFile, schemaFile } = await import('./avro-files.js');
  const withMetadata = avroConfig.writeMetadata === true;
  if (!avroConfig.useTopicSchema) return messageFile(name, withMetadata, messages);
  const revision = revisionsOf(store, topic.settings)?.at(-1);
  if (revision === undefined) throw failure('NOT_FOUND', 'The topic has no schema any more.');
  const { encoding } = schemaSettingsOf(topic.settings)!;
  const definitionOf = ({ attributes }: Outgoing) =>
    (revisionOf(store, topic.settings, attributes) as Message).definition as string;
  return schemaFile(
    { name, withMetadata, definition: revision.definition as string, encoding, definitionOf },
    messages,
  );
}

function textFile(messages: readonly Outgoing[]): Buffer {
  return Buffer.concat(messages.flatMap(({ data }) => [data, Buffer.from('\n')]));
}
