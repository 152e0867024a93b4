import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/package-root.js';

const bin = join(packageRoot(), 'bin/healthmon.js');
const cwd = mkdtempSync(join(tmpdir(), 'healthmon-alone-'));

/** Runs a command line where there is neither Java nor a Google Cloud CLI. @returns its result. */
function run(line: string, ...more: string[]): Record<string, unknown> {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [bin, ...line.split(' '), ...more, '--json'],
    {
      cwd,
      env: { PATH: '/nowhere', HOME: cwd },
      encoding: 'utf8',
    },
  );
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout).result;
}

afterAll(() => {
  run('emulators stop');
  rmSync(cwd, { recursive: true, force: true });
});

it('with Node alone the stream half of the pipeline runs', { timeout: 240_000 }, () => {
  run('provision --only pubsub,bigtable,bigquery,storage');
  expect(run('simulate --count 500 --seed 3 --start-time 2026-03-01T00:00:00Z')).toMatchObject({ failed: 0 });
  const stream = 'stream --max-messages 500 --idle-timeout 20s';
  expect(run(stream)).toMatchObject({ received: 500, written: 500, deadLettered: 0 });
  expect(run('dead-letters list')).toMatchObject({ deadLetters: [] });
  run('simulate --count 300 --seed 4 --start-time 2026-03-02T00:00:00Z');
  run('emulators snapshot save waiting');
  const again = 'stream --max-messages 300 --idle-timeout 20s';
  expect(run(again)).toMatchObject({ received: 300, written: 300 });
  run('emulators snapshot load waiting');
  expect(run(again)).toMatchObject({ received: 300, written: 300 });
  const { rows } = run('query', 'SELECT COUNT(*) AS n FROM stream_patient_vitals') as { rows: unknown };
  expect(rows).toEqual([{ n: 800 }]);
  const { services } = run('emulators status') as { services: { name: string; implementation: string }[] };
  expect(services.map(({ name, implementation }) => `${name} ${implementation}`)).toEqual([
    'bigtable embedded',
    'pubsub embedded',
    'bigquery embedded',
    'storage embedded',
  ]);
});
