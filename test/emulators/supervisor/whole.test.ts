import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { describe, expect, it } from 'vitest';
import { SERVICE_NAMES, type ServiceName } from '../../../src/core/services.js';
import { loadSnapshot, saveSnapshot } from '../../../src/emulators/snapshot/snapshot.js';
import { startStack } from '../../../src/emulators/stack/start.js';
import { stackEndpoints } from '../../../src/emulators/stack/status.js';
import { stopStack } from '../../../src/emulators/stack/stop.js';
import { runHealthmon } from '../../helpers/run.js';
import { testStack } from '../../helpers/stack.js';
import { expectNothingLeft, useFolder } from './harness.js';

const folder = useFolder();

function bigqueryOf(apiEndpoint: string): BigQuery {
  return new BigQuery({
    projectId: 'ward-seven',
    apiEndpoint,
    location: 'US',
    authClient: new PassThroughClient() as never,
  });
}

describe('the whole local cloud', () => {
  it('is shared by the tests and has all five services', { timeout: 120_000 }, async () => {
    const { endpoints, env } = await testStack();
    expect(Object.keys(endpoints).sort()).toEqual([...SERVICE_NAMES].sort());
    expect(env.GOOGLE_CLOUD_PROJECT).toBe('healthmon-local');
    const again = await testStack();
    expect(again.endpoints).toEqual(endpoints);
  });

  it('runs twice side by side, keeps BigQuery and its data apart and through a snapshot', {
    timeout: 240_000,
  }, async () => {
    const start = (name: string) =>
      startStack({ ...folder.location(name), project: 'ward-seven', waitTimeoutMs: 120_000 });
    await Promise.all([start('left'), start('right')]);
    const endpoints = async (name: string) =>
      (await stackEndpoints(folder.location(name))) as Record<ServiceName, string>;
    const [left, right] = [await endpoints('left'), await endpoints('right')];
    const addresses = [...Object.values(left), ...Object.values(right)];
    expect(new Set(addresses).size).toBe(10);

    const bigquery = bigqueryOf(left.bigquery);
    await bigquery.createDataset('ward');
    await bigquery.query('CREATE TABLE ward.patients AS SELECT 1 AS id, NUMERIC "12.5" AS cost');
    const rows = async (client: BigQuery) =>
      (await client.query('SELECT id, CAST(cost AS STRING) AS cost FROM ward.patients'))[0];
    expect(await rows(bigquery)).toEqual([{ id: 1, cost: '12.5' }]);
    await expect(rows(bigqueryOf(right.bigquery))).rejects.toThrow(/not found/i);

    const named = { ...folder.location('left'), snapshot: 'both', bigtableInstances: [] };
    await saveSnapshot(named);
    expect(await rows(bigquery)).toEqual([{ id: 1, cost: '12.5' }]);
    await bigquery.query('DROP TABLE ward.patients');
    await loadSnapshot(named);
    expect(await rows(bigquery)).toEqual([{ id: 1, cost: '12.5' }]);
    // A snapshot belongs to the folder, so another stack can begin with it.
    await loadSnapshot({ ...folder.location('right'), snapshot: 'both' });
    expect(await rows(bigqueryOf(right.bigquery))).toEqual([{ id: 1, cost: '12.5' }]);

    const other = await runHealthmon(
      ['emulators', 'start', '--name', 'right', '--project', 'other-project'],
      folder,
    );
    expect(other.stderr).toMatch(/project ward-seven, not other-project/);

    for (const name of ['left', 'right']) {
      const state = folder.state(name);
      await stopStack(folder.location(name));
      await expectNothingLeft(state);
    }
  });
});
