import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../commands/index.js';
import { completionValues } from '../../src/cli/completion/values.js';
import { packageRoot } from '../../src/core/package-root.js';
import { loadedModules } from '../helpers/loaded-modules.js';
import { runHealthmon } from '../helpers/run.js';
import { useTestStack } from '../helpers/stack.js';

const stack = useTestStack();
const root = packageRoot();
const id = `completion_${process.pid}`;
let cwd: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'healthmon-completion-'));
  const bin = join(cwd, 'bin');
  mkdirSync(bin);
  symlinkSync(join(root, 'bin/healthmon.js'), join(bin, 'healthmon'));
  for (const shell of ['bash', 'zsh', 'fish']) {
    writeFileSync(join(cwd, `completion.${shell}`), (await runHealthmon(['completion', shell])).stdout);
  }
  env = {
    ...stack.env,
    PATH: `${bin}:${process.env.PATH}`,
    HEALTHMON_STATE_DIR: join(cwd, 'state'),
    HEALTHMON_DATASET: id,
    HEALTHMON_SPANNER_DATABASE: id,
  };
  const { BigQuery } = await import('@google-cloud/bigquery');
  const { PassThroughClient } = await import('google-auth-library');
  const bigquery = new BigQuery({
    projectId: stack.env.GOOGLE_CLOUD_PROJECT!,
    apiEndpoint: stack.endpoints.bigquery,
    authClient: new PassThroughClient() as never,
  });
  await bigquery.createDataset(id);
  await bigquery.query(
    `CREATE TABLE ${id}.batch_patient_info AS SELECT * FROM UNNEST(['17', '171', '2', 'o\\'hara', 'a\\nb']) AS Patient_ID`,
  );
  await bigquery.query(
    `CREATE MODEL ${id}.outcome_model OPTIONS (model_type = 'LOGISTIC_REG', input_label_cols = ['y']) AS
      SELECT x, MOD(x, 2) AS y FROM UNNEST(GENERATE_ARRAY(1, 40)) AS x`,
  );
  expect(
    (await runHealthmon(['provision'], { cwd, env: { ...env, HEALTHMON_DATASET: `${id}_other` } })).code,
  ).toBe(0);
  for (const name of ['monday', 'tuesday'])
    mkdirSync(join(cwd, 'state/snapshots', name), { recursive: true });
  mkdirSync(join(cwd, 'state/stacks/ward'), { recursive: true });
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** An emulator that does not answer within milliseconds is not waited for, as on a machine that is busy just then. */
const SOON = { timeout: 120_000 };

