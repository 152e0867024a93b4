import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useTestStack } from '../../helpers/stack.js';
import { admissions, CHECKSUM, type Workspace, workspace } from './workspace.js';

/** A bounded form for every run; HEALTHMON_KILLS=20 is the long one. */
const KILLS = Number(process.env.HEALTHMON_KILLS ?? 4);
const ROWS = 60_000;
const bin = resolve(import.meta.dirname, '../../../bin/healthmon.js');

const stack = useTestStack();
let ws: Workspace;
let clean: unknown[][];
/** How long a load takes that nobody ends, on this machine. */
let loadMs: number;
beforeAll(async () => {
  ws = workspace(stack, 'interrupted');
  expect((await ws.run('provision')).code).toBe(0);
  ws.write('big.csv', admissions(ROWS));
  const startedAtMs = performance.now();
  expect((await loadProcess(undefined)).code).toBe(0);
  loadMs = performance.now() - startedAtMs;
  clean = await ws.rows(CHECKSUM);
  expect(clean[0]![0]).toBe(String(ROWS));
});
afterAll(() => ws.remove());
beforeEach(async () => {
  ws.write('empty.csv', admissions(0));
  expect((await ws.run('load', 'empty.csv', '--mode', 'truncate')).code).toBe(0);
  expect(await ws.rows('SELECT COUNT(*) FROM PatientInfo')).toEqual([['0']]);
});

interface Result {
  rowsLoaded: number;
  rowsResumed: number;
  rowsRejected: number;
}

function resultOf(run: { json(): unknown }): Result {
  return (run.json() as { result: Result }).result;
}

/** Runs the command as its users do; ends it the hard way after some time. */
function loadProcess(killAfterMs: number | undefined, ...options: string[]) {
  return new Promise<{ code: number | null; stdout: string }>((done) => {
    const child = spawn(process.execPath, [bin, 'load', 'big.csv', '--json', ...options], {
      cwd: ws.folder,
      env: ws.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.once('close', (code) => {
      clearTimeout(timer);
      done({ code, stdout });
    });
  });
}

describe('an interrupted load', () => {
  it(`ends as one clean load after ${KILLS} times kill -9`, async () => {
    let kills = 0;
    for (let at = 0; at < KILLS; at++) {
      // The first falls in the first half, so that there is one, however fast the machine has become.
      const { code } = await loadProcess(Math.random() * loadMs * (at === 0 ? 0.5 : 1));
      if (code === 0) break;
      kills++;
    }
    const rerun = await ws.run('load', 'big.csv');
    expect(rerun.code, rerun.stderr).toBe(0);
    expect(resultOf(rerun)).toMatchObject({ rowsLoaded: ROWS, rowsRejected: 0 });
    expect(await ws.rows(CHECKSUM)).toEqual(clean);
    expect(kills).toBeGreaterThan(0);
  }, 300_000);

  it('sends no committed chunk twice', async () => {
    const signals = new (await import('node:events')).EventEmitter();
    const { runHealthmon } = await import('../../helpers/run.js');
    const running = runHealthmon(['load', 'big.csv', '--json'], {
      cwd: ws.folder,
      env: { ...ws.env },
      signals,
    });
    let present = 0;
    const deadline = Date.now() + 60_000;
    while (present < ROWS / 4 && Date.now() < deadline) {
      present = Number((await ws.rows('SELECT COUNT(*) FROM PatientInfo'))[0]![0]);
      await new Promise((wait) => setTimeout(wait, 20));
    }
    signals.emit('SIGINT');
    const first = await running;
    expect(first.code).toBe(130);
    const [[before]] = (await ws.rows('SELECT COUNT(*) FROM PatientInfo')) as [[string]];
    const [[stamp]] = (await ws.rows('SELECT MAX(Loaded_At) FROM PatientInfo')) as [[string]];
    const second = resultOf(await ws.run('load', 'big.csv'));
    expect(second.rowsLoaded).toBe(ROWS);
    expect(second.rowsResumed).toBeGreaterThan(0);
    // Rows that were noted keep the time of their first commit.
    const [[kept]] = (await ws.rows(
      `SELECT COUNT(*) FROM PatientInfo WHERE Loaded_At <= TIMESTAMP '${stamp}'`,
    )) as [[string]];
    expect(Number(kept)).toBeGreaterThanOrEqual(second.rowsResumed);
    expect(Number(kept)).toBeLessThanOrEqual(Number(before));
    expect(await ws.rows(CHECKSUM)).toEqual(clean);
  }, 120_000);

  it('goes on in insert and truncate mode too', async () => {
    for (const mode of ['insert', 'truncate']) {
      const signals = new (await import('node:events')).EventEmitter();
      const { runHealthmon } = await import('../../helpers/run.js');
      const argv = ['load', 'big.csv', '--json', '--mode', mode];
      const running = runHealthmon(argv, { cwd: ws.folder, env: { ...ws.env }, signals });
      setTimeout(() => signals.emit('SIGINT'), 1500);
      await running;
      const second = await runHealthmon(argv, { cwd: ws.folder, env: { ...ws.env } });
      expect(second.code, second.stdout).toBe(0);
      expect(resultOf(second)).toMatchObject({ rowsLoaded: ROWS, rowsRejected: 0 });
      expect(await ws.rows(CHECKSUM)).toEqual(clean);
    }
  }, 180_000);

  it('leaves one table when two load the same file at once', async () => {
    const [a, b] = await Promise.all([ws.run('load', 'big.csv'), ws.run('load', 'big.csv')]);
    for (const run of [a, b]) {
      expect(run.code, run.stderr).toBe(0);
      expect(resultOf(run)).toMatchObject({ rowsLoaded: ROWS, rowsRejected: 0 });
    }
    expect(await ws.rows(CHECKSUM)).toEqual(clean);
    expect(`${a.stderr}${b.stderr}`).toContain('Another load of the same file is under way');
    // One of them wrote; the other waited. So no row was written twice.
    const [[stamps]] = (await ws.rows('SELECT COUNT(DISTINCT Loaded_At) FROM PatientInfo')) as [[string]];
    expect(Number(stamps)).toBeLessThanOrEqual(Math.ceil(ROWS / 4000) + 1);
  }, 120_000);
});
