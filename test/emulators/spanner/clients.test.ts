import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  goProgram,
  hasGoModule,
  hasJars,
  hasPythonModules,
  javaProgram,
  type Program,
  pythonProgram,
} from '../../helpers/language-clients.js';
import { type Running, startEmbedded } from './backends.js';
import { GO_PROGRAM, JAVA_PROGRAM, PYTHON_PROGRAM } from './client-programs.js';
import { SpannerSession, upsert } from './spanner-session.js';

/** A folder with a Go module that requires `cloud.google.com/go/spanner`, whose dependencies are on this machine. */
const GO_MODULE = process.env.HEALTHMON_GO_SPANNER ?? '';
/** A folder with the jars of `google-cloud-spanner` and of what it depends on. */
const JARS = process.env.HEALTHMON_JAVA_SPANNER ?? '';
const tools = {
  Python: hasPythonModules('google.cloud.spanner'),
  Go: hasGoModule(GO_MODULE),
  Java: hasJars(JARS),
};
const leftOut = Object.entries(tools).flatMap(([name, isThere]) => (isThere ? [] : [name]));
const SLOW_MS = 300_000;
/** More than clients take in one message, and than they buffer between resume tokens. */
const LARGE = { rows: 6000, text: 2000 } as const;

let folder: string;
let running: Running;
let session: SpannerSession;

beforeAll(async () => {
  if (leftOut.length > 0)
    process.stderr.write(`Left out, for they are not installed: ${leftOut.join(', ')}.\n`);
  folder = mkdtempSync(join(tmpdir(), 'healthmon-spanner-clients-'));
  running = await startEmbedded();
  session = await SpannerSession.create(running.client, [
    'CREATE TABLE Counters (Id STRING(20), N INT64) PRIMARY KEY (Id)',
    'CREATE TABLE Large (K INT64, Content STRING(MAX)) PRIMARY KEY (K)',
  ]);
  for (let first = 0; first < LARGE.rows; first += 1000) {
    const rows = Array.from({ length: 1000 }, (_, index) => [String(first + index), 'x'.repeat(LARGE.text)]);
    await session.write(upsert('Large', ['K', 'Content'], ...rows));
  }
}, SLOW_MS);

afterAll(async () => {
  await running.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What a program says of what it did. */
async function run(id: string, { command, args, env: own }: Program) {
  await session.write(upsert('Counters', ['Id', 'N'], [id, '0']));
  const env = {
    ...process.env,
    ...own,
    SPANNER_EMULATOR_HOST: `localhost:${running.port}`,
    GOOGLE_CLOUD_PROJECT: 'p',
    SPANNER_DISABLE_BUILTIN_METRICS: 'true',
    DATABASE: session.database,
    COUNTER: id,
  };
  const { stdout } = await promisify(execFile)(command, args, { cwd: folder, timeout: SLOW_MS, env });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as unknown;
}

/** Five counts by each of four at once; all rows of a table that is large; two groups of mutations. */
const EXPECTED = {
  counted: 20,
  rows: LARGE.rows,
  characters: LARGE.rows * LARGE.text,
  sum: ((LARGE.rows - 1) * LARGE.rows) / 2,
  groups: [0, 1],
  written: 2,
};

describe.skipIf(!tools.Python)('the Python client', () => {
  it('counts with conflicts, streams and writes in groups', { timeout: SLOW_MS }, async () => {
    expect(await run('python', pythonProgram(folder, PYTHON_PROGRAM))).toEqual(EXPECTED);
  });
});

describe.skipIf(!tools.Go)('the Go client', () => {
  it('counts with conflicts, streams and writes in groups', { timeout: SLOW_MS }, async () => {
    expect(await run('go', goProgram(folder, GO_PROGRAM, GO_MODULE))).toEqual(EXPECTED);
  });
});

describe.skipIf(!tools.Java)('the Java client', () => {
  it('counts with conflicts, streams and writes in groups', { timeout: SLOW_MS }, async () => {
    expect(await run('java', javaProgram(folder, JAVA_PROGRAM, JARS))).toEqual(EXPECTED);
  });
});
