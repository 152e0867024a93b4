import { MalformedMessage, WireReader } from '../../core/wire-reader.js';
import type { Message } from '../serving/method.js';
import { varintLength, writeVarint } from '../wire/writer.js';

/** Raised when what a journal holds changes its meaning; newer ones are refused. */
export const JOURNAL_FORMAT = 1;

/** Kinds of records. Messages and acknowledgements are binary, all others JSON. */
export const RECORD = { start: 1, put: 2, remove: 3, messages: 4, acks: 5, failures: 6, backlog: 7 } as const;

/** A resource as it is from then on. Numbers stand for topics and subscriptions in the other records. */
export type PutRecord =
  | { type: 'topic'; name: string; ref: number; settings: Message; deleted?: boolean }
  | { type: 'subscription'; name: string; ref: number; topicRef: number; cursor: number; settings: Message }
  | { type: 'snapshot'; name: string; snapshot: SnapshotState }
  | { type: 'schema'; name: string; revisions: Message[] }
  | { type: 'policy'; name: string; policy: Message };

export interface SnapshotState {
  topicRef: number;
  /** Whether it was taken of a subscription with message ordering. */
  ordered: boolean;
  cursor: number;
  /** Places before the cursor that were not acknowledged. */
  open: number[];
  expireMs: number;
  labels: Record<string, string>;
}

export type RemoveRecord = Pick<PutRecord, 'type' | 'name'>;

export interface StartRecord {
  /** How often the server was started with this data. */
  starts: number;
}

export interface MessagesHeader {
  topicRef: number;
  firstSeq: number;
  firstId: number;
  publishTimeMs: number;
}

export function encodeJson(record: PutRecord | RemoveRecord | StartRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

export function decodeJson<T extends PutRecord | RemoveRecord | StartRecord>(payload: Buffer): T {
  return JSON.parse(payload.toString('utf8')) as T;
}

/** The header, and behind it the messages as a PublishRequest has them. */
export function encodeMessages(header: MessagesHeader, messages: Buffer): readonly Buffer[] {
  const { topicRef, firstSeq, firstId, publishTimeMs } = header;
  return [encodeNumbers([topicRef, firstSeq, firstId, publishTimeMs]), messages];
}

export function decodeMessages(payload: Buffer): { header: MessagesHeader; messages: Buffer } {
  const reader = new WireReader(payload);
  const header = {
    topicRef: reader.varint(),
    firstSeq: reader.varint(),
    firstId: reader.varint(),
    publishTimeMs: reader.varint(),
  };
  return { header, messages: payload.subarray(reader.at) };
}

export function encodeNumbers(numbers: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(numbers.reduce((size, number) => size + varintLength(number), 0));
  let at = 0;
  for (const number of numbers) at = writeVarint(bytes, at, number);
  return bytes;
}

export function decodeNumbers(payload: Buffer): number[] {
  const numbers: number[] = [];
  const reader = new WireReader(payload);
  while (reader.more) numbers.push(reader.varint());
  return numbers;
}

/** Numbers that mostly grow by little take a byte or two each. */
export function encodeSeqs(ref: number, seqs: readonly number[]): Buffer {
  let last = 0;
  const steps = seqs.map((seq) => {
    const step = seq - last;
    last = seq;
    return step < 0 ? -step * 2 - 1 : step * 2;
  });
  return encodeNumbers([ref, ...steps]);
}

export function decodeSeqs(payload: Buffer): { ref: number; seqs: number[] } {
  const [ref, ...steps] = decodeNumbers(payload);
  if (ref === undefined) throw new MalformedMessage('a record of places is empty');
  let last = 0;
  return {
    ref,
    seqs: steps.map((step) => {
      last += step % 2 === 0 ? step / 2 : -(step + 1) / 2;
      return last;
    }),
  };
}
