import type { JournalRecord } from '../journal/journal.js';
import type { Backlog } from './backlog.js';
import { readBatch } from './publish-request.js';
import {
  decodeJson,
  decodeMessages,
  decodeNumbers,
  decodeSeqs,
  encodeJson,
  encodeMessages,
  encodeNumbers,
  encodeSeqs,
  type PutRecord,
  RECORD,
  type RemoveRecord,
  type SnapshotState,
  type StartRecord,
} from './records.js';
import type { Resources } from './resources.js';
import type { Snapshot, Subscription, Topic } from './subscription.js';
import type { Segment } from './topic-log.js';

/** Does again what a record of the journal tells. @throws Error for a record of no kind that there is */
export function replay(resources: Resources, kind: number, payload: Buffer): void {
  if (kind === RECORD.put) resources.put(decodeJson<PutRecord>(payload));
  else if (kind === RECORD.remove) resources.remove(decodeJson<RemoveRecord>(payload));
  else if (kind === RECORD.start) resources.starts = decodeJson<StartRecord>(payload).starts;
  else if (kind === RECORD.messages) replayMessages(resources, payload);
  else if (kind === RECORD.acks) replayAcks(resources, payload);
  else if (kind === RECORD.failures) replayFailures(resources, payload);
  else if (kind === RECORD.backlog) replayBacklog(resources, payload);
  else throw new Error(`Records of kind ${kind} are unknown`);
}

function replayMessages(resources: Resources, payload: Buffer): void {
  const { header, messages } = decodeMessages(payload);
  const topic = resources.topicsByRef.get(header.topicRef);
  if (topic === undefined || header.firstSeq < topic.log.endSeq) return;
  // The payload is part of a larger buffer, which would stay for as long as the shortest message.
  topic.log.append({ ...header, ...readBatch(Buffer.from(messages)) });
  topic.nextSeq = Math.max(topic.nextSeq, topic.log.endSeq);
  resources.lastPublishTimeMs = Math.max(resources.lastPublishTimeMs, header.publishTimeMs);
}

function replayAcks({ subscriptionsByRef }: Resources, payload: Buffer): void {
  const { ref, seqs } = decodeSeqs(payload);
  const backlog = subscriptionsByRef.get(ref)?.backlog;
  if (backlog === undefined) return;
  for (const seq of seqs) settleAt(backlog, seq);
}

function replayFailures({ subscriptionsByRef }: Resources, payload: Buffer): void {
  const [ref, ...pairs] = decodeNumbers(payload);
  const backlog = subscriptionsByRef.get(ref!)?.backlog;
  for (let index = 0; index < pairs.length; index += 2) {
    backlog?.advanceTo(pairs[index]! + 1);
    const entry = backlog?.find(pairs[index]!);
    if (entry !== undefined) entry.failures = pairs[index + 1]!;
  }
}

function replayBacklog({ subscriptionsByRef }: Resources, payload: Buffer): void {
  const { ref, seqs } = decodeSeqs(payload);
  const subscription = subscriptionsByRef.get(ref);
  if (subscription === undefined) return;
  const [cursor = 0, ...open] = seqs;
  subscription.backlog.reset(cursor, open);
  subscription.topic.nextSeq = Math.max(subscription.topic.nextSeq, cursor);
}

function settleAt(backlog: Backlog, seq: number): void {
  if (seq >= backlog.cursor) backlog.advanceTo(seq + 1);
  const entry = backlog.find(seq);
  if (entry !== undefined) backlog.settle(entry);
}

/** Everything there is, as records that make it anew. What may change is copied before the first one is given. */
export function* recordsOf(resources: Resources): Generator<JournalRecord> {
  const { starts, schemas, subscriptions, snapshots, policies } = resources;
  const topics = [...resources.topicsByRef.values()].map((topic) => {
    const { ref, name, settings, deleted } = topic;
    return {
      ref,
      record: put({ type: 'topic', ref, name, settings, deleted }),
      segments: segmentsOf(topic, snapshots.values()),
    };
  });
  const others = [
    ...[...schemas].map(([name, revisions]) => put({ type: 'schema', name, revisions })),
    ...[...subscriptions.values()].flatMap(subscriptionRecords),
    ...[...snapshots.values()].map((snapshot) =>
      put({ type: 'snapshot', name: snapshot.name, snapshot: snapshotState(snapshot) }),
    ),
    ...[...policies].map(([name, policy]) => put({ type: 'policy', name, policy })),
  ];
  yield [RECORD.start, encodeJson({ starts })];
  for (const { ref, record, segments } of topics) {
    yield record;
    for (const { bytes, ...segment } of segments) {
      yield [RECORD.messages, encodeMessages({ ...segment, topicRef: ref }, bytes)];
    }
  }
  yield* others;
}

/** Also those that the log has let go of, but somebody still has open. */
function segmentsOf(topic: Topic, snapshots: Iterable<Snapshot>): Segment[] {
  const segments = new Set(topic.log.segments);
  for (const { backlog } of topic.subscriptions) {
    for (const { segment } of backlog.entries.values()) segments.add(segment);
  }
  for (const snapshot of snapshots) {
    if (snapshot.topic === topic) for (const segment of snapshot.pinned.segments) segments.add(segment);
  }
  return [...segments].sort((a, b) => a.firstSeq - b.firstSeq);
}

function put(record: PutRecord): JournalRecord {
  return [RECORD.put, encodeJson(record)];
}

function subscriptionRecords({ name, ref, topic, settings, backlog }: Subscription): JournalRecord[] {
  const { cursor, entries } = backlog;
  const failed = [...entries.values()].filter(({ failures }) => failures > 0);
  return [
    put({ type: 'subscription', name, ref, topicRef: topic.ref, cursor, settings }),
    [RECORD.backlog, encodeSeqs(ref, [cursor, ...entries.keys()])],
    [RECORD.failures, encodeNumbers([ref, ...failed.flatMap(({ seq, failures }) => [seq, failures])])],
  ];
}

export function snapshotState({ topic, ordered, cursor, open, expireMs, labels }: Snapshot): SnapshotState {
  return { topicRef: topic.ref, ordered, cursor, open: [...open], expireMs, labels };
}
