// Runs before `npm test`, `npm run demo` and `npm run bench`, so that each works alone on a fresh clone.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const BUILT = 'dist/.built';

function run(args) {
  const { status } = spawnSync(npm, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

/** When a file was changed, or a folder or anything in it; 0 when there is none. */
function changedMs(path) {
  if (!existsSync(path)) return 0;
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => changedMs(join(path, name))));
}

if (changedMs('node_modules/.package-lock.json') < changedMs('package-lock.json')) {
  run(['ci', '--no-audit', '--no-fund']);
}
const sources = [
  ...['src', 'commands', 'bench', 'templates/schemas', 'tools/bundle.mjs'],
  ...['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
];
if (Math.max(...sources.map(changedMs)) >= changedMs(BUILT)) {
  const begunAt = new Date();
  run(['run', '--silent', 'build']);
  // What was changed while it was built is built the next time.
  writeFileSync(BUILT, '');
  utimesSync(BUILT, begunAt, begunAt);
}
