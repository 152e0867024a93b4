import { execFile } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { stackEnv } from '../../../src/emulators/stack/status.js';
import { stopStack } from '../../../src/emulators/stack/stop.js';
import { tightenState } from '../../../src/emulators/supervisor/private-state.js';
import { request } from '../../helpers/raw-request.js';

const run = promisify(execFile);
const BIN = resolve(import.meta.dirname, '../../../bin/healthmon.js');
const folders: string[] = [];
const env = { PATH: process.env.PATH };

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'healthmon-private-'));
  folders.push(folder);
  return folder;
}

afterAll(async () => {
  for (const cwd of folders) {
    await stopStack({ env, cwd });
    rmSync(cwd, { recursive: true, force: true });
  }
});

/** Everything below a folder that is not for its owner alone, with its mode. */
function open(root: string): string[] {
  return [root, ...readdirSync(root, { recursive: true }).map((name) => join(root, String(name)))]
    .filter((path) => !lstatSync(path).isSymbolicLink())
    .filter((path) => (statSync(path).mode & 0o777) !== (statSync(path).isDirectory() ? 0o700 : 0o600))
    .map((path) => `${relative(root, path)} ${(statSync(path).mode & 0o777).toString(8)}`);
}

function loosen(root: string): void {
  for (const name of ['', ...readdirSync(root, { recursive: true })]) {
    const path = join(root, String(name));
    if (!lstatSync(path).isSymbolicLink()) chmodSync(path, statSync(path).isDirectory() ? 0o755 : 0o644);
  }
}

async function fill(cwd: string): Promise<void> {
  const found = (await stackEnv({ env, cwd }))!;
  const bigQuery = { url: found.BIGQUERY_EMULATOR_HOST! };
  const sql = 'CREATE SCHEMA d; CREATE TABLE d.t AS SELECT n FROM UNNEST(GENERATE_ARRAY(1, 5000)) AS n';
  const query = { query: sql, useLegacySql: false };
  const asked = await request(bigQuery, 'POST', '/projects/healthmon-local/queries', query);
  expect([asked.status, asked.body.jobComplete]).toEqual([200, true]);
  const storage = { url: found.STORAGE_EMULATOR_HOST! };
  const bucket = await request(storage, 'POST', '/b?project=healthmon-local', { name: 'some-bucket' });
  expect(bucket.status).toBe(200);
  for (const [type, name] of [
    ['media', 'whole'],
    ['resumable', 'begun'],
  ]) {
    const path = `/upload/storage/v1/b/some-bucket/o?uploadType=${type}&name=${name}`;
    const uploaded = await request(storage, 'POST', path, '{}');
    expect(uploaded.status).toBe(200);
  }
}

describe('the state folder', () => {
  it.each(['000', '022', '777'])(
    'is for its owner alone, with the umask %s',
    { timeout: 120_000 },
    async (umask) => {
      const cwd = newFolder();
      const healthmon = (...args: string[]) =>
        run('/bin/sh', ['-c', `umask ${umask} && exec "$@"`, 'sh', process.execPath, BIN, ...args], {
          cwd,
          env,
        });
      await healthmon('emulators', 'start', '--only', 'bigquery,storage');
      await fill(cwd);
      await healthmon('emulators', 'snapshot', 'save', 'kept');
      await healthmon('emulators', 'stop');
      await healthmon('emulators', 'start', '--only', 'bigquery,storage', '--from', 'kept');
      const root = join(cwd, '.healthmon');
      const names = readdirSync(root, { recursive: true }).map(String);
      for (const kind of [
        /\.duckdb$/,
        /catalog/,
        /objects\/./,
        /uploads\/./,
        /bigquery\.log$/,
        /manifest\.json$/,
      ]) {
        expect(
          names.filter((name) => kind.test(name)),
          String(kind),
        ).not.toEqual([]);
      }
      expect(open(root)).toEqual([]);
    },
  );

  it('that an older version left open is closed by the first command that opens it', async () => {
    const cwd = newFolder();
    const root = join(cwd, '.healthmon');
    const outside = join(cwd, 'outside.txt');
    mkdirSync(join(root, 'stacks/default/data/bigquery'), { recursive: true });
    mkdirSync(join(root, 'snapshots/kept'), { recursive: true });
    writeFileSync(join(root, 'stacks/default/data/bigquery/bigquery.duckdb'), '');
    writeFileSync(join(root, 'snapshots/kept/spanner.jsonl'), '');
    writeFileSync(join(root, 'dead-letters.seen'), '');
    writeFileSync(outside, '');
    symlinkSync(outside, join(root, 'stacks/link'));
    loosen(root);
    chmodSync(outside, 0o644);
    await run(process.execPath, [BIN, 'emulators', 'status'], { cwd, env });
    expect(open(root)).toEqual([]);
    expect(statSync(outside).mode & 0o777).toBe(0o644);
  });

  it('of the user’s choice keeps its mode and what else is in it', () => {
    const root = newFolder();
    mkdirSync(join(root, 'stacks/default'), { recursive: true });
    writeFileSync(join(root, 'tool'), '');
    loosen(root);
    chmodSync(join(root, 'tool'), 0o755);
    tightenState(root);
    expect(open(root).sort()).toEqual([' 755', 'tool 755']);
  });
});
