import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLeftOut } from '../../helpers/optional-tools.js';
import { startEmbedded } from './backends.js';

let server: Awaited<ReturnType<typeof startEmbedded>>;
let folder: string;
beforeAll(async () => {
  server = await startEmbedded();
  folder = mkdtempSync(join(tmpdir(), 'healthmon-cbt-'));
  // Without credentials of its own it asks gcloud for some, which takes seconds.
  const nobody = { type: 'authorized_user', client_id: 'none', client_secret: 'none', refresh_token: 'none' };
  writeFileSync(join(folder, 'credentials.json'), JSON.stringify(nobody));
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** @returns what the command prints. */
async function cbt(...args: string[]): Promise<string> {
  const options = ['-creds', join(folder, 'credentials.json'), '-project', 'p', '-instance', 'my-instance'];
  const { stdout } = await promisify(execFile)('cbt', [...options, ...args], {
    env: { ...process.env, BIGTABLE_EMULATOR_HOST: `127.0.0.1:${server.port}` },
    timeout: 60_000,
  });
  return stdout;
}

describe.skipIf(isLeftOut('cbt'))('cbt', () => {
  it('makes a table, imports, counts, reads with filters and statistics, and drops', async () => {
    await cbt('createtable', 'vitals', 'families=f:maxversions=1', 'splits=m');
    expect(await cbt('ls')).toBe('vitals\n');
    expect(await cbt('ls', 'vitals')).toMatch(/f\s+versions\(\) > 1/);
    const rows = Array.from(
      { length: 2500 },
      (_, row) => `k${String(row).padStart(4, '0')},${row},${row % 7}`,
    );
    writeFileSync(join(folder, 'rows.csv'), [',f,f', ',a,b', ...rows].join('\n'));
    await cbt('import', 'vitals', join(folder, 'rows.csv'));
    expect(await cbt('count', 'vitals')).toBe('2500\n');
    expect(await cbt('count', 'vitals', 'prefix=k00')).toBe('100\n');
    const read = await cbt('read', 'vitals', 'start=k0007', 'count=2', 'columns=f:a', 'cells-per-column=1');
    expect(read.match(/^k\d+/gm)).toEqual(['k0007', 'k0008']);
    expect(read).toContain('"7"');
    expect(await cbt('read', 'vitals', 'regex=k00[12]5', 'keys-only=true')).toMatch(/k0015.*k0025/s);
    expect(await cbt('read', 'vitals', 'count=1', 'reversed=true')).toContain('k2499');
    expect(await cbt('read', 'vitals', 'count=3', 'include-stats=full')).toMatch(/rows_returned_count.*3/);
    await cbt('deleteallrows', 'vitals');
    expect(await cbt('count', 'vitals')).toBe('0\n');
  });

  it('sets, appends to and deletes cells', async () => {
    await cbt('createtable', 'cells');
    await cbt('createfamily', 'cells', 'f');
    await cbt('set', 'cells', 'r1', 'f:a=one', 'f:b=two@1000');
    expect(await cbt('lookup', 'cells', 'r1')).toMatch(/f:a.*"one".*f:b.*"two"/s);
    await cbt('deletecolumn', 'cells', 'r1', 'f', 'a');
    expect(await cbt('lookup', 'cells', 'r1')).not.toContain('one');
    await cbt('deleterow', 'cells', 'r1');
    expect(await cbt('read', 'cells')).toBe('');
    await cbt('deletetable', 'cells');
  });
});
