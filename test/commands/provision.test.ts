import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { asFlags, ownNames } from '../helpers/own-names.js';
import { runHealthmon } from '../helpers/run.js';
import { useTestStack } from '../helpers/stack.js';

describe('the instance of Bigtable', () => {
  const stack = useTestStack();

  async function provision(id: string) {
    const { json, stderr } = await runHealthmon(['provision', ...asFlags(ownNames(id)), '--json'], {
      env: { PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1', ...stack.env },
    });
    const { result, error } = json() as { result?: unknown; error?: unknown };
    expect(error, stderr).toBeUndefined();
    return result as { changes: Record<string, unknown>[]; created: number };
  }

  // Google's emulator has none.
  it.skipIf(process.env.HEALTHMON_EMULATORS_BIGTABLE === 'official')(
    'is made once, and then kept',
    async () => {
      const id = `instance-${process.pid}`;
      const step = { service: 'bigtable', resource: `instance ${id}`, action: 'create' };
      expect((await provision(id)).changes).toContainEqual(expect.objectContaining(step));
      expect((await provision(id)).created).toBe(0);
    },
  );

  it('is made by one of two who provision at once', async () => {
    const id = `both-${process.pid}`;
    await Promise.all([provision(id), provision(id)]);
    expect((await provision(id)).created).toBe(0);
  });
});

describe('a plan for Google Cloud without credentials', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'healthmon-plan-'));
  const env = { PATH: process.env.PATH, HOME: cwd, METADATA_SERVER_DETECTION: 'none' };
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));
  const provision = (...argv: string[]) =>
    runHealthmon(['provision', '--target', 'cloud', '--project', 'ward-7', '--json', ...argv], { cwd, env });
  type Plan = { compared: boolean; dryRun: boolean; created: number; changes: { action: string }[] };

  it('says what an empty project would get', async () => {
    const { code, json, stderr } = await provision('--dry-run');
    const result = json().result as unknown as Plan;
    expect(code).toBe(0);
    expect(result).toMatchObject({ compared: false, dryRun: true, exported: null });
    expect(result.changes.length).toBeGreaterThan(20);
    expect(new Set(result.changes.map(({ action }) => action))).toEqual(new Set(['create']));
    expect(stderr).not.toContain('Error');
  });

  it('is written as configuration of Terraform', async () => {
    const { code, json } = await provision(
      '--export',
      'terraform',
      '--to',
      'infra',
      '--only',
      'storage,pubsub',
    );
    expect(code).toBe(0);
    expect(json().result).toMatchObject({
      compared: false,
      dryRun: true,
      exported: { folder: 'infra', files: ['main.tf', 'storage.tf', 'pubsub.tf'] },
    });
    expect(readdirSync(join(cwd, 'infra')).sort()).toEqual(['main.tf', 'pubsub.tf', 'storage.tf']);
  });

  it('is no configuration of the local cloud', async () => {
    const { code, json } = await runHealthmon(['provision', '--export', 'terraform', '--json'], { cwd, env });
    expect(code).toBe(2);
    expect(json().error).toMatchObject({ code: 'unsupported' });
  });

  it.each([['--diff'], ['--dry-run', '--diff'], []])('is not what %j asks for', async (...argv) => {
    const { code, json } = await provision(...argv);
    expect(code).toBe(3);
    expect(json().error).toMatchObject({ code: 'credentials-missing' });
  });
});
