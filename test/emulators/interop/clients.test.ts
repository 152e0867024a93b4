import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBigtableServer } from '../../../src/emulators/bigtable/server.js';
import { startPubsubServer } from '../../../src/emulators/pubsub/server.js';
import { isLeftOut } from '../../helpers/optional-tools.js';

const leftOut = [...(isLeftOut('gcloud') ? ['gcloud'] : []), ...(isLeftOut('cbt') ? ['cbt'] : [])];
const SLOW_MS = 180_000;

let folder: string;
let pubsub: Awaited<ReturnType<typeof startPubsubServer>>;
let bigtable: Awaited<ReturnType<typeof startBigtableServer>>;
let env: Record<string, string | undefined>;

beforeAll(async () => {
  if (leftOut.length > 0)
    process.stderr.write(`Left out, for they are not installed: ${leftOut.join(', ')}.\n`);
  folder = mkdtempSync(join(tmpdir(), 'healthmon-interop-'));
  pubsub = await startPubsubServer({ dataDir: join(folder, 'pubsub') });
  bigtable = await startBigtableServer({ dataDir: join(folder, 'bigtable') });
  env = {
    ...process.env,
    PUBSUB_EMULATOR_HOST: `localhost:${pubsub.port}`,
    BIGTABLE_EMULATOR_HOST: `localhost:${bigtable.port}`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: `http://localhost:${pubsub.port}/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_BIGTABLEADMIN: `http://localhost:${bigtable.port}/`,
    CLOUDSDK_CONFIG: join(folder, 'gcloud'),
    CLOUDSDK_CORE_PROJECT: 'p-1',
    CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
  };
});

afterAll(async () => {
  await pubsub.close();
  await bigtable.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the command prints; all of them must succeed. */
async function run(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { env, timeout: SLOW_MS });
  return stdout.trim();
}

describe.skipIf(isLeftOut('gcloud'))('gcloud', () => {
  it(
    'publishes and pulls',
    async () => {
      await run('gcloud', 'pubsub', 'topics', 'create', 'vitals', '--labels=a=b');
      await run(
        'gcloud',
        'pubsub',
        'subscriptions',
        'create',
        'worker',
        '--topic=vitals',
        '--ack-deadline=20',
      );
      await run('gcloud', 'pubsub', 'topics', 'publish', 'vitals', '--message=hello', '--attribute=k=v');
      const pulled = await run(
        'gcloud',
        'pubsub',
        'subscriptions',
        'pull',
        'worker',
        '--auto-ack',
        '--format=json',
      );
      expect(JSON.parse(pulled)).toMatchObject([
        { message: { data: Buffer.from('hello').toString('base64'), attributes: { k: 'v' } } },
      ]);
      const policy = await run('gcloud', 'pubsub', 'topics', 'get-iam-policy', 'vitals', '--format=json');
      expect(JSON.parse(policy)).toMatchObject({ etag: 'ACAB' });
    },
    SLOW_MS,
  );

  it(
    'manages instances and tables of Bigtable',
    async () => {
      const cluster = '--cluster-config=id=cluster-1,zone=r-a,nodes=1';
      await run('gcloud', 'bigtable', 'instances', 'create', 'ward-one', '--display-name=Ward', cluster);
      await run('gcloud', 'bigtable', 'app-profiles', 'create', 'ap', '--instance=ward-one', '--route-any');
      await run(
        'gcloud',
        'bigtable',
        'tables',
        'create',
        't',
        '--instance=ward-one',
        '--column-families=f:maxversions=2',
      );
      const table = await run(
        'gcloud',
        'bigtable',
        'tables',
        'describe',
        't',
        '--instance=ward-one',
        '--format=json',
      );
      expect(JSON.parse(table)).toMatchObject({ columnFamilies: { f: { gcRule: { maxNumVersions: 2 } } } });
    },
    SLOW_MS,
  );
});

describe.skipIf(isLeftOut('cbt'))('cbt', () => {
  it(
    'writes, reads and counts',
    async () => {
      const cbt = (...args: string[]) => run('cbt', '-project', 'p-1', '-instance', 'i', ...args);
      await cbt('createtable', 'c', 'families=f:maxversions=1', 'splits=m');
      await cbt('set', 'c', 'r1', 'f:a=1', 'f:b=2');
      await cbt('set', 'c', 'r2', 'f:a=3');
      expect(await cbt('read', 'c', 'prefix=r1')).toMatch(/r1\n\s+f:a +@ .*\n\s+"1"\n\s+f:b +@ .*\n\s+"2"/);
      expect(await cbt('count', 'c')).toBe('2');
    },
    SLOW_MS,
  );
});
