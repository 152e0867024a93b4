import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/core/clock.js';
import type { RowFailure } from '../../../../src/gcp/bigtable/port.js';
import type { BacklogPort } from '../../../../src/gcp/pubsub/backlog.js';
import type {
  OutgoingMessage,
  PullStreamEvents,
  ReceivedMessage,
  SubscriptionPort,
} from '../../../../src/gcp/pubsub/port.js';
import { liveLine, liveSampler } from '../../../../src/pipeline/stream/live-view.js';
import type { Sink, SinkItem } from '../../../../src/pipeline/stream/sinks.js';
import { Worker, type WorkerOptions } from '../../../../src/pipeline/stream/worker.js';

const OPTIONS: WorkerOptions = {
  decode: { timeZone: undefined },
  streams: 1,
  maxInFlight: 1000,
  maxInFlightBytes: 1e9,
  ackDeadlineSeconds: 60,
  lingerMs: 2,
  drainTimeoutMs: 2000,
  retentionMs: 365 * 24 * 3_600_000,
  stallAfterMs: 60_000,
  giveUpAfterMs: 60_000,
  maxTries: 3,
};

/** A subscription in memory: delivers what is not acknowledged, again when it is given back. */
class FakeSubscription implements SubscriptionPort {
  readonly name = 'fake';
  readonly acked: string[] = [];
  readonly nacked: string[] = [];
  extended = 0;
  opened = 0;
  ackError: Error | undefined;
  /** Never answers acknowledgements. */
  mute = false;
  pulled = 0;
  #events: PullStreamEvents | undefined;
  #paused = false;
  #stalled = false;
  #waiting: ReceivedMessage[];
  readonly #template: ReceivedMessage;

