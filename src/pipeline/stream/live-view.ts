import { counted } from '../../core/counted.js';
import type { Backlog } from '../../gcp/pubsub/backlog.js';
import type { Worker } from './worker.js';

/** What a running worker did since it was last asked, and how it stands. */
export interface LiveSample {
  receivedPerSecond: number;
  writtenPerSecond: number;
  received: number;
  written: number;
  deadLettered: number;
  inFlight: number;
  /** Age of the oldest message in flight. */
  lagMs: number;
  /** What waits in the subscription; null where nobody counts it. */
  backlog: Backlog | null;
  /** Since the last message. */
  silentMs: number;
  paused: boolean;
  latencyMs: { p50: number; p95: number; p99: number };
  /** Mean items of a request, by sink. */
  batchItems: Record<string, number>;
  retried: number;
  ackFailed: number;
  /** The most frequent reasons first. */
  topReasons: [reason: string, count: number][];
}

const TOP_REASONS = 3;
const NOTABLE_SILENCE_MS = 10_000;

/** Samples a worker; rates are over the time since the sample before. */
export function liveSampler(worker: Worker, nowMs: () => number): () => LiveSample {
  let beforeMs = nowMs();
  let receivedBefore = 0;
  let writtenBefore = 0;
  return () => {
    const { stats } = worker;
    const now = nowMs();
    const seconds = Math.max(0.001, (now - beforeMs) / 1000);
    const sample: LiveSample = {
      receivedPerSecond: Math.round((stats.received - receivedBefore) / seconds),
      writtenPerSecond: Math.round((stats.written - writtenBefore) / seconds),
      received: stats.received,
      written: stats.written,
      deadLettered: stats.deadLettered,
      inFlight: worker.inFlight,
      lagMs: Math.round(worker.oldestMessageAgeMs),
      backlog: worker.backlog ?? null,
      silentMs: Math.round(worker.silentMs),
      paused: worker.paused,
      latencyMs: stats.latency.summary(),
      batchItems: Object.fromEntries(
        [...stats.batches].map(([sink, { batches, items }]) => [sink, Math.round(items / batches)]),
      ),
      retried: stats.retried,
      ackFailed: stats.ackFailed,
      topReasons: [...stats.reasons].sort((a, b) => b[1] - a[1]).slice(0, TOP_REASONS),
    };
    beforeMs = now;
    receivedBefore = stats.received;
    writtenBefore = stats.written;
    return sample;
  };
}

/** One line, for logs without a terminal. */
export function liveLine(sample: LiveSample): string {
  const { written, writtenPerSecond, deadLettered, inFlight, backlog, paused, silentMs } = sample;
  return (
    `${written} written (${writtenPerSecond}/s), ${counted(deadLettered, 'dead letter')}, ${inFlight} in flight` +
    (backlog === null
      ? ''
      : `, ${backlog.messages} waiting, the oldest for ${Math.round(backlog.oldestAgeSeconds)} s`) +
    (silentMs < NOTABLE_SILENCE_MS ? '' : `, nothing came for ${Math.round(silentMs / 1000)} s`) +
    (paused ? ', intake paused' : '')
  );
}

/** Several lines, for a terminal. */
export function liveLines(sample: LiveSample): string {
  const { latencyMs, batchItems, topReasons } = sample;
  const batches = Object.entries(batchItems).map(([sink, items]) => `${sink} ${items}`);
  const lines = [
    liveLine(sample),
    `  received ${sample.received} (${sample.receivedPerSecond}/s), lag ${(sample.lagMs / 1000).toFixed(1)} s, ` +
      `latency p50 ${latencyMs.p50} p95 ${latencyMs.p95} p99 ${latencyMs.p99} ms`,
    `  rows per request: ${batches.join(', ') || 'none yet'}; retried ${sample.retried}, ` +
      `failed acknowledgements ${sample.ackFailed}`,
  ];
  if (topReasons.length > 0) {
    lines.push(`  put aside: ${topReasons.map(([reason, count]) => `${reason} ${count}`).join(', ')}`);
  }
  return lines.join('\n');
}
