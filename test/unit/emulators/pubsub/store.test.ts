import { beforeEach, describe, expect, it } from 'vitest';
import { recordsOf, replay } from '../../../../src/emulators/pubsub/persistence.js';
import { batchOf } from '../../../../src/emulators/pubsub/publish-request.js';
import { Store } from '../../../../src/emulators/pubsub/store.js';
import { FakeTime } from './fake-time.js';

const TOPIC = 'projects/p/topics/t';
const HOUR_MS = 3_600_000;

let time: FakeTime;
let records: [kind: number, payload: Buffer][];

const toBuffer = (payload: Buffer | readonly Buffer[]) =>
  Buffer.isBuffer(payload) ? payload : Buffer.concat(payload);

const journal = {
  append: async (kind: number, payload: Buffer | readonly Buffer[]) => {
    records.push([kind, toBuffer(payload)]);
  },
};

async function open(from: Iterable<readonly [kind: number, payload: Buffer]> = []): Promise<Store> {
  const store = new Store({ time });
  for (const [kind, payload] of from) replay(store.resources, kind, payload);
  await store.open(journal);
  return store;
}

async function publish(store: Store, ...texts: string[]): Promise<void> {
  const messages = texts.map((text) => ({ data: Buffer.from(text), attributes: new Map(), orderingKey: '' }));
  await store.publish(store.resources.topic(TOPIC), batchOf(messages));
}

async function subscribe(store: Store, id: string, settings: Record<string, unknown> = {}): Promise<void> {
  const { ref: topicRef, nextSeq: cursor } = store.resources.topic(TOPIC);
  const name = `projects/p/subscriptions/${id}`;
  await store.put({ type: 'subscription', name, ref: store.resources.newRef(), topicRef, cursor, settings });
}

const segments = (store: Store) => store.resources.topic(TOPIC).log.segments.length;
const backlogOf = (store: Store, id: string) =>
  store.resources.subscription(`projects/p/subscriptions/${id}`).backlog;

/** What a subscription has to deliver, without delivering it. */
function openPlaces(store: Store, id: string): number[] {
  const backlog = backlogOf(store, id);
  backlog.advanceTo(store.resources.topic(TOPIC).log.endSeq);
  return [...backlog.entries.keys()];
}

let store: Store;
beforeEach(async () => {
  time = new FakeTime();
  records = [];
  store = await open();
  await store.put({ type: 'topic', name: TOPIC, ref: store.resources.newRef(), settings: {} });
});

describe('what is kept', () => {
  it('is nothing without subscribers, and everything until the slowest one is done', async () => {
    await publish(store, 'to nobody');
    expect(segments(store)).toBe(0);
    await subscribe(store, 'fast');
    await subscribe(store, 'slow');
    await publish(store, 'a');
    await publish(store, 'b');
    for (const id of ['fast', 'slow']) {
      expect(segments(store)).toBe(2);
      const backlog = backlogOf(store, id);
      backlog.advanceTo(store.resources.topic(TOPIC).log.endSeq);
      await store.acknowledge(store.resources.subscription(`projects/p/subscriptions/${id}`), [
        ...backlog.entries.values(),
      ]);
    }
    expect(segments(store)).toBe(0);
  });

  it('ends with the retention of the subscription', async () => {
    await subscribe(store, 'late', { messageRetentionDuration: { seconds: 3600 } });
    await publish(store, 'old');
    time.pass(HOUR_MS / 2);
    await publish(store, 'new');
    time.pass(HOUR_MS / 2 + 15 * 60_000);
    expect(openPlaces(store, 'late')).toEqual([1]);
    time.pass(HOUR_MS);
    expect([openPlaces(store, 'late'), segments(store)]).toEqual([[], 0]);
    time.pass(HOUR_MS);
    expect(time.pending).toBe(0);
  });
});

describe('a start', () => {
  const state = (one: Store) => [
    openPlaces(one, 'one'),
    openPlaces(one, 'two'),
    one.resources.snapshots.get('s')?.open,
    [...one.resources.schemas],
  ];

  async function fill(): Promise<void> {
    await subscribe(store, 'one');
    await publish(store, 'a', 'b', 'c');
    await subscribe(store, 'two');
    await publish(store, 'd', 'e');
    const one = store.resources.subscription('projects/p/subscriptions/one');
    one.backlog.advanceTo(4);
    await store.acknowledge(one, [one.backlog.find(3)!, one.backlog.find(1)!]);
    const { ref: topicRef } = one.topic;
    const snapshot = {
      topicRef,
      ordered: false,
      cursor: 4,
      open: [0, 2],
      expireMs: time.now() + HOUR_MS,
      labels: {},
    };
    await store.put({ type: 'snapshot', name: 's', snapshot });
    await store.put({ type: 'schema', name: 'x', revisions: [{ definition: 'd' }] });
    await store.acknowledge(one, [one.backlog.find(0)!]);
  }

  it('has the state that the journal tells', async () => {
    await fill();
    const again = await open([...records]);
    expect(state(again)).toEqual([[2, 4], [3, 4], [0, 2], [['x', [{ definition: 'd' }]]]]);
    expect(state(again)).toEqual(state(store));
  });

  it('has the same state from a checkpoint', async () => {
    await fill();
    const checkpoint = [...recordsOf(store.resources)].map(
      ([kind, payload]) => [kind, toBuffer(payload)] as const,
    );
    const again = await open(checkpoint);
    expect(state(again)).toEqual(state(store));
    await publish(again, 'f');
    expect(openPlaces(again, 'two').at(-1)).toBe(5);
  });

  it('replays records whose effect is there already', async () => {
    await fill();
    const again = await open([...records, ...records]);
    expect(state(again)).toEqual(state(store));
  });

  it('tells its acknowledgement ids from those of every start before it', async () => {
    const prefixOf = (one: Store) => one.resources.subscription('projects/p/subscriptions/one').ackPrefix;
    await subscribe(store, 'one');
    const prefixes = [
      prefixOf(store),
      prefixOf(await open([...records])),
      prefixOf(await open([...records])),
    ];
    expect(new Set(prefixes).size).toBe(3);
  });

  it('gives ids that no earlier one has given', async () => {
    await subscribe(store, 'one');
    const first = await store.publish(
      store.resources.topic(TOPIC),
      batchOf([{ data: Buffer.from('a'), attributes: new Map(), orderingKey: '' }]),
    );
    const again = await open([...records]);
    expect(again.unusedId()).toBeGreaterThan(first + 1e9);
  });
});
