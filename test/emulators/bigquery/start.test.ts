import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runHealthmon } from '../../helpers/run.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bigquery-start-'));
});
afterAll(async () => {
  await runHealthmon(['emulators', 'stop', '--name', 'alone'], { cwd: folder });
  await rm(folder, { recursive: true, force: true });
});

test('BigQuery and Cloud Storage start alone and say how programs find them', async () => {
  const started = await runHealthmon(
    ['emulators', 'start', '--only', 'bigquery,storage', '--name', 'alone', '--project', 'demo-project'],
    { cwd: folder },
  );
  expect(started.code).toBe(0);
  const talk = started.stderr;
  const api = /bq --oauth_access_token=\S+ --api (\S+) --project_id demo-project/.exec(talk)?.[1];
  const overrides = /CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE=(\S+) gcloud storage/.exec(talk)?.[1];
  expect(talk).toContain(`client_options={"api_endpoint": "${api}"}`);
  expect(talk).toContain('eval "$(healthmon emulators env --name alone)"');
  expect(talk).toContain('healthmon emulators stop --name alone');
  // The addresses as bq and gcloud append their paths to them.
  expect((await fetch(`${api}/$discovery/rest?version=v2`)).status).toBe(200);
  expect((await fetch(`${api}/bigquery/v2/projects/demo-project/datasets`)).status).toBe(200);
  expect((await fetch(`${overrides}b?project=demo-project`)).status).toBe(200);
});
