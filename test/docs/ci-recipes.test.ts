import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fence, ROOT, readPage } from '../helpers/markdown.js';

const run = promisify(execFile);
const page = readPage('docs/ci.md');
const recipes = page.fences.filter(({ comment }) => comment?.startsWith('recipe: '));
/** What puts software on a runner. The test's folder has it, and a test must not depend on the network. */
const INSTALLATIONS = [/^npm ci$/, /^apt-get update /];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'healthmon-ci-'));
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(ROOT, join(folder, 'node_modules/healthmon'));
  symlinkSync(join(ROOT, 'bin/healthmon.js'), join(folder, 'node_modules/.bin/healthmon'));
  writeFileSync(join(folder, 'package.json'), '{"name":"ward","version":"1.0.0"}\n');
  for (const { comment, lines } of page.fences) {
    const name = /^file: (\S+)$/.exec(comment ?? '')?.[1];
    if (name !== undefined) writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The shell lines of a recipe: a script as it is, of YAML the values of `run` and the items of `script`. */
function shellLines({ comment, lines }: Fence): string[] {
  if (comment === 'recipe: shell') return lines;
  const found: string[] = [];
  let inScript = false;
  for (const line of lines) {
    if (/^\s*(before_|after_)?script:$/.test(line)) inScript = true;
    else if (inScript && !/^\s*- /.test(line)) inScript = false;
    const command =
      /^\s*- run: (.+)$/.exec(line)?.[1] ?? (inScript ? /^\s*- (.+)$/.exec(line)?.[1] : undefined);
    if (command !== undefined) found.push(command);
  }
  return found;
}

describe.each(recipes)('the recipe at line $line of docs/ci.md', (recipe) => {
  const script = shellLines(recipe);
  const needed = script.filter((line) => !INSTALLATIONS.some((pattern) => pattern.test(line)));

  it('runs, and leaves the metrics', async () => {
    expect(needed.length).toBeGreaterThan(0);
    const env = { PATH: process.env.PATH, HOME: folder, CI: 'true', CI_JOB_ID: '7' };
    await run('bash', ['-euo', 'pipefail', '-c', needed.join('\n')], { cwd: folder, env, timeout: 400_000 });
    const { ok, result } = JSON.parse(readFileSync(join(folder, 'metrics.json'), 'utf8'));
    expect(ok).toBe(true);
    expect(result.passed).toBe(true);
    rmSync(join(folder, 'metrics.json'));
    const left = await run('bash', ['-c', 'npx healthmon emulators status --json'], { cwd: folder, env });
    expect(JSON.parse(left.stdout).result.running).toBe(false);
  }, 420_000);

  it.runIf(script.includes('npm ci'))('installs what it uses before it uses it', () => {
    expect(script.indexOf('npm ci')).toBeLessThan(script.indexOf(needed.at(-1)!));
  });
});
