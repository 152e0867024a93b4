import type { RejectionReason } from '../../core/rejection-reasons.js';
import { LatencyHistogram } from './latency.js';
import type { TimeFlag } from './reading.js';

export interface BatchStats {
  batches: number;
  items: number;
  totalMs: number;
}

/**
 * What a worker has done so far, in messages unless it says otherwise. Once it has drained,
 * `received = written + deadLettered + nacked`.
 */
export class WorkerStats {
  received = 0;
  /** Stored in all sinks. */
  written = 0;
  /** Rows of the written messages; a message may hold several readings. */
  readings = 0;
  deadLettered = 0;
  /** Received, not finished in time, and given back for redelivery. */
  nacked = 0;
  /** Arrived after the stop or beyond the asked number, and given back unread. */
  turnedAway = 0;
  /** Acknowledgements that did not reach the service; these messages come again. */
  ackFailed = 0;
  /** Rows that were sent more than once. */
  retried = 0;
  /** Times the streams had to be opened anew. */
  reopened = 0;
  readonly reasons = new Map<RejectionReason, number>();
  /** Parts of stored messages that hold no reading. */
  readonly skipped = new Map<RejectionReason, number>();
  /** Readings with an implausible event time, which are stored all the same. */
  readonly flags: Record<TimeFlag, number> = { future: 0, old: 0 };
  readonly batches = new Map<string, BatchStats>();
  /** From publishing to being stored in all sinks. */
  readonly latency = new LatencyHistogram();
  firstReceivedMs: number | undefined;
  lastSettledMs: number | undefined;

  receive(nowMs: number): void {
    this.received++;
    this.firstReceivedMs ??= nowMs;
  }

  durable(readings: number, latencyMs: number, nowMs: number): void {
    this.written++;
    this.readings += readings;
    this.latency.record(latencyMs);
    this.lastSettledMs = nowMs;
  }

  settled(nowMs: number): void {
    this.lastSettledMs = nowMs;
  }

  countReason(reason: RejectionReason): void {
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }

  countFlag(flag: TimeFlag): void {
    this.flags[flag]++;
  }

  countSkipped(skipped: ReadonlyMap<RejectionReason, number>): void {
    for (const [reason, count] of skipped) this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + count);
  }

  recordBatch(name: string, items: number, durationMs: number): void {
    const stats = this.batches.get(name) ?? { batches: 0, items: 0, totalMs: 0 };
    stats.batches++;
    stats.items += items;
    stats.totalMs += durationMs;
    this.batches.set(name, stats);
  }

  /** From the first message to the last one that was settled. */
  get busySeconds(): number {
    if (this.firstReceivedMs === undefined || this.lastSettledMs === undefined) return 0;
    return Math.max(0.001, (this.lastSettledMs - this.firstReceivedMs) / 1000);
  }
}
