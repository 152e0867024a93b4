// Needs Google's emulators: spanner
import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findOfficialEmulators } from '../../../src/emulators/official/find.js';
import { freePort } from '../../helpers/free-port.js';
import { useTestStack } from '../../helpers/stack.js';
import { admissions, CHECKSUM, type Workspace, workspace } from './workspace.js';

/** A bounded form for every run; HEALTHMON_FAULT_ROWS=100000 is the long one. */
const ROWS = Number(process.env.HEALTHMON_FAULT_ROWS ?? 30_000);

const stack = useTestStack();
let emulator: ChildProcess | undefined;
let ws: Workspace;

beforeAll(async () => {
  const { spanner } = await findOfficialEmulators(process.env);
  const path = spanner?.path;
  expect(path, 'the Spanner emulator').toBeDefined();
  const [grpc, http] = [await freePort(), await freePort()];
  const gateway = join(dirname(path!), 'gateway_main');
  emulator = spawn(
    gateway,
    [
      '--hostname',
      '127.0.0.1',
      '--grpc_port',
      String(grpc),
      '--http_port',
      String(http),
      '--enable_fault_injection',
    ],
    { stdio: 'ignore', detached: true },
  );
  const rest = `http://127.0.0.1:${http}`;
  await until(async () => (await fetch(`${rest}/v1/projects/p/instances`)).ok, 60_000);
  const env = { ...stack.env, SPANNER_EMULATOR_HOST: `127.0.0.1:${grpc}`, SPANNER_EMULATOR_REST: rest };
  // The client reads the variable of the process.
  process.env.SPANNER_EMULATOR_HOST = env.SPANNER_EMULATOR_HOST;
  ws = workspace({ ...stack, env }, 'faults');
  const run = await ws.run('provision');
  expect(run.code, run.stdout).toBe(0);
});
afterAll(() => {
  // The gateway has a child; both are in its group.
  if (emulator?.pid !== undefined) process.kill(-emulator.pid, 'SIGKILL');
  ws?.remove();
});

describe('an emulator that aborts commits at random', () => {
  it(`still gets ${ROWS} rows exactly`, async () => {
    ws.write('big.csv', admissions(ROWS));
    const run = await ws.run('load', 'big.csv');
    expect(run.code, run.stdout).toBe(0);
    expect(run.json().result).toMatchObject({ rowsRead: ROWS, rowsLoaded: ROWS, rowsRejected: 0 });
    const [row] = await ws.rows(CHECKSUM);
    expect(row![0]).toBe(String(ROWS));
    expect((await ws.run('load', 'big.csv')).code).toBe(0);
    expect(await ws.rows(CHECKSUM)).toEqual([row]);
  }, 300_000);
});

async function until(ready: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await ready().catch(() => false))) {
    if (Date.now() > deadline) throw new Error('the emulator does not answer');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
