import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runHealthmon } from '../helpers/run.js';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'healthmon-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const file = () => join(cwd, 'healthmon.json');
const read = () => JSON.parse(readFileSync(file(), 'utf8'));
const run = (...argv: string[]) => runHealthmon(argv, { cwd });

describe('a secret', () => {
  const webhook = 'https://alerts.example.com/7f3a91';
  const env = { HEALTHMON_ALERT_WEBHOOK: webhook, HEALTHMON_ALERT_WEBHOOK_AUTHORIZATION: 'Bearer 5ec2e7' };
  const commands = [
    ['config', 'show', '--origin'],
    ['config', 'get', 'alerts.webhook'],
    ['config', 'set', 'bigquery.dataset', 'ward7'],
    ['config', 'set', 'bigquery.dataset', 'ward7', '--dry-run'],
    ['config', 'unset', 'bigquery.dataset', '--dry-run'],
    ['init', '--force', '--dry-run'],
  ];

  it.each(commands)('of the environment is neither shown nor written by %s %s %s', async (...argv) => {
    for (const json of [[], ['--json']]) {
      const { code, stdout, stderr } = await runHealthmon([...argv, ...json], { cwd, env });
      expect([code, stdout + stderr]).toEqual([0, expect.not.stringMatching(/7f3a91|5ec2e7/)]);
    }
    if (existsSync(file())) expect(readFileSync(file(), 'utf8')).not.toMatch(/7f3a91|5ec2e7/);
  });

  it.each(commands)('of the file stays there and is not shown by %s %s %s', async (...argv) => {
    writeFileSync(file(), JSON.stringify({ alerts: { webhook } }));
    for (const json of [[], ['--json']]) {
      const { code, stdout, stderr } = await run(...argv, ...json);
      expect([code, stdout + stderr]).toEqual([0, expect.not.stringContaining('7f3a91')]);
    }
    expect(read().alerts).toEqual({ webhook });
    await run('init', '--force');
    expect(read().alerts).toEqual({ webhook });
    expect((await run('config', 'get', 'alerts.webhook')).stdout).toBe('(set, not shown)\n');
    expect((await run('config', 'unset', 'alerts.webhook')).code).toBe(0);
    expect(read().alerts).toBeUndefined();
  });

  it('that is wrong is not shown either', async () => {
    const wrong = { HEALTHMON_ALERT_WEBHOOK: 'alerts.example.com/7f3a91' };
    const { code, stderr } = await runHealthmon(['config', 'show'], { cwd, env: wrong });
    expect([code, stderr]).toEqual([2, expect.stringContaining('alerts.webhook (HEALTHMON_ALERT_WEBHOOK)')]);
    expect(stderr).not.toContain('7f3a91');
  });
});

