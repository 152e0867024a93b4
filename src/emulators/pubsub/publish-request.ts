import { WireReader } from '../../core/wire-reader.js';
import { ServiceError } from '../serving/service-error.js';
import { bytesField } from '../wire/writer.js';
import { encodeMessage, MESSAGE_LIMITS, type PubsubMessage, readMessage, scanMessage } from './message.js';

/** Messages in the bytes that hold them: field 2 of a PublishRequest, any number of times. */
export interface MessageBatch {
  bytes: Buffer;
  /** Offsets into `bytes` in pairs: where a message starts and where it ends. */
  bounds: Uint32Array;
  keys: readonly string[] | undefined;
}

export interface PublishRequest extends MessageBatch {
  topic: string;
}

/** Fields of `google.pubsub.v1.PublishRequest`. */
const REQUEST = { topic: 1, messages: 2 } as const;

/**
 * Checks the messages, and leaves them where they are; what a client must not send is taken out.
 * @throws ServiceError INVALID_ARGUMENT
 */
export function parsePublishRequest(bytes: Buffer): PublishRequest {
  const { topic, bounds } = locateMessages(bytes);
  const count = bounds.length / 2;
  if (count === 0) throw invalid('No messages to publish.');
  if (count > MESSAGE_LIMITS.messages) {
    throw invalid(`Too many messages to publish: ${count}; at most ${MESSAGE_LIMITS.messages} are allowed.`);
  }
  if (bytes.length > MESSAGE_LIMITS.requestBytes) {
    throw invalid(
      `Request payload size exceeds the limit: ${MESSAGE_LIMITS.requestBytes} bytes; it is ${bytes.length}.`,
    );
  }
  let keys: string[] | undefined;
  let rewrite = false;
  for (let index = 0; index < count; index++) {
    const facts = scanMessage(bytes, bounds[index * 2]!, bounds[index * 2 + 1]!);
    if (!facts.hasData && facts.attributes === 0) {
      throw invalid('Some messages are empty: a message needs data or at least one attribute.');
    }
    rewrite ||= facts.hasServerFields;
    if (facts.orderingKey !== '') {
      keys ??= new Array<string>(count).fill('');
      keys[index] = facts.orderingKey;
    }
  }
  if (rewrite) return { topic, ...batchOf(messagesIn({ bytes, bounds })) };
  return { topic, bytes, bounds: Uint32Array.from(bounds), keys };
}

/** The batch that a journal holds, which was checked when it was published. */
export function readBatch(bytes: Buffer): MessageBatch {
  const { bounds } = locateMessages(bytes);
  let keys: string[] | undefined;
  const count = bounds.length / 2;
  for (let index = 0; index < count; index++) {
    const { orderingKey } = scanMessage(bytes, bounds[index * 2]!, bounds[index * 2 + 1]!);
    if (orderingKey === '') continue;
    keys ??= new Array<string>(count).fill('');
    keys[index] = orderingKey;
  }
  return { bytes, bounds: Uint32Array.from(bounds), keys };
}

export function messagesIn({ bytes, bounds }: { bytes: Buffer; bounds: ArrayLike<number> }): PubsubMessage[] {
  return Array.from({ length: bounds.length / 2 }, (_, index) =>
    readMessage(bytes, bounds[index * 2]!, bounds[index * 2 + 1]!),
  );
}

export function batchOf(messages: readonly PubsubMessage[]): MessageBatch {
  const bytes = Buffer.concat(
    messages.map((message) => bytesField(REQUEST.messages, encodeMessage(message))),
  );
  const ordered = messages.some(({ orderingKey }) => orderingKey !== '');
  return {
    bytes,
    bounds: Uint32Array.from(locateMessages(bytes).bounds),
    keys: ordered ? messages.map(({ orderingKey }) => orderingKey) : undefined,
  };
}

function locateMessages(bytes: Buffer): { topic: string; bounds: number[] } {
  const bounds: number[] = [];
  let topic = '';
  const reader = new WireReader(bytes);
  while (reader.next()) {
    if (reader.isBytes(REQUEST.messages)) {
      const start = reader.span();
      bounds.push(start, reader.at);
    } else if (reader.isBytes(REQUEST.topic)) topic = reader.text();
    else reader.skip();
  }
  return { topic, bounds };
}

function invalid(message: string): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', message);
}
