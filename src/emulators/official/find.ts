import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { OFFICIAL_NAMES, type OfficialName } from '../../core/services.js';
import { usageError } from '../../errors/healthmon-error.js';
import { EMULATED } from '../registry.js';
import type { OfficialService } from '../service.js';
import { installFolder } from './install-folder.js';
import { onPath } from './on-path.js';

export interface FoundEmulator {
  service: OfficialName;
  /** Executable or jar. */
  path: string;
  /** Where it was found, for a person: the variable, the Google Cloud CLI, the install cache. */
  source: string;
  version: string | undefined;
}

export function officialService(service: OfficialName): OfficialService {
  return EMULATED[service].official!;
}

/**
 * Google's emulators on this machine: named by a variable, installed by `emulators install`, or part of a Google
 * Cloud CLI. Undefined for those that are not there.
 * @throws a usage error when a variable names something that does not exist.
 */
export async function findOfficialEmulators(
  env: NodeJS.ProcessEnv,
): Promise<Record<OfficialName, FoundEmulator | undefined>> {
  const found: Partial<Record<OfficialName, FoundEmulator>> = {};
  for (const service of OFFICIAL_NAMES) found[service] = fromVariable(service, env);
  search(found, installFolder(env), 'installed by healthmon');
  for (const root of sdkRoots(env)) search(found, root, `Google Cloud CLI in ${root}`);
  if (OFFICIAL_NAMES.some((service) => found[service] === undefined)) {
    const root = await askGcloud(env);
    if (root !== undefined) search(found, root, `Google Cloud CLI in ${root}`);
  }
  return found as Record<OfficialName, FoundEmulator | undefined>;
}

function fromVariable(service: OfficialName, env: NodeJS.ProcessEnv): FoundEmulator | undefined {
  const variable = officialService(service).pathVariable;
  const path = env[variable];
  if (!path) return undefined;
  if (!existsSync(path)) {
    throw usageError({
      code: 'emulator-not-found',
      message: `${variable} names a file that does not exist: ${path}`,
      suggestion: `Correct it, or unset ${variable} to use the one of the Google Cloud CLI.`,
    });
  }
  return { service, path, source: variable, version: undefined };
}

function search(found: Partial<Record<OfficialName, FoundEmulator>>, root: string, source: string): void {
  for (const service of OFFICIAL_NAMES) {
    if (found[service] !== undefined) continue;
    const path = officialService(service).locate(root);
    if (path !== undefined) found[service] = { service, path, source, version: versionOf(service, root) };
  }
}

/** The version an installed component says it has. Bigtable's never says. */
function versionOf(service: OfficialName, root: string): string | undefined {
  const folder = join(root, '.install');
  const { componentId } = officialService(service);
  const pattern = new RegExp(`^${componentId}(-[a-z]+-[a-z0-9_]+)?\\.snapshot\\.json$`);
  for (const name of listed(folder).filter((file) => pattern.test(file))) {
    try {
      const snapshot = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
        components?: { id: string; version?: { version_string?: string } }[];
      };
      const id = name.replace('.snapshot.json', '');
      const version = snapshot.components?.find((component) => component.id === id)?.version?.version_string;
      if (version && /^\d+\.\d+\.\d+/.test(version)) return version;
    } catch {
      // An unreadable manifest only costs the version.
    }
  }
  return undefined;
}

/** Roots that can be found without running `gcloud`, which takes a second. */
function sdkRoots(env: NodeJS.ProcessEnv): string[] {
  const gcloud = onPath('gcloud', env);
  const home = env.HOME || homedir();
  const candidates = [
    env.CLOUDSDK_ROOT_DIR,
    gcloud === undefined ? undefined : dirname(dirname(realpathSync(gcloud))),
    join(home, 'google-cloud-sdk'),
    '/usr/lib/google-cloud-sdk',
    '/usr/share/google-cloud-sdk',
    '/usr/local/google-cloud-sdk',
    '/usr/local/share/google-cloud-sdk',
    '/opt/google-cloud-sdk',
    '/opt/homebrew/share/google-cloud-sdk',
    '/snap/google-cloud-cli/current',
  ];
  return [...new Set(candidates)].filter((root): root is string => root !== undefined && existsSync(root));
}

/** For a `gcloud` that is a wrapper script somewhere else. */
async function askGcloud(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const gcloud = onPath('gcloud', env);
  if (gcloud === undefined) return undefined;
  try {
    const { stdout } = await promisify(execFile)(gcloud, ['info', '--format=value(installation.sdk_root)'], {
      env,
      timeout: 20_000,
    });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
