import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { OFFICIAL_NAMES, type OfficialName } from '../../core/services.js';
import { HealthmonError, notReadyError } from '../../errors/healthmon-error.js';
import { type Component, causeOf, MANIFEST_URL, type Platform, readComponents } from './components.js';
import { officialService } from './find.js';
import { installFolder } from './install-folder.js';

export interface InstallOptions {
  env: NodeJS.ProcessEnv;
  /** Default: the one of the Google Cloud CLI, or HEALTHMON_COMPONENTS_URL. */
  manifestUrl?: string | undefined;
  platform?: Platform;
  signal?: AbortSignal | undefined;
}

export interface InstallResult {
  folder: string;
  /** False when exactly these versions were there already. */
  changed: boolean;
  components: { service: OfficialName; id: string; version: string; sha256: string; path: string }[];
}

export interface InstallProgress {
  id: string;
  receivedBytes: number;
  totalBytes: number;
}

/** Written last, so that a folder with it is complete. */
const RECORD = 'healthmon-install.json';

/**
 * Downloads Google's emulators into the user's cache, checks their SHA-256, and puts them in place with one
 * rename. What is there already is not downloaded again, and without a network it stays of use.
 * @throws HealthmonError when something cannot be downloaded or is not what Google's list says; the old ones stay.
 */
export async function installEmulators(
  options: InstallOptions,
  onProgress: (progress: InstallProgress) => void = () => {},
): Promise<InstallResult> {
  const folder = installFolder(options.env);
  const installed = readRecord(folder);
  let components: Component[];
  try {
    components = await readComponents(manifestOf(options), platformOf(options), options.signal);
  } catch (error) {
    const isOffline = error instanceof HealthmonError && error.code === 'download-failed';
    if (isOffline && installed !== undefined) return resultOf(folder, false, installed);
    throw error;
  }
  if (installed !== undefined && isSame(installed, components)) return resultOf(folder, false, installed);

  const parent = dirname(folder);
  mkdirSync(parent, { recursive: true });
  const aside = mkdtempSync(join(parent, '.new-'));
  try {
    for (const component of components) {
      const archive = join(parent, `.${component.sha256}.tar.gz.${process.pid}`);
      try {
        await download(component, archive, options.signal, onProgress);
        await unpack(component, archive, aside);
      } finally {
        rmSync(archive, { force: true });
      }
      recordVersion(aside, component);
    }
    for (const service of OFFICIAL_NAMES) {
      if (officialService(service).locate(aside) === undefined) throw unknownLayout(service);
    }
    writeFileSync(join(aside, RECORD), JSON.stringify(components, null, 2));
    replace(aside, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return resultOf(folder, true, components);
}

/** What `installEmulators` would download; nothing when exactly these versions are there. */
export async function missingComponents(options: InstallOptions): Promise<Component[]> {
  const installed = readRecord(installFolder(options.env));
  const components = await readComponents(manifestOf(options), platformOf(options), options.signal);
  return installed !== undefined && isSame(installed, components) ? [] : components;
}

function manifestOf({ manifestUrl, env }: InstallOptions): string {
  return manifestUrl || env.HEALTHMON_COMPONENTS_URL || MANIFEST_URL;
}

function platformOf({ platform }: InstallOptions): Platform {
  return platform ?? { os: process.platform, arch: process.arch };
}

function readRecord(folder: string): Component[] | undefined {
  try {
    const components = JSON.parse(readFileSync(join(folder, RECORD), 'utf8')) as Component[];
    return OFFICIAL_NAMES.every((service) => officialService(service).locate(folder) !== undefined)
      ? components
      : undefined;
  } catch {
    return undefined;
  }
}

function isSame(installed: readonly Component[], wanted: readonly Component[]): boolean {
  return wanted.every((component) => installed.some((each) => each.sha256 === component.sha256));
}

async function download(
  component: Component,
  path: string,
  signal: AbortSignal | undefined,
  onProgress: (progress: InstallProgress) => void,
): Promise<void> {
  const hash = createHash('sha256');
  let receivedBytes = 0;
  try {
    const response = await fetch(component.url, { signal });
    if (!response.ok || response.body === null) throw new Error(`the answer was ${response.status}`);
    const file = createWriteStream(path);
    try {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        hash.update(chunk);
        receivedBytes += chunk.length;
        if (!file.write(chunk)) await once(file, 'drain');
        onProgress({ id: component.id, receivedBytes, totalBytes: component.bytes });
      }
    } finally {
      file.end();
      await once(file, 'close');
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw notReadyError({
      code: 'download-failed',
      message: `${component.id} could not be downloaded.`,
      detail: `${component.url}: ${causeOf(error)}`,
      suggestion: 'Check the network and run "healthmon emulators install" again.',
      cause: error,
    });
  }
  const actual = hash.digest('hex');
  if (actual === component.sha256) return;
  throw new HealthmonError({
    code: 'checksum-mismatch',
    message: `${component.id} is not what Google’s list says it is; nothing was installed.`,
    detail: `SHA-256 of ${component.url}: ${actual}, expected ${component.sha256}.`,
    suggestion: 'Run "healthmon emulators install" again; if it stays, a proxy may be changing downloads.',
  });
}

async function unpack(component: Component, archive: string, folder: string): Promise<void> {
  try {
    await promisify(execFile)('tar', ['-xzf', archive, '-C', folder, '--no-same-owner'], {
      timeout: 120_000,
    });
  } catch (error) {
    throw new HealthmonError({
      code: 'unpack-failed',
      message: `${component.id} could not be unpacked.`,
      detail: causeOf(error),
      suggestion: 'Check that "tar" and "gzip" are installed and that the disk has room.',
      cause: error,
    });
  }
  // Some archives carry the folder of the whole SDK in front.
  const nested = join(folder, 'google-cloud-sdk');
  if (!existsSync(nested)) return;
  for (const name of readdirSync(nested)) mergeInto(join(nested, name), join(folder, name));
  rmSync(nested, { recursive: true });
}

function mergeInto(from: string, to: string): void {
  if (!existsSync(to)) {
    renameSync(from, to);
    return;
  }
  for (const name of readdirSync(from)) mergeInto(join(from, name), join(to, name));
}

/** In the form of the Google Cloud CLI, so that finding an emulator's version is the same for both. */
function recordVersion(folder: string, { id, version }: Component): void {
  mkdirSync(join(folder, '.install'), { recursive: true });
  const snapshot = { components: [{ id, version: { version_string: version } }] };
  writeFileSync(join(folder, '.install', `${id}.snapshot.json`), JSON.stringify(snapshot));
}

function replace(aside: string, folder: string): void {
  const old = `${aside}.old`;
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(aside, folder);
  rmSync(old, { recursive: true, force: true });
}

function resultOf(folder: string, changed: boolean, components: readonly Component[]): InstallResult {
  return {
    folder,
    changed,
    components: components.map(({ service, id, version, sha256 }) => ({
      service,
      id,
      version,
      sha256,
      path: officialService(service).locate(folder)!,
    })),
  };
}

function unknownLayout(service: string): Error {
  return new HealthmonError({
    code: 'unpack-failed',
    message: `The archive of the ${service} emulator does not hold what was expected.`,
    detail: 'Google may have changed its layout.',
    suggestion: 'Install the Google Cloud CLI instead: https://cloud.google.com/sdk/docs/install',
  });
}
