import { describe, expect, it } from 'vitest';
import { AdaptiveLimit } from '../../../../src/pipeline/load/adaptive-limit.js';

/** Runs many commits against a service of the given model, in simulated time. */
async function settle(latencyMs: (running: number) => number, commits: number): Promise<number> {
  let now = 1;
  const ends: { at: number; done(): void }[] = [];
  const limit = new AdaptiveLimit(48, () => now);
  let running = 0;
  const work = Array.from({ length: commits }, () =>
    limit.run(1000, async () => {
      running++;
      const at = now + latencyMs(running);
      await new Promise<void>((done) => ends.push({ at, done }));
      running--;
    }),
  );
  const all = Promise.all(work);
  for (let left = commits; left > 0; left--) {
    while (ends.length === 0) await new Promise((resolve) => setImmediate(resolve));
    ends.sort((a, b) => a.at - b.at);
    const next = ends.shift()!;
    now = Math.max(now, next.at);
    next.done();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await all;
  return limit.limit;
}

describe('the adaptive limit', () => {
  it('climbs to dozens where the latency stays the same', async () => {
    expect(await settle(() => 50, 1500)).toBeGreaterThan(20);
  });

  it('stays at one or two where commits queue', async () => {
    expect(await settle((running) => 100 * running, 600)).toBeLessThanOrEqual(3);
  });

  it('halves when the service is overloaded, and never blocks', async () => {
    const limit = new AdaptiveLimit();
    limit.overloaded();
    expect(limit.limit).toBe(1);
    expect(await limit.run(1, async () => 'done')).toBe('done');
    await expect(limit.run(1, async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await limit.run(1, async () => 'again')).toBe('again');
  });
});
