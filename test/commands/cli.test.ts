import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../commands/index.js';
import { naming } from '../../src/cli/started-as.js';
import { runHealthmon } from '../helpers/run.js';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'healthmon-cli-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const run = (...argv: string[]) => runHealthmon(argv, { cwd });

describe('the command line', () => {
  it('lists every command in the help, and each has help of its own with examples', async () => {
    const help = await run('--help');
    expect(help.code).toBe(0);
    for (const { path } of COMMANDS) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${path.split(' ')[0]}\\b`, 'm'));
      const own = await run(...path.split(' '), '--help');
      expect(own.code, path).toBe(0);
      expect(own.stdout, path).toContain('Examples:');
      expect(own.stdout, path).toContain(`$ healthmon ${path}`);
    }
  });

  it.each([
    [['no-such-command'], 'unknown-command'],
    [[], 'command-missing'],
    [['config'], 'command-missing'],
    [['help', 'no-such-command'], 'unknown-command'],
    [['emulators', 'no-such-command', '--help'], 'unknown-command'],
    [['query'], 'missing-argument'],
    [['query', ' '], 'invalid-argument'],
    [['stream', '--allow-host', 'ward:7'], 'invalid-option'],
    [['stream', '--set', 'alerts.webhook=https://alerts.example.com/7f3a'], 'secret-on-command-line'],
    [['config', 'set', 'alerts.webhook', 'https://alerts.example.com/7f3a'], 'secret-on-command-line'],
    [['dead-letters', 'purge', '--reason', 'invalid-jsn', '--yes'], 'invalid-option'],
    [['query', 'SELECT', '1'], 'excess-arguments'],
    [['query', 'SELECT 1', '--no-such-option'], 'unknown-option'],
    [['query', 'SELECT 1', '--format', 'xml'], 'invalid-option'],
    [['evaluate', '--min-f1', '2'], 'invalid-option'],
    [['config', 'show', '--set', 'bigquery.datset=x'], 'config-unknown-key'],
    [['config', 'show', '--set', 'bigquery.dataset=a-b'], 'config-invalid'],
    [['config', 'show', '--timeout', 'soon'], 'invalid-option'],
    [['config', 'show', '--target', 'cloud'], 'project-missing'],
  ])('%j ends with exit code 2 and the code %s, as JSON too', async (argv, code) => {
    const plain = await run(...argv);
    expect(plain.code).toBe(2);
    expect(plain.stdout).toBe('');
    expect(plain.stderr).toContain(`(${code})`);
    expect(plain.stderr).not.toContain('..');
    const asJson = await run(...argv, '--json');
    expect(asJson.code).toBe(2);
    expect(asJson.json()).toMatchObject({ ok: false, error: { code } });
    expect(Object.keys(asJson.json().error ?? {})).toEqual(['code', 'message', 'detail', 'suggestion']);
  });

  it.each([
    [['query', 'SELECT 1', '--fromat', 'csv'], ['--format'], 'Run "healthmon query --help".'],
    [['query', 'SELECT 1', '--max-bytes=patient-4711'], ['--max-bytes-billed'], 'Run "healthmon query'],
    [
      ['simulate', '--patient', '4711'],
      ['--patients', '--patients-from'],
      'Run "healthmon simulate --help".',
    ],
    [['--jsn'], ['--json'], 'Run "healthmon --help".'],
    [['load', 'a.csv', '-x'], [], 'Run "healthmon load --help".'],
    [['emulators', 'strat'], ['healthmon emulators start'], ''],
    [['emulator', 'start'], ['healthmon emulators start'], ''],
    [['emulator', 'snapshots', 'sav'], ['healthmon emulators snapshot save'], ''],
    [['dead-letter'], ['list', 'show', 'replay'].map((name) => `healthmon dead-letters ${name}`), ''],
    [['evalute'], ['healthmon evaluate'], ''],
    [['stop'], ['healthmon emulators stop'], ''],
    [['show'], ['dead-letters', 'models', 'config'].map((name) => `healthmon ${name} show`), ''],
    [['snapshot'], ['save', 'load', 'list'].map((name) => `healthmon emulators snapshot ${name}`), ''],
    [['emulators', 'snapshot', 'sav'], ['healthmon emulators snapshot save'], ''],
    [['emulators', 'xyzzy'], [], 'Run "healthmon emulators --help" for the list.'],
    [['xyzzy'], [], 'Run "healthmon --help" for the list.'],
    [['simulate', 'admission'], ['healthmon simulate admissions'], ''],
  ] as [string[], string[], string][])(
    'suggests for %j at most three that were meant',
    async (argv, meant, more) => {
      const { code, stderr } = await run(...argv);
      expect(code).toBe(2);
      const names = meant.map((name) => (name.startsWith('-') ? name : `"${name}"`));
      const last = names.pop();
      const question =
        last === undefined ? '' : `Did you mean ${[names.join(', '), last].filter(Boolean).join(' or ')}?`;
      expect(stderr).toContain(`→ ${[question, more].filter(Boolean).join(' ')}`);
      expect(stderr.split('\n').length, 'no list').toBe(3);
      expect(stderr).not.toContain('4711');
    },
  );

  it.each([['version'], ['-v'], ['-V'], ['--version']])('%s prints the version', async (word) => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await run(word)).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect((await run('--json', word)).json()).toMatchObject({ ok: true, result: { text: `${version}\n` } });
  });

  it.each([[], ['emulators'], ['emulators', 'snapshot']])(
    'answers %s alone with its help, to a person at a terminal only',
    async (...names) => {
      const typed = await runHealthmon(names, { cwd, columns: 80 });
      expect(typed).toMatchObject({ code: 0, stdout: (await run(...names, '--help')).stdout, stderr: '' });
      expect((await run(...names)).code).toBe(2);
      const asJson = await runHealthmon([...names, '--json'], { cwd, columns: 80 });
      expect(asJson.json().error).toMatchObject({ code: 'command-missing' });
    },
  );

  it('tells in a help what the command does and how it is used before its options', async () => {
    for (const { path, summary } of COMMANDS) {
      const { stdout } = await run(...path.split(' '), '--help');
      const text = stdout.replaceAll(/\s+/g, ' ');
      const order = ['Usage:', summary, 'Examples:', ' Options:', 'Options of every command'];
      const places = order.map((part) => text.indexOf(part)).filter((at, index) => index !== 3 || at >= 0);
      expect(places, path).toEqual([...places].sort((a, b) => a - b));
      expect(places.includes(-1), path).toBe(false);
      expect(stdout).not.toContain('--log-format');
      expect(stdout.trimEnd().split('\n').at(-1)).toBe(
        'Options of every command (--json, --target …): "healthmon --help".',
      );
    }
  });

  it.each([
    ['/usr/local/bin/healthmon', {}, 'healthmon'],
    ['/home/me/ward/node_modules/.bin/healthmon', {}, 'npx healthmon'],
    ['/home/me/.npm/_npx/1f/node_modules/.bin/healthmon', { npm_command: 'exec' }, 'npx healthmon'],
    ['/opt/node/lib/node_modules/healthmon/bin/healthmon.js', {}, 'healthmon'],
    ['/home/me/ward/healthmon/bin/healthmon.js', {}, 'node healthmon/bin/healthmon.js'],
    ['/home/me/bin/healthmon.js', {}, 'node ../bin/healthmon.js'],
    ['/srv/my tools/healthmon.js', {}, 'node "/srv/my tools/healthmon.js"'],
    ['/home/me/ward/healthmon', {}, 'node healthmon'],
  ])('started as %s it names commands as %s %s', async (script, env, started) => {
    const around = { cwd: '/home/me/ward', env: { PATH: '/usr/bin:/usr/local/bin', ...env }, script };
    const wrong = await runHealthmon(['emulator', 'start'], around);
    expect(wrong.stderr).toContain(`Did you mean "${started} emulators start"?`);
    const asJson = await runHealthmon(['emulator', 'start', '--json'], around);
    expect(asJson.json().error?.suggestion).toBe(`Did you mean "${started} emulators start"?`);
    const { stdout } = await runHealthmon(['load', '--help'], around);
    expect(stdout).toContain(`Usage: ${started} load`);
    expect(stdout).toContain(`$ ${started} load admissions.csv\n`);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`gets the rows by "${started} sync"`);
  });

  it('takes nothing for a command that only looks like one', () => {
    const text =
      'the dataset healthmon does not exist; healthmon-load, my/healthmon load, $(healthmon load x)';
    expect(naming(COMMANDS, 'npx healthmon')(text)).toBe(text.replace('$(healthmon', '$(npx healthmon'));
  });

  it.each([
    ['help', 'emulators'],
    ['emulators', 'help'],
    ['help', 'emulators', 'snapshot'],
    ['emulators', 'snapshot', 'help'],
    ['help', 'load'],
  ])('shows the help for %s %s', async (...argv) => {
    const { code, stdout } = await run(...argv);
    const names = argv.filter((word) => word !== 'help').join(' ');
    expect({ code, usage: stdout.split(' [')[0] }).toEqual({ code: 0, usage: `Usage: healthmon ${names}` });
  });

  it('repeats no argument of a command that it does not know', async () => {
    const { stderr } = await run('pedict', 'patient-4711');
    expect(stderr).toContain('There is no command "pedict".');
    expect(stderr).toContain('Did you mean "healthmon predict"?');
    expect(stderr).not.toContain('4711');
  });

  it.each([['--help'], ['load', '--help'], ['--version']])(
    'prints one document with %s --json',
    async (...argv) => {
      const [plain, asJson] = [await run(...argv), await run(...argv, '--json')];
      expect(plain.stdout).not.toBe('');
      expect(asJson.json()).toMatchObject({ ok: true, result: { text: plain.stdout } });
    },
  );

  it('wraps the text of a help at the width of a terminal', async () => {
    for (const { path } of COMMANDS) {
      const { stdout } = await run(...path.split(' '), '--help');
      // An example is one line, to be copied.
      const lines = stdout.split('\n').filter((line) => !/^ {2}\$ | {6}/.test(line));
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
    }
  });

  it.each([
    [['provision'], {}, 'credentials-missing', 'gcloud auth application-default login'],
    [['stream'], { GOOGLE_APPLICATION_CREDENTIALS: '/no/such.json' }, 'credentials-missing', 'unset GOOGLE'],
    [
      ['query', 'SELECT 1'],
      { GOOGLE_APPLICATION_CREDENTIALS: 'bad.json' },
      'credentials-invalid',
      'unset GOOGLE',
    ],
  ])(
    '%j on Google Cloud without good credentials says how to get them',
    async (argv, variables, code, fix) => {
      writeFileSync(join(cwd, 'bad.json'), '{"private_key": secret');
      const given = Object.values(variables)[0];
      const env = {
        HOME: cwd,
        METADATA_SERVER_DETECTION: 'none',
        ...(given && { GOOGLE_APPLICATION_CREDENTIALS: join(cwd, given) }),
      };
      const words = [...argv, '--target', 'cloud', '--project', 'ward-7', '--json'];
      const failed = await runHealthmon(words, { cwd, env });
      expect(failed.code).toBe(3);
      expect(failed.json().error).toMatchObject({ code, suggestion: expect.stringContaining(fix) });
      expect(failed.stdout + failed.stderr).not.toContain('secret');
    },
  );

  it('writes JSON objects only to stderr with --log-format json, the failure too', async () => {
    const { code, stderr } = await run('load', 'no-such.csv', '--log-format', 'json');
    expect(code).toBe(2);
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    expect(lines[0]).toMatchObject({ level: 'info', event: expect.stringMatching(/^target: local/) });
    expect(lines.at(-1)).toMatchObject({
      level: 'error',
      code: 'file-not-found',
      suggestion: expect.any(String),
    });
    expect(lines.every(({ time }) => !Number.isNaN(Date.parse(time!)))).toBe(true);
  });

  it('reports a promise that a client rejects and nobody holds, and survives later ones', async () => {
    const signals = new EventEmitter();
    const rejects = () => signals.emit('unhandledRejection', new Error('connect ECONNREFUSED 127.0.0.1:1'));
    const running = runHealthmon(['simulate', '--stdout', '--rate', '1'], {
      cwd,
      signals,
      onStderr: () => setTimeout(rejects, 300),
    });
    const { code, stderr } = await running;
    expect(code).toBe(3);
    expect(stderr).toContain('service-unavailable');
    expect(signals.listenerCount('unhandledRejection')).toBeGreaterThan(0);
  });

  it('takes global options before and after the command', async () => {
    for (const argv of [
      ['--json', 'config', 'show'],
      ['config', '--json', 'show'],
      ['config', 'show', '--json'],
    ]) {
      expect((await run(...argv)).json()).toMatchObject({ ok: true, command: 'config show' });
    }
  });

  it('prefers flag over environment over file over default', async () => {
    writeFileSync(
      join(cwd, 'healthmon.json'),
      JSON.stringify({ bigquery: { dataset: 'from_file', model: 'm' } }),
    );
    const env = { HEALTHMON_DATASET: 'from_env', HEALTHMON_LOCATION: 'EU' };
    const shown = await runHealthmon(['config', 'show', '--json', '--set', 'location=US'], { cwd, env });
    const { settings } = shown.json().result as unknown as {
      settings: { name: string; value: string; origin: string }[];
    };
    const by = Object.fromEntries(settings.map(({ name, value, origin }) => [name, `${value} ${origin}`]));
    expect(by['bigquery.dataset']).toBe('from_env environment');
    expect(by['bigquery.model']).toBe('m file');
    expect(by.location).toBe('US flag');
    expect(by['pubsub.topic']).toBe('patient-vitals default');
  });

  it('refuses an unknown key of the file and names the one that was meant', async () => {
    writeFileSync(join(cwd, 'healthmon.json'), JSON.stringify({ bigquery: { datasett: 'x' } }));
    const { code, stderr } = await run('config', 'show');
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean "bigquery.dataset"?');
  });

  it('init writes a file that is read back with the same values, and does not overwrite it', async () => {
    expect((await run('init')).code).toBe(0);
    expect((await run('config', 'show', '--json')).json()).toMatchObject({ ok: true });
    expect((await run('init')).stderr).toContain('config-exists');
    expect((await run('init', '--force')).code).toBe(0);
  });

  it('says exit code 3 and what to run when nothing may be started', async () => {
    const { code, stderr } = await run('query', 'SELECT 1');
    expect(code).toBe(3);
    expect(stderr).toContain('healthmon emulators start');
  });

  it('refuses emulator variables in cloud mode and cloud endpoints in local mode', async () => {
    const cloud = await runHealthmon(['query', 'SELECT 1', '--target', 'cloud', '--project', 'ward-7'], {
      cwd,
      env: { PUBSUB_EMULATOR_HOST: '127.0.0.1:1' },
    });
    expect(cloud.code).toBe(2);
    expect(cloud.stderr).toContain('unset PUBSUB_EMULATOR_HOST');
    const local = await runHealthmon(['query', 'SELECT 1'], {
      cwd,
      env: {
        SPANNER_EMULATOR_HOST: 'spanner.googleapis.com:443',
        BIGQUERY_EMULATOR_HOST: 'http://127.0.0.1:1',
      },
    });
    expect(local.code).toBe(2);
    expect(local.stderr).toContain('cloud-endpoint-in-local-mode');
  });

  it.each([
    [['teardown', '--yes']],
    [['teardown', '--yes', '--confirm-project', 'ward-8']],
    [['dead-letters', 'purge', '--yes']],
    [['load', 'a.csv', '--mode', 'truncate']],
    [['load', 'a.csv', '--mode', 'truncate', '--confirm-project', 'ward-7']],
  ])('%j on Google Cloud names the target first and needs the project once more', async (argv) => {
    const { code, stdout, stderr } = await run(...argv, '--target', 'cloud', '--project', 'ward-7');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.split('\n')[0]).toBe('target: cloud project=ward-7');
    expect(stderr).toContain('Add --yes --confirm-project ward-7.');
  });

  it('warns with both ids when the local cloud was started for another project', async () => {
    const env = {
      SPANNER_EMULATOR_HOST: '127.0.0.1:1',
      BIGTABLE_EMULATOR_HOST: '127.0.0.1:1',
      PUBSUB_EMULATOR_HOST: '127.0.0.1:1',
      BIGQUERY_EMULATOR_HOST: 'http://127.0.0.1:1',
      STORAGE_EMULATOR_HOST: 'http://127.0.0.1:1',
      GOOGLE_CLOUD_PROJECT: 'ward-7',
    };
    const { stderr } = await runHealthmon(['query', 'SELECT 1'], { cwd, env });
    expect(stderr).toContain('started for the project ward-7, and this command works in healthmon-local');
    const same = await runHealthmon(['query', 'SELECT 1', '--project', 'ward-7'], { cwd, env });
    expect(same.stderr).not.toContain('warning');
  });

  it('lists the exit codes in its help', async () => {
    const { stdout } = await run('--help');
    for (const code of [0, 1, 2, 3, 4, 5, 130]) expect(stdout).toMatch(new RegExp(`^ {2}${code} +\\w`, 'm'));
  });

  it('writes no escape sequences without a terminal', async () => {
    for (const argv of [['config', 'show'], ['query'], ['--help']]) {
      const { stdout, stderr } = await run(...argv);
      expect(stdout + stderr).not.toContain('\u001b[');
    }
  });
});
