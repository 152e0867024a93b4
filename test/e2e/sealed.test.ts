import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/package-root.js';

const bin = join(packageRoot(), 'bin/healthmon.js');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'healthmon-sealed-'));
  writeFileSync(join(folder, 'seal.cjs'), SEAL);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Refuses, and writes down, every connection and every name that leads off this machine. */
const SEAL = `
const { appendFileSync } = require('node:fs');
const net = require('node:net');
const dns = require('node:dns');
const isHere = (host) => host === undefined || /^(localhost|127\\..*|::1|\\[::1\\])$/.test(host);
const refuse = (what) => {
  appendFileSync(process.env.SEAL_LOG, what + '\\n');
  return Object.assign(new Error('sealed: ' + what), { code: 'ENETUNREACH' });
};
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  const options = typeof first === 'object' ? first : { port: first, host: typeof args[1] === 'string' ? args[1] : undefined };
  if (options.path === undefined && !isHere(options.host)) {
    process.nextTick(() => this.destroy(refuse('connect ' + options.host + ':' + options.port)));
    return this;
  }
  return connect.apply(this, args);
};
for (const api of [dns, dns.promises]) {
  const { lookup } = api;
  api.lookup = function (host, ...rest) {
    if (isHere(host)) return lookup.call(this, host, ...rest);
    const error = refuse('lookup ' + host);
    const done = rest.at(-1);
    if (typeof done === 'function') return void process.nextTick(done, error);
    return Promise.reject(error);
  };
}
`;

/** As in a bare container: no home, no variables but PATH, no network. */
function sealed(name: string): { cwd: string; log: string; env: NodeJS.ProcessEnv } {
  const cwd = join(folder, name);
  const home = join(folder, `${name}-home`);
  mkdirSync(cwd);
  mkdirSync(home);
  const log = join(folder, `${name}.log`);
  return {
    cwd,
    log,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      SEAL_LOG: log,
      NODE_OPTIONS: `--require=${join(folder, 'seal.cjs')}`,
    },
  };
}

async function run(argv: readonly string[], { cwd, env }: ReturnType<typeof sealed>) {
  const child = spawn(process.execPath, [bin, ...argv], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}

/** What every run of the demo with the same seed gives. */
function figures(stdout: string) {
  const { load, simulate, stream, join: joined, train, evaluate } = JSON.parse(stdout).result;
  return {
    loaded: load.rowsLoaded,
    published: simulate.published,
    written: stream.written,
    joined: joined.rows,
    trained: train.trainRows,
    // The readings end now, so their order, and with it the last digits, differ from run to run.
    metrics: Object.values(evaluate.metrics as Record<string, number>).map((value) => value.toFixed(3)),
  };
}

describe('the local target', () => {
  it('is really sealed in these tests', () => {
    const { env, cwd, log } = sealed('proof');
    const calls = [
      "fetch('http://203.0.113.1/').catch(() => {})",
      "require('node:net').connect(80, 'example.com').on('error', () => {})",
      "require('node:dns').lookup('storage.googleapis.com', () => {})",
    ];
    for (const call of calls) spawnSync(process.execPath, ['-e', call], { env, cwd, timeout: 60_000 });
    const seen = readFileSync(log, 'utf8');
    for (const host of ['203.0.113.1:80', 'example.com:80', 'storage.googleapis.com']) {
      expect(seen).toContain(host);
    }
  });

  it('makes no connection off this machine, with two whole pipelines at once and nothing but PATH', {
    timeout: 300_000,
  }, async () => {
    const sites = [sealed('one'), sealed('two')];
    const runs = await Promise.all(sites.map((site) => run(['demo', '--json', '--count', '5000'], site)));
    for (const [index, { code, stderr }] of runs.entries()) {
      expect(code, stderr).toBe(0);
      const { log } = sites[index]!;
      expect(existsSync(log) ? readFileSync(log, 'utf8') : '').toBe('');
    }
    const [one, two] = runs.map(({ stdout }) => figures(stdout));
    expect(one).toMatchObject({ loaded: 200, published: 5000, written: 5000, joined: 5000 });
    expect(two).toEqual(one);
  });

  it('takes stacks of one folder side by side, each with a pipeline of its own', {
    timeout: 300_000,
  }, async () => {
    const site = sealed('side-by-side');
    const stages = [
      'simulate admissions --rows 150 --seed 5 -o $STACK.csv',
      'provision',
      'load $STACK.csv',
      'simulate --patients-from spanner --count 1500 --seed $SEED',
      'stream --max-messages 1500 --idle-timeout 30s',
      'sync',
      'join',
      'train',
      'evaluate --min-accuracy 0.01',
    ];
    const script = stages.map((stage) => `"$NODE" "$BIN" ${stage} --quiet`).join(' && ');
    const query =
      '"$NODE" "$BIN" query --json "SELECT COUNT(*) AS n, MIN(Heart_Rate) AS low FROM joined_patient_records"';
    const ended = await Promise.all(
      ['left', 'right'].map((name, seed) =>
        run(['emulators', 'exec', '--name', name, '--', 'sh', '-c', `{ ${script}; } >&2 && ${query}`], {
          ...site,
          env: { ...site.env, STACK: name, SEED: String(seed), NODE: process.execPath, BIN: bin },
        }),
      ),
    );
    for (const { code, stdout, stderr } of ended) {
      expect(code, stderr).toBe(0);
      expect(JSON.parse(stdout).result.rows[0].n).toBe(1500);
    }
    expect(existsSync(site.log) ? readFileSync(site.log, 'utf8') : '').toBe('');
    const left = await run(['emulators', 'status', '--name', 'left', '--json'], site);
    expect(JSON.parse(left.stdout).result.running).toBe(false);
  });
});