describe('healthmon config set, get and unset', () => {
  it('make the file, change it, keep what is beside, and take it back', async () => {
    expect((await run('config', 'set', 'bigquery.dataset', 'ward7')).stderr).toContain(
      'bigquery.dataset = ward7',
    );
    expect(
      (await run('config', 'set', 'bigquery.model=readmission', 'spanner.processingUnits=300')).code,
    ).toBe(0);
    expect(read()).toMatchObject({
      bigquery: { dataset: 'ward7', model: 'readmission' },
      spanner: { processingUnits: 300 },
    });
    const got = await run('config', 'get', 'bigquery.dataset');
    expect(got.stdout).toBe('ward7\n');
    expect((await run('config', 'get', 'pubsub.topic', '--json')).json().result).toEqual({
      name: 'pubsub.topic',
      value: 'patient-vitals',
      origin: 'default',
    });
    expect((await run('config', 'unset', 'bigquery.dataset', 'spanner.processingUnits')).code).toBe(0);
    expect(read()).toEqual({ $schema: expect.any(String), bigquery: { model: 'readmission' } });
    expect((await run('config', 'get', 'bigquery.dataset')).stdout).toBe('healthmon\n');
  });

  it.each([
    [['bigquery.datasset', 'x'], 'Did you mean "bigquery.dataset"?'],
    [['bigquery.dataset', 'a-b'], 'config-invalid'],
    [['spanner.processingUnits', 'many'], 'It must be a multiple of 100.'],
    [['spanner.processingUnits', '150'], 'It must be a multiple of 100.'],
    [['target', 'cluod'], 'It must be one of: local, cloud.'],
    [['target', 'cloud'], 'project-missing'],
    [['target'], 'invalid-argument'],
    [['bigquery.model=ok', 'bigquery.dataset=a-b'], 'config-invalid'],
  ])('refuse %j and write nothing', async (words, message) => {
    const { code, stderr } = await run('config', 'set', ...words);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(existsSync(file())).toBe(false);
  });

  it('set what makes an invalid file valid again', async () => {
    writeFileSync(file(), '{"target": "clod"}');
    expect((await run('config', 'show')).code).toBe(2);
    expect((await run('config', 'set', 'target=cloud', 'project=ward-7')).code).toBe(0);
    expect((await run('config', 'get', 'target')).stdout).toBe('cloud\n');
  });

  it('name what to type for a value that is not valid, and it helps', async () => {
    writeFileSync(file(), '\uFEFF{"bigquery": {"dataset": "a-b"}}');
    const wrong = await run('query', 'SELECT 1', '--json');
    expect(wrong.json().error?.suggestion).toContain('healthmon config set bigquery.dataset VALUE');
    expect((await run('config', 'set', 'bigquery.dataset', 'ward7')).code).toBe(0);
    expect((await run('config', 'get', 'bigquery.dataset')).stdout).toBe('ward7\n');
    const env = { HEALTHMON_TARGET: 'Cloud' };
    const variable = await runHealthmon(['query', 'SELECT 1', '--json'], { cwd, env });
    expect(variable.json().error?.suggestion).toContain('unset HEALTHMON_TARGET');
  });

  it.each([
    ['HEALTHMON_TARGT', 'HEALTHMON_TARGET'],
    ['HEALTHMON_SPANER_INSTANCE', 'HEALTHMON_SPANNER_INSTANCE'],
  ])('take no notice of other variables, but refuse a slip such as %s', async (slip, meant) => {
    const env = {
      [slip]: 'x',
      HEALTHMON_STATE_DIR: cwd,
      HEALTHMON_SPANNER_EMULATOR: 'y',
      HEALTHMON_TEAM: 'z',
    };
    const { code, stderr } = await runHealthmon(['config', 'show'], { cwd, env });
    expect(code).toBe(2);
    expect(stderr).toContain(`Did you mean "${meant}"?`);
    expect((await runHealthmon(['config', 'show'], { cwd, env: { ...env, [slip]: '' } })).code).toBe(0);
  });

  it('say when the environment hides what was written, and in a dry run write nothing', async () => {
    const hidden = await runHealthmon(['config', 'set', 'bigquery.dataset', 'ward7'], {
      cwd,
      env: { HEALTHMON_DATASET: 'other' },
    });
    expect(hidden.stderr).toContain('HEALTHMON_DATASET is set in the environment');
    const before = readFileSync(file(), 'utf8');
    const dry = await run('config', 'set', 'bigquery.dataset', 'ward8', '--dry-run');
    expect(JSON.parse(dry.stdout)).toMatchObject({ bigquery: { dataset: 'ward8' } });
    expect(readFileSync(file(), 'utf8')).toBe(before);
    expect((await run('config', 'set', 'bigquery.dataset', 'ward8')).code).toBe(0);
    expect(readFileSync(file(), 'utf8')).toBe(dry.stdout);
  });

  it('use the file of --config and refuse one that is not there', async () => {
    writeFileSync(join(cwd, 'other.json'), '{}');
    expect((await run('config', 'set', 'location', 'EU', '--config', 'other.json')).code).toBe(0);
    expect(JSON.parse(readFileSync(join(cwd, 'other.json'), 'utf8'))).toEqual({ location: 'EU' });
    expect(existsSync(file())).toBe(false);
    expect((await run('config', 'set', 'location', 'EU', '--config', 'no.json')).stderr).toContain(
      'config-unreadable',
    );
  });
});

describe('healthmon init', () => {
  it('names a schema that is there, and leaves out what follows from other settings', async () => {
    expect((await run('init')).code).toBe(0);
    const { $schema, storage } = read();
    expect(JSON.parse(readFileSync(fileURLToPath($schema), 'utf8')).properties.bigquery).toBeDefined();
    expect(storage).toBeUndefined();
    expect((await run('config', 'set', 'project', 'ward-7')).code).toBe(0);
    expect((await run('config', 'get', 'storage.bucket')).stdout).toBe('ward-7-healthmon\n');
  });

  it('in a dry run prints exactly what it then writes', async () => {
    const dry = await run('init', '--dry-run', '--set', 'location=EU');
    expect(existsSync(file())).toBe(false);
    await run('init', '--set', 'location=EU');
    expect(readFileSync(file(), 'utf8')).toBe(dry.stdout);
  });
});
