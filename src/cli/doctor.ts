import { constants, existsSync } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { chosenEmulators } from '../config/config.js';
import { implementationOf, OFFICIAL_NAMES, STANDARD_SERVICES } from '../core/services.js';
import { emulatorVariables } from '../gcp/endpoints.js';
import type { Context } from './command.js';
import { cloudChecks } from './doctor-cloud.js';

export interface Check {
  name: string;
  status: 'ok' | 'warn' | 'fail';
  /** What was found. */
  found: string;
  /** The commands that fix it, one a line; empty when there is nothing to fix. */
  fix: string;
}

const MINIMUM_FREE_BYTES = 1024 ** 3;
/** Spanner emulators before this one do not mark multiplexed sessions, so the clients do without those. */
const MULTIPLEXED_SINCE = [1, 5, 29];
const PROBE_TIMEOUT_MS = 10_000;

/** Every check of this machine and the target. Leaves nothing behind, and never fails as a whole. */
export async function diagnose(context: Context): Promise<Check[]> {
  const local = context.config.target === 'local';
  const checks = await Promise.all([
    nodeCheck(),
    targetCheck(context),
    strayVariables(context),
    stateFolder(context),
    local ? localChecks(context) : cloudChecks(context),
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
  const set = emulatorVariables(env);
  const isStray = config.target === 'cloud' && set.length > 0;
  return {
    name: 'emulator variables',
    status: isStray ? 'fail' : 'ok',
    found: set.length === 0 ? 'none set' : set.join(', '),
    fix: isStray ? `unset ${set.join(' ')}` : '',
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

async function localChecks(context: Context): Promise<Check[]> {
  const checks = await Promise.all([
    javaCheck(context),
    emulatorChecks(context),
    portCheck(context),
    stackCheck(context),
  ]);
  return checks.flat();
}

/** Only Google's emulator of Pub/Sub runs on Java. */
async function javaCheck({ config, env }: Context): Promise<Check[]> {
  if (config.emulators.pubsub !== 'official') return [];
  const { javaVersion, majorOf, MINIMUM_JAVA } = await import('../emulators/official/java.js');
  const { onPath } = await import('../emulators/official/on-path.js');
  const name = 'java (for Pub/Sub)';
  const version = await javaVersion(env);
  if (version !== undefined && majorOf(version) >= MINIMUM_JAVA) {
    return [{ name, status: 'ok', found: `${version} (${onPath('java', env)})`, fix: '' }];
  }
  return [
    {
      name,
      status: 'fail',
      found: version === undefined ? 'none that works' : `${version} (${onPath('java', env)}), too old`,
      fix: `apt-get install default-jre-headless   # or any Java ${MINIMUM_JAVA} or newer`,
    },
  ];
}

/** What stands in for each service. Google's emulators are looked for only where they are chosen. */
async function emulatorChecks({ config, env }: Context): Promise<Check[]> {
  const chosen = chosenEmulators(config);
  const officials = OFFICIAL_NAMES.filter((name) => implementationOf(name, chosen) === 'official');
  const { findOfficialEmulators, officialService } = await import('../emulators/official/find.js');
  let found: Partial<Awaited<ReturnType<typeof findOfficialEmulators>>> = {};
  try {
    if (officials.length > 0) found = await findOfficialEmulators(env);
  } catch (error) {
    const { message, suggestion } = error as { message: string; suggestion?: string };
    return [{ name: 'emulators', status: 'fail', found: message, fix: suggestion ?? '' }];
  }
  return STANDARD_SERVICES.map((service): Check => {
    const name = `${service} emulator`;
    const official = officials.find((each) => each === service);
    if (official === undefined) return { name, status: 'ok', found: 'embedded', fix: '' };
    const emulator = found[official];
    if (emulator === undefined) {
      const { componentId } = officialService(official);
      return {
        name,
        status: 'fail',
        found: 'official, not found',
        fix: `healthmon emulators install   # or: gcloud components install ${componentId}`,
      };
    }
    const { path, source, version } = emulator;
    const notes =
      service === 'spanner' && isBefore(version, MULTIPLEXED_SINCE) ? ', multiplexed sessions off' : '';
    return {
      name,
      status: 'ok',
      found: `official, ${version === undefined ? '' : `${version}, `}${path} (${source})${notes}`,
      fix: '',
    };
  });
}

function isBefore(version: string | undefined, limit: readonly number[]): boolean {
  if (version === undefined) return false;
  const parts = version.split('.').map(Number);
  const at = limit.findIndex((part, index) => (parts[index] ?? 0) !== part);
  return at >= 0 && (parts[at] ?? 0) < limit[at]!;
}

/** The ports of the last start, which the next one takes again when they are free. */
async function portCheck({ env, cwd }: Context): Promise<Check> {
  const { readLastPorts, stackPath } = await import('../emulators/supervisor/state.js');
  const { holderOf, isFree } = await import('../emulators/supervisor/ports.js');
  const { commandOf } = await import('../emulators/supervisor/processes.js');
  const { stackStatus } = await import('../emulators/stack/status.js');
  const name = 'ports';
  if ((await stackStatus({ env, cwd })).running)
    return { name, status: 'ok', found: 'in use by the local stack', fix: '' };
  const ports = Object.entries(readLastPorts(stackPath({ env, cwd })));
  const free = await Promise.all(ports.map(([, port]) => isFree(port, '127.0.0.1')));
  const taken = ports.filter((_, index) => !free[index]);
  if (taken.length === 0) {
    return {
      name,
      status: 'ok',
      found: ports.length === 0 ? 'free ones are chosen' : 'those of the last start are free',
      fix: '',
    };
  }
  const holders = taken.map(([service, port]) => {
    const pid = holderOf(port);
    return `${port} of ${service} is held by ${pid === undefined ? 'another user' : `process ${pid}: ${commandOf(pid)}`}`;
  });
  return {
    name,
    status: 'warn',
    found: `${holders.join('; ')}; another port is chosen`,
    fix: 'healthmon emulators start --port-base 21000   # to choose them yourself',
  };
}

/** Real work in every running service: a row is written to Spanner in a transaction and read back, and so on. */
async function stackCheck({ env, cwd }: Context): Promise<Check> {
  const { stackStatus } = await import('../emulators/stack/status.js');
  const { waitUntilReady } = await import('../emulators/supervisor/readiness.js');
  const name = 'local stack';
  const { running, services, project } = await stackStatus({ env, cwd });
  if (!running) return { name, status: 'ok', found: 'not running', fix: '' };
  const deadline = Date.now() + PROBE_TIMEOUT_MS;
  const answers = await Promise.all(
    services.map((service) =>
      waitUntilReady(service, project ?? '', deadline, AbortSignal.timeout(PROBE_TIMEOUT_MS + 1000)).then(
        () => undefined,
        (error: Error) => `${service.name}: ${error.message}`,
      ),
    ),
  );
  const failures = answers.filter((answer) => answer !== undefined);
  if (failures.length > 0) {
    return { name, status: 'fail', found: failures.join('; '), fix: 'healthmon emulators restart' };
  }
  return {
    name,
    status: 'ok',
    found: `running, real work succeeds in all ${services.length} services: ${services.map((service) => `${service.name} ${service.implementation}`).join(', ')}`,
    fix: '',
  };
}
