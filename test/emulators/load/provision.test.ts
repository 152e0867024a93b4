import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startFaultProxy } from '../../helpers/own-emulators.js';
import { runHealthmon } from '../../helpers/run.js';
import { useTestStack } from '../../helpers/stack.js';
import { type Workspace, workspace } from './workspace.js';

const stack = useTestStack();
let ws: Workspace;
beforeAll(() => {
  ws = workspace(stack, 'provision');
});
afterAll(() => ws.remove());

interface Provisioned {
  changes: { service: string; resource: string; action: string; detail?: string[] }[];
  created: number;
  updated: number;
  unchanged: number;
}

async function provision(
  ...options: string[]
): Promise<{ code: number; result: Provisioned; error?: Record<string, string> }> {
  const run = await ws.run('provision', ...options);
  const { result, error } = run.json() as unknown as { result: Provisioned; error?: Record<string, string> };
  return { code: run.code, result, error };
}

/** What doctor says of the pipeline. */
async function doctor(): Promise<{ status: string; found: string; fix: string }> {
  const run = await runHealthmon(['doctor', '--json'], {
    cwd: ws.folder,
    env: { ...ws.env, HEALTHMON_STATE_DIR: inject('stackFolder') },
  });
  const { result } = run.json() as unknown as {
    result: { checks: { name: string; status: string; found: string; fix: string }[] };
  };
  return result.checks.find(({ name }) => name === 'pipeline')!;
}

