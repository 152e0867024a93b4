import { LENGTH_DELIMITED, VARINT, WireReader } from '../../core/wire-reader.js';
import { bytesField, numberField, textField, varintLength, WireWriter, writeVarint } from '../wire/writer.js';
import type { Entry } from './entry.js';
import { MESSAGE } from './message.js';

// Requests and answers of the data plane, coded by hand: they carry every message and every acknowledgement.

export interface StreamingPullRequest {
  subscription: string;
  ackIds: string[];
  modifyDeadlineSeconds: number[];
  modifyDeadlineAckIds: string[];
  streamAckDeadlineSeconds: number;
  maxOutstandingMessages: number;
  maxOutstandingBytes: number;
  protocolVersion: number;
}

export function decodeStreamingPull(bytes: Buffer): StreamingPullRequest {
  const request: StreamingPullRequest = {
    subscription: '',
    ackIds: [],
    modifyDeadlineSeconds: [],
    modifyDeadlineAckIds: [],
    streamAckDeadlineSeconds: 0,
    maxOutstandingMessages: 0,
    maxOutstandingBytes: 0,
    protocolVersion: 0,
  };
  readFields(bytes, {
    [text(1)]: (reader) => (request.subscription = reader.text()),
    [text(2)]: (reader) => request.ackIds.push(reader.text()),
    [number(3)]: (reader) => request.modifyDeadlineSeconds.push(reader.integer()),
    [text(3)]: (reader) => readPacked(reader, request.modifyDeadlineSeconds),
    [text(4)]: (reader) => request.modifyDeadlineAckIds.push(reader.text()),
    [number(5)]: (reader) => (request.streamAckDeadlineSeconds = reader.integer()),
    [number(7)]: (reader) => (request.maxOutstandingMessages = reader.integer()),
    [number(8)]: (reader) => (request.maxOutstandingBytes = reader.integer()),
    [number(10)]: (reader) => (request.protocolVersion = reader.integer()),
  });
  return request;
}

export interface AckRequest {
  subscription: string;
  ackIds: string[];
  /** Of ModifyAckDeadline. */
  ackDeadlineSeconds: number;
}

export function decodeAcknowledge(bytes: Buffer): AckRequest {
  return decodeAckRequest(bytes, 2);
}

export function decodeModifyAckDeadline(bytes: Buffer): AckRequest {
  return decodeAckRequest(bytes, 4);
}

function decodeAckRequest(bytes: Buffer, ackIdField: 2 | 4): AckRequest {
  const request: AckRequest = { subscription: '', ackIds: [], ackDeadlineSeconds: 0 };
  readFields(bytes, {
    [text(1)]: (reader) => (request.subscription = reader.text()),
    [number(3)]: (reader) => (request.ackDeadlineSeconds = reader.integer()),
    [text(ackIdField)]: (reader) => request.ackIds.push(reader.text()),
  });
  return request;
}

export interface PullRequest {
  subscription: string;
  returnImmediately: boolean;
  maxMessages: number;
}

export function decodePull(bytes: Buffer): PullRequest {
  const request: PullRequest = { subscription: '', returnImmediately: false, maxMessages: 0 };
  readFields(bytes, {
    [text(1)]: (reader) => (request.subscription = reader.text()),
    [number(2)]: (reader) => (request.returnImmediately = reader.integer() !== 0),
    [number(3)]: (reader) => (request.maxMessages = reader.integer()),
  });
  return request;
}

/** Tag, length and the digits of an integer up to 2^53. */
const MAX_ID_FIELD_BYTES = 18;

export function encodePublishResponse(ids: readonly number[]): Buffer {
  const writer = new WireWriter(ids.length * MAX_ID_FIELD_BYTES);
  for (const id of ids) {
    const digits = String(id);
    writer.byte(1 * 8 + LENGTH_DELIMITED);
    writer.varint(digits.length);
    writer.latin1(digits);
  }
  return writer.done();
}

/** What every answer on a stream tells: clients choose their modes by it. */
export interface SubscriptionProperties {
  exactlyOnceDelivery: boolean;
  messageOrdering: boolean;
}

export function encodeProperties({ exactlyOnceDelivery, messageOrdering }: SubscriptionProperties): Buffer {
  const properties = [numberField(1, Number(exactlyOnceDelivery)), numberField(2, Number(messageOrdering))];
  return bytesField(4, Buffer.concat(properties));
}

export interface Confirmation {
  ackIds: readonly string[];
  invalidAckIds: readonly string[];
  temporaryFailedAckIds: readonly string[];
}

/** @param field 5 for acknowledgements, 3 for changes of deadlines */
export function encodeConfirmation(field: 3 | 5, confirmation: Confirmation): Buffer {
  // Field 3 of AcknowledgeConfirmation holds the ids that were out of order.
  const failedField = field === 5 ? 4 : 3;
  const ids = [
    ...confirmation.ackIds.map((id) => textField(1, id)),
    ...confirmation.invalidAckIds.map((id) => textField(2, id)),
    ...confirmation.temporaryFailedAckIds.map((id) => textField(failedField, id)),
  ];
  return bytesField(field, Buffer.concat(ids));
}

