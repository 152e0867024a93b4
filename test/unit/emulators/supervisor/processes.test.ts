import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { identify, identifyChild, isAlive } from '../../../../src/emulators/supervisor/processes.js';

it('a child that ends before anybody looks was started all the same, and no longer runs', async () => {
  const child = spawn('/bin/sh', ['-c', 'exit 9']);
  const exited = once(child, 'exit');
  // Nothing here lets the event loop turn, so nobody hears of the end.
  for (let looks = 0; identify(child.pid!) !== undefined && looks < 100; looks++) spawnSync('sleep', ['0.1']);
  expect(identify(child.pid!)).toBeUndefined();
  const identity = identifyChild(child.pid!);
  expect(identity).toMatchObject({ pid: child.pid });
  expect(isAlive(identity!)).toBe(false);
  expect(await exited).toEqual([9, null]);
});
