import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/core/clock.js';
import { BatchWriter } from '../../../../src/pipeline/stream/batch-writer.js';

describe('a batch writer', () => {
  it('repeats a request whose answer was lost with the same items, whatever came meanwhile', async () => {
    const requests: (readonly number[])[] = [];
    const stored: number[] = [];
    let lose: (() => void) | undefined;
    const lost = new Promise<void>((resolve) => {
      lose = resolve;
    });
    const writer = new BatchWriter<number>({
      target: {
        name: 'bigquery',
        maxItems: 100,
        concurrency: 2,
        async write(items) {
          requests.push(items);
          if (requests.length > 2) return [];
          await lost;
          throw Object.assign(new Error('unavailable'), { code: 14 });
        },
      },
      lingerMs: 5,
      maxTries: 2,
      giveUpAfterMs: 60_000,
      clock: systemClock,
      onStored: (items) => stored.push(...items),
      onRejected: () => {},
      onAvailability: () => {},
      onGivenUp: () => {},
    });
    for (let item = 0; item < 10; item++) writer.add(item);
    await expect.poll(() => requests.length).toBe(1);
    for (let item = 10; item < 30; item++) writer.add(item);
    const flushed = writer.flush();
    lose?.();
    await flushed;
    const groups = requests.map((items) => `${items.length} from ${items[0]}`);
    expect(groups.sort()).toEqual(['10 from 0', '10 from 0', '20 from 10', '20 from 10']);
    expect(stored.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, item) => item));
  });
});
