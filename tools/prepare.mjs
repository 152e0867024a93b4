// Runs before `npm test`, `npm run demo` and `npm run bench`, so that each works alone on a fresh clone.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

function run(args) {
  const { status } = spawnSync(npm, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

const installedAtMs = existsSync('node_modules/.package-lock.json')
  ? statSync('node_modules/.package-lock.json').mtimeMs
  : 0;
if (installedAtMs < statSync('package-lock.json').mtimeMs) run(['ci', '--no-audit', '--no-fund']);
run(['run', '--silent', 'build']);
