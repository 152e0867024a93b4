import type { Clock } from '../../core/clock.js';
import type { InsertPort } from '../../gcp/bigquery/insert.js';
import type { BigtablePort } from '../../gcp/bigtable/port.js';
import { errorCode } from '../../gcp/google-errors.js';
import type { PublisherPort } from '../../gcp/pubsub/port.js';
import { AlertDelivery, type Webhook } from './alert-delivery.js';
import { AlertJudge } from './alert-judge.js';
import type { AlertEvent } from './alerts.js';
import type { Reading } from './reading.js';
import type { UnjudgedMarks } from './unjudged-marks.js';
import type { WorkerTools } from './worker.js';

export interface AlertRunOptions {
  vitals: BigtablePort;
  now: BigtablePort;
  marks: UnjudgedMarks;
  publisher: PublisherPort;
  table: InsertPort | undefined;
  webhook?: Webhook | undefined;
  clock: Clock;
  onAlert?: ((event: AlertEvent) => void) | undefined;
  onEvent?: WorkerTools['onEvent'];
}

/** Announcements of a run. */
export interface AlertCounts {
  raised: number;
  escalated: number;
  resolved: number;
  /** Taken back, as a late reading gave the course of the patient another meaning. */
  withdrawn: number;
  /** Events that the topic has. */
  sent: number;
  /** Alerts that it has not; they are announced by the next worker. */
  failed: number;
}

/** Alerts beside a worker: what it stores is judged, and what is found goes to the topic and the webhook. */
export interface AlertRun {
  start(): void;
  stored(readings: readonly Reading[]): void;
  close(timeoutMs: number): Promise<AlertCounts>;
}

/** How much of the time to close is kept for the webhook. */
const WEBHOOK_SHARE = 0.2;

export function alertRun(options: AlertRunOptions): AlertRun {
  const { vitals, now, marks, publisher, table, webhook, clock, onAlert, onEvent } = options;
  const counts = { raised: 0, escalated: 0, resolved: 0, withdrawn: 0 };
  const delivery = new AlertDelivery({
    publisher,
    table,
    webhook,
    clock,
    onFailed: (where, error) => onEvent?.('warn', `alerts did not reach the ${where}`, reasonOf(error)),
  });
  const judge = new AlertJudge({
    vitals,
    now,
    marks,
    clock,
    async announce(events) {
      await delivery.deliver(events);
      for (const event of events) {
        counts[event.type]++;
        onAlert?.(event);
      }
    },
    onFailed: (error) =>
      onEvent?.('warn', 'a patient could not be judged for alerts; it is tried again', reasonOf(error)),
  });
  return {
    start: () => judge.start(),
    stored: (readings) => judge.stored(readings),
    async close(timeoutMs) {
      await judge.close(timeoutMs * (1 - WEBHOOK_SHARE));
      await delivery.close(timeoutMs * WEBHOOK_SHARE);
      return { ...counts, sent: delivery.sent, failed: delivery.failed };
    },
  };
}

function reasonOf(error: unknown): Record<string, string> {
  const code = errorCode(error);
  const [error_] = (error as Error).message.split('\n', 1);
  return { error: error_!, ...(code !== undefined && { code: String(code) }) };
}
