import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { renderReport, type StackReport } from '../../../commands/emulators/report.js';
import { groupMembers, waitUntil } from '../../../src/emulators/supervisor/processes.js';
import { readState, stackPath } from '../../../src/emulators/supervisor/state.js';
import { createOutput } from '../../../src/output/terminal-output.js';
import { runHealthmon } from '../../helpers/run.js';
import { expectNothingLeft, spawnCli, useFolder } from './harness.js';

const folder = useFolder();
const SMALL = ['--only', 'bigtable,storage'];
const run = (name: string, ...argv: string[]) => {
  folder.location(name);
  return runHealthmon(['emulators', ...argv, '--name', name], folder);
};

describe('healthmon emulators', () => {
  it('start, status, env, logs and stop go together', async () => {
    const started = await run('whole', 'start', ...SMALL, '--json');
    expect(started.code).toBe(0);
    const { result } = started.json() as unknown as {
      result: { services: object[]; env: Record<string, string> };
    };
    expect(result.services).toHaveLength(2);
    expect(result.services[0]).toMatchObject({ name: 'bigtable', implementation: 'embedded', ready: true });

    const status = await run('whole', 'status');
    expect(status.code).toBe(0);
    expect(status.stdout).toContain('bigtable');

    const shell = await run('whole', 'env');
    expect(shell.stdout).toContain(`export BIGTABLE_EMULATOR_HOST=${result.env.BIGTABLE_EMULATOR_HOST}\n`);
    const dotenv = await run('whole', 'env', '--format', 'dotenv');
    expect(dotenv.stdout).toContain(`\nSTORAGE_EMULATOR_HOST=http://127.0.0.1:`);
    const json = await run('whole', 'env', '--format', 'json');
    expect(JSON.parse(json.stdout)).toEqual(result.env);

    const logs = await run('whole', 'logs', 'storage');
    expect(logs.stdout).toContain('"ready":true');
    expect((await run('whole', 'logs', 'spaner')).code).toBe(2);

    const state = folder.state('whole');
    expect((await run('whole', 'stop', '--json')).json()).toMatchObject({ result: { stopped: ['whole'] } });
    await expectNothingLeft(state);
    expect((await run('whole', 'env')).code).toBe(3);
    expect((await run('whole', 'status', '--json')).json()).toMatchObject({
      result: { running: false, services: [] },
    });
    expect((await run('whole', 'stop', '--json')).json()).toMatchObject({ result: { stopped: [] } });
  });

  it('start --durability reaches the services that keep a journal', async () => {
    const fsync = ['--durability', 'fsync', '--only', 'bigtable,pubsub'];
    expect((await run('durable', 'start', ...fsync)).code).toBe(0);
    const { services } = folder.state('durable');
    expect(services).toHaveLength(2);
    for (const { process } of services) {
      const ps = spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(process!.pid)], { encoding: 'utf8' });
      expect(ps.stdout).toContain('--durability fsync');
    }
    await run('durable', 'stop');
  });

  it('status ends with 3 and names a service that died', async () => {
    await run('dying', 'start', ...SMALL);
    process.kill(folder.state('dying').services[0]!.process!.pid, 'SIGKILL');
    await waitUntil(() => folder.state('dying').services[0]!.exit !== undefined, 60_000);
    const status = await run('dying', 'status');
    expect(status.code).toBe(3);
    expect(status.stderr).toMatch(/bigtable ended by SIGKILL/);
  });

  it('names a service that died in every command that needs it, with the end of its log', async () => {
    const site = { cwd: folder.cwd, env: { ...folder.env, HEALTHMON_STATE_DIR: join(folder.cwd, 'died') } };
    await runHealthmon(['emulators', 'start', ...SMALL], site);
    const state = readState(stackPath(site))!;
    const stackCheck = async () => {
      const { result } = (await runHealthmon(['doctor', '--json'], site)).json() as unknown as {
        result: { checks: { name: string; status: string; found: string }[] };
      };
      return result.checks.find(({ name }) => name === 'local stack')!;
    };
    expect((await stackCheck()).found).toMatch(
      /^running, real work succeeds in all 2 services: bigtable embedded, storage embedded$/,
    );
    const frozen = groupMembers(state.services[0]!.process!.pid);
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    const { status, found } = await stackCheck();
    const shown = await runHealthmon(['emulators', 'status'], site);
    const save = await runHealthmon(['emulators', 'snapshot', 'save', 'frozen'], site);
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
    expect(status).toBe('fail');
    expect(found).toMatch(/^bigtable: /);
    expect(shown).toMatchObject({ code: 3, stdout: expect.stringMatching(/^bigtable +not answering/m) });
    expect(save).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('The bigtable service does not answer'),
    });
    process.kill(state.services[0]!.process!.pid, 'SIGKILL');
    await waitUntil(() => readState(stackPath(site))?.services[0]?.exit !== undefined, 60_000);
    const { code, stderr } = await runHealthmon(['stream', '--sink', 'bigtable'], site);
    expect(code).toBe(3);
    expect(stderr).toContain('The Bigtable emulator ended (SIGKILL)');
    expect(stderr).toContain('"ready":true');
    expect(stderr).toContain('Run "healthmon emulators start"');
    const started = await runHealthmon(['emulators', 'start', ...SMALL], site);
    expect(started.stderr).toContain('Starting the local cloud: started bigtable again');
    expect((await runHealthmon(['emulators', 'status'], site)).code).toBe(0);
    await runHealthmon(['emulators', 'stop'], site);
    await expectNothingLeft(state);
  });

  it('status shows uptime and memory, and advises a restart when a service has grown large', async () => {
    await run('grown', 'start', ...SMALL);
    const { result } = (await run('grown', 'status', '--json')).json() as unknown as {
      result: StackReport;
    };
    for (const { uptimeSeconds, rssMb } of result.services) {
      expect(uptimeSeconds).toBeGreaterThanOrEqual(0);
      expect(rssMb).toBeGreaterThan(0);
    }
    let talk = '';
    const stream = new Writable({
      write(chunk, _encoding, done) {
        talk += chunk;
        done();
      },
    });
    const output = createOutput({
      stdout: stream,
      stderr: stream,
      env: {},
      json: false,
      quiet: false,
      verbose: false,
    });
    renderReport(result, output);
    expect(talk).not.toContain('warning');
    renderReport(
      { ...result, services: result.services.map((service) => ({ ...service, rssMb: 3000 })) },
      output,
    );
    expect(talk).toContain(
      'bigtable holds 3000 MB; "healthmon emulators restart" starts it anew and keeps the data.',
    );
  });

  it('reset empties the data and keeps the ports', async () => {
    await run('reset', 'start', ...SMALL);
    const port = folder.state('reset').services[1]!.port;
    const url = `http://127.0.0.1:${port}/storage/v1/b`;
    await fetch(`${url}?project=p`, { method: 'POST', body: '{"name":"kept-until-reset"}' });
    expect((await run('reset', 'reset', ...SMALL)).code).toBe(0);
    expect(folder.state('reset').services[1]!.port).toBe(port);
    expect((await fetch(`${url}/kept-until-reset`)).status).toBe(404);
  });

  it('refuses wrong options before it starts anything', async () => {
    for (const argv of [
      ['start', '--only', 'spaner'],
      ['start', '--port', 'spanner'],
      ['start', '--port', 'nothing=9010'],
      ['start', '--port-base', '70000'],
    ]) {
      expect((await run('never', ...argv)).code).toBe(2);
    }
    expect(readState(stackPath(folder.location('never')))).toBeUndefined();
  });
});

