import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectNothingLeft, useFolder } from './harness.js';

const BIN = resolve(import.meta.dirname, '../../../bin/healthmon.js');
const TEST_MS = 240_000;

const folder = useFolder();

/** Runs healthmon where files may hold nothing, which stands for a disk without room. */
function onFullDisk(...words: string[]) {
  const script = ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, BIN, ...words];
  return spawnSync('sh', script, { cwd: folder.cwd, env: folder.env, encoding: 'utf8' });
}

describe('on a full disk', () => {
  it(
    'a stack is not started, and one that runs is stopped without a trace',
    async () => {
      const refused = onFullDisk('emulators', 'start', '--only', 'pubsub');
      expect(refused.stderr).toMatch(/The disk is full\. \(disk-full\)/);
      expect(refused.status).toBe(1);

      const { status } = spawnSync(process.execPath, [BIN, 'emulators', 'start', '--only', 'pubsub'], folder);
      expect(status).toBe(0);
      const state = folder.state();
      const stopped = onFullDisk('emulators', 'stop');
      expect(stopped.stderr).toContain('Stopped: default.');
      expect(stopped.status).toBe(0);
      await expectNothingLeft(state);
      const kept = readdirSync(join(folder.cwd, 'stacks', 'default'));
      expect(kept.filter((name) => /lock|new/.test(name))).toEqual([]);
    },
    TEST_MS,
  );
});
