import type { Clock } from '../../core/clock.js';
import type { SubscriptionPort } from '../../gcp/pubsub/port.js';

interface Leased {
  message: { ackId: string };
  leasedUntilMs: number;
}

export interface LeaseKeeperOptions<T extends Leased> {
  port: Pick<SubscriptionPort, 'modifyAckDeadline'>;
  /** Everything in flight. */
  deliveries: ReadonlySet<T>;
  deadlineSeconds: number;
  clock: Clock;
  onFailed(count: number): void;
}

const MAX_IDS = 1_000;

/** Extends the acknowledgement deadline of what is still in flight, so that it is not delivered again meanwhile. */
export class LeaseKeeper<T extends Leased> {
  readonly #options: LeaseKeeperOptions<T>;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LeaseKeeperOptions<T>) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#extend(), (this.#options.deadlineSeconds * 1000) / 4);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #extend(): void {
    const { deliveries, deadlineSeconds, clock, port, onFailed } = this.#options;
    const now = clock.now();
    const soon = now + (deadlineSeconds * 1000) / 2;
    const due: T[] = [];
    for (const delivery of deliveries) {
      if (delivery.leasedUntilMs < soon) due.push(delivery);
    }
    for (let start = 0; start < due.length; start += MAX_IDS) {
      const batch = due.slice(start, start + MAX_IDS);
      for (const delivery of batch) delivery.leasedUntilMs = now + deadlineSeconds * 1000;
      const ids = batch.map((delivery) => delivery.message.ackId);
      port.modifyAckDeadline(ids, deadlineSeconds).catch(() => onFailed(ids.length));
    }
  }
}
