import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stackStatus } from '../../../src/emulators/stack/status.js';
import { stackPath } from '../../../src/emulators/supervisor/state.js';
import { runHealthmon } from '../../helpers/run.js';
import { useFolder } from './harness.js';

const folder = useFolder();
const SMALL = ['--only', 'bigtable,storage'];

interface Answer {
  plan: { action: string; resource: string; detail: string }[];
  services: { name: string; path: string; pid: number }[];
  stopped: string[];
  running: boolean;
  deleted: string;
}

async function run(...argv: string[]) {
  const { code, json } = await runHealthmon(['emulators', ...argv, '--name', 'dry', '--json'], folder);
  const { result, error } = json() as unknown as { result: Answer; error?: object };
  expect(error).toBeUndefined();
  return { code, ...result };
}

const pids = async () => (await stackStatus(folder.location('dry'))).services.map(({ pid }) => pid);

describe('--dry-run of the local cloud does nothing and names what is done without it', () => {
  it('start, stop, restart and reset', async () => {
    const dry = await run('start', ...SMALL, '--dry-run');
    expect(dry.plan.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      'start bigtable',
      'start storage',
    ]);
    expect(existsSync(stackPath(folder.location('dry')))).toBe(false);
    const started = await run('start', ...SMALL);
    expect(started.services.map(({ path }) => path)).toEqual(dry.plan.map(({ detail }) => detail));
    expect((await run('start', ...SMALL, '--dry-run')).plan).toEqual([]);

    const before = await pids();
    expect((await run('restart', ...SMALL, '--dry-run')).plan).toEqual([
      { action: 'stop', resource: 'dry', detail: '' },
      { action: 'start', resource: 'dry', detail: 'with the same data' },
    ]);
    const path = stackPath(folder.location('dry'));
    expect(
      (await run('reset', ...SMALL, '--dry-run')).plan.map(({ action, resource }) => [action, resource]),
    ).toEqual([
      ['stop', 'dry'],
      ['delete', join(path, 'data')],
      ['delete', join(path, 'logs')],
      ['start', 'dry'],
    ]);
    expect((await run('stop', '--dry-run')).plan).toEqual([
      { action: 'stop', resource: 'dry', detail: 'bigtable, storage' },
    ]);
    expect(await pids()).toEqual(before);
    expect((await run('stop')).stopped).toEqual(['dry']);
    expect((await run('stop', '--dry-run')).plan).toEqual([]);
  });

  it('snapshots', async () => {
    await run('start', ...SMALL);
    const snapshots = join(folder.cwd, 'snapshots');
    expect((await run('snapshot', 'save', 's1', '--dry-run')).plan).toEqual([
      { action: 'create', resource: 'snapshot s1', detail: 'bigtable, storage' },
    ]);
    expect(existsSync(snapshots)).toBe(false);
    await run('snapshot', 'save', 's1');
    expect((await run('snapshot', 'save', 's1', '--dry-run')).plan[0]!.action).toBe('replace');
    expect((await run('snapshot', 'load', 's1', '--dry-run')).plan.map(({ resource }) => resource)).toEqual([
      'bigtable',
      'storage',
    ]);
    const deleting = ['emulators', 'snapshot', 'delete', 's1', '--json'];
    const dry = await runHealthmon([...deleting, '--dry-run'], folder);
    expect(dry.json().result).toMatchObject({ plan: [{ action: 'delete', resource: 'snapshot s1' }] });
    expect(readdirSync(snapshots)).toContain('s1');
    expect((await runHealthmon(deleting, folder)).code).toBe(0);
    expect(readdirSync(snapshots)).not.toContain('s1');
    await run('stop');
  });

  it('says what is wrong as the real run does', async () => {
    for (const argv of [
      ['snapshot', 'save', 's1'],
      ['snapshot', 'load', 's1'],
    ]) {
      const { code, stderr } = await runHealthmon(
        ['emulators', ...argv, '--name', 'dry', '--dry-run'],
        folder,
      );
      expect(code).toBe(3);
      expect(stderr).toContain('emulators-not-running');
    }
    mkdirSync(join(folder.cwd, 'snapshots'), { recursive: true });
    const missing = await runHealthmon(['emulators', 'start', '--from', 'none', '--dry-run'], folder);
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toContain('snapshot-not-found');
  });
});
