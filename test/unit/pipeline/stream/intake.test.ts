import { describe, expect, it } from 'vitest';
import type { PullStreamEvents, SubscriptionPort } from '../../../../src/gcp/pubsub/port.js';
import { Intake } from '../../../../src/pipeline/stream/intake.js';

const MINUTE_MS = 60_000;

/** An intake with one stream over a silent subscription, and a clock that can be put forward. */
function setUp(giveUpAfterMs = 10 * MINUTE_MS) {
  let aheadMs = 0;
  let newest: PullStreamEvents | undefined;
  const seen = { opened: 0, events: [] as string[] };
  const port = {
    name: 'silent',
    pull: async () => [],
    open(_: unknown, events: PullStreamEvents) {
      seen.opened++;
      newest = events;
      return { pause() {}, resume() {}, finish: () => events.ended(undefined), destroy() {} };
    },
  } as unknown as SubscriptionPort;
  const intake = new Intake({
    port,
    streams: 1,
    maxInFlightMessages: 100,
    maxInFlightBytes: 1e6,
    ackDeadlineSeconds: 60,
    stallAfterMs: 1e9,
    giveUpAfterMs,
    clock: { now: () => Date.now() + aheadMs, sleep: async () => {} },
    onMessages: () => {},
    onReopened: (reason) => seen.events.push(reason),
    onGivenUp: () => seen.events.push('given up'),
  });
  intake.start();
  return {
    intake,
    seen,
    pass: (ms: number) => {
      aheadMs += ms;
    },
    async breakStream() {
      const before = seen.opened;
      newest!.ended(Object.assign(new Error('unavailable'), { code: 14 }));
      for (let tries = 0; seen.opened === before && tries < 100; tries++) {
        await new Promise((wait) => setTimeout(wait, 10));
      }
    },
  };
}

describe('the intake', () => {
  it('outlives streams that the service breaks now and then, with no message in between', async () => {
    const { intake, seen, pass, breakStream } = setUp();
    for (let hour = 0; hour < 3; hour++) {
      await breakStream();
      expect(intake.broken).toBe(true);
      pass(30 * MINUTE_MS);
      expect(intake.broken).toBe(false);
    }
    expect(seen).toEqual({ opened: 4, events: ['broken', 'broken', 'broken'] });
    await intake.stop();
  });

  it('gives up a subscription whose streams break as soon as they are opened', async () => {
    const { intake, seen, pass, breakStream } = setUp(2 * MINUTE_MS);
    for (let breaks = 0; breaks < 4; breaks++) {
      expect(seen.events).toEqual(breaks === 0 ? [] : ['broken']);
      await breakStream();
      pass(50_000);
    }
    expect(seen.events).toEqual(['broken', 'given up']);
    await intake.stop();
  });
});
