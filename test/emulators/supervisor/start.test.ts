import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { implementationOf, SERVICE_NAMES } from '../../../src/core/services.js';
import { readLogs } from '../../../src/emulators/stack/logs.js';
import { type StartOptions, startStack } from '../../../src/emulators/stack/start.js';
import { stackEndpoints, stackEnv, stackStatus } from '../../../src/emulators/stack/status.js';
import { stopStack } from '../../../src/emulators/stack/stop.js';
import { isFree } from '../../../src/emulators/supervisor/ports.js';
import { identify, isAlive } from '../../../src/emulators/supervisor/processes.js';
import { stackPath, writeState } from '../../../src/emulators/supervisor/state.js';
import { HealthmonError } from '../../../src/errors/healthmon-error.js';
import { HAS_OFFICIALS } from '../../helpers/officials.js';
import { expectNothingLeft, spawnCli, useFolder } from './harness.js';
import { ALL_OFFICIAL, script } from './misbehaving.js';

const folder = useFolder();
const options = (name: string, more: Partial<StartOptions> = {}): StartOptions => ({
  ...folder.location(name),
  project: 'p1',
  only: ['bigtable', 'storage'],
  ...more,
});

async function refusal(call: Promise<unknown>): Promise<HealthmonError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(HealthmonError);
  return error as HealthmonError;
}

