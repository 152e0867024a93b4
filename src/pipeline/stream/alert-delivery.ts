import type { Config } from '../../config/config.js';
import type { Clock } from '../../core/clock.js';
import { usageError } from '../../errors/healthmon-error.js';
import type { InsertPort, InsertRow } from '../../gcp/bigquery/insert.js';
import type { OutgoingMessage, PublisherPort } from '../../gcp/pubsub/port.js';
import type { AlertEvent } from './alerts.js';
import { asInsertId } from './reading.js';

export interface AlertDeliveryOptions {
  publisher: PublisherPort;
  /** Table that keeps every event; missing when nothing is stored in BigQuery. */
  table?: Pick<InsertPort, 'insertRows'> | undefined;
  /** Gets every event by POST as JSON. */
  webhook?: Webhook | undefined;
  clock: Clock;
  onFailed(where: Destination, error: unknown): void;
}

export interface Webhook {
  /** May hold a secret, so it goes into no log and no error. */
  url: string;
  /** Value of the Authorization header. */
  authorization?: string;
}

/** The webhook of the settings; undefined when there is none. */
export function webhookOf({ alerts, origins }: Config): Webhook | undefined {
  const { webhook: url, webhookAuthorization: authorization } = alerts;
  if (url === '') return undefined;
  if (URL.canParse(url)) return { url, ...(authorization !== '' && { authorization }) };
  throw usageError({
    code: 'config-invalid',
    message: `The setting alerts.webhook (${origins['alerts.webhook']}) is no address that can be called.`,
    suggestion: 'Give an address such as https://alerts.example.com/hook.',
  });
}

type Destination = 'topic' | 'table' | 'webhook';

/** Events that wait for the webhook; more are not posted. */
const MAX_WAITING = 10_000;
const BATCH = 100;
const TRIES = 3;
const BACKOFF_MS = 500;
const WEBHOOK_TIMEOUT_MS = 5_000;

/** Sends alerts to the topic and the table, which have to take them, and to the webhook, for which nothing waits. */
export class AlertDelivery {
  readonly #options: AlertDeliveryOptions;
  readonly #unsent = new Set<AlertEvent['alert_id']>();
  #posts: AlertEvent[] = [];
  #posting: Promise<void> | undefined;
  sent = 0;

  constructor(options: AlertDeliveryOptions) {
    this.#options = options;
  }

  /** Ids that did not reach the topic and the table, the last time that was tried. */
  get failed(): number {
    return this.#unsent.size;
  }

  /** Resolves when the topic and the table have all events; rejects with the first error after some tries. */
  async deliver(events: readonly AlertEvent[]): Promise<void> {
    for (let start = 0; start < events.length; start += BATCH) {
      const batch = events.slice(start, start + BATCH);
      try {
        await Promise.all([
          this.#repeat('topic', () => this.#options.publisher.publish(batch.map(messageOf))),
          this.#repeat('table', () => this.#store(batch)),
        ]);
      } catch (error) {
        for (const { alert_id } of events.slice(start)) this.#unsent.add(alert_id);
        throw error;
      }
      for (const { alert_id } of batch) this.#unsent.delete(alert_id);
      this.sent += batch.length;
      this.#post(batch);
    }
  }

  /** Resolves when everything was posted or given up, after `timeoutMs` at the latest. */
  async close(timeoutMs: number): Promise<void> {
    const overdue = new AbortController();
    await Promise.race([this.#posting, this.#options.clock.sleep(timeoutMs, overdue.signal)]);
    overdue.abort();
    this.#posts = [];
  }

  #post(events: readonly AlertEvent[]): void {
    const { webhook } = this.#options;
    if (webhook === undefined) return;
    this.#posts.push(...events.slice(0, MAX_WAITING - this.#posts.length));
    this.#posting ??= this.#postAll(webhook).finally(() => {
      this.#posting = undefined;
    });
  }

  async #postAll(webhook: Webhook): Promise<void> {
    for (let event = this.#posts.shift(); event !== undefined; event = this.#posts.shift()) {
      const posted = event;
      await this.#repeat('webhook', () => post(webhook, posted)).catch(() => {});
    }
  }

  async #store(events: readonly AlertEvent[]): Promise<void> {
    const { table, clock } = this.#options;
    const recordedAt = new Date(clock.now()).toISOString();
    const [failure] = (await table?.insertRows(events.map((event) => rowOf(event, recordedAt)))) ?? [];
    if (failure !== undefined) throw new Error(failure.reason);
  }

  async #repeat(where: Destination, action: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await action();
      } catch (error) {
        if (attempt === TRIES) {
          this.#options.onFailed(where, error);
          throw error;
        }
        await this.#options.clock.sleep(BACKOFF_MS * attempt);
      }
    }
  }
}

function messageOf(event: AlertEvent): OutgoingMessage {
  const { alert_id, revision, type, risk, Patient_ID } = event;
  return {
    data: Buffer.from(JSON.stringify(event), 'utf8'),
    attributes: { alert_id, revision: String(revision), type, risk, patient: Patient_ID },
  };
}

/** A row of `patient_alerts`. The same event has the same id, so that BigQuery drops it when it comes again. */
function rowOf(event: AlertEvent, recordedAt: string): InsertRow {
  const { alert_id, revision, maximumScore, parameters, partial: _, ...same } = event;
  return {
    insertId: asInsertId(`${alert_id}#${revision}`),
    json: JSON.stringify({
      alert_id,
      revision,
      ...same,
      maximum_score: maximumScore,
      parameters: JSON.stringify(parameters),
      recorded_at: recordedAt,
    }),
  };
}

async function post({ url, authorization }: Webhook, event: AlertEvent): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    body: JSON.stringify(event),
    // Elsewhere nobody said that alerts may go.
    redirect: 'error',
    signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
}
