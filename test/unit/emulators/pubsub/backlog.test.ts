import { beforeEach, describe, expect, it } from 'vitest';
import { Backlog } from '../../../../src/emulators/pubsub/backlog.js';
import { Consumer } from '../../../../src/emulators/pubsub/consumer.js';
import type { DeliverySettings } from '../../../../src/emulators/pubsub/delivery-settings.js';
import type { Entry } from '../../../../src/emulators/pubsub/entry.js';
import { batchOf } from '../../../../src/emulators/pubsub/publish-request.js';
import { TimerWheel } from '../../../../src/emulators/pubsub/timer-wheel.js';
import { messageAt, TopicLog } from '../../../../src/emulators/pubsub/topic-log.js';
import { FakeTime } from './fake-time.js';

class Collector extends Consumer {
  readonly got: Entry[] = [];
  deliver(entries: readonly Entry[]): void {
    this.got.push(...entries);
  }
  end(): void {}
  get texts(): string[] {
    return this.got.map(({ segment, index }) => messageAt(segment, index).data.toString());
  }
}

let time: FakeTime;
let log: TopicLog;
let backlog: Backlog;
let exhausted: Entry[];

const SETTINGS: DeliverySettings = {
  ackDeadlineMs: 10_000,
  ordering: false,
  matches: undefined,
  retry: undefined,
  maxDeliveryAttempts: undefined,
};

function setUp(settings: Partial<DeliverySettings> = {}): void {
  time = new FakeTime();
  log = new TopicLog();
  exhausted = [];
  backlog = new Backlog(log, { ...SETTINGS, ...settings }, new TimerWheel(time), {
    exhausted: (entry) => exhausted.push(entry),
    failed: () => {},
  });
}

/** Each as `text` or `key:text`. */
function publish(...messages: string[]): void {
  const batch = batchOf(
    messages.map((message) => {
      const [text, key = ''] = message.split(':').reverse();
      return { data: Buffer.from(text!), attributes: new Map([['text', text!]]), orderingKey: key };
    }),
  );
  log.append({ ...batch, firstSeq: log.endSeq, firstId: log.endSeq + 1, publishTimeMs: time.now() });
  backlog.pump();
}

function attach(settings: Partial<Pick<Consumer, 'maxMessages' | 'maxBytes' | 'leaseMs'>> = {}): Collector {
  const consumer = Object.assign(new Collector(), settings);
  backlog.attach(consumer);
  backlog.pump();
  return consumer;
}

beforeEach(() => setUp());

describe('a backlog', () => {
  it('delivers in order, and again what is not acknowledged in time', () => {
    const consumer = attach();
    publish('a', 'b');
    backlog.settle(consumer.got[0]!);
    time.pass(9_900);
    backlog.pump();
    expect(consumer.texts).toEqual(['a', 'b']);
    time.pass(200);
    backlog.pump();
    expect(consumer.texts).toEqual(['a', 'b', 'b']);
  });

  it('has no timer when nothing is leased', () => {
    const consumer = attach();
    publish('a');
    expect(time.pending).toBe(1);
    backlog.settle(consumer.got[0]!);
    time.pass(60_000);
    expect(time.pending).toBe(0);
  });

  it('keeps to the flow control of a consumer, whoever gives the messages back', () => {
    const consumer = attach({ maxMessages: 2 });
    publish('a', 'b', 'c');
    expect(consumer.texts).toEqual(['a', 'b']);
    backlog.settle(consumer.got[0]!);
    backlog.pump();
    expect(consumer.texts).toEqual(['a', 'b', 'c']);
    const bytes = attach({ maxBytes: 1 });
    publish('d', 'e');
    expect(bytes.texts).toEqual(['d']);
  });

  it('shares messages among consumers', () => {
    const consumers = [attach(), attach(), attach()];
    publish(...Array.from({ length: 30 }, (_, index) => `m${index}`));
    expect(consumers.map(({ got }) => got.length)).toEqual([10, 10, 10]);
  });

  it('gives what one has refused to another', () => {
    const [first, second] = [attach({ maxMessages: 1 }), attach()];
    publish('a');
    const entry = [...first.got, ...second.got][0]!;
    const other = entry.consumer === first ? second : first;
    backlog.fail(entry);
    backlog.pump();
    expect(other.texts).toEqual(['a']);
  });

  it('backs off longer each time, up to the maximum', () => {
    setUp({ retry: { minimumMs: 10_000, maximumMs: 30_000 } });
    const consumer = attach();
    publish('a');
    const waits = [10_000, 20_000, 30_000, 30_000].map((waitMs) => {
      const count = consumer.got.length;
      backlog.fail(consumer.got.at(-1)!);
      time.pass(waitMs - 200);
      backlog.pump();
      const early = consumer.got.length - count;
      time.pass(400);
      backlog.pump();
      return [early, consumer.got.length - count];
    });
    expect(waits).toEqual(new Array(4).fill([0, 1]));
  });

  it('gives up a message that failed too often, until it is settled or returned', () => {
    setUp({ maxDeliveryAttempts: 5 });
    const consumer = attach();
    publish('a');
    for (let attempt = 0; attempt < 5; attempt++) {
      backlog.fail(consumer.got.at(-1)!);
      backlog.pump();
    }
    expect([consumer.got.length, exhausted.length]).toEqual([5, 1]);
    backlog.returned(exhausted[0]!);
    backlog.pump();
    expect(consumer.got.length).toBe(6);
  });

  it('leaves what a lost consumer has leased until the deadline', () => {
    const lost = attach({ leaseMs: 60_000 });
    publish('a');
    backlog.detach(lost);
    const consumer = attach();
    time.pass(59_000);
    backlog.pump();
    expect(consumer.texts).toEqual([]);
    time.pass(1_200);
    backlog.pump();
    expect(consumer.texts).toEqual(['a']);
  });

  it('skips what does not match, at once for the one who asks how far it has come', () => {
    setUp({ matches: (attributes) => attributes.get('text') !== 'b' });
    const consumer = attach();
    publish('a', 'b', 'c');
    expect([consumer.texts, backlog.cursor]).toEqual([['a', 'c'], 3]);
  });
});

