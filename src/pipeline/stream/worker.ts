import type { Clock } from '../../core/clock.js';
import type { RejectionReason } from '../../core/rejection-reasons.js';
import { errorCode } from '../../gcp/google-errors.js';
import type { Backlog, BacklogPort } from '../../gcp/pubsub/backlog.js';
import type { PublisherPort, ReceivedMessage, SubscriptionPort } from '../../gcp/pubsub/port.js';
import { AckQueue } from './ack-queue.js';
import { BatchWriter } from './batch-writer.js';
import { deadLetterTarget } from './dead-letters.js';
import { decodeMessage } from './decode.js';
import type { DecodeOptions } from './flat-message.js';
import { Intake } from './intake.js';
import { LeaseKeeper } from './lease-keeper.js';
import { type Reading, timeFlagOf } from './reading.js';
import { type Rejection, rejectionOf } from './rejection.js';
import type { Sink, SinkItem } from './sinks.js';
import { WorkerStats } from './worker-stats.js';

export interface WorkerOptions {
  decode: DecodeOptions;
  streams: number;
  /** Messages that are received and not yet acknowledged; a hard limit of what memory holds. */
  maxInFlight: number;
  maxInFlightBytes: number;
  ackDeadlineSeconds: number;
  lingerMs: number;
  /** Stops after this many messages. */
  maxMessages?: number | undefined;
  /** Stops when nothing came for this long and nothing is in flight. */
  idleTimeoutMs?: number | undefined;
  durationMs?: number | undefined;
  drainTimeoutMs: number;
  /** Older readings are flagged. */
  retentionMs: number;
  stallAfterMs: number;
  giveUpAfterMs: number;
  /** How often a row that a sink refuses is tried, with growing pauses, before its message becomes a dead letter. */
  maxTries: number;
}

export interface WorkerPorts {
  subscription: SubscriptionPort;
  deadLetters: PublisherPort;
  sinks: readonly Sink[];
  /** Missing where nobody counts what waits, as with Google's emulator. */
  backlog?: BacklogPort | undefined;
}

export interface WorkerTools {
  signal: AbortSignal;
  clock: Clock;
  /** News worth a line: a sink went away, streams were opened anew. Never patients' data. */
  onEvent?(level: 'info' | 'warn', event: string, detail: Readonly<Record<string, string | number>>): void;
  /** Readings of a message that has just become durable. */
  onReadings?(readings: readonly Reading[]): void;
}

export type StopReason = 'signal' | 'max-messages' | 'idle' | 'duration' | 'failure';

/** One received message until it is acknowledged or given back. */
interface Delivery {
  message: ReceivedMessage;
  leasedUntilMs: number;
  bytes: number;
  readings: readonly Reading[];
  /** Rows that are not yet stored or refused. */
  rowsLeft: number;
  rejection: Rejection | undefined;
}

interface Row extends SinkItem {
  delivery: Delivery;
}

interface Rejected {
  message: ReceivedMessage;
  rejection: Rejection;
  delivery: Delivery;
}

/** Acknowledgements get this part of the drain timeout for themselves. */
const ACK_SHARE = 0.25;
const MAX_ACK_SHARE_MS = 2_500;
/** Intake stops at the limit and goes on below this share of it, so that it does not flutter. */
const RESUME_BELOW = 0.8;
const CHECK_INTERVAL_MS = 50;
/** The figures change once a minute. */
const BACKLOG_INTERVAL_MS = 60_000;

/**
 * Pub/Sub into the sinks. A message is acknowledged when all of its rows are in all sinks, or when it is in the
 * dead-letter topic; until then the subscription keeps it, whatever happens to this process.
 */
