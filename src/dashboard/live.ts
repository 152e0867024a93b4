import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { FeedClock, Snapshot } from './page.js';
import { type Shown, shownBy, updateOf } from './update.js';

/** A browser opens at most six connections to a server, and tabs share one: this many browsers or more are a mistake. */
export const MAX_STREAMS = 20;
/** Views of one stream: the tabs of a browser that are looked at. */
export const MAX_VIEWS = 12;
/** Proxies and browsers give up on connections that say nothing. */
const HEARTBEAT_MS = 15_000;
/** A browser that reads nothing must not fill the memory. */
const MAX_UNREAD_BYTES = 4_000_000;

/** A page under an address, ready to be read again and again. */
export interface View {
  /** Path and query, as the browser names it. */
  address: string;
  intervalMs: number;
  read(): Promise<Snapshot>;
}

interface Watch {
  view: View;
  streams: Set<Stream>;
  /** What all its streams show; undefined before the first read. */
  shown: Shown | undefined;
  last: Snapshot | undefined;
  /** Of the last event that was sent about it. */
  eventId: number;
  timer: NodeJS.Timeout | undefined;
}

interface Stream {
  response: ServerResponse;
  heartbeat: NodeJS.Timeout;
}

/**
 * Reads the views that somebody watches, once each however many watch, and sends what changed. When nobody watches,
 * nothing is read.
 */
export class LiveViews {
  readonly #watches = new Map<string, Watch>();
  readonly #streams = new Set<Stream>();
  /** Ids of events hold it, since those of another run say nothing. */
  readonly #run = randomUUID();
  #eventId = 0;

  get streams(): number {
    return this.#streams.size;
  }

  get watched(): string[] {
    return [...this.#watches.keys()];
  }

  /**
   * Sends events on a response until it is closed.
   * @param lastEventId of the last event that the browser saw on this stream before it broke: views about which nothing
   * was sent since are not sent again, all others as a whole.
   */
  open(response: ServerResponse, views: readonly View[], lastEventId: string | undefined): void {
    const heartbeat = setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS);
    const stream = { response, heartbeat };
    this.#streams.add(stream);
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    response.write('retry: 2000\n\n');
    const [run, number] = lastEventId?.split('/') ?? [];
    const seen = run === this.#run ? Number(number) : 0;
    for (const view of views) this.#join(view, stream, seen);
    response.on('close', () => this.#leave(stream));
  }

  close(): void {
    for (const { response } of this.#streams) response.destroy();
  }

  #join(view: View, stream: Stream, seen: number): void {
    const known = this.#watches.get(view.address);
    if (known === undefined) {
      const watch: Watch = {
        view,
        streams: new Set([stream]),
        shown: undefined,
        last: undefined,
        eventId: 0,
        timer: undefined,
      };
      this.#watches.set(view.address, watch);
      void this.#tick(watch);
      return;
    }
    known.streams.add(stream);
    if (known.last === undefined || seen >= known.eventId) return;
    this.#send(stream, 'update', { view: view.address, ...updateOf(undefined, known.last) });
  }

  #leave(stream: Stream): void {
    clearInterval(stream.heartbeat);
    this.#streams.delete(stream);
    for (const [address, watch] of this.#watches) {
      watch.streams.delete(stream);
      if (watch.streams.size > 0) continue;
      clearTimeout(watch.timer);
      this.#watches.delete(address);
    }
  }

  async #tick(watch: Watch): Promise<void> {
    const { view } = watch;
    let failed = false;
    try {
      const snapshot = await view.read();
      const update = updateOf(watch.shown, snapshot);
      watch.shown = shownBy(snapshot);
      watch.last = snapshot;
      if (update !== undefined) {
        watch.eventId = ++this.#eventId;
        this.#tell(watch, 'update', { view: view.address, ...update });
      }
      this.#tell(watch, 'beat', { view: view.address, feed: snapshot.feed ?? null } satisfies Beat);
    } catch (error) {
      failed = true;
      this.#tell(watch, 'trouble', { view: view.address, message: (error as Error).message });
    }
    // Nobody may be left who watches.
    if (this.#watches.get(view.address) !== watch) return;
    const pauseMs = failed ? Math.max(view.intervalMs, RETRY_MS) : view.intervalMs;
    watch.timer = setTimeout(() => void this.#tick(watch), pauseMs);
  }

  #tell(watch: Watch, event: string, data: object): void {
    for (const stream of watch.streams) this.#send(stream, event, data);
  }

  /** JSON has no line breaks outside of its escapes, so one line holds it. */
  #send({ response }: Stream, event: string, data: object): void {
    if (response.writableLength > MAX_UNREAD_BYTES) {
      response.destroy();
      return;
    }
    response.write(`event: ${event}\nid: ${this.#run}/${this.#eventId}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}

/** After a store has not answered. */
const RETRY_MS = 5_000;

interface Beat {
  view: string;
  feed: FeedClock | null;
}
