import { expect, it } from 'vitest';
import { InsertIds } from '../../../../src/emulators/bigquery/server/load/insert-ids.js';

const MINUTE_MS = 60_000;

/** Writes that end when they are told to. */
function lab() {
  const ids = new InsertIds();
  const clock = { nowMs: 1 };
  const written: number[][] = [];
  const ends: Ending[] = [];
  const send = (...keys: (string | undefined)[]) =>
    ids.writeNew(
      keys,
      () => clock.nowMs,
      (indices) => {
        written.push([...indices]);
        const end = ending();
        ends.push(end);
        return end.promise;
      },
    );
  return { send, written, ends, clock };
}

interface Ending {
  promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

function ending(): Ending {
  let resolve!: Ending['resolve'];
  let reject!: Ending['reject'];
  const promise = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}

it('writes an id once, and rows without one always', async () => {
  const { send, written, ends } = lab();
  const first = send('a', undefined, 'b', 'a');
  ends[0]!.resolve();
  await first;
  const second = send('b', undefined, 'c');
  ends[1]!.resolve();
  await second;
  expect(written).toEqual([
    [0, 1, 2],
    [1, 2],
  ]);
});

it('answers who sends an id again no sooner than its row is written, and fails with it', async () => {
  const { send, written, ends } = lab();
  const first = send('a');
  const answers: string[] = [];
  const again = send('a', 'b').then(
    () => answers.push('written'),
    () => answers.push('failed'),
  );
  ends[1]!.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(answers).toEqual([]);
  ends[0]!.reject(new Error('no room'));
  await expect(first).rejects.toThrow('no room');
  await again;
  expect(answers).toEqual(['failed']);
  const third = send('a', 'b');
  ends[2]!.resolve();
  await third;
  expect(written).toEqual([[0], [1], [0]]);
});

it('remembers an id for a minute at least, and not for ever', async () => {
  const { send, written, ends, clock } = lab();
  const sendNow = async (key: string) => {
    const sent = send(key);
    ends.at(-1)!.resolve();
    await sent;
  };
  await sendNow('a');
  clock.nowMs += MINUTE_MS;
  await sendNow('a');
  expect(written.at(-1)).toEqual([]);
  clock.nowMs += 2 * MINUTE_MS;
  await sendNow('b');
  clock.nowMs += 2 * MINUTE_MS;
  await sendNow('c');
  await sendNow('a');
  expect(written.at(-1)).toEqual([0]);
});
