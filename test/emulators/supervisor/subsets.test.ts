import { describe, expect, it } from 'vitest';
import type { ServiceName } from '../../../src/core/services.js';
import { type StartOptions, startStack } from '../../../src/emulators/stack/start.js';
import { stackStatus } from '../../../src/emulators/stack/status.js';
import { runHealthmon } from '../../helpers/run.js';
import { useFolder } from './harness.js';
import { script } from './misbehaving.js';

const folder = useFolder();
const options = (name: string, more: Partial<StartOptions> = {}): StartOptions => ({
  ...folder.location(name),
  project: 'p1',
  ...more,
});
const running = async (name?: string): Promise<Partial<Record<ServiceName, number | null>>> => {
  const { services } = await stackStatus(folder.location(name));
  return Object.fromEntries(services.filter(({ ready }) => ready).map((each) => [each.name, each.pid]));
};

describe('a part of the local cloud', () => {
  it('is what a command starts, and a later one adds to it', { timeout: 120_000 }, async () => {
    const site = { cwd: folder.cwd, env: folder.env };
    const first = await runHealthmon(['query', 'SELECT 1 AS n', '--format', 'csv'], site);
    expect(first).toMatchObject({ code: 0, stdout: 'n\n1\n' });
    expect(first.stderr.match(/Starting the local emulators of BigQuery: they keep running/g)).toHaveLength(
      1,
    );
    const alone = await running();
    expect(Object.keys(alone)).toEqual(['bigquery']);

    const again = await runHealthmon(['query', 'SELECT 1'], site);
    expect(again.stderr).not.toContain('Starting');

    const started = await runHealthmon(['emulators', 'start', '--only', 'storage'], site);
    expect(started.stderr).toContain('Starting the local cloud: added storage');
    const both = await running();
    expect(Object.keys(both)).toEqual(['bigquery', 'storage']);
    expect(both.bigquery).toBe(alone.bigquery);

    // BigQuery was told where Cloud Storage would be before it was there.
    const url = (await stackStatus(folder.location())).services[1]!.endpoint;
    const json = { 'content-type': 'application/json' };
    const headers = { 'content-type': 'text/csv' };
    await fetch(`${url}/storage/v1/b?project=p`, { method: 'POST', headers: json, body: '{"name":"ward"}' });
    const upload = `${url}/upload/storage/v1/b/ward/o?uploadType=media&name=a.csv`;
    await fetch(upload, { method: 'POST', headers, body: '7\n8\n' });
    const load = {
      sourceUris: ['gs://ward/a.csv'],
      destinationTable: { projectId: 'healthmon-local', datasetId: 'part', tableId: 'loaded' },
      schema: { fields: [{ name: 'n', type: 'INT64' }] },
    };
    await runHealthmon(['query', 'CREATE SCHEMA part'], site);
    const { endpoint } = (await stackStatus(folder.location())).services[0]!;
    const jobs = `${endpoint}/bigquery/v2/projects/healthmon-local/jobs`;
    const body = JSON.stringify({ configuration: { load } });
    await fetch(jobs, { method: 'POST', headers: json, body });
    const sum = ['query', 'SELECT SUM(n) AS total FROM part.loaded', '--format', 'csv'];
    await expect.poll(async () => (await runHealthmon(sum, site)).stdout).toBe('total\n15\n');

    const stopped = await runHealthmon(['emulators', 'stop'], site);
    expect(stopped.stderr).toContain('Stopped: default.');
    expect(await running()).toEqual({});
  });

  it('takes one service from a variable and another from the stack', async () => {
    await startStack(options('storage', { only: ['storage'] }));
    const { services } = await stackStatus(folder.location('storage'));
    // The variable leads to the other stack's; the service beside it, which nobody needs, does not even exist.
    const env = {
      ...folder.env,
      HEALTHMON_NO_AUTOSTART: '1',
      STORAGE_EMULATOR_HOST: services[0]!.endpoint,
      SPANNER_EMULATOR_HOST: '127.0.0.1:9',
    };
    const infer = await runHealthmon(['schema', 'infer', 'gs://no-such/file.csv'], { cwd: folder.cwd, env });
    expect(infer.stderr).not.toContain('emulators-not-running');
    expect(infer.stderr).toContain('gs://no-such');
    const query = await runHealthmon(['query', 'SELECT 1'], { cwd: folder.cwd, env });
    expect(query.stderr).toContain('emulators-not-running');
  });

  it('belongs to the stack that the variables name', async () => {
    await startStack(options('named', { only: ['storage'] }));
    const env = { ...folder.env, HEALTHMON_STACK: 'named', HEALTHMON_NO_AUTOSTART: '1' };
    const refused = await runHealthmon(['query', 'SELECT 1'], { cwd: folder.cwd, env });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('The local cloud runs without BigQuery. (emulators-incomplete)');
    expect(refused.stderr).toContain('healthmon emulators start --only bigquery --name named');
    expect(Object.keys(await running('named'))).toEqual(['storage']);
  });

  it('stays as it is when what is added does not start', async () => {
    await startStack(options('failing', { only: ['storage'] }));
    const before = await running('failing');
    const path = script(folder.cwd, 'broken', 'echo "out of luck" >&2; exit 9');
    const env = { ...folder.env, HEALTHMON_BIGTABLE_EMULATOR: path };
    const adding = startStack(
      options('failing', { only: ['bigtable'], implementations: { bigtable: 'official' }, env }),
    );
    await expect(adding).rejects.toMatchObject({
      code: 'emulator-not-ready',
      message: 'Bigtable ended before it was ready: exit code 9.',
      detail: expect.stringContaining('out of luck'),
    });
    expect(await running('failing')).toEqual(before);
    expect((await stackStatus(folder.location('failing'))).services).toHaveLength(1);
    const { added } = await startStack(options('failing', { only: ['storage', 'bigquery'] }));
    expect(added).toEqual(['bigquery']);
  });

  it('is what a restart starts again', async () => {
    await startStack(options('again', { only: ['storage'] }));
    const restarted = await runHealthmon(['emulators', 'restart', '--name', 'again', '--json'], folder);
    const { services } = restarted.json().result as unknown as { services: { name: string }[] };
    expect(services.map(({ name }) => name)).toEqual(['storage']);
  });

  it('goes on when a restart asks for an emulator of Google that is not there', async () => {
    await startStack(options('kept', { only: ['bigtable'] }));
    const before = await running('kept');
    const restarted = await runHealthmon(
      ['emulators', 'restart', '--name', 'kept', '--official', 'bigtable'],
      {
        cwd: folder.cwd,
        env: { ...folder.env, HEALTHMON_BIGTABLE_EMULATOR: '/none/cbtemulator' },
      },
    );
    expect(restarted.code).toBe(2);
    expect(restarted.stderr).toContain('emulator-not-found');
    expect(await running('kept')).toEqual(before);
  });

  it('cannot be told another port of a service that the others know already', async () => {
    await startStack(options('moved', { only: ['bigquery'] }));
    const expected = folder.state('moved').ports.storage!;
    const adding = startStack(options('moved', { only: ['storage'], ports: { storage: expected + 1 } }));
    await expect(adding).rejects.toMatchObject({
      code: 'stack-differs',
      message: expect.stringContaining(`expects Cloud Storage at port ${expected}`),
    });
  });
});