  constructor(payloads: readonly string[]) {
    this.#waiting = payloads.map((payload, index) => ({
      ackId: `ack-${index}`,
      messageId: String(index),
      data: Buffer.from(payload),
      attributes: { unit: 'icu' },
      publishTimeMs: Date.now(),
    }));
    this.#template = this.#waiting[0]!;
  }

  check = async () => {};
  /** A single pull gets what the streams do not hand out. */
  pull = async (maxMessages: number) => {
    this.pulled++;
    return this.#waiting.splice(0, maxMessages);
  };

  open(_: unknown, events: PullStreamEvents) {
    this.#events = events;
    this.opened++;
    setImmediate(() => this.#deliver());
    return {
      pause: () => {
        this.#paused = true;
      },
      resume: () => {
        this.#paused = false;
        setImmediate(() => this.#deliver());
      },
      finish: () => setImmediate(() => events.ended(undefined)),
      destroy: () => {},
    };
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  break(error: Error): void {
    this.#events?.ended(error);
  }

  /** Keeps its streams open and hands nothing out. */
  stall(): void {
    this.#stalled = true;
  }

  add(payload: string): void {
    this.#waiting.push({ ...this.#template, ackId: `ack-${payload}`, data: Buffer.from(payload) });
  }

  #deliver(): void {
    if (this.#stalled || this.#paused || this.#waiting.length === 0) return;
    this.#events?.messages(this.#waiting.splice(0, 100));
    setImmediate(() => this.#deliver());
  }

  async acknowledge(ackIds: string[]) {
    if (this.ackError !== undefined) throw this.ackError;
    if (this.mute) await new Promise(() => {});
    this.acked.push(...ackIds);
  }

  async modifyAckDeadline(ackIds: string[], seconds: number) {
    if (seconds === 0) this.nacked.push(...ackIds);
    else this.extended += ackIds.length;
  }
}

const payload = (index: number) =>
  JSON.stringify({
    Patient_ID: String(index % 7),
    Temperature_C: 37.2,
    Blood_Pressure: '128/84',
    Heart_Rate: 81,
    event_timestamp: new Date(Date.UTC(2026, 2, 1) + index * 1000).toISOString(),
  });

class FakeSink implements Sink {
  readonly maxItems = 100;
  readonly concurrency = 2;
  readonly stored: SinkItem[] = [];
  calls = 0;

  constructor(
    readonly name: 'bigtable' | 'bigquery',
    readonly fail: (items: readonly SinkItem[], call: number) => RowFailure[] | Error = () => [],
  ) {}

  async write(items: readonly SinkItem[]): Promise<RowFailure[]> {
    const answer = this.fail(items, ++this.calls);
    if (answer instanceof Error) throw answer;
    const failed = new Set(answer.map(({ index }) => index));
    this.stored.push(...items.filter((_, index) => !failed.has(index)));
    return answer;
  }
}

function setUp(
  payloads: readonly string[],
  sinks: readonly Sink[],
  over: Partial<WorkerOptions> = {},
  backlog?: BacklogPort,
) {
  const subscription = new FakeSubscription(payloads);
  const letters: OutgoingMessage[] = [];
  const events: string[] = [];
  const controller = new AbortController();
  const worker = new Worker(
    { ...OPTIONS, maxMessages: payloads.length, ...over },
    {
      subscription,
      deadLetters: {
        async publish(messages) {
          letters.push(...messages);
        },
      },
      sinks,
      backlog,
    },
    { signal: controller.signal, clock: systemClock, onEvent: (_, event) => events.push(event) },
  );
  return { worker, subscription, letters, events, controller };
}

const messages = (count: number) => Array.from({ length: count }, (_, index) => payload(index));
const unavailable = () => Object.assign(new Error('unavailable'), { code: 14 });

describe('the worker', () => {
  it('acknowledges what both sinks have', async () => {
    const sinks = [new FakeSink('bigtable'), new FakeSink('bigquery')];
    const { worker, subscription } = setUp(messages(1000), sinks);
    expect(await worker.run()).toBe('max-messages');
    expect(worker.stats).toMatchObject({ received: 1000, written: 1000, deadLettered: 0, nacked: 0 });
    expect(new Set(subscription.acked).size).toBe(1000);
    expect(sinks.map((sink) => sink.stored.length)).toEqual([1000, 1000]);
  });

  it('acknowledges nothing that only one sink has', async () => {
    const dead = new FakeSink('bigquery', () => unavailable());
    const { worker, subscription } = setUp(messages(50), [new FakeSink('bigtable'), dead], {
      drainTimeoutMs: 300,
    });
    await worker.run();
    expect(subscription.acked).toEqual([]);
    expect(subscription.nacked).toHaveLength(50);
    expect(worker.stats).toMatchObject({ written: 0, nacked: 50 });
  });

  it('retries only the rows that failed, and puts aside one that is never taken', async () => {
    const poison = (item: SinkItem) => item.messageId === '500';
    const flaky = new Set(['3', '77', '401']);
    const sink = new FakeSink('bigtable', (items) =>
      items.flatMap((item, index): RowFailure[] => {
        if (poison(item)) return [{ index, reason: 'Bigtable status 3', kind: 'rejected' }];
        if (flaky.delete(item.messageId)) return [{ index, reason: 'Bigtable status 14', kind: 'transient' }];
        return [];
      }),
    );
    const other = new FakeSink('bigquery');
    const { worker, subscription, letters } = setUp(messages(1000), [sink, other]);
    await worker.run();
    expect(worker.stats).toMatchObject({ written: 999, deadLettered: 1, nacked: 0 });
    expect(sink.stored).toHaveLength(999);
    expect(new Set(sink.stored.map((item) => item.messageId)).size).toBe(999);
    expect(new Set(subscription.acked).size).toBe(1000);
    expect(letters).toEqual([
      {
        data: Buffer.from(payload(500)),
        attributes: expect.objectContaining({
          unit: 'icu',
          healthmon_reason: 'bigtable-rejected',
          healthmon_message_id: '500',
        }),
      },
    ]);
  });

  it('sends rows again that BigQuery stopped because of another one', async () => {
    const sink = new FakeSink('bigquery', (items) => {
      const bad = items.findIndex((item) => item.messageId === '42');
      if (bad === -1) return [];
      return items.map((_, index) =>
        index === bad
          ? { index, reason: 'BigQuery invalid', kind: 'rejected' as const }
          : { index, reason: 'BigQuery stopped', kind: 'innocent' as const },
      );
    });
    const { worker, letters } = setUp(messages(300), [new FakeSink('bigtable'), sink]);
    await worker.run();
    expect(worker.stats).toMatchObject({ written: 299, deadLettered: 1 });
    expect(sink.stored).toHaveLength(299);
    expect(letters).toHaveLength(1);
  });

  it('finds the row that makes a whole request fail', async () => {
    const sink = new FakeSink('bigtable', (items) =>
      items.some((item) => item.messageId === '42') ? Object.assign(new Error('bad row'), { code: 3 }) : [],
    );
    const { worker } = setUp(messages(300), [sink, new FakeSink('bigquery')]);
    await worker.run();
    expect(worker.stats).toMatchObject({ written: 299, deadLettered: 1 });
  });

  it('pauses while a sink is down, keeps memory bounded, and goes on by itself', async () => {
    let down = true;
    const sink = new FakeSink('bigquery', () => (down ? unavailable() : []));
    const { worker, subscription, events } = setUp(messages(5000), [new FakeSink('bigtable'), sink], {
      maxInFlight: 300,
    });
    const running = worker.run();
    await expect.poll(() => worker.notReadyReason).toBe('bigquery does not answer');
    expect(worker.paused).toBe(true);
    expect(worker.inFlight).toBeLessThanOrEqual(400);
    expect(subscription.waiting).toBeGreaterThan(4000);
    down = false;
    await running;
    expect(worker.stats).toMatchObject({ written: 5000, nacked: 0 });
    expect(events.filter((event) => event.startsWith('bigquery'))).toEqual([
      'bigquery does not answer; waiting for it',
      'bigquery answers again',
    ]);
  });

  it('gives up a sink that stays down, and says so', async () => {
    const sink = new FakeSink('bigquery', () => unavailable());
    const { worker, subscription } = setUp(messages(10), [sink], {
      giveUpAfterMs: 200,
      drainTimeoutMs: 300,
      maxMessages: 11,
    });
    await expect(worker.run()).rejects.toMatchObject({ code: 14 });
    expect(subscription.nacked).toHaveLength(10);
  });

  it('does not give up a row that a sink puts off, but keeps its message apart from the others', async () => {
    const started = Date.now();
    const sink = new FakeSink('bigtable', (items) =>
      items.flatMap((item, index): RowFailure[] =>
        item.messageId === '7' && Date.now() - started < 500
          ? [{ index, reason: 'Bigtable status 14', kind: 'transient' }]
          : [],
      ),
    );
    const { worker, letters } = setUp(messages(100), [sink], { maxTries: 2 });
    await worker.run();
    expect(worker.stats).toMatchObject({ received: 100, written: 100, deadLettered: 0 });
    expect(letters).toEqual([]);
  });

  it('puts aside a row that a sink puts off for longer than it waits for the sink itself', async () => {
    const sink = new FakeSink('bigtable', (items) =>
      items.flatMap((item, index): RowFailure[] =>
        item.messageId === '7' ? [{ index, reason: 'Bigtable status 14', kind: 'transient' }] : [],
      ),
    );
    const { worker, letters } = setUp(messages(100), [sink], { maxTries: 2, giveUpAfterMs: 300 });
    await worker.run();
    expect(worker.stats).toMatchObject({ received: 100, written: 99, deadLettered: 1 });
    expect(letters).toHaveLength(1);
  });

  it('tells a stalled subscription from a silent one', async () => {
    const { worker, subscription, events, controller } = setUp(messages(10), [new FakeSink('bigtable')], {
      stallAfterMs: 500,
      maxMessages: 11,
    });
    const running = worker.run();
    await expect.poll(() => subscription.pulled).toBeGreaterThan(1);
    expect(subscription.opened).toBeGreaterThan(1);
    expect([worker.stats.reopened, events]).toEqual([0, []]);
    subscription.stall();
    subscription.add(payload(11));
    await running;
    expect(worker.stats).toMatchObject({ received: 11, written: 11, reopened: 1 });
    expect(events).toEqual([expect.stringContaining('stalled')]);
    controller.abort();
  });

  it('ends within the drain timeout, whoever does not answer, and the counts add up', async () => {
    for (const deaf of ['subscription', 'sink'] as const) {
      const sink = new FakeSink('bigtable');
      if (deaf === 'sink') sink.write = () => new Promise(() => {});
      const { worker, subscription, controller } = setUp(messages(500), [sink], {
        drainTimeoutMs: 400,
        maxMessages: 1000,
      });
      subscription.mute = deaf === 'subscription';
      const running = worker.run();
      await expect.poll(() => worker.stats.received).toBe(500);
      controller.abort();
      const abortedMs = Date.now();
      await running;
      expect(Date.now() - abortedMs).toBeLessThan(20_000);
      const { received, written, deadLettered, nacked, ackFailed } = worker.stats;
      expect(received).toBe(written + deadLettered + nacked);
      expect([written, nacked, ackFailed]).toEqual(deaf === 'sink' ? [0, 500, 0] : [500, 0, 500]);
    }
  });

  it('opens broken streams anew', async () => {
    const { worker, subscription, events, controller } = setUp(messages(10), [new FakeSink('bigtable')], {
      maxMessages: 100,
    });
    const running = worker.run();
    await expect.poll(() => worker.stats.written).toBe(10);
    subscription.break(unavailable());
    await expect.poll(() => [subscription.opened, worker.stats.reopened]).toEqual([2, 1]);
    expect(events).toEqual([expect.stringContaining('broken')]);
    controller.abort();
    expect(await running).toBe('signal');
    expect(worker.stats.written).toBe(10);
  });

  it('shows what waits in the subscription, and does without it', async () => {
    const known = { read: async () => ({ messages: 4200, oldestAgeSeconds: 17 }) };
    const first = setUp(messages(5), [new FakeSink('bigtable')], {}, known);
    await first.worker.run();
    expect(liveLine(liveSampler(first.worker, () => Date.now())())).toContain(
      '4200 waiting, the oldest for 17 s',
    );
    const forbidden = { read: () => Promise.reject(Object.assign(new Error('no'), { code: 403 })) };
    const second = setUp(messages(5), [new FakeSink('bigtable')], {}, forbidden);
    await second.worker.run();
    expect(second.worker.stats.written).toBe(5);
    expect(second.events).toEqual(['the backlog cannot be read']);
  });

  it('counts acknowledgements that fail', { timeout: 15_000 }, async () => {
    const { worker, subscription } = setUp(messages(5), [new FakeSink('bigtable')]);
    subscription.ackError = unavailable();
    await worker.run();
    expect(worker.stats).toMatchObject({ written: 5, ackFailed: 5 });
  });

  it('takes no more messages than it was asked to', async () => {
    const { worker, subscription } = setUp(messages(500), [new FakeSink('bigtable')], { maxMessages: 250 });
    await worker.run();
    expect(worker.stats).toMatchObject({ received: 250, written: 250, nacked: 0 });
    expect(worker.stats.turnedAway).toBe(subscription.nacked.length);
    expect(subscription.acked).toHaveLength(250);
    expect(subscription.nacked.length + subscription.waiting).toBe(250);
  });
});
