import { LENGTH_DELIMITED, MalformedMessage, WireReader } from '../../core/wire-reader.js';
import { ServiceError } from '../serving/service-error.js';
import { bytesField, textField } from '../wire/writer.js';

/** Fields of `google.pubsub.v1.PubsubMessage`. */
export const MESSAGE = { data: 1, attributes: 2, messageId: 3, publishTime: 4, orderingKey: 5 } as const;

/** https://cloud.google.com/pubsub/quotas#resource_limits */
export const MESSAGE_LIMITS = {
  messages: 1_000,
  requestBytes: 10_000_000,
  attributes: 100,
  attributeKeyBytes: 256,
  attributeValueBytes: 1_024,
  orderingKeyBytes: 1_024,
} as const;

export interface PubsubMessage {
  data: Buffer;
  attributes: Map<string, string>;
  /** Empty when there is none. */
  orderingKey: string;
}

/** What must be known of a published message before it is stored as it came. */
export interface MessageFacts {
  orderingKey: string;
  hasData: boolean;
  attributes: number;
  /** The client sent an id or a time, which are the service's to give. */
  hasServerFields: boolean;
}

/**
 * Checks a message against the limits of the service.
 * @throws ServiceError INVALID_ARGUMENT
 */
export function scanMessage(bytes: Buffer, start: number, end: number): MessageFacts {
  const facts: MessageFacts = { orderingKey: '', hasData: false, attributes: 0, hasServerFields: false };
  const reader = new WireReader(bytes, start, end);
  while (reader.next()) {
    const { field, wireType } = reader;
    if (field <= MESSAGE.orderingKey && wireType !== LENGTH_DELIMITED) {
      throw new MalformedMessage(`field ${field} of PubsubMessage has wire type ${wireType}`);
    }
    if (field === MESSAGE.data) facts.hasData = reader.span() < reader.at;
    else if (field === MESSAGE.attributes) {
      facts.attributes++;
      checkAttribute(readAttribute(reader));
    } else if (field === MESSAGE.orderingKey) {
      facts.orderingKey = reader.text();
      checkBytes('ordering key', facts.orderingKey, MESSAGE_LIMITS.orderingKeyBytes);
    } else {
      facts.hasServerFields ||= field === MESSAGE.messageId || field === MESSAGE.publishTime;
      reader.skip();
    }
  }
  if (facts.attributes > MESSAGE_LIMITS.attributes) {
    throw invalid(
      `A message has ${facts.attributes} attributes; at most ${MESSAGE_LIMITS.attributes} are allowed.`,
    );
  }
  return facts;
}

export function readMessage(bytes: Buffer, start: number, end: number): PubsubMessage {
  const message: PubsubMessage = { data: Buffer.alloc(0), attributes: new Map(), orderingKey: '' };
  const reader = new WireReader(bytes, start, end);
  while (reader.next()) {
    if (reader.isBytes(MESSAGE.data)) message.data = reader.slice();
    else if (reader.isBytes(MESSAGE.attributes)) {
      const [key, value] = readAttribute(reader);
      message.attributes.set(key, value);
    } else if (reader.isBytes(MESSAGE.orderingKey)) message.orderingKey = reader.text();
    else reader.skip();
  }
  return message;
}

/** The message as a client publishes it: without id and time. */
export function encodeMessage({ data, attributes, orderingKey }: PubsubMessage): Buffer {
  const fields: Buffer[] = [];
  if (data.length > 0) fields.push(bytesField(MESSAGE.data, data));
  for (const [key, value] of attributes) {
    const entry = Buffer.concat([textField(1, key), textField(2, value)]);
    fields.push(bytesField(MESSAGE.attributes, entry));
  }
  if (orderingKey !== '') fields.push(textField(MESSAGE.orderingKey, orderingKey));
  return Buffer.concat(fields);
}

function readAttribute(reader: WireReader): [key: string, value: string] {
  const outer = reader.enter();
  const pair: [string, string] = ['', ''];
  while (reader.next()) {
    if (reader.isBytes(1)) pair[0] = reader.text();
    else if (reader.isBytes(2)) pair[1] = reader.text();
    else reader.skip();
  }
  reader.leave(outer);
  return pair;
}

function checkAttribute([key, value]: [string, string]): void {
  if (key === '') throw invalid('The key of an attribute is empty.');
  if (key.startsWith('goog'))
    throw invalid(`The attribute key "${key}" begins with "goog", which is reserved.`);
  checkBytes('attribute key', key, MESSAGE_LIMITS.attributeKeyBytes);
  checkBytes(`value of the attribute "${key}"`, value, MESSAGE_LIMITS.attributeValueBytes);
}

function checkBytes(what: string, text: string, maxBytes: number): void {
  // No character takes more than three bytes per UTF-16 unit.
  if (text.length * 3 <= maxBytes) return;
  const size = Buffer.byteLength(text);
  if (size > maxBytes) throw invalid(`The ${what} has ${size} bytes; at most ${maxBytes} are allowed.`);
}

function invalid(message: string): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', message);
}
