import type { Config } from '../../config/config.js';
import type { Clock } from '../../core/clock.js';
import { usageError } from '../../errors/healthmon-error.js';
import type { PublisherPort } from '../../gcp/pubsub.js';
import type { AlertEvent } from './alerts.js';

export interface AlertDeliveryOptions {
  publisher: PublisherPort;
  /** Gets every event by POST as JSON. */
  webhook?: Webhook | undefined;
  clock: Clock;
  onFailed(where: 'topic' | 'webhook', error: unknown): void;
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

const MAX_WAITING = 10_000;
const BATCH = 100;
const TRIES = 3;
const BACKOFF_MS = 500;
const WEBHOOK_TIMEOUT_MS = 5_000;

/** Sends alerts to the topic and the webhook beside the readings, which never wait for them. */
export class AlertDelivery {
  readonly #options: AlertDeliveryOptions;
  #waiting: AlertEvent[] = [];
  #sending: Promise<void> | undefined;
  sent = 0;
  failed = 0;

  constructor(options: AlertDeliveryOptions) {
    this.#options = options;
  }

  add(event: AlertEvent): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.failed++;
      return;
    }
    this.#waiting.push(event);
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  /**
   * Resolves when everything added so far was sent, or given up after its tries. What is left after `timeoutMs` is
   * counted as failed.
   */
  async close(timeoutMs: number): Promise<void> {
    const overdue = new AbortController();
    await Promise.race([this.#sending, this.#options.clock.sleep(timeoutMs, overdue.signal)]);
    overdue.abort();
    this.failed += this.#waiting.length;
    this.#waiting = [];
  }

  async #send(): Promise<void> {
    // Lets the alerts of one batch of readings share a request.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const events = this.#waiting.splice(0, BATCH);
      const { publisher, webhook } = this.#options;
      const messages = events.map((event) => ({
        data: Buffer.from(JSON.stringify(event), 'utf8'),
        attributes: { type: event.type, risk: event.risk, patient: event.Patient_ID },
      }));
      const arrived = await this.#repeat('topic', () => publisher.publish(messages));
      if (arrived) this.sent += events.length;
      else this.failed += events.length;
      if (webhook === undefined) continue;
      for (const event of events) await this.#repeat('webhook', () => post(webhook, event));
    }
  }

  async #repeat(where: 'topic' | 'webhook', action: () => Promise<void>): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await action();
        return true;
      } catch (error) {
        if (attempt === TRIES) {
          this.#options.onFailed(where, error);
          return false;
        }
        await this.#options.clock.sleep(BACKOFF_MS * attempt);
      }
    }
  }
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
