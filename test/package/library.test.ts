import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/package-root.js';
import { loadedModules } from '../helpers/loaded-modules.js';
import { ownNames } from '../helpers/own-names.js';
import { installPacked } from '../helpers/packed.js';
import { useTestStack } from '../helpers/stack.js';

const stack = useTestStack();
const root = packageRoot();

/** An otherwise empty folder with the packed package and its declared dependencies. */
let folder: string;
let files: string[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'healthmon-package-'));
  files = installPacked(folder, ['@types/node']);
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every example of the documentation of the library, by the function that it belongs to. */
function examples(): Map<string, string> {
  const text = readFileSync(join(folder, 'node_modules/healthmon/dist/src/index.d.ts'), 'utf8');
  const pattern = /\/\*\*((?:(?!\*\/)[\s\S])*?)\*\/\s*export declare function (\w+)/g;
  return new Map(
    [...text.matchAll(pattern)].map(([, comment, name]) => {
      const lines = comment!.split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
      const from = lines.indexOf('@example');
      return [name!, from < 0 ? '' : lines.slice(from + 1).join('\n')];
    }),
  );
}

function node(file: string, text: string) {
  writeFileSync(join(folder, file), text);
  return spawnSync(process.execPath, [file], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...stack.env },
    encoding: 'utf8',
    timeout: 100_000,
  });
}

describe('the packed package', () => {
  it('holds what runs and what it reads, and nothing else', () => {
    const tops = new Set(files.map((file) => file.split('/').slice(0, 2).join('/')));
    expect([...tops].filter((top) => !/^(templates|docs)\/|\.md$/.test(top)).sort()).toEqual([
      'LICENSE',
      'bin/healthmon.js',
      'dist/commands',
      'dist/src',
      'package.json',
      'src/dashboard',
      'src/emulators',
    ]);
    expect(files.filter((file) => file.startsWith('src/')).sort()).toEqual([
      ...['css', 'js'].map((type) => `src/dashboard/assets/dashboard.${type}`),
      ...['bigquery', 'bigtable', 'pubsub', 'spanner'].map(
        (service) => `src/emulators/${service}/SUPPORT.md`,
      ),
    ]);
    expect(files).toContain('templates/healthmon.schema.json');
    const help = spawnSync(process.execPath, ['node_modules/healthmon/bin/healthmon.js', '--version'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(help.stdout.trim()).toBe(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
  });

  it('writes a configuration file that names the schema by a relative path', () => {
    const bin = 'node_modules/healthmon/bin/healthmon.js';
    spawnSync(process.execPath, [bin, 'init'], { cwd: folder });
    const { $schema } = JSON.parse(readFileSync(join(folder, 'healthmon.json'), 'utf8'));
    expect($schema).toBe('./node_modules/healthmon/templates/healthmon.schema.json');
    expect(JSON.parse(readFileSync(join(folder, $schema), 'utf8')).title).toBe('Settings of healthmon');
    rmSync(join(folder, 'healthmon.json'));
  });

  it('gives each function of the library one example, and all of them fit its types', {
    timeout: 120_000,
  }, () => {
    const all = examples();
    expect([...all.keys()].sort()).toEqual([
      'evaluateModel',
      'joinRecords',
      'loadCsv',
      'openTarget',
      'predictOutcomes',
      'provision',
      'query',
      'simulateVitals',
      'streamVitals',
      'syncTable',
      'trainModel',
    ]);
    const names = [...all].map(([name, text]) => {
      expect(text, name).toContain(`${name}(`);
      writeFileSync(join(folder, `${name}.ts`), text);
      return `${name}.ts`;
    });
    // What the types must refuse.
    writeFileSync(
      join(folder, 'wrong.ts'),
      `import { loadCsv, openTarget } from 'healthmon';
// @ts-expect-error there is no such mode
await loadCsv(openTarget(), 'a.csv', { mode: 'merge' });
// @ts-expect-error there is no such setting
openTarget({ settings: { 'bigquery.datasset': 'x' } });
`,
    );
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2022'];
    const tsc = spawnSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), ...options, '--types', 'node', ...names, 'wrong.ts'],
      { cwd: folder, encoding: 'utf8' },
    );
    expect(tsc.stdout).toBe('');
    expect(tsc.status).toBe(0);
  });

  it('loads no Google client, DuckDB or commander before something is called', () => {
    const probe = loadedModules(['--input-type=module', '-e', "import 'healthmon'"], {
      cwd: folder,
      root: join(folder, 'node_modules/healthmon'),
    });
    expect(probe.stderr).toBe('');
    expect(probe.modules).toContain('src/index.js');
    expect(probe.modules.filter((name) => !name.startsWith('src/'))).toEqual([]);
  });

  it('runs the whole pipeline from a program of its own', { timeout: 120_000 }, () => {
    const settings = ownNames(`library-${process.pid}`);
    const bin = 'node_modules/healthmon/bin/healthmon.js';
    execFileSync(process.execPath, [bin, 'simulate', 'admissions', '--rows', '200', '-o', 'a.csv'], {
      cwd: folder,
      stdio: 'ignore',
    });
    const { stdout, stderr, status } = node(
      'pipeline.mjs',
      `import * as healthmon from 'healthmon';
const target = healthmon.openTarget({ settings: ${JSON.stringify(settings)} });
const result = {};
try {
  result.provision = await healthmon.provision(target);
  result.again = await healthmon.provision(target);
  result.load = await healthmon.loadCsv(target, 'a.csv');
  result.simulate = await healthmon.simulateVitals(target, { patientsFrom: 'spanner', count: 2000, seed: 7 });
  result.stream = await healthmon.streamVitals(target, { maxMessages: 2000, idleTimeoutMs: 10_000 });
  result.sync = await healthmon.syncTable(target);
  result.join = await healthmon.joinRecords(target);
  result.train = await healthmon.trainModel(target, { maxIterations: 5 });
  result.evaluate = await healthmon.evaluateModel(target, { minAccuracy: 0.01, maxLogLoss: 0 });
  result.predict = await healthmon.predictOutcomes(target, { limit: 3 });
  result.query = await healthmon.query(target, 'SELECT COUNT(*) AS n FROM joined_patient_records WHERE Age >= @age', { params: ['age:INT64=0'] });
  await healthmon.query(target, 'SELECT nothing').catch((error) => { result.refused = [error instanceof healthmon.HealthmonError, error.code]; });
  await healthmon.joinRecords(target, { signal: AbortSignal.abort(new Error('stopped')) }).catch((error) => { result.stopped = error.message; });
} finally {
  await target.close();
}
console.log(JSON.stringify(result));
`,
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      provision: { blocked: 0 },
      again: { created: 0, updated: 0 },
      load: { rowsLoaded: 200, rowsRejected: 0 },
      simulate: { published: 2000, failed: 0 },
      stream: { written: 2000, deadLettered: 0 },
      sync: { rows: 200 },
      join: { rows: 2000, patients: 200 },
      train: { model: 'outcome_model' },
      evaluate: { passed: false, gates: [{ passed: true }, { passed: false }] },
      predict: { rows: [{}, {}, {}] },
      query: { rows: [{ n: 2000 }] },
      refused: [true, expect.any(String)],
      stopped: 'stopped',
    });
  });
});
