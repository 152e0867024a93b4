import type { Message, Methods } from '../serving/method.js';
import { milliseconds, secondsAndNanos } from '../serving/time.js';
import { applyMask, checkLabels, pageOf } from './fields.js';
import {
  alreadyExists,
  checkName,
  checkProject,
  DELETED_TOPIC,
  failure,
  invalid,
  notFound,
  projectOf,
} from './names.js';
import { snapshotState } from './persistence.js';
import type { SnapshotState } from './records.js';
import type { Store } from './store.js';
import { attached } from './subscriber.js';
import type { Snapshot, Subscription } from './subscription.js';
import type { Segment } from './topic-log.js';

/** A snapshot lives until its oldest message is this old. */
const LIFETIME_MS = 7 * 86_400_000;
/** A snapshot that would live shorter is not made. */
const SHORTEST_LIFE_MS = 3_600_000;

/** Snapshots and Seek of `google.pubsub.v1.Subscriber`. */
export function snapshotMethods(store: Store): Methods[string] {
  return {
    CreateSnapshot: {
      kind: 'unary',
      handle: (request) => store.exclusively(() => createSnapshot(store, request)),
    },
    GetSnapshot: {
      kind: 'unary',
      handle: ({ snapshot }) => snapshotResource(snapshotNamed(store, snapshot)),
    },
    UpdateSnapshot: {
      kind: 'unary',
      handle: (request) => store.exclusively(() => updateSnapshot(store, request)),
    },
    DeleteSnapshot: {
      kind: 'unary',
      handle: ({ snapshot }) =>
        store.exclusively(async () => {
          await store.remove({ type: 'snapshot', name: snapshotNamed(store, snapshot).name });
          return {};
        }),
    },
    ListSnapshots: {
      kind: 'unary',
      handle(request) {
        const project = checkProject(request.project);
        const snapshots = [...store.resources.snapshots.values()].filter(
          ({ name }) => projectOf(name) === project,
        );
        const { items, ...page } = pageOf(snapshots, ({ name }) => name, request);
        return { snapshots: items.map(snapshotResource), ...page };
      },
    },
    Seek: { kind: 'unary', handle: (request) => store.exclusively(() => seek(store, request)) },
  };
}

async function createSnapshot(store: Store, request: Message): Promise<Message> {
  const name = checkName('snapshots', request.name);
  const subscription = attached(
    store.resources.subscription(checkName('subscriptions', request.subscription)),
  );
  checkLabels(request.labels);
  if (store.resources.snapshots.has(name)) throw alreadyExists('Snapshot', name);
  const { backlog, topic } = subscription;
  const now = store.time.now();
  const oldestMs = backlog.oldestTimeMs ?? now;
  if (oldestMs + LIFETIME_MS - now < SHORTEST_LIFE_MS) {
    throw failure(
      'FAILED_PRECONDITION',
      'The operation could not be completed because the requested source subscription’s backlog is too old.',
    );
  }
  await store.put({
    type: 'snapshot',
    name,
    snapshot: {
      topicRef: topic.ref,
      ordered: subscription.properties.messageOrdering,
      cursor: backlog.cursor,
      open: [...backlog.entries.keys()],
      expireMs: oldestMs + LIFETIME_MS,
      labels: (request.labels ?? {}) as Record<string, string>,
    },
  });
  return snapshotResource(snapshotNamed(store, name));
}

async function updateSnapshot(store: Store, { snapshot: update, updateMask }: Message): Promise<Message> {
  const snapshot = snapshotNamed(store, (update as Message | undefined)?.name);
  const changed = applyMask(snapshotResource(snapshot), update as Message, updateMask, {
    resource: 'Snapshot',
    request: 'UpdateSnapshotRequest',
    mutable: ['labels', 'expire_time'],
    immutable: ['name', 'topic'],
  });
  checkLabels(changed.labels);
  const expireMs = milliseconds(changed.expireTime);
  if (expireMs === undefined || expireMs <= store.time.now() || expireMs > store.time.now() + LIFETIME_MS) {
    throw invalid(
      'expire_time must lie in the future, and within the seven days that a snapshot lives at most.',
    );
  }
  const state: SnapshotState = {
    ...snapshotState(snapshot),
    expireMs,
    labels: (changed.labels ?? {}) as Record<string, string>,
  };
  await store.put({ type: 'snapshot', name: snapshot.name, snapshot: state });
  return snapshotResource(snapshotNamed(store, snapshot.name));
}

/** https://cloud.google.com/pubsub/docs/replay-overview */
async function seek(store: Store, request: Message): Promise<Message> {
  const subscription = attached(
    store.resources.subscription(checkName('subscriptions', request.subscription)),
  );
  if (request.snapshot !== undefined) {
    await seekToSnapshot(store, subscription, snapshotNamed(store, request.snapshot));
  } else if (request.time !== undefined) await seekToTime(store, subscription, milliseconds(request.time)!);
  else throw invalid('No target was specified in the SeekRequest. Must specify either a time or a snapshot');
  return {};
}

async function seekToSnapshot(store: Store, subscription: Subscription, snapshot: Snapshot): Promise<void> {
  if (snapshot.topic !== subscription.topic) {
    throw failure(
      'FAILED_PRECONDITION',
      `The subscription's topic ${subscription.topic.name} is not the snapshot's topic ${snapshot.topic.name}; they must match ` +
        'in order for Seek to work. A topic that was deleted and made again with the same name is another topic.',
    );
  }
  if (subscription.properties.messageOrdering && !snapshot.ordered) {
    throw failure(
      'FAILED_PRECONDITION',
      'Subscriptions with message ordering cannot be sought to snapshots of subscriptions without, as messages could come ' +
        'out of order.',
    );
  }
  const segmentOf = (seq: number): Segment | undefined => {
    const pinned = snapshot.pinned.locate(seq);
    return pinned !== undefined && pinned.firstSeq <= seq ? pinned : snapshot.topic.log.locate(seq);
  };
  await store.resetBacklog(subscription, snapshot.cursor, snapshot.open, segmentOf);
}

/** What was published before the time is acknowledged, what came later is not, as far as it was kept. */
async function seekToTime(store: Store, subscription: Subscription, timeMs: number): Promise<void> {
  const { backlog, topic } = subscription;
  const target = topic.log.seqAtTime(timeMs);
  if (subscription.retainsAcked && target < backlog.cursor) {
    // Older messages that are still open are in the log no more, or lie before the time.
    const open = [...backlog.entries.values()].filter(
      ({ seq, segment }) => seq < target && segment.publishTimeMs >= timeMs,
    );
    await store.resetBacklog(
      subscription,
      target,
      open.map(({ seq }) => seq),
    );
    return;
  }
  const open = [...backlog.entries.values()].filter(({ segment }) => segment.publishTimeMs >= timeMs);
  await store.resetBacklog(
    subscription,
    Math.max(backlog.cursor, target),
    open.map(({ seq }) => seq),
  );
}

function snapshotNamed(store: Store, name: unknown): Snapshot {
  const snapshot = store.resources.snapshots.get(checkName('snapshots', name));
  if (snapshot === undefined || snapshot.expireMs <= store.time.now())
    throw notFound('Snapshot', name as string);
  return snapshot;
}

function snapshotResource({ name, topic, expireMs, labels }: Snapshot): Message {
  return {
    name,
    topic: topic.deleted ? DELETED_TOPIC : topic.name,
    expireTime: secondsAndNanos(expireMs),
    labels,
  };
}
