import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { builtScript } from '../../../src/emulators/built-script.js';

let folder: string;
let supervisor: ChildProcess;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'healthmon-orphan-'));
  supervisor = fork(builtScript('supervisor/main.js'), [folder], { execArgv: [], stdio: 'ignore' });
});
afterEach(() => {
  supervisor.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const plan = () => ({
  type: 'plan',
  plan: { folder, name: 'orphan', project: 'p', services: [], ports: {}, readyTimeoutMs: 60_000 },
});

it('ends when its starter ends before it says what is wanted', async () => {
  const exited = once(supervisor, 'exit');
  supervisor.disconnect();
  expect(await exited).toEqual([0, null]);
});

it('starts nothing for a starter that has ended since it said so', async () => {
  const exited = once(supervisor, 'exit');
  supervisor.send(plan(), () => supervisor.disconnect());
  await exited;
  expect(existsSync(join(folder, 'state.json'))).toBe(false);
});

it('ends when its folder is gone, and does not bring it back', async () => {
  const exited = once(supervisor, 'exit');
  const ready = once(supervisor, 'message');
  supervisor.send(plan());
  expect(await ready).toEqual([{ type: 'ready' }, undefined]);
  rmSync(folder, { recursive: true, force: true });
  await exited;
  expect(existsSync(folder)).toBe(false);
});