describe('start', () => {
  it.skipIf(!HAS_OFFICIALS)('is ready after real work in all three official emulators and ours', async () => {
    const seen: string[] = [];
    const begun = Date.now();
    const started = await startStack(
      options('all', {
        only: ['spanner', 'bigtable', 'pubsub', 'storage'],
        implementations: ALL_OFFICIAL,
      }),
      ({ service }) => seen.push(service),
    );
    expect(Date.now() - begun).toBeLessThan(60_000);
    expect([...seen].sort()).toEqual(['bigtable', 'pubsub', 'spanner', 'storage']);
    expect(started.status.services.every((service) => service.ready && (service.rssMb ?? 0) > 0)).toBe(true);
    const env = await stackEnv(folder.location('all'));
    expect(Object.keys(env!)).toEqual(
      expect.arrayContaining(['SPANNER_EMULATOR_HOST', 'SPANNER_EMULATOR_REST', 'GOOGLE_CLOUD_PROJECT']),
    );
    const rest = await fetch(`${env!.SPANNER_EMULATOR_REST}/v1/projects/p1/instances`);
    // The readiness check removed what it had made.
    expect(await rest.json()).toEqual({});
    expect(Object.keys((await stackEndpoints(folder.location('all')))!)).not.toContain('bigquery');

    // Somebody else's emulators, named by the standard variables, are used and left running.
    const { HEALTHMON_STACK: _ours, ...variables } = env!;
    const guest = {
      ...options('guest', { only: ['spanner', 'pubsub'] }),
      env: { ...folder.env, ...variables },
    };
    const joined = await startStack(guest);
    expect(joined.status.services.map((service) => service.implementation)).toEqual(['external', 'external']);
    await stopStack(guest);
    expect((await stackStatus(folder.location('all'))).services.every((service) => service.ready)).toBe(true);
    // The marked variables of our own stack do not count as somebody else's.
    const marked = { ...options('marked', { only: ['bigtable'] }), env: { ...folder.env, ...env } };
    expect((await startStack(marked)).status.services[0]!.implementation).toBe('embedded');

    const state = folder.state('all');
    await stopStack(folder.location('all'));
    await expectNothingLeft(state);
  });

  it('twice at once makes one stack', async () => {
    const results = await Promise.all([startStack(options('twice')), startStack(options('twice'))]);
    expect(results.map((result) => result.alreadyRunning).sort()).toEqual([false, true]);
    expect(results[0]!.status.services.map((service) => service.pid)).toEqual(
      results[1]!.status.services.map((service) => service.pid),
    );
    const clis = [1, 2].map(() =>
      spawnCli(['emulators', 'start', '--only', 'bigtable', '--name', 'racing', '--json'], folder),
    );
    folder.location('racing');
    const codes = await Promise.all(clis.map(async (cli) => (await cli.exited).code));
    expect(codes).toEqual([0, 0]);
    const pids = clis.map((cli) => JSON.parse(cli.stdout()).result.services[0].pid);
    expect(pids[0]).toBe(pids[1]);
  });

  it('of several stacks gives each its own ports and state', async () => {
    const stacks = await Promise.all(['one', 'two', 'three'].map((name) => startStack(options(name))));
    const ports = stacks.flatMap(({ status }) => status.services.map((service) => service.port));
    expect(new Set(ports).size).toBe(6);
    await stopStack(folder.location('two'));
    expect((await stackStatus(folder.location('one'))).services.every((service) => service.ready)).toBe(true);
    expect((await stackStatus(folder.location('two'))).running).toBe(false);
  });

  it('takes the ports it is told and names who holds a taken one', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const error = await refusal(startStack(options('taken', { ports: { bigtable: port } })));
    expect(error).toMatchObject({ code: 'port-taken', exitCode: 3 });
    expect(error.detail).toContain(String(process.pid));
    expect(error.suggestion).toContain('--port bigtable=');
    // Storage is the sixth port.
    const based = await refusal(startStack(options('taken', { portBase: port - 5 })));
    expect(based.suggestion).toContain('--port-base');
    await new Promise((resolve) => server.close(resolve));
    const started = await startStack(options('taken', { ports: { bigtable: port } }));
    expect(started.status.services[0]!.port).toBe(port);
  });

  it('that fails shows the service, its last 20 lines and its log, and leaves nothing', async () => {
    const path = script(
      folder.cwd,
      'broken',
      'for i in $(seq 1 30); do echo "line $i"; done; echo "out of luck" >&2; exit 9',
    );
    const broken = options('broken', {
      env: { ...folder.env, HEALTHMON_BIGTABLE_EMULATOR: path },
      implementations: ALL_OFFICIAL,
    });
    const error = await refusal(startStack(broken));
    expect(error).toMatchObject({ code: 'emulator-not-ready', exitCode: 3 });
    expect(error.message).toContain('Bigtable ended before it was ready: exit code 9');
    const lines = error.detail!.split('\n');
    expect(lines[0]).toBe('line 12');
    expect(lines.slice(-2)).toEqual(['out of luck', `Log: ${stackPath(broken)}/logs/bigtable.log`]);
    expect((await stackStatus(broken)).running).toBe(false);
    expect(readLogs(broken, ['bigtable'], 1)).toEqual([{ service: 'bigtable', line: 'out of luck' }]);
  });

  it('that hangs is given up after the wait timeout', async () => {
    const path = script(folder.cwd, 'hanging', 'echo waiting; exec sleep 300');
    const error = await refusal(
      startStack(
        options('hanging', {
          env: { ...folder.env, HEALTHMON_BIGTABLE_EMULATOR: path },
          implementations: ALL_OFFICIAL,
          waitTimeoutMs: 1500,
        }),
      ),
    );
    expect(error.message).toMatch(/did not become ready in time/);
    expect(error.detail).toContain('waiting');
    expect((await stackStatus(folder.location('hanging'))).running).toBe(false);
  });

  it('names what is missing, wrong or meant for the cloud', async () => {
    const env = (more: NodeJS.ProcessEnv) => ({
      env: { ...folder.env, ...more },
      implementations: ALL_OFFICIAL,
    });
    const absent = await refusal(startStack(options('no', env({ HEALTHMON_BIGTABLE_EMULATOR: '/no/such' }))));
    expect(absent.message).toContain('HEALTHMON_BIGTABLE_EMULATOR');
    const wrong = await refusal(startStack(options('no', env({ BIGTABLE_EMULATOR_HOST: 'nonsense' }))));
    expect(wrong).toMatchObject({ code: 'invalid-endpoint', exitCode: 2 });
    const cloud = env({ BIGTABLE_EMULATOR_HOST: 'bigtable.googleapis.com:443' });
    expect((await refusal(startStack(options('no', cloud)))).code).toBe('cloud-endpoint-in-local-mode');
    const nowhere = { ...folder, env: { ...folder.env, HEALTHMON_STATE_DIR: '/dev/null/x' }, project: 'p1' };
    expect(await refusal(startStack(nowhere))).toMatchObject({ code: 'state-folder-unusable', exitCode: 3 });
    expect((await refusal(startStack({ ...folder, project: 'p1', name: '../up' }))).code).toBe(
      'invalid-stack-name',
    );
  });

  it.skipIf(!HAS_OFFICIALS)('names the Java that is missing', async () => {
    const env = { ...folder.env, PATH: '/nowhere', JAVA_HOME: '' };
    const noJava = await refusal(
      startStack(options('no', { env, implementations: ALL_OFFICIAL, only: ['pubsub'] })),
    );
    expect(noJava.code).toBe('java-missing');
  });

  it('reclaims the state of a dead supervisor, and of a process number that is somebody else’s now', async () => {
    const bystander = spawn('sleep', ['60'], { detached: true });
    const identity = identify(bystander.pid!)!;
    const stale = { pid: bystander.pid!, startTime: 'long ago' };
    await startStack(options('stale'));
    const state = folder.state('stale');
    await stopStack(folder.location('stale'));
    const service = { ...state.services[0]!, process: stale };
    writeState(stackPath(folder.location('stale')), { ...state, supervisor: stale, services: [service] });
    expect((await stackStatus(folder.location('stale'))).running).toBe(false);
    const started = await startStack(options('stale'));
    expect(started.alreadyRunning).toBe(false);
    expect(isAlive(identity)).toBe(true);
    bystander.kill('SIGKILL');
  });

  it('takes six consecutive ports from --port-base, each for its service', async () => {
    const isFreeBase = async (base: number) =>
      (await Promise.all([0, 1, 2, 3, 4, 5].map((offset) => isFree(base + offset, '127.0.0.1')))).every(
        Boolean,
      );
    let base = 26_000;
    while (!(await isFreeBase(base))) base += 10;
    const started = await startStack(options('based', { portBase: base, only: ['bigtable', 'storage'] }));
    expect(started.status.services.map(({ port }) => port)).toEqual([base + 2, base + 5]);
  });

  it('needs neither Java nor the Google Cloud CLI for what is embedded', async () => {
    const env = { ...folder.env, PATH: '/nowhere', JAVA_HOME: '' };
    const only = SERVICE_NAMES.filter((name) => implementationOf(name) === 'embedded');
    expect(only).toEqual(expect.arrayContaining(['bigtable', 'pubsub', 'bigquery', 'storage']));
    const started = await startStack(options('no-java', { env, only }));
    expect(started.status.services.every(({ ready }) => ready)).toBe(true);
    await stopStack({ ...folder.location('no-java'), env });
  });

  it('takes over the lock of a dead process', async () => {
    mkdirSync(stackPath(folder.location('locked')), { recursive: true });
    writeFileSync(
      join(stackPath(folder.location('locked')), 'lock'),
      JSON.stringify({ pid: process.pid, startTime: 'long ago' }),
    );
    expect((await startStack(options('locked'))).status.running).toBe(true);
  });
});

describe('stop', () => {
  it('fails and names who holds a port that should be free', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const gone = { pid: process.pid, startTime: 'long ago' };
    const where = folder.location('held');
    writeState(stackPath(where), {
      name: 'held',
      project: 'p1',
      phase: 'ready',
      ports: { storage: port },
      supervisor: gone,
      services: [
        {
          name: 'storage',
          implementation: 'embedded',
          path: 'x',
          host: '127.0.0.1',
          port,
          process: gone,
          ready: true,
        },
      ],
    });
    const cli = spawnCli(['emulators', 'stop', '--name', 'held'], folder);
    expect((await cli.exited).code).toBe(1);
    expect(cli.stderr()).toContain('ports-survived');
    expect(cli.stderr()).toContain(`${port}: process ${process.pid}, `);
    await new Promise((resolve) => server.close(resolve));
    expect(await stopStack(where)).toBe(true);
  });
});
