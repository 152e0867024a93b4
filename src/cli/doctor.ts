import { execFile } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { access, readFile, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ENDPOINT_VARIABLES } from '../gcp/endpoints.js';
import type { Context } from './command.js';

export interface Check {
  name: string;
  status: 'ok' | 'warn' | 'fail';
  /** What was found. */
  found: string;
  /** The command that fixes it; empty when there is nothing to fix. */
  fix: string;
}

const run = promisify(execFile);
const MINIMUM_FREE_BYTES = 1024 ** 3;
/** The Pub/Sub emulator is built for Java 11 and later. */
const MINIMUM_JAVA = 11;

/** Every check of this machine and the target. Reads only, and never fails as a whole. */
export async function diagnose(context: Context): Promise<Check[]> {
  const local = context.config.target === 'local';
  const checks = await Promise.all([
    nodeCheck(),
    targetCheck(context),
    strayVariables(context),
    stateFolder(context),
    ...(local ? [javaCheck(), ...(await emulatorChecks(context))] : [credentials(context)]),
  ]);
  return checks.flat();
}

function nodeCheck(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return {
    name: 'node',
    status: ok ? 'ok' : 'fail',
    found: process.versions.node,
    fix: ok ? '' : 'Install Node 20.19 or newer: https://nodejs.org',
  };
}

function targetCheck({ config }: Context): Check {
  return {
    name: 'target',
    status: 'ok',
    found: `${config.target}, project ${config.project} (${config.origins.project})`,
    fix: '',
  };
}

function strayVariables({ config, env }: Context): Check {
  const set = Object.values(ENDPOINT_VARIABLES).filter((name) => env[name]);
  const partial = config.target === 'local' && set.length > 0 && set.length < 5;
  if (config.target === 'cloud' && set.length > 0) {
    return {
      name: 'emulator variables',
      status: 'fail',
      found: set.join(', '),
      fix: `unset ${set.join(' ')}`,
    };
  }
  return {
    name: 'emulator variables',
    status: partial ? 'warn' : 'ok',
    found: set.length === 0 ? 'none set' : set.join(', '),
    fix: partial ? `unset ${set.join(' ')}   # or set all five; "healthmon emulators env" prints them` : '',
  };
}

async function stateFolder({ cwd, env }: Context): Promise<Check> {
  const folder = env.HEALTHMON_STATE_DIR ?? join(cwd, '.healthmon');
  const existing = existsSync(folder) ? folder : cwd;
  try {
    await access(existing, constants.W_OK);
    const { bavail, bsize } = await statfs(existing);
    const free = bavail * bsize;
    const enough = free >= MINIMUM_FREE_BYTES;
    return {
      name: 'state folder',
      status: enough ? 'ok' : 'warn',
      found: `${folder}, ${(free / 1024 ** 3).toFixed(1)} GB free`,
      fix: enough ? '' : 'Free some disk space, or set HEALTHMON_STATE_DIR to a folder on another disk.',
    };
  } catch {
    return {
      name: 'state folder',
      status: 'fail',
      found: `${folder} is not writable`,
      fix: 'export HEALTHMON_STATE_DIR=/a/writable/folder',
    };
  }
}

async function javaCheck(): Promise<Check> {
  const fix = `Install Java ${MINIMUM_JAVA} or newer, for example: apt-get install default-jre-headless`;
  try {
    // java prints its version on stderr.
    const { stderr } = await run('java', ['-version'], { timeout: 10_000 });
    const version = /version "([^"]+)"/.exec(stderr)?.[1] ?? 'unknown';
    const major = Number(version.startsWith('1.') ? version.split('.')[1] : version.split('.')[0]);
    const ok = major >= MINIMUM_JAVA;
    return { name: 'java (for Pub/Sub)', status: ok ? 'ok' : 'fail', found: version, fix: ok ? '' : fix };
  } catch {
    return { name: 'java (for Pub/Sub)', status: 'fail', found: 'not found', fix };
  }
}

async function emulatorChecks({ env, cwd }: Context): Promise<Promise<Check>[]> {
  const { findOfficialEmulators } = await import('../emulators/official/find.js');
  const { stackStatus } = await import('../emulators/stack.js');
  const found = await findOfficialEmulators(env);
  const checks = Object.entries(found).map(async ([service, emulator]): Promise<Check> => {
    return {
      name: `${service} emulator`,
      status: emulator === undefined ? 'fail' : 'ok',
      found: emulator === undefined ? 'not found' : `${emulator.path} (${emulator.source})`,
      fix:
        emulator === undefined
          ? `healthmon emulators install   # or: gcloud components install ${emulator ?? service}-emulator`
          : '',
    };
  });
  const status = stackStatus({ env, cwd }).then((stack): Check => {
    const down = stack.services.filter((service) => !service.ready).map((service) => service.name);
    if (stack.services.length === 0)
      return { name: 'local stack', status: 'ok', found: 'not running', fix: '' };
    return {
      name: 'local stack',
      status: down.length === 0 ? 'ok' : 'fail',
      found: down.length === 0 ? 'running, every service answers' : `not answering: ${down.join(', ')}`,
      fix: down.length === 0 ? '' : 'healthmon emulators restart',
    };
  });
  return [...checks, status];
}

async function credentials({ env }: Context): Promise<Check> {
  const folder = env.CLOUDSDK_CONFIG ?? join(homedir(), '.config', 'gcloud');
  const file = env.GOOGLE_APPLICATION_CREDENTIALS ?? join(folder, 'application_default_credentials.json');
  try {
    const { type } = JSON.parse(await readFile(file, 'utf8')) as { type?: string };
    return { name: 'credentials', status: 'ok', found: `${type ?? 'unknown kind'} in ${file}`, fix: '' };
  } catch {
    return {
      name: 'credentials',
      status: 'fail',
      found: `none in ${file}`,
      fix: 'gcloud auth application-default login',
    };
  }
}
