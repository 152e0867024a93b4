import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBigtableServer } from '../../../src/emulators/bigtable/server.js';
import { startPubsubServer } from '../../../src/emulators/pubsub/server.js';
import {
  goProgram,
  hasGoModule,
  hasJars,
  hasPythonModules,
  javaProgram,
  type Program,
  pythonProgram,
} from '../../helpers/language-clients.js';
import { GO_PROGRAM } from './go-program.js';
import { JAVA_PROGRAM } from './java-program.js';
import { PYTHON_PROGRAM } from './python-program.js';

/** A folder with a Go module that requires `cloud.google.com/go/pubsub/v2` and `cloud.google.com/go/bigtable`. */
const GO_MODULE = process.env.HEALTHMON_GO_STREAM ?? '';
/** A folder with the jars of `google-cloud-pubsub` and `google-cloud-bigtable`, and of what they depend on. */
const JARS = process.env.HEALTHMON_JAVA_STREAM ?? '';
const languages: { name: string; isThere: boolean; write: (folder: string) => Program }[] = [
  {
    name: 'Python',
    isThere: hasPythonModules('google.cloud.pubsub_v1, google.cloud.bigtable.data'),
    write: (folder) => pythonProgram(folder, PYTHON_PROGRAM),
  },
  {
    name: 'Go',
    isThere: hasGoModule(GO_MODULE),
    write: (folder) => goProgram(folder, GO_PROGRAM, GO_MODULE),
  },
  { name: 'Java', isThere: hasJars(JARS), write: (folder) => javaProgram(folder, JAVA_PROGRAM, JARS) },
];
/** Longer than any client waits for a sign of life: that of Java 45 s, that of Python 60. */
const IDLE_SECONDS = 65;
const SLOW_MS = 600_000;

let folder: string;
let pubsub: Awaited<ReturnType<typeof startPubsubServer>>;
let bigtable: Awaited<ReturnType<typeof startBigtableServer>>;

beforeAll(async () => {
  const leftOut = languages.flatMap(({ name, isThere }) => (isThere ? [] : [name]));
  if (leftOut.length > 0)
    process.stderr.write(`Left out, for they are not installed: ${leftOut.join(', ')}.\n`);
  folder = mkdtempSync(join(tmpdir(), 'healthmon-languages-'));
  pubsub = await startPubsubServer({ dataDir: join(folder, 'pubsub') });
  bigtable = await startBigtableServer({ dataDir: join(folder, 'bigtable') });
});

afterAll(async () => {
  await pubsub.close();
  await bigtable.close();
  rmSync(folder, { recursive: true, force: true });
});

const INVALID_ARGUMENT = 3;

const EXPECTED = {
  published: 200,
  ordered: Array.from({ length: 200 }, (_, index) => String(index)),
  idle: ['awake'],
  late: INVALID_ARGUMENT,
  again: true,
  attempts: [1, 2, 3, 4, 5],
  letter: ['poison', 'test', '5'],
  rows: 500,
  cells: 1000,
  filtered: Array.from({ length: 7 }, (_, index) => [
    `r1${index}5`,
    [
      ['3', []],
      ['3', ['copy']],
    ],
  ]),
  checked: [
    [true, false],
    ['y', 'n'],
  ],
  modified: [3, 'ab'],
  deleted: true,
  samples: ['r250'],
};

for (const { name, isThere, write } of languages) {
  describe.skipIf(!isThere)(`the ${name} clients`, () => {
    it('stream in order, once, idle and to dead letters, and change rows', { timeout: SLOW_MS }, async () => {
      const { command, args, env } = write(folder);
      const { stdout } = await promisify(execFile)(command, args, {
        cwd: folder,
        timeout: SLOW_MS,
        env: {
          ...process.env,
          ...env,
          PUBSUB_EMULATOR_HOST: `localhost:${pubsub.port}`,
          BIGTABLE_EMULATOR_HOST: `localhost:${bigtable.port}`,
          LANGUAGE: name.toLowerCase(),
          IDLE_SECONDS: String(IDLE_SECONDS),
        },
      });
      expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toEqual(EXPECTED);
    });
  });
}
