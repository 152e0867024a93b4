import { randomBytes } from 'node:crypto';
import { milliseconds } from '../serving/time.js';
import type { DurationRange } from './fields.js';
import { checkDuration } from './fields.js';
import { failure, invalid, notFound, unsupported } from './names.js';
import type { Destination, Outgoing } from './outlet.js';
import type { Subscription } from './subscription.js';

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
export function storageDestination({ name, settings }: Subscription, endpoint: string): Destination {
  const config = settings.cloudStorageConfig as Config;
  return {
    maxMessages: 0,
    maxBytes: 0,
    collect: {
      maxMs: milliseconds(config.maxDuration) ?? DEFAULT_DURATION_MS,
      maxMessages: Number(config.maxMessages ?? 0) || Number.POSITIVE_INFINITY,
      maxBytes: Math.min(Number(config.maxBytes ?? 0) || LARGEST_FILE_BYTES, LARGEST_FILE_BYTES),
    },
    async deliver(messages, signal) {
      const url = new URL(`${endpoint}/upload/storage/v1/b/${encodeURIComponent(config.bucket!)}/o`);
      url.searchParams.set('uploadType', 'media');
      url.searchParams.set('name', fileName(config));
      const body =
        config.avroConfig === undefined ? textFile(messages) : await avroFile(name, config, messages);
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

/** @throws ServiceError NOT_FOUND without the bucket, INVALID_ARGUMENT, UNIMPLEMENTED by name */
export async function checkStorage(config: Config, endpoint: string): Promise<void> {
  if (!config.bucket) throw invalid('cloud_storage_config needs a bucket.');
  if (config.avroConfig?.useTopicSchema)
    throw unsupported('cloud_storage_config.avro_config.use_topic_schema');
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

function textFile(messages: readonly Outgoing[]): Buffer {
  return Buffer.concat(messages.flatMap(({ data }) => [data, Buffer.from('\n')]));
}

const DATA_FIELD = { name: 'data', type: 'bytes' };
const METADATA_FIELDS = [
  { name: 'subscription_name', type: 'string' },
  { name: 'message_id', type: 'string' },
  { name: 'publish_time', type: { type: 'long', logicalType: 'timestamp-micros' } },
  { name: 'attributes', type: { type: 'map', values: 'string' } },
];

/** An Avro object container file. */
async function avroFile(
  name: string,
  { avroConfig }: Config,
  messages: readonly Outgoing[],
): Promise<Buffer> {
  const { default: avro } = await import('avsc');
  const withMetadata = avroConfig?.writeMetadata === true;
  const encoder = new avro.streams.BlockEncoder({
    type: 'record',
    name: 'PubsubMessage',
    namespace: 'com.google.pubsub',
    fields: withMetadata ? [...METADATA_FIELDS, DATA_FIELD] : [DATA_FIELD],
  } as never);
  const chunks: Buffer[] = [];
  encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve, reject) => encoder.on('end', resolve).on('error', reject));
  for (const { data, id, publishTimeMs, attributes, orderingKey } of messages) {
    const metadata = {
      subscription_name: name,
      message_id: id,
      publish_time: publishTimeMs * 1000,
      attributes: {
        ...Object.fromEntries(attributes),
        ...(orderingKey === '' ? {} : { ordering_key: orderingKey }),
      },
    };
    encoder.write(withMetadata ? { ...metadata, data } : { data });
  }
  encoder.end();
  await ended;
  return Buffer.concat(chunks);
}