export class Worker {
  readonly stats = new WorkerStats();
  readonly #options: WorkerOptions;
  readonly #tools: WorkerTools;
  readonly #backlogPort: BacklogPort | undefined;
  readonly #writers: BatchWriter<Row>[];
  readonly #deadLetters: BatchWriter<Rejected>;
  readonly #acks: AckQueue;
  readonly #intake: Intake;
  readonly #leases: LeaseKeeper<Delivery>;
  readonly #inFlight = new Set<Delivery>();
  #bytesInFlight = 0;
  #backlog: Backlog | undefined;
  #backlogUnreadable = false;
  #accepting = true;
  #lastMessageMs = 0;
  #stop: (reason: StopReason, error?: unknown) => void = () => {};
  #failure: unknown;

  constructor(options: WorkerOptions, ports: WorkerPorts, tools: WorkerTools) {
    this.#options = options;
    this.#tools = tools;
    this.#backlogPort = ports.backlog;
    const { clock } = tools;
    const shared = {
      lingerMs: options.lingerMs,
      maxTries: options.maxTries,
      giveUpAfterMs: options.giveUpAfterMs,
      clock,
      onGivenUp: (error: unknown) => this.#stop('failure', error),
      onRetry: (items: number) => {
        this.stats.retried += items;
      },
    };
    this.#writers = ports.sinks.map(
      (sink) =>
        new BatchWriter<Row>({
          ...shared,
          target: sink,
          onStored: (rows) => this.#rowsStored(rows),
          onRejected: (row, reason) => this.#rowRejected(row, `${sink.name}-rejected`, reason),
          onAvailability: (available, error) => this.#availabilityChanged(sink.name, available, error),
          onBatch: (items, durationMs) => this.stats.recordBatch(sink.name, items, durationMs),
        }),
    );
    this.#deadLetters = new BatchWriter<Rejected>({
      ...shared,
      target: deadLetterTarget(ports.deadLetters, ports.subscription.name, () => clock.now()),
      onStored: (letters) => {
        for (const { delivery } of letters) {
          this.stats.deadLettered++;
          this.#finish(delivery);
        }
      },
      // Without a place for it the message must stay in the subscription.
      onRejected: ({ delivery }) => this.#giveBack(delivery),
      onAvailability: (available, error) => this.#availabilityChanged('dead-letter topic', available, error),
    });
    this.#acks = new AckQueue({
      port: ports.subscription,
      clock,
      onFailed: (count) => {
        this.stats.ackFailed += count;
        tools.onEvent?.('warn', 'acknowledgements failed', { messages: count });
      },
    });
    this.#leases = new LeaseKeeper<Delivery>({
      port: ports.subscription,
      deliveries: this.#inFlight,
      deadlineSeconds: options.ackDeadlineSeconds,
      clock,
      onFailed: (count) => tools.onEvent?.('warn', 'leases were not extended', { messages: count }),
    });
    this.#intake = new Intake({
      port: ports.subscription,
      streams: options.streams,
      maxInFlightMessages: options.maxInFlight,
      maxInFlightBytes: options.maxInFlightBytes,
      ackDeadlineSeconds: options.ackDeadlineSeconds,
      stallAfterMs: options.stallAfterMs,
      giveUpAfterMs: options.giveUpAfterMs,
      clock,
      onMessages: (messages) => this.#receive(messages),
      onReopened: (reason, error) => {
        this.stats.reopened++;
        tools.onEvent?.(
          'warn',
          `the subscription's streams were ${reason} and are opened anew`,
          codeOf(error),
        );
      },
      onGivenUp: (error) => this.#stop('failure', error),
    });
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get paused(): boolean {
    return this.#intake.paused;
  }

  /** Undefined when the subscription and every sink answered when they were last asked; else what is to blame. */
  get notReadyReason(): string | undefined {
    if (!this.#accepting) return 'it is stopping';
    const down = [...this.#writers, this.#deadLetters]
      .filter((writer) => !writer.available)
      .map((writer) => writer.name);
    if (this.#intake.broken) down.unshift('the subscription');
    return down.length === 0 ? undefined : `${down.join(' and ')} does not answer`;
  }

  /** Since the last message, or since the start before the first one. */
  get silentMs(): number {
    return Math.max(0, this.#tools.clock.now() - this.#lastMessageMs);
  }

  /** Age of the oldest message in flight, by its publish time; 0 when there is none. */
  get oldestMessageAgeMs(): number {
    const [oldest] = this.#inFlight;
    return oldest === undefined ? 0 : Math.max(0, this.#tools.clock.now() - oldest.message.publishTimeMs);
  }

  /** What waits in the subscription, as far as it is known. */
  get backlog(): Backlog | undefined {
    return this.#backlog;
  }

  /** Runs until one of the ends is reached, then drains. Rejects only after draining, with what broke. */
  async run(): Promise<StopReason> {
    const { clock, signal } = this.#tools;
    const startedMs = clock.now();
    this.#lastMessageMs = startedMs;
    const stopped = new Promise<StopReason>((resolve) => {
      this.#stop = (reason, error) => {
        this.#failure ??= error;
        this.#accepting = false;
        resolve(reason);
      };
    });
    const onAbort = () => this.#stop('signal');
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const check = setInterval(() => this.#checkEnds(startedMs), CHECK_INTERVAL_MS);
    const backlog = setInterval(() => void this.#readBacklog(), BACKLOG_INTERVAL_MS);
    void this.#readBacklog();
    this.#leases.start();
    this.#intake.start();
    try {
      const reason = await stopped;
      await this.#drain();
      if (reason === 'failure') throw this.#failure;
      return reason;
    } finally {
      clearInterval(check);
      clearInterval(backlog);
      signal.removeEventListener('abort', onAbort);
      this.#leases.stop();
    }
  }

  async #readBacklog(): Promise<void> {
    try {
      this.#backlog = await this.#backlogPort?.read();
      this.#backlogUnreadable = false;
    } catch (error) {
      this.#backlog = undefined;
      // Said once: the worker does without it.
      if (!this.#backlogUnreadable)
        this.#tools.onEvent?.('warn', 'the backlog cannot be read', codeOf(error));
      this.#backlogUnreadable = true;
    }
  }

  #checkEnds(startedMs: number): void {
    const now = this.#tools.clock.now();
    const { idleTimeoutMs, durationMs } = this.#options;
    this.#adjustIntake();
    if (durationMs !== undefined && now - startedMs >= durationMs) this.#stop('duration');
    const idle = this.#inFlight.size === 0 && !this.#intake.paused;
    if (idleTimeoutMs !== undefined && idle && now - this.#lastMessageMs >= idleTimeoutMs) this.#stop('idle');
  }

  /** Stop intake, finish what is in flight, give the rest back, flush acknowledgements: within the drain timeout. */
  async #drain(): Promise<void> {
    const { clock } = this.#tools;
    const { drainTimeoutMs } = this.#options;
    const deadlineMs = clock.now() + drainTimeoutMs;
    const ackShareMs = Math.min(MAX_ACK_SHARE_MS, drainTimeoutMs * ACK_SHARE);
    this.#accepting = false;
    const deadline = new AbortController();
    const finished = Promise.all([
      this.#intake.stop(),
      this.#failure === undefined ? this.#flushAll() : Promise.resolve(),
    ]);
    await Promise.race([finished, clock.sleep(drainTimeoutMs - ackShareMs, deadline.signal)]);
    deadline.abort();
    for (const writer of [...this.#writers, this.#deadLetters]) writer.stop();
    for (const delivery of [...this.#inFlight]) this.#giveBack(delivery);
    await this.#acks.close(Math.max(ackShareMs, deadlineMs - clock.now()));
  }

  /** Rows first: one that a sink refuses becomes a dead letter. */
  async #flushAll(): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.flush()));
    await this.#deadLetters.flush();
  }

  #receive(messages: readonly ReceivedMessage[]): void {
    const now = this.#tools.clock.now();
    this.#lastMessageMs = now;
    const { maxMessages, ackDeadlineSeconds } = this.#options;
    for (const message of messages) {
      if (!this.#accepting || (maxMessages !== undefined && this.stats.received >= maxMessages)) {
        this.stats.turnedAway++;
        this.#acks.nack(message.ackId);
        continue;
      }
      this.stats.receive(now);
      this.#accept(message, now + ackDeadlineSeconds * 1000);
    }
    this.#adjustIntake();
    if (maxMessages !== undefined && this.stats.received >= maxMessages) this.#stop('max-messages');
  }

  #accept(message: ReceivedMessage, leasedUntilMs: number): void {
    const delivery: Delivery = {
      message,
      leasedUntilMs,
      bytes: message.data.length,
      readings: [],
      rowsLeft: 0,
      rejection: undefined,
    };
    this.#inFlight.add(delivery);
    this.#bytesInFlight += delivery.bytes;
    try {
      const decoded = decodeMessage(message.data, this.#options.decode, message.attributes);
      delivery.readings = decoded.readings;
      if (decoded.skipped !== undefined) this.stats.countSkipped(decoded.skipped);
    } catch (error) {
      this.#reject(delivery, rejectionOf(error));
      return;
    }
    delivery.rowsLeft = delivery.readings.length * this.#writers.length;
    const now = this.#tools.clock.now();
    for (const reading of delivery.readings) {
      reading.timeFlag = timeFlagOf(reading.eventTimeMs, now, this.#options.retentionMs);
      if (reading.timeFlag !== undefined) this.stats.countFlag(reading.timeFlag);
      const row: Row = { delivery, reading, messageId: message.messageId };
      for (const writer of this.#writers) writer.add(row);
    }
  }

  #rowsStored(rows: readonly Row[]): void {
    for (const { delivery } of rows) this.#rowDone(delivery);
  }

  #rowRejected({ delivery }: Row, reason: RejectionReason, detail: string): void {
    delivery.rejection ??= { reason, detail };
    this.#rowDone(delivery);
  }

  #rowDone(delivery: Delivery): void {
    if (--delivery.rowsLeft > 0) return;
    if (delivery.rejection !== undefined) {
      this.#reject(delivery, delivery.rejection);
      return;
    }
    const now = this.#tools.clock.now();
    this.stats.durable(delivery.readings.length, now - delivery.message.publishTimeMs, now);
    this.#tools.onReadings?.(delivery.readings);
    this.#finish(delivery);
  }

  #reject(delivery: Delivery, rejection: Rejection): void {
    this.stats.countReason(rejection.reason);
    this.#deadLetters.add({ message: delivery.message, rejection, delivery });
  }

  #finish(delivery: Delivery): void {
    if (!this.#inFlight.delete(delivery)) return;
    this.#bytesInFlight -= delivery.bytes;
    this.stats.settled(this.#tools.clock.now());
    this.#acks.ack(delivery.message.ackId);
    if (this.#intake.paused) this.#adjustIntake();
  }

  #giveBack(delivery: Delivery): void {
    if (!this.#inFlight.delete(delivery)) return;
    this.#bytesInFlight -= delivery.bytes;
    this.stats.nacked++;
    this.#acks.nack(delivery.message.ackId);
  }

  #adjustIntake(): void {
    if (!this.#accepting) return;
    const { maxInFlight, maxInFlightBytes } = this.#options;
    const share = Math.max(this.#inFlight.size / maxInFlight, this.#bytesInFlight / maxInFlightBytes);
    const down = this.#writers.some((writer) => !writer.available) || !this.#deadLetters.available;
    if (down || share >= 1) this.#intake.setPaused(true);
    else if (share < RESUME_BELOW) this.#intake.setPaused(false);
  }

  #availabilityChanged(name: string, available: boolean, error: unknown): void {
    this.#adjustIntake();
    if (available) this.#tools.onEvent?.('info', `${name} answers again`, {});
    else this.#tools.onEvent?.('warn', `${name} does not answer; waiting for it`, codeOf(error));
  }
}

function codeOf(error: unknown): Record<string, string> {
  const code = errorCode(error);
  return code === undefined ? {} : { code: String(code) };
}
