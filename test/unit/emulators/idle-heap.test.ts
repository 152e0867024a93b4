import { execFileSync } from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { builtScript } from '../../../src/emulators/built-script.js';
import { giveBackWhenIdle } from '../../../src/emulators/idle-heap.js';

const MEGABYTE = 1024 * 1024;

/** Whether a heap of these sizes is collected when nothing happens. */
async function isCollected(heapUsed: number, heapTotal: number): Promise<boolean> {
  const collect = vi.fn();
  const asked = new Promise<void>((resolve) => {
    giveBackWhenIdle({
      collect,
      quietMs: 1,
      memoryUsage: () => {
        setImmediate(resolve);
        return { heapUsed, heapTotal };
      },
    });
  });
  await asked;
  return collect.mock.calls.length > 0;
}

test('collects a heap that holds more than it needs', async () => {
  expect(await isCollected(10 * MEGABYTE, 30 * MEGABYTE)).toBe(true);
});

test('leaves a heap alone that would give back little, or is long to walk', async () => {
  expect(await isCollected(10 * MEGABYTE, 12 * MEGABYTE)).toBe(false);
  expect(await isCollected(200 * MEGABYTE, 300 * MEGABYTE)).toBe(false);
});

test('does not take its own collections for work', () => {
  const script = `
    const { giveBackWhenIdle } = await import(process.argv[1]);
    let collections = 0;
    const memoryUsage = () => ({ heapUsed: 0, heapTotal: 1e9 });
    giveBackWhenIdle({ quietMs: 1, memoryUsage, collect: () => { collections++; gc(); } });
    // Nothing but what came of the first collection can bring another, and that comes within two turns.
    const wait = () => new Promise((resolve) => setTimeout(resolve, 5));
    while (collections === 0) await wait();
    await wait();
    const first = collections;
    for (let turn = 0; turn < 40; turn++) await wait();
    console.log(collections - first);`;
  const args = ['--expose-gc', '--input-type=module', '-e', script, builtScript('idle-heap.js')];
  // V8 may collect for reasons of its own; that each brings the next would be one in every turn.
  expect(Number(execFileSync(process.execPath, args, { encoding: 'utf8' }))).toBeLessThan(10);
});
