import avro from 'avsc';
import { parseAvro, readAvro } from './avro-schemas.js';
import { invalid } from './names.js';
import type { Outgoing } from './outlet.js';
import type { Encoding } from './schema-types.js';

// Avro object container files, as subscriptions write them into Cloud Storage.

const DATA_FIELD = { name: 'data', type: 'bytes' };
const METADATA_FIELDS = [
  { name: 'subscription_name', type: 'string' },
  { name: 'message_id', type: 'string' },
  { name: 'publish_time', type: { type: 'long', logicalType: 'timestamp-micros' } },
  { name: 'attributes', type: { type: 'map', values: 'string' } },
];

/** Messages in the schema of the service: the data as bytes, and what is known of the message beside them. */
export function messageFile(
  subscription: string,
  withMetadata: boolean,
  messages: readonly Outgoing[],
): Promise<Buffer> {
  const schema = {
    type: 'record',
    name: 'PubsubMessage',
    namespace: 'com.google.pubsub',
    fields: withMetadata ? [...METADATA_FIELDS, DATA_FIELD] : [DATA_FIELD],
  };
  return containerFile(
    schema,
    messages.map((message) => ({
      ...(withMetadata ? metadataOf(subscription, message) : {}),
      data: message.data,
    })),
  );
}

export interface SchemaFile {
  /** Name of the subscription. */
  name: string;
  withMetadata: boolean;
  /** What the file is written in. */
  definition: string;
  encoding: Encoding;
  /** What a message was written in. */
  definitionOf(message: Outgoing): string;
}

/** Messages in the schema of their topic. */
export function schemaFile(
  { name, withMetadata, definition, encoding, definitionOf }: SchemaFile,
  messages: readonly Outgoing[],
): Promise<Buffer> {
  const { type } = parseAvro(definition);
  const readers = new Map<string, (data: Buffer) => unknown>();
  const readerOf = (written: string) => {
    let read = readers.get(written);
    if (read === undefined) {
      const writer = parseAvro(written).type;
      const resolver = type.createResolver(writer);
      read = (data) => type.fromBuffer(writer.toBuffer(readAvro(writer, data, encoding)), resolver);
      readers.set(written, read);
    }
    return read;
  };
  return containerFile(
    fileSchema(definition, withMetadata),
    messages.map((message) => {
      const value = readerOf(definitionOf(message))(message.data);
      return withMetadata ? { ...(value as object), ...metadataOf(name, message) } : value;
    }),
  );
}

/** @throws ServiceError INVALID_ARGUMENT for a schema that metadata cannot be added to */
export function checkFileSchema(definition: string, withMetadata: boolean): void {
  fileSchema(definition, withMetadata);
}

/** The fields of the metadata are added to those of the record. */
function fileSchema(definition: string, withMetadata: boolean): unknown {
  const schema = JSON.parse(definition) as { type?: unknown; fields?: { name: string }[] };
  if (!withMetadata) return schema;
  if (schema.type !== 'record' || schema.fields === undefined) {
    throw invalid('avro_config.write_metadata needs a schema whose outermost type is a record.');
  }
  const names = METADATA_FIELDS.map(({ name }) => name);
  const taken = schema.fields.find(({ name }) => names.includes(name));
  if (taken !== undefined) {
    throw invalid(`The schema has a field "${taken.name}", which avro_config.write_metadata adds.`);
  }
  return { ...schema, fields: [...schema.fields, ...METADATA_FIELDS] };
}

function metadataOf(subscription: string, { id, publishTimeMs, attributes, orderingKey }: Outgoing): object {
  return {
    subscription_name: subscription,
    message_id: id,
    publish_time: BigInt(publishTimeMs) * 1000n,
    attributes: {
      ...Object.fromEntries(attributes),
      ...(orderingKey === '' ? {} : { ordering_key: orderingKey }),
    },
  };
}

async function containerFile(schema: unknown, records: readonly unknown[]): Promise<Buffer> {
  const { type } = parseAvro(JSON.stringify(schema));
  const encoder = new avro.streams.BlockEncoder(type);
  // The schema of the type, which it would write, does not say what numbers mean.
  Object.assign(encoder, { _schema: schema });
  const chunks: Buffer[] = [];
  encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve, reject) => encoder.on('end', resolve).on('error', reject));
  for (const record of records) encoder.write(record);
  encoder.end();
  await ended;
  return Buffer.concat(chunks);
}
