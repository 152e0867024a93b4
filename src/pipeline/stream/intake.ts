import type { Clock } from '../../core/clock.js';
import { errorCode, GRPC, isAccessRefused, isNotFound } from '../../gcp/google-errors.js';
import type { PullStream, ReceivedMessage, SubscriptionPort } from '../../gcp/pubsub/port.js';

export interface IntakeOptions {
  port: SubscriptionPort;
  streams: number;
  maxInFlightMessages: number;
  maxInFlightBytes: number;
  ackDeadlineSeconds: number;
  /** All streams are opened anew when nothing came for this long, which costs little when there was nothing. */
  stallAfterMs: number;
  /** A subscription that cannot be read for this long is given up. */
  giveUpAfterMs: number;
  clock: Clock;
  onMessages(messages: ReceivedMessage[]): void;
  onReopened(reason: 'stalled' | 'broken', error: Error | undefined): void;
  onGivenUp(error: Error): void;
}

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;
const WATCH_INTERVAL_MS = 500;
/** Enough to tell a stall from silence, and few enough for any limit of messages in flight. */
const PROBE_MESSAGES = 10;
/** A stream that lived for this long was no failure to open one; connecting in vain ends sooner. */
const STABLE_AFTER_MS = 60_000;
/** While a subscription cannot be read, streams break at least this often. */
const BROKEN_FOR_MS = 30_000;
/** What a service needs at most to end a stream it was told to finish. */
const FINISH_TIMEOUT_MS = 3_000;

/** Keeps a number of streaming pulls open: pauses them, repairs them, and ends them in good order. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #streams = new Set<PullStream>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #watch: NodeJS.Timeout | undefined;
  #paused = false;
  #stopping = false;
  #lastSignOfLifeMs = 0;
  #brokenSinceMs: number | undefined;
  #lastBreakMs = Number.NEGATIVE_INFINITY;
  #failuresInARow = 0;
  #ended: (() => void) | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, streams, stallAfterMs } = this.#options;
    this.#lastSignOfLifeMs = clock.now();
    for (let index = 0; index < streams; index++) this.#open();
    this.#watch = setInterval(() => {
      if (this.#paused || clock.now() - this.#lastSignOfLifeMs < stallAfterMs) return;
      this.#lastSignOfLifeMs = clock.now();
      for (const stream of [...this.#streams]) {
        this.#streams.delete(stream);
        stream.destroy();
        this.#open();
      }
      void this.#probe();
    }, WATCH_INTERVAL_MS);
  }

  /** True while streams break as soon as they are opened. */
  get broken(): boolean {
    return this.#brokenSinceMs !== undefined && this.#options.clock.now() - this.#lastBreakMs < BROKEN_FOR_MS;
  }

  /** Silence is no news. It was a stall when a single pull has messages, or no answer either. */
  async #probe(): Promise<void> {
    try {
      const messages = await this.#options.port.pull(PROBE_MESSAGES);
      if (messages.length === 0) return;
      this.#options.onReopened('stalled', undefined);
      this.#options.onMessages(messages);
    } catch (error) {
      if (!this.#stopping) this.#options.onReopened('stalled', error as Error);
    }
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Nothing is handed out while paused; transport buffers fill up, then the service holds the rest back. */
  setPaused(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    this.#lastSignOfLifeMs = this.#options.clock.now();
    for (const stream of this.#streams) {
      if (paused) stream.pause();
      else stream.resume();
    }
  }

  /**
   * Asks the service to end the streams and resolves when they have ended. What was on its way still goes to
   * `onMessages`, so that it can be given back.
   */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#watch);
    for (const timer of this.#timers) clearTimeout(timer);
    for (const stream of this.#streams) {
      stream.resume();
      stream.finish();
    }
    if (this.#streams.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => {
        this.#ended = resolve;
      }),
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, FINISH_TIMEOUT_MS);
      }),
    ]);
    clearTimeout(timer);
    for (const stream of this.#streams) stream.destroy();
    this.#streams.clear();
  }

  #open(): void {
    const { port, streams, maxInFlightMessages, maxInFlightBytes, ackDeadlineSeconds, clock } = this.#options;
    const openedAtMs = clock.now();
    const stream: PullStream = port.open(
      {
        maxOutstandingMessages: Math.ceil(maxInFlightMessages / streams),
        maxOutstandingBytes: Math.ceil(maxInFlightBytes / streams),
        ackDeadlineSeconds,
      },
      {
        messages: (messages) => {
          this.#lastSignOfLifeMs = clock.now();
          this.#mended();
          this.#options.onMessages(messages);
        },
        ended: (error) => this.#streamEnded(stream, openedAtMs, error),
      },
    );
    this.#streams.add(stream);
    if (this.#paused) stream.pause();
  }

  #mended(): void {
    this.#failuresInARow = 0;
    this.#brokenSinceMs = undefined;
  }

  #streamEnded(stream: PullStream, openedAtMs: number, error: Error | undefined): void {
    if (!this.#streams.delete(stream)) return;
    if (this.#stopping) {
      if (this.#streams.size === 0) this.#ended?.();
      return;
    }
    const now = this.#options.clock.now();
    // No message need have come for that: at night a subscription may be silent for hours.
    if (now - openedAtMs >= STABLE_AFTER_MS) this.#mended();
    // Services close streams now and then; that alone is no failure.
    const broken = error !== undefined && errorCode(error) !== GRPC.cancelled;
    if (broken) {
      this.#failuresInARow++;
      this.#lastBreakMs = now;
      if (this.#brokenSinceMs === undefined) {
        this.#brokenSinceMs = now;
        this.#options.onReopened('broken', error);
      }
      const refused = isNotFound(error) || isAccessRefused(error);
      if (refused || now - this.#brokenSinceMs > this.#options.giveUpAfterMs) {
        this.#options.onGivenUp(error);
        return;
      }
    }
    const doublings = Math.floor(this.#failuresInARow / this.#options.streams);
    const waitMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(doublings, 10));
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#stopping) this.#open();
    }, waitMs);
    this.#timers.add(timer);
  }
}
