import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Runs Node with the arguments and tells which modules it imported: our own by their path in the package, packages by
 * their name.
 */
export function loadedModules(
  args: readonly string[],
  options: { cwd: string; root: string; env?: NodeJS.ProcessEnv },
): { modules: string[]; status: number | null; stdout: string; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'healthmon-modules-'));
  const log = join(folder, 'modules.log');
  const hooks = join(folder, 'hooks.mjs');
  writeFileSync(log, '');
  writeFileSync(
    hooks,
    `import { appendFileSync } from 'node:fs';
export async function resolve(specifier, context, next) {
  const resolved = await next(specifier, context);
  appendFileSync(${JSON.stringify(log)}, resolved.url + '\\n');
  return resolved;
}`,
  );
  const preload = join(folder, 'preload.mjs');
  writeFileSync(
    preload,
    `import { register } from 'node:module';\nregister(${JSON.stringify(pathToFileURL(hooks).href)});`,
  );
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', preload, ...args], {
      cwd: options.cwd,
      env: { PATH: process.env.PATH, ...options.env },
      encoding: 'utf8',
      timeout: 60_000,
    });
    const urls = readFileSync(log, 'utf8').split('\n').filter(Boolean);
    return {
      modules: [...new Set(urls.flatMap((url) => nameOf(url, options.root)))].sort(),
      status,
      stdout,
      stderr,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function nameOf(url: string, root: string): string[] {
  if (url.startsWith('node:')) return [];
  const inPackage = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (inPackage !== undefined && inPackage !== 'healthmon') return [inPackage];
  const own = `${pathToFileURL(root).href}/dist/`;
  return url.startsWith(own) ? [url.slice(own.length)] : [];
}