describe('ordering keys', () => {
  beforeEach(() => setUp({ ordering: true }));

  it('stay with the one who has their messages', () => {
    const [first, second] = [attach({ maxMessages: 2 }), attach()];
    publish('k:1', 'k:2');
    const holder = first.got.length > 0 ? first : second;
    publish('k:3', 'j:1');
    expect(holder.texts.filter((text) => text !== '1')).toEqual(['2', ...(holder === first ? [] : ['3'])]);
    expect([...first.texts, ...second.texts].filter((text) => text === '3').length).toBe(
      holder === first ? 0 : 1,
    );
  });

  it('come again from the refused message on, when those before it are done', () => {
    const consumer = attach();
    publish('k:1', 'k:2', 'k:3');
    backlog.fail(consumer.got[1]!);
    backlog.pump();
    expect(consumer.texts).toEqual(['1', '2', '3']);
    backlog.settle(consumer.got[0]!);
    backlog.pump();
    expect(consumer.texts).toEqual(['1', '2', '3', '2', '3']);
    publish('k:4');
    expect(consumer.texts.at(-1)).toBe('4');
  });

  it('wait for the back-off of their first message, and let others pass', () => {
    setUp({ ordering: true, retry: { minimumMs: 10_000, maximumMs: 10_000 } });
    const consumer = attach();
    publish('k:1', 'k:2');
    backlog.fail(consumer.got[0]!);
    publish('j:1', 'k:3');
    expect(consumer.texts).toEqual(['1', '2', '1']);
    time.pass(10_200);
    backlog.pump();
    expect(consumer.texts).toEqual(['1', '2', '1', '1', '2', '3']);
  });

  it('go on when a message of theirs is forwarded', () => {
    setUp({ ordering: true, maxDeliveryAttempts: 5 });
    const consumer = attach();
    publish('k:1', 'k:2');
    for (let attempt = 0; attempt < 5; attempt++) {
      backlog.fail(consumer.got.findLast(({ seq }) => seq === 0)!);
      backlog.pump();
    }
    backlog.settle(exhausted[0]!);
    backlog.pump();
    expect(consumer.texts.at(-1)).toBe('2');
  });
});

describe('a reset', () => {
  it('opens what it names and all from the cursor on', () => {
    const consumer = attach();
    publish('a', 'b', 'c', 'd');
    for (const entry of consumer.got) backlog.settle(entry);
    backlog.reset(3, [1]);
    backlog.pump();
    expect(consumer.texts.slice(4)).toEqual(['b', 'd']);
    expect([backlog.isVoid(consumer.got[1]!.lease), backlog.isVoid(consumer.got[4]!.lease)]).toEqual([
      true,
      false,
    ]);
  });
});