describe('provision and teardown', () => {
  it('plans, creates, and then has nothing to do', async () => {
    const plan = await provision('--dry-run');
    expect(plan.result.created).toBeGreaterThan(10);
    expect((await provision('--diff')).code).toBe(5);
    expect(await doctor()).toMatchObject({
      status: 'warn',
      found: expect.stringContaining('pubsub subscription t-provision-alerts-inspect'),
      fix: 'healthmon provision',
    });
    const first = await provision();
    expect(first.error).toBeUndefined();
    expect(first.result.changes).toEqual(plan.result.changes);
    const second = await provision();
    expect(second.result).toMatchObject({ changes: [], created: 0, updated: 0 });
    expect(second.result.unchanged).toBeGreaterThan(10);
    expect((await provision('--diff')).code).toBe(0);
    expect(await doctor()).toMatchObject({ status: 'ok' });
  });

  it('takes back what somebody changed in a subscription', async () => {
    const name = 't-provision-dead-inspect';
    const { PubSub } = await import('@google-cloud/pubsub');
    const pubsub = new PubSub({ projectId: stack.env.GOOGLE_CLOUD_PROJECT! });
    const subscription = pubsub.subscription(name);
    const retryPolicy = { minimumBackoff: { seconds: 10 }, maximumBackoff: { seconds: 600 } };
    await subscription.setMetadata({ retryPolicy });
    expect((await provision('--diff')).code).toBe(5);
    expect((await provision()).result.changes).toMatchObject([
      { resource: `subscription ${name}`, action: 'update' },
    ]);
    expect((await subscription.getMetadata())[0].retryPolicy).toBeNull();
    expect((await provision('--diff')).code).toBe(0);
    await pubsub.close();
  });

  it('goes on where a service failed', async () => {
    const proxy = await startFaultProxy(stack.endpoints.bigquery);
    proxy.failing = 'writes';
    const flags = ['--set', 'bigquery.dataset=t_resumed', '--set', 'bigtable.table=t-resumed'];
    const broken = await runHealthmon(['provision', ...flags, '--json'], {
      cwd: ws.folder,
      env: { ...ws.env, BIGQUERY_EMULATOR_HOST: proxy.url },
    });
    expect(broken.code).toBe(3);
    expect(proxy.refused).toBeGreaterThan(0);
    proxy.close();
    const { result, code } = await provision(...flags);
    expect(code).toBe(0);
    expect(new Set(result.changes.map(({ service }) => service))).toEqual(new Set(['bigquery']));
    expect((await provision(...flags, '--diff')).code).toBe(0);
  });

  const grown = (fields: object[]) => ({
    name: 'growing',
    primaryKey: ['Id'],
    fields: [{ name: 'Id', type: 'integer' }, ...fields],
  });

  it('adds what a schema gained, and refuses what would lose data', async () => {
    ws.write('s.json', grown([{ name: 'A', constraints: { maxLength: 10 } }]));
    expect((await provision('--schema', 's.json')).result.created).toBe(2);
    ws.write(
      's.json',
      grown([
        { name: 'A', constraints: { maxLength: 20 } },
        { name: 'B', type: 'number' },
      ]),
    );
    expect((await provision('--schema', 's.json', '--diff')).code).toBe(5);
    const update = await provision('--schema', 's.json');
    expect(update.result.updated).toBe(2);
    expect(update.result.changes.flatMap(({ detail }) => detail)).toEqual([
      'ALTER TABLE `growing` ALTER COLUMN `A` STRING(20)',
      'ALTER TABLE `growing` ADD COLUMN `B` FLOAT64',
      'add the column B FLOAT',
    ]);
    expect((await provision('--schema', 's.json')).result.changes).toEqual([]);
    expect(
      await ws.rows(
        "SELECT COLUMN_NAME, SPANNER_TYPE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'growing' ORDER BY 1",
      ),
    ).toEqual([
      ['A', 'STRING(20)'],
      ['B', 'FLOAT64'],
      ['Id', 'INT64'],
    ]);

    ws.write(
      's.json',
      grown([{ name: 'A', constraints: { maxLength: 5 } }, { name: 'B', type: 'date' }, { name: 'C' }]),
    );
    const refused = await provision('--schema', 's.json');
    expect(refused.error?.code).toBe('provision-blocked');
    expect(refused.error?.detail).toContain('the column B is FLOAT64, the schema says DATE');
    expect(refused.error?.detail).toContain('the column A is STRING(20), the schema says STRING(5)');
    expect(await ws.rows("SELECT 1 FROM INFORMATION_SCHEMA.COLUMNS WHERE COLUMN_NAME = 'C'")).toEqual([]);
  });

  it('refuses a new required column of a table with rows', async () => {
    ws.write('r.json', { name: 'req', primaryKey: 'Id', fields: [{ name: 'Id', type: 'integer' }] });
    await provision('--schema', 'r.json');
    ws.write('r.csv', 'Id\n1\n');
    expect((await ws.run('load', 'r.csv', '--schema', 'r.json')).code).toBe(0);
    ws.write('r.json', {
      name: 'req',
      primaryKey: 'Id',
      fields: [
        { name: 'Id', type: 'integer' },
        { name: 'N', constraints: { required: true } },
      ],
    });
    expect((await provision('--schema', 'r.json')).error?.detail).toContain('the new column N is required');
  });

  it('lists before it deletes, and asks again on Google Cloud', async () => {
    const listed = await ws.run('teardown');
    expect((listed.json().result as unknown as { deleted: number; changes: unknown[] }).deleted).toBe(0);
    expect(await ws.rows('SELECT COUNT(*) FROM PatientInfo')).toEqual([['0']]);
    const cloud = await ws.run('teardown', '--yes', '--target', 'cloud', '--project', 'some-project');
    expect(cloud.code).toBe(2);
    const done = await ws.run('teardown', '--yes');
    expect((done.json().result as unknown as { deleted: number }).deleted).toBeGreaterThan(5);
    const again = await ws.run('teardown');
    expect((again.json().result as unknown as { changes: unknown[] }).changes).toEqual([]);
    const load = await ws.run('load', 'r.csv', '--schema', 'r.json');
    expect(load.code).toBe(3);
    expect(load.json().error).toMatchObject({
      code: 'not-provisioned',
      suggestion: expect.stringContaining('healthmon provision'),
    });
    expect((await ws.run('sync')).code).toBe(3);
  });
});
