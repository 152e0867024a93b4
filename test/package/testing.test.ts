import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/package-root.js';
import { installPacked } from '../helpers/packed.js';

/** A folder in which jest is installed: it is none of ours. */
const JEST = process.env.HEALTHMON_JEST ?? '';
const PAGE = readFileSync(join(packageRoot(), 'docs/testing.md'), 'utf8');
const TIMEOUT_MS = 120_000;
/** It needs no client: what serves gRPC serves REST, too. */
const ASKS_SPANNER = `test('the cloud of the run is there', async () => {
  const answer = await fetch('http://' + process.env.SPANNER_EMULATOR_HOST + '/v1/projects/p/instanceConfigs');
  expect(answer.status).toBe(200);
});
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'healthmon-testing-'));
  installPacked(folder, ['vitest']);
}, TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder of the page's own for one runner. @param files by their names */
function project(name: string, files: Readonly<Record<string, string>>): string {
  const own = join(folder, name);
  mkdirSync(own);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(own, file), text);
  return own;
}

/** A block of the page that begins with a comment that names its file, and the setting that the comment gives. */
function block(file: string): { text: string; setting: string } {
  const found = [...PAGE.matchAll(/```js\n([\s\S]*?)```/g)].find(([, text]) =>
    text!.startsWith(`// ${file}`),
  );
  const text = found![1]!;
  return { text, setting: /with `([^`]+)`/.exec(text)?.[1] ?? '' };
}

function run(cwd: string, args: readonly string[]): { status: number | null; said: string } {
  // What a runner sets for its own tests is none of the business of another.
  const { PATH, HOME } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    env: { PATH, HOME },
  });
  return { status, said: stdout + stderr };
}

describe('the examples of docs/testing.md, from the packed package', () => {
  it('with node:test', { timeout: TIMEOUT_MS }, () => {
    const text = /cat > ward\.test\.mjs <<'END'\n([\s\S]*?)\nEND\n/.exec(PAGE)![1]!;
    const { status, said } = run(project('node', { 'ward.test.mjs': text }), ['--test', 'ward.test.mjs']);
    expect(status, said).toBe(0);
    expect(said).toContain('pass 1');
  });

  it('with vitest', { timeout: TIMEOUT_MS }, () => {
    const { text, setting } = block('cloud.setup.js');
    const own = project('vitest', {
      'package.json': '{"type": "module"}',
      'cloud.setup.js': text,
      'vitest.config.js': `export default { ${setting} };\n`,
      'ward.test.js': `import { expect, test } from 'vitest';\n${ASKS_SPANNER}`,
    });
    const { status, said } = run(own, ['../node_modules/vitest/vitest.mjs', 'run']);
    expect(status, said).toBe(0);
    expect(said).toContain('1 passed');
  });

  it.skipIf(!existsSync(join(JEST, 'node_modules/jest')))('with jest', { timeout: TIMEOUT_MS }, () => {
    const { text, setting } = block('cloud.setup.mjs');
    const own = project('jest', {
      'package.json': '{}',
      'cloud.setup.mjs': text,
      'cloud.teardown.mjs': block('cloud.teardown.mjs').text,
      'jest.config.mjs': `export default { ${setting} };\n`,
      'ward.test.js': ASKS_SPANNER,
    });
    const { status, said } = run(own, [join(JEST, 'node_modules/jest/bin/jest.js')]);
    expect(status, said).toBe(0);
    expect(said).toContain('1 passed');
  });
});
