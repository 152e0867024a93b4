import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect } from 'vitest';
import { isListening } from '../../../src/emulators/serving/listening.js';
import { stopStack } from '../../../src/emulators/stack/stop.js';
import { groupMembers, waitUntil } from '../../../src/emulators/supervisor/processes.js';
import type { StackLocation } from '../../../src/emulators/supervisor/state.js';
import { readState, type StackState, stackPath } from '../../../src/emulators/supervisor/state.js';

const BIN = resolve(import.meta.dirname, '../../../bin/healthmon.js');

export interface Folder {
  cwd: string;
  env: NodeJS.ProcessEnv;
  location(name?: string): StackLocation;
  state(name?: string): StackState;
}

/** A state folder of its own, whose stacks are stopped at the end of the file. */
export function useFolder(): Folder {
  const cwd = mkdtempSync(join(tmpdir(), 'healthmon-supervisor-'));
  const env = { PATH: process.env.PATH, HEALTHMON_STATE_DIR: cwd };
  const names = new Set<string | undefined>();
  const location = (name?: string) => {
    names.add(name);
    return { env, cwd, name };
  };
  afterAll(async () => {
    for (const name of names) await stopStack({ env, cwd, name });
    rmSync(cwd, { recursive: true, force: true });
  });
  return { cwd, env, location, state: (name) => readState(stackPath(location(name)))! };
}

/** Fails unless, within a few seconds, no process and no port of this stack is left. */
export async function expectNothingLeft(state: StackState): Promise<void> {
  const groups = state.services.flatMap((service) =>
    service.process === undefined ? [] : [service.process.pid],
  );
  const isGone = () => [...groups, state.supervisor.pid].every((group) => groupMembers(group).length === 0);
  await waitUntil(isGone, 60_000);
  expect(groups.flatMap(groupMembers)).toEqual([]);
  expect(groupMembers(state.supervisor.pid)).toEqual([]);
  const ports = state.services.flatMap(({ port, restPort }) =>
    restPort === undefined ? [port] : [port, restPort],
  );
  expect(ports.length).toBeGreaterThan(0);
  const held = async () => {
    const listening = await Promise.all(ports.map((port) => isListening(port, '127.0.0.1')));
    return ports.filter((_, index) => listening[index]);
  };
  // A stack of another test file may take a port in the moment it becomes free, and gives it back.
  for (let tries = 0; tries < 20 && (await held()).length > 0; tries++) await waitUntil(() => false, 500);
  expect(await held()).toEqual([]);
}

export interface Cli {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  exited: Promise<{ code: number | null; signal: string | null }>;
}

/** The real command line in a process of its own. */
export function spawnCli(args: readonly string[], folder: Pick<Folder, 'cwd' | 'env'>): Cli {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: folder.cwd,
    env: folder.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (data) => {
    stdout += data;
  });
  child.stderr!.on('data', (data) => {
    stderr += data;
  });
  const exited = new Promise<{ code: number | null; signal: string | null }>((done) => {
    child.once('close', (code, signal) => done({ code, signal }));
  });
  return { child, stdout: () => stdout, stderr: () => stderr, exited };
}