/** What bash offers after a line, the cursor being at its end. */
function tab(line: string): string[] {
  const words = line.split(' ');
  const script = `source ${cwd}/completion.bash
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length - 1}
_healthmon
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { cwd, env, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean);
}

describe('the completion of bash', () => {
  it.each([
    ['healthmon ev', ['evaluate']],
    ['healthmon emulators st', ['start', 'stop', 'status']],
    ['healthmon emulators snapshot ', ['save', 'load', 'list', 'delete']],
    ['healthmon --json emulators snapshot l', ['load', 'list']],
    ['healthmon query --format ', ['table', 'json', 'csv']],
    ['healthmon --target ', ['local', 'cloud']],
    ['healthmon evaluate --min-r', ['--min-roc-auc']],
    ['healthmon --ti', ['--timeout']],
    ['healthmon emulators logs b', ['bigtable', 'bigquery']],
    ['healthmon config get bigquery.mo', ['bigquery.model']],
    ['healthmon config set target ', ['local', 'cloud']],
    ['healthmon completion ', ['bash', 'zsh', 'fish']],
    ['healthmon load com', ['completion.bash', 'completion.zsh', 'completion.fish']],
    ['healthmon load file.csv --schema completion.b', ['completion.bash']],
    ['healthmon no-such-command com', ['completion']],
  ])('after "%s" offers %j', (line, words) => {
    expect(tab(line).sort()).toEqual([...words].sort());
  });

  it.each([
    ['healthmon predict --patient 17', ['17', '171']],
    ['healthmon load a.csv --table Pa', ['PatientInfo']],
    ['healthmon config set bigquery.model ', ['outcome_model']],
    ['healthmon config set bigquery.batchTable ', ['batch_patient_info']],
    ['healthmon emulators snapshot load ', ['monday', 'tuesday']],
    ['healthmon emulators start --from t', ['tuesday']],
    ['healthmon emulators stop --name ', ['ward']],
    ['healthmon schema infer a.csv --name mon', []],
  ])('after "%s" asks the local cloud and offers %j', async (line, words) => {
    await expect.poll(() => tab(line), SOON).toEqual(words);
  });

  it('offers the dead letters that were listed', async () => {
    expect(tab('healthmon dead-letters show ')).toEqual([]);
    const { rememberDeadLetters } = await import('../../src/cli/completion/values.js');
    rememberDeadLetters({ env, cwd }, ['8231', '8232']);
    expect(tab('healthmon dead-letters show 82')).toEqual(['8231', '8232']);
  });
});

describe('the values for the Tab key', () => {
  it('leave out what would break a command line', async () => {
    const values = () => completionValues('patients', '', { env, cwd });
    await expect.poll(values, SOON).toEqual(['17', '171', '2', "o'hara"]);
  });

  it('are none for an unknown source, a broken file, an emulator that is down, and the cloud', async () => {
    const nothing = async (source: string, more: NodeJS.ProcessEnv = {}) =>
      expect(await completionValues(source, '', { env: { ...env, ...more }, cwd })).toEqual([]);
    await nothing('nonsense');
    await nothing('models', { BIGQUERY_EMULATOR_HOST: 'http://127.0.0.1:1' });
    await nothing('tables', { SPANNER_EMULATOR_REST: 'http://127.0.0.1:1' });
    await nothing('models', { BIGQUERY_EMULATOR_HOST: '' });
    await nothing('models', { HEALTHMON_TARGET: 'cloud', HEALTHMON_PROJECT: 'ward-7' });
    await nothing('models', { HEALTHMON_TARGET: 'clod' });
  });

  it('are not waited for when the emulator does not answer', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const frozen = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { stdout, status } = spawnSync('healthmon', ['__complete', 'models', ''], {
      cwd,
      env: { ...env, BIGQUERY_EMULATOR_HOST: frozen },
      encoding: 'utf8',
      // Far more than the wait takes, far less than any default of a client.
      timeout: 60_000,
    });
    server.close();
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
  });

  it('load no client, no DuckDB and nothing of the command line', async () => {
    const bin = join(root, 'bin/healthmon.js');
    const look = () => loadedModules([bin, '__complete', 'patients', '17'], { cwd, root, env });
    // A busy emulator is not waited for.
    await expect.poll(() => look().stdout, SOON).toBe('17\n171\n');
    const { modules } = look();
    expect(modules).toEqual([
      'src/cli/completion/sources.js',
      'src/cli/completion/values.js',
      'src/config/config.js',
      'src/config/settings.js',
      'src/core/closest.js',
      'src/core/services.js',
      'src/core/stack-name.js',
      'src/emulators/supervisor/private-state.js',
      'src/emulators/supervisor/state.js',
      'src/errors/healthmon-error.js',
    ]);
  });
});

describe('the scripts of all shells', () => {
  it.each(['bash', 'zsh', 'fish'])('of %s names every command and option', async (shell) => {
    const { stdout } = await runHealthmon(['completion', shell]);
    for (const { path, load } of COMMANDS) {
      expect(stdout, path).toContain(path.split(' ').at(-1));
      for (const { flags } of (await load()).default.options ?? []) {
        const name = /--([a-z0-9-]+)/.exec(flags)![1]!;
        expect(stdout, name).toContain(shell === 'fish' ? `-l ${name} ` : `--${name}`);
      }
    }
    for (const source of ['tables', 'models', 'patients', 'snapshots', 'stacks', 'dead-letters']) {
      expect(stdout).toContain(`_healthmon_ask ${source}`);
    }
  });
});
