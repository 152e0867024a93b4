import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startFaultProxy } from '../../helpers/own-emulators.js';
import { runHealthmon } from '../../helpers/run.js';
import { useTestStack } from '../../helpers/stack.js';
import { admissions, CHECKSUM, type Workspace, workspace } from './workspace.js';

/** A bounded form for every run; HEALTHMON_KILLS=20 is the long one. */
const KILLS = Number(process.env.HEALTHMON_KILLS ?? 4);
/** Four chunks of two full commits, so that a load can be ended between chunks; the long form has eight. */
const ROWS = process.env.HEALTHMON_KILLS === undefined ? 32_000 : 64_000;
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

/** A note in Cloud Storage that a chunk of records is in its table. */
const NOTE = /manifests.*\d+-\d+-\d+\.json/;

/** Ends a load politely when it is about to note one chunk more than `notes`. */
async function interruptedLoad(notes: number, ...argv: string[]): Promise<void> {
  const signals = new EventEmitter();
  let noted = 0;
  const storage = await startFaultProxy(stack.endpoints.storage, ({ method, url = '' }) => {
    if (method === 'POST' && NOTE.test(decodeURIComponent(url)) && ++noted > notes) signals.emit('SIGINT');
  });
  try {
    const env = { ...ws.env, STORAGE_EMULATOR_HOST: storage.url };
    const { code, stderr } = await runHealthmon(['load', ...argv, '--json'], {
      cwd: ws.folder,
      env,
      signals,
    });
    expect(code, stderr).toBe(130);
  } finally {
    storage.close();
  }
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
    await interruptedLoad(1, 'big.csv');
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
      await interruptedLoad(1, 'big.csv', '--mode', mode);
      const second = await ws.run('load', 'big.csv', '--mode', mode);
      expect(second.code, second.stdout).toBe(0);
      expect(resultOf(second)).toMatchObject({ rowsLoaded: ROWS, rowsRejected: 0 });
      expect(await ws.rows(CHECKSUM)).toEqual(clean);
    }
  }, 180_000);

  it('starts over when another load came between', async () => {
    await interruptedLoad(1, 'big.csv', '--mode', 'truncate');
    ws.write('other.csv', admissions(100, 1_000_000));
    expect((await ws.run('load', 'other.csv', '--mode', 'truncate')).code).toBe(0);
    const again = resultOf(await ws.run('load', 'big.csv', '--mode', 'truncate'));
    expect(again).toMatchObject({ rowsLoaded: ROWS, rowsResumed: 0 });
    expect(await ws.rows(CHECKSUM)).toEqual(clean);
  }, 120_000);

  it('goes on with the table that it had come to', async () => {
    const foreignKeys = [{ fields: 'Whole', reference: { resource: 'wholes', fields: 'Id' } }];
    const fields = (...names: string[]) =>
      names.map((name) => ({ name, type: name === 'Text' ? 'string' : 'integer' }));
    ws.write('wholes.json', { name: 'wholes', primaryKey: 'Id', fields: fields('Id') });
    ws.write('parts.json', {
      name: 'parts',
      primaryKey: 'Id',
      fields: fields('Id', 'Whole', 'Text'),
      foreignKeys,
    });
    const schemas = ['--schema', 'wholes.json', '--schema', 'parts.json'];
    expect((await ws.run('provision', ...schemas)).code).toBe(0);
    // Large rows make small commits: the emulator checks references in quadratic time.
    const count = 1_000;
    const lines = Array.from({ length: count }, (_, index) => `${index},${index % 20},${'x'.repeat(30_000)}`);
    ws.write('wholes.csv', `Id\n${lines.map((_, index) => index).join('\n')}\n`);
    ws.write('parts.csv', `Id,Whole,Text\n${lines.join('\n')}\n`);
    for (const mode of ['upsert', 'truncate']) {
      const argv = ['wholes.csv', 'parts.csv', ...schemas, '--mode', mode];
      await interruptedLoad(2, ...argv);
      const again = resultOf(await ws.run('load', ...argv));
      expect(again).toMatchObject({ rowsLoaded: 2 * count, rowsRejected: 0 });
      expect(again.rowsResumed).toBeGreaterThan(count);
      const sums = 'SELECT (SELECT COUNT(*) FROM wholes), COUNT(*), SUM(Id), SUM(Whole) FROM parts';
      expect(await ws.rows(sums)).toEqual([
        [String(count), String(count), String((count * (count - 1)) / 2), String(count * 9.5)],
      ]);
      await ws.ddl('DROP TABLE parts', 'DROP TABLE wholes');
      expect((await ws.run('provision', ...schemas)).code).toBe(0);
    }
  }, 180_000);

  it('is as complete in the reject file of a load that waited', async () => {
    ws.write('wards.json', { name: 'wards', primaryKey: 'Id', fields: [{ name: 'Id', type: 'integer' }] });
    ws.write('beds.json', {
      name: 'beds',
      primaryKey: 'Id',
      fields: ['Id', 'Ward'].map((name) => ({ name, type: 'integer' })),
      foreignKeys: [{ fields: 'Ward', reference: { resource: 'wards', fields: 'Id' } }],
    });
    await ws.run('provision', '--schema', 'wards.json', '--schema', 'beds.json');
    ws.write('beds.csv', `Id,Ward\nx,\n${Array.from({ length: 9_000 }, (_, id) => `${id},7`).join('\n')}\n`);
    const argv = ['load', 'beds.csv', '--schema', 'beds.json'];
    const runs = await Promise.all([ws.run(...argv), ws.run(...argv, '--rejects', 'other.csv')]);
    for (const run of runs) expect(resultOf(run)).toMatchObject({ rowsLoaded: 0, rowsRejected: 9_001 });
    const rejects = ['beds.rejects.csv', 'other.csv'].map((name) =>
      readFileSync(join(ws.folder, name), 'utf8'),
    );
    expect(rejects[0]!.split('\n')).toHaveLength(9_003);
    expect(rejects[1]!.split('\n').sort()).toEqual(rejects[0]!.split('\n').sort());
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