describe('healthmon emulators exec', () => {
  const exec = (name: string, ...argv: string[]) => {
    folder.location(name);
    return spawnCli(['emulators', 'exec', ...SMALL, '--name', name, ...argv], folder);
  };

  it('sets the variables, returns the exit code and tears down', async () => {
    const cli = exec('env', '--', 'sh', '-c', 'echo "$BIGTABLE_EMULATOR_HOST $GOOGLE_CLOUD_PROJECT"; exit 7');
    expect((await cli.exited).code).toBe(7);
    expect(cli.stdout()).toMatch(/^127\.0\.0\.1:\d+ healthmon-local\n$/);
    expect(readState(stackPath(folder.location('env')))).toBeUndefined();
    const asJson = exec('env', '--json', '--', 'sh', '-c', 'echo talk; exit 3');
    expect((await asJson.exited).code).toBe(3);
    expect(JSON.parse(asJson.stdout())).toMatchObject({ result: { exitCode: 3 } });
    expect(asJson.stderr()).toContain('talk');
  });

  it('passes signals on and tears down after the command has ended', async () => {
    const cli = exec(
      'signals',
      '--',
      'sh',
      '-c',
      'trap "echo got it; exit 21" TERM; echo up; while :; do sleep 0.05; done',
    );
    await waitUntil(() => cli.stdout().includes('up'), 60_000);
    const state = folder.state('signals');
    cli.child.kill('SIGTERM');
    expect((await cli.exited).code).toBe(21);
    expect(cli.stdout()).toContain('got it');
    await expectNothingLeft(state);
  });

  it('says 128 plus the signal that ended the command, and what could not be started', async () => {
    expect((await exec('killed', '--', 'sh', '-c', 'kill -9 $$').exited).code).toBe(137);
    const missing = exec('missing', '--', 'no-such-command-here');
    expect((await missing.exited).code).toBe(1);
    expect(missing.stderr()).toContain('command-not-started');
    expect(readState(stackPath(folder.location('missing')))).toBeUndefined();
  });

  it('by kill -9 of healthmon leaves no stack behind', async () => {
    const cli = exec('shot', '--', 'sleep', '2');
    await waitUntil(() => folder.state('shot')?.phase === 'ready', 60_000);
    const state = folder.state('shot');
    cli.child.kill('SIGKILL');
    await expectNothingLeft(state);
  });

  it('uses a running stack and leaves it running', async () => {
    await run('shared', 'start', ...SMALL);
    const cli = exec('shared', '--', 'true');
    expect((await cli.exited).code).toBe(0);
    expect((await run('shared', 'status')).code).toBe(0);
  });
});

describe('an empty environment', () => {
  it('with only PATH is enough', async () => {
    const cwd = join(folder.cwd, 'empty');
    mkdirSync(cwd);
    const bare = { cwd, env: { PATH: process.env.PATH } };
    const cli = spawnCli(['emulators', 'exec', '--only', 'bigtable,pubsub,storage', '--', 'true'], bare);
    expect((await cli.exited).code).toBe(0);
  });
});
