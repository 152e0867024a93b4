import { existsSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type StartOptions, startStack } from '../../../src/emulators/stack/start.js';
import { stackStatus } from '../../../src/emulators/stack/status.js';
import { stopStack } from '../../../src/emulators/stack/stop.js';
import { groupMembers, isAlive, waitUntil } from '../../../src/emulators/supervisor/processes.js';
import { readState, type ServiceState, stackPath } from '../../../src/emulators/supervisor/state.js';
import { HAS_OFFICIALS } from '../../helpers/officials.js';
import { expectNothingLeft, spawnCli, useFolder } from './harness.js';
import { ALL_OFFICIAL } from './misbehaving.js';

const folder = useFolder();
const options = (name: string, more: Partial<StartOptions> = {}): StartOptions => ({
  ...folder.location(name),
  project: 'p1',
  only: ['bigtable', 'storage'],
  ...more,
});

describe('the death of the supervisor', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'by %s leaves nothing, and the next start works',
    async (signal) => {
      const name = signal.toLowerCase();
      await startStack(options(name));
      const before = folder.state(name);
      process.kill(before.supervisor.pid, signal);
      await expectNothingLeft(before);
      const again = await startStack(options(name));
      expect(again.alreadyRunning).toBe(false);
      expect(again.status.services.map((service) => service.ready)).toEqual([true, true]);
      const after = folder.state(name);
      expect(after.services.map((service) => service.port)).toEqual(
        before.services.map((service) => service.port),
      );
      expect(await stopStack(folder.location(name))).toBe(true);
      await expectNothingLeft(after);
    },
  );

  it.skipIf(!HAS_OFFICIALS)(
    'by kill -9 takes the three official emulators along, grandchildren included',
    async () => {
      await startStack(
        options('official', { only: ['spanner', 'bigtable', 'pubsub'], implementations: ALL_OFFICIAL }),
      );
      const state = folder.state('official');
      const spanner = state.services.find((service) => service.name === 'spanner')!;
      const commands = groupMembers(spanner.process!.pid).map((pid) =>
        readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
      );
      expect(commands.some((command) => command.includes('emulator_main'))).toBe(true);
      process.kill(state.supervisor.pid, 'SIGKILL');
      await expectNothingLeft(state);
    },
  );

  it('together with the shells that watch over the services leaves nothing after the next start', async () => {
    await startStack(options('both'));
    const state = folder.state('both');
    process.kill(state.supervisor.pid, 'SIGSTOP');
    for (const service of state.services) {
      for (const pid of shellsOf(service)) process.kill(pid, 'SIGKILL');
    }
    process.kill(state.supervisor.pid, 'SIGKILL');
    // The kernel ends a process some time after the signal was sent.
    await waitUntil(() => !isAlive(state.supervisor), 60_000);
    const again = await startStack(options('both'));
    expect(again.alreadyRunning).toBe(false);
    for (const service of state.services) expect(groupMembers(service.process!.pid)).toEqual([]);
    await stopStack(folder.location('both'));
    await expectNothingLeft(folderState('both') ?? state);
  });
});

describe('the removal of the state folder', () => {
  it('ends the stack, which nobody could stop by it any more', async () => {
    await startStack(options('removed'));
    const state = folder.state('removed');
    rmSync(stackPath(folder.location('removed')), { recursive: true });
    await waitUntil(() => groupMembers(state.supervisor.pid).length === 0, 60_000);
    await expectNothingLeft(state);
    expect(existsSync(stackPath(folder.location('removed')))).toBe(false);
  });
});

describe('the death of a service', () => {
  it.each(['shell', 'program'] as const)(
    'by kill -9 of its %s is recorded; start revives it, stop is clean',
    async (victim) => {
      const name = `victim-${victim}`;
      await startStack(options(name));
      const before = folder.state(name);
      const bigtable = before.services.find((service) => service.name === 'bigtable')!;
      const shells = shellsOf(bigtable);
      const programs = groupMembers(bigtable.process!.pid).filter((pid) => !shells.includes(pid));
      expect(programs).toHaveLength(1);
      process.kill(victim === 'shell' ? bigtable.process!.pid : programs[0]!, 'SIGKILL');
      await waitUntil(() => exitOf(name, 'bigtable') !== undefined, 60_000);
      expect(exitOf(name, 'bigtable')).toMatchObject({ code: null, signal: 'SIGKILL' });
      expect(exitOf(name, 'bigtable')!.logTail.join('\n')).toContain('"ready":true');
      expect(groupMembers(bigtable.process!.pid)).toEqual([]);
      const status = await stackStatus(folder.location(name));
      expect(status.services.map(({ name: service, ready }) => [service, ready])).toEqual([
        ['bigtable', false],
        ['storage', true],
      ]);

      const revived = await startStack(options(name));
      expect(revived.alreadyRunning).toBe(true);
      expect(revived.status.services.every((service) => service.ready)).toBe(true);
      const after = folder.state(name);
      expect(after.supervisor).toEqual(before.supervisor);
      expect(after.services[0]!.port).toBe(bigtable.port);
      await stopStack(folder.location(name));
      await expectNothingLeft(after);
    },
  );
});

describe('the death of the command line', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'by %s ends a stack in the foreground',
    async (signal) => {
      const name = `front-${signal.toLowerCase()}`;
      const cli = spawnCli(
        ['emulators', 'start', '--foreground', '--only', 'bigtable,storage', '--name', name],
        { cwd: folder.cwd, env: folder.env },
      );
      folder.location(name);
      await waitUntil(() => cli.stderr().includes('Running until interrupted'), 60_000);
      const state = folder.state(name);
      cli.child.kill(signal);
      const { code } = await cli.exited;
      expect(code).toBe(signal === 'SIGKILL' ? null : 0);
      await expectNothingLeft(state);
      expect((await stackStatus(folder.location(name))).running).toBe(false);
    },
  );

  it('in the middle of a start leaves nothing', async () => {
    const cli = spawnCli(['emulators', 'start', '--only', 'pubsub', '--name', 'early'], folder);
    await waitUntil(() => folderState('early')?.services[0]?.process !== undefined, 60_000, 5);
    const state = folder.state('early');
    expect(state.phase).toBe('starting');
    cli.child.kill('SIGKILL');
    await cli.exited;
    await expectNothingLeft(state);
    const again = await startStack(options('early'));
    expect(again.status.running).toBe(true);
  });

  it('by Ctrl-C during a start ends it with exit code 130', async () => {
    const cli = spawnCli(['emulators', 'start', '--only', 'pubsub', '--name', 'ctrl-c'], folder);
    await waitUntil(() => folderState('ctrl-c')?.services[0]?.process !== undefined, 60_000, 5);
    const state = folder.state('ctrl-c');
    cli.child.kill('SIGINT');
    expect((await cli.exited).code).toBe(130);
    await expectNothingLeft(state);
  });
});

function folderState(name: string) {
  return readState(stackPath(folder.location(name)));
}

function exitOf(name: string, service: string) {
  return folder.state(name).services.find((each) => each.name === service)?.exit;
}

function shellsOf(service: ServiceState): number[] {
  return groupMembers(service.process!.pid).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('healthmon-service'),
  );
}
