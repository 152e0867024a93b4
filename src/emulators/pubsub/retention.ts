import { milliseconds } from '../serving/time.js';

import type { Resources } from './resources.js';
import type { Snapshot, Topic } from './subscription.js';

const SWEEP_INTERVAL_MS = 10 * 60_000;

/** Whether anybody could ever get a message that is published to the topic. */
export function isKept(topic: Topic, snapshots: Iterable<Snapshot>): boolean {
  if (topic.subscriptions.size > 0 || topic.settings.messageRetentionDuration !== undefined) return true;
  for (const snapshot of snapshots) if (snapshot.topic === topic) return true;
  return false;
}

/** Place in the log of the topic before which nobody can come back. */
export function firstSeqToKeep(topic: Topic, snapshots: Iterable<Snapshot>, nowMs: number): number {
  const { log } = topic;
  const topicRetentionMs = milliseconds(topic.settings.messageRetentionDuration);
  let keepFrom = topicRetentionMs === undefined ? log.endSeq : log.seqAtTime(nowMs - topicRetentionMs);
  for (const { backlog, settings, retentionMs } of topic.subscriptions) {
    keepFrom = Math.min(keepFrom, backlog.cursor);
    if (settings.retainAckedMessages === true)
      keepFrom = Math.min(keepFrom, log.seqAtTime(nowMs - retentionMs));
  }
  for (const snapshot of snapshots) {
    if (snapshot.topic === topic) keepFrom = Math.min(keepFrom, snapshot.cursor);
  }
  return keepFrom;
}

/** Drops what is older than its retention, for as long as there is anything that gets older. */
export class Sweeper {
  #stopTimer: (() => void) | undefined;

  /** @param expired is given the names of snapshots whose time is over */
  constructor(
    readonly resources: Resources,
    readonly expired: (snapshotName: string) => void,
  ) {}

  sweep(): void {
    this.#stopTimer = undefined;
    const now = this.resources.wheel.time.now();
    for (const { name, expireMs } of this.resources.snapshots.values()) {
      if (expireMs <= now) this.expired(name);
    }
    for (const topic of this.resources.topicsByRef.values()) {
      const topicRetentionMs = milliseconds(topic.settings.messageRetentionDuration) ?? 0;
      for (const { backlog, retentionMs } of topic.subscriptions) {
        backlog.expire(now - Math.max(retentionMs, topicRetentionMs));
      }
      this.resources.trim(topic);
    }
    this.#awaitNext();
  }

  /** To be called when a message was kept. */
  wake(): void {
    if (this.#stopTimer === undefined) this.#awaitNext();
  }

  stop(): void {
    this.#stopTimer?.();
  }

  /** Retention is at least ten minutes, so nothing is missed by looking that often; with no messages nothing runs. */
  #awaitNext(): void {
    const { topicsByRef, snapshots, wheel } = this.resources;
    const holdMessages = [...topicsByRef.values()].some(
      ({ log, subscriptions }) =>
        log.segments.length > 0 || [...subscriptions].some(({ backlog }) => backlog.entries.size > 0),
    );
    if (!holdMessages && snapshots.size === 0) return;
    this.#stopTimer ??= wheel.time.after(SWEEP_INTERVAL_MS, () => this.sweep());
  }
}
