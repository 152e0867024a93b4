import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { openJournal } from '../../../src/emulators/journal/journal.js';

const BUILT = pathToFileURL(resolve('dist/src/emulators/journal/journal.js')).href;
const ROUNDS = 25;

/** Counts on from what the journal holds, and prints what is acknowledged. Checkpoints follow each other closely. */
const COUNTER = `
  import { openJournal } from '${BUILT}';
  let count = 0;
  const journal = await openJournal({
    folder: process.argv[1],
    name: 'crash',
    formatVersion: 1,
    durability: process.argv[2],
    minCheckpointBytes: 3000,
    replay: (_kind, payload) => { count = Number(payload); },
    *checkpoint() {
      for (let n = 1, end = count; n <= end; n++) yield [1, Buffer.from(String(n))];
    },
  });
  for (;;) {
    const batch = Array.from({ length: 10 }, () => journal.append(1, Buffer.from(String(++count))));
    await Promise.all(batch);
    process.stdout.write(count + '\\n');
  }
`;

it.each(['write', 'fsync'] as const)(
  'a journal survives kill -9 at any point (%s)',
  async (durability) => {
    const folder = mkdtempSync(join(tmpdir(), 'healthmon-crash-'));
    const random = createRandom('crash', durability);
    let acknowledged = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', COUNTER, folder, durability]);
      let printed = '';
      child.stdout.on('data', (text) => {
        printed += text;
      });
      const closed = once(child, 'close');
      await Promise.race([once(child.stdout, 'data'), closed]);
      expect(child.exitCode).toBeNull();
      await sleep(random.integer(0, 40));
      child.kill('SIGKILL');
      await closed;
      acknowledged = Math.max(acknowledged, Number(printed.trim().split('\n').at(-1)));
      const seen = await contents(folder);
      expect(seen).toEqual(Array.from(seen, (_, index) => index + 1));
      expect(seen.length).toBeGreaterThanOrEqual(acknowledged);
    }
    // It got somewhere, and with checkpoints on the way.
    expect(acknowledged).toBeGreaterThan(ROUNDS * 10);
    rmSync(folder, { recursive: true });
  },
  120_000,
);

async function contents(folder: string): Promise<number[]> {
  const seen: number[] = [];
  const journal = await openJournal({
    folder,
    name: 'crash',
    formatVersion: 1,
    durability: 'write',
    replay: (_kind, payload) => seen.push(Number(payload)),
    checkpoint: () => [],
  });
  await journal.close();
  return seen;
}
