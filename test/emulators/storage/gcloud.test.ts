import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { isLeftOut } from '../../helpers/optional-tools.js';
import { useStorage } from './harness.js';

const storage = useStorage();
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'healthmon-gcloud-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function gcloud(...args: string[]): Promise<string> {
  const { stdout } = await run('gcloud', ['storage', ...args], {
    timeout: 60_000,
    env: {
      ...process.env,
      CLOUDSDK_CONFIG: join(folder, 'config'),
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_CORE_PROJECT: 'p1',
      CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
      CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${storage.server.url}/storage/v1/`,
    },
  });
  return stdout;
}

describe.skipIf(isLeftOut('gcloud'))('gcloud storage', () => {
  it('creates, uploads small and large, lists, reads, copies, moves and removes', {
    timeout: 180_000,
  }, async () => {
    const small = join(folder, 'small.csv');
    const large = join(folder, 'large.bin');
    writeFileSync(small, 'Patient_ID\n1\n');
    writeFileSync(large, randomBytes(12_000_000));
    await gcloud('buckets', 'create', 'gs://from-gcloud');
    await gcloud('cp', small, large, 'gs://from-gcloud/in/');
    expect((await gcloud('ls', 'gs://from-gcloud/in/')).trim().split('\n')).toEqual([
      'gs://from-gcloud/in/large.bin',
      'gs://from-gcloud/in/small.csv',
    ]);
    expect(await gcloud('cat', 'gs://from-gcloud/in/small.csv')).toBe('Patient_ID\n1\n');
    await gcloud('cp', 'gs://from-gcloud/in/large.bin', join(folder, 'back.bin'));
    expect(readFileSync(join(folder, 'back.bin')).equals(readFileSync(large))).toBe(true);
    await gcloud('mv', 'gs://from-gcloud/in/small.csv', 'gs://from-gcloud/out/small.csv');
    const described = await gcloud(
      'objects',
      'describe',
      'gs://from-gcloud/out/small.csv',
      '--format=value(size)',
    );
    expect(described.trim()).toBe('13');
    await gcloud('rm', '-r', 'gs://from-gcloud');
    expect(await storage.client.bucket('from-gcloud').exists()).toEqual([false]);
  });
});