/**
 * `received_messages` of a PullResponse or StreamingPullResponse, with `tail` behind them. The stored bytes of each
 * message are passed on, followed by its id and time: fields of a message may come in any order.
 */
export function encodeReceived(
  entries: readonly Entry[],
  {
    ackPrefix,
    countAttempts,
    tail,
  }: { ackPrefix: string; countAttempts: boolean; tail?: Buffer | undefined },
): Buffer {
  const ackIds: string[] = [];
  const messageSizes: number[] = [];
  const receivedSizes: number[] = [];
  let total = tail?.length ?? 0;
  for (const entry of entries) {
    const ackId = ackPrefix + ackIdOf(entry);
    const idSize = entry.id.length;
    const messageSize = entry.size + 2 + idSize + TIME_SIZE;
    const attempt = countAttempts ? 1 + varintLength(entry.failures + 1) : 0;
    const received = 2 + ackId.length + 1 + varintLength(messageSize) + messageSize + attempt;
    ackIds.push(ackId);
    messageSizes.push(messageSize);
    receivedSizes.push(received);
    total += 1 + varintLength(received) + received;
  }
  const out = Buffer.allocUnsafe(total);
  let at = 0;
  for (const [position, entry] of entries.entries()) {
    const { segment, index } = entry.content;
    at = writeTag(out, at, 1, receivedSizes[position]!);
    at = writeTag(out, at, 1, ackIds[position]!.length);
    at += out.write(ackIds[position]!, at, 'latin1');
    at = writeTag(out, at, 2, messageSizes[position]!);
    at += segment.bytes.copy(out, at, segment.bounds[index * 2]!, segment.bounds[index * 2 + 1]!);
    const { id } = entry;
    at = writeTag(out, at, MESSAGE.messageId, id.length);
    at += out.write(id, at, 'latin1');
    at = writeTime(out, at, segment.publishTimeMs);
    if (countAttempts) at = writeVarint(out, writeVarint(out, at, 3 * 8 + VARINT), entry.failures + 1);
  }
  tail?.copy(out, at);
  return out;
}

/** Names a delivery: which message, and which of its leases. Without the prefix of the subscription. */
function ackIdOf(entry: Entry): string {
  return `${entry.seq.toString(36)}.${entry.lease.toString(36)}`;
}

export interface Delivery {
  /** Which subscription, of those that there ever were. */
  ref: number;
  /** In which run of the server. */
  epoch: number;
  seq: number;
  lease: number;
}

const ACK_ID = /^([0-9a-z]{1,11})\.([0-9a-z]{1,11})\.([0-9a-z]{1,11})\.([0-9a-z]{1,11})$/;

/** Undefined for what no server of this kind has given. */
export function parseAckId(ackId: string): Delivery | undefined {
  const match = ACK_ID.exec(ackId);
  if (match === null) return undefined;
  const [ref, epoch, seq, lease] = match.slice(1).map((digits) => Number.parseInt(digits, 36)) as [
    number,
    number,
    number,
    number,
  ];
  return { ref, epoch, seq, lease };
}

export function ackPrefixOf(ref: number, epoch: number): string {
  return `${ref.toString(36)}.${epoch.toString(36)}.`;
}

/** Seconds in six bytes and nanoseconds in five, padded, so that every time takes as much. */
const TIME_SIZE = 15;

function writeTime(out: Buffer, start: number, timeMs: number): number {
  let at = writeTag(out, start, MESSAGE.publishTime, TIME_SIZE - 2);
  at = writeVarint(out, at, 1 * 8 + VARINT);
  at = writePadded(out, at, Math.floor(timeMs / 1000), 6);
  at = writeVarint(out, at, 2 * 8 + VARINT);
  return writePadded(out, at, (timeMs % 1000) * 1e6, 5);
}

/** A varint with as many bytes as are asked for. */
function writePadded(out: Buffer, at: number, value: number, size: number): number {
  let rest = value;
  for (let index = 0; index < size - 1; index++) {
    out[at + index] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  out[at + size - 1] = rest;
  return at + size;
}

function writeTag(out: Buffer, at: number, field: number, length: number): number {
  return writeVarint(out, writeVarint(out, at, field * 8 + LENGTH_DELIMITED), length);
}

type FieldReader = (reader: WireReader) => unknown;

/** Tag of a field that holds a text, a message or a packed list. */
function text(field: number): number {
  return field * 8 + LENGTH_DELIMITED;
}

/** Tag of a field that holds an integer or a boolean. */
function number(field: number): number {
  return field * 8 + VARINT;
}

/** Reads the fields with these tags and skips all others. */
function readFields(bytes: Buffer, fieldsByTag: Record<number, FieldReader>): void {
  const reader = new WireReader(bytes);
  while (reader.next()) {
    const read = fieldsByTag[reader.field * 8 + reader.wireType];
    if (read === undefined) reader.skip();
    else read(reader);
  }
}

function readPacked(reader: WireReader, into: number[]): void {
  const outer = reader.enter();
  while (reader.more) into.push(reader.integer());
  reader.leave(outer);
}
