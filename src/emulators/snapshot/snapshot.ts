import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isAnswering } from '../../core/answering.js';
import { endpointOf, SERVICE_NAMES, type ServiceName } from '../../core/services.js';
import { nameFlag } from '../../core/stack-name.js';
import { HealthmonError, notReadyError } from '../../errors/healthmon-error.js';
import { EMULATED } from '../registry.js';
import type { TransferScope } from '../service.js';
import { adjustStack } from '../supervisor/control.js';
import { withLock } from '../supervisor/lock.js';
import { copyPrivately, makePrivateFolder } from '../supervisor/private-state.js';
import { isAlive } from '../supervisor/processes.js';
import {
  dataPath,
  openState,
  type ServiceState,
  type StackLocation,
  type StackState,
  stackPath,
} from '../supervisor/state.js';
import { linesOf } from './convert.js';
import {
  type Manifest,
  makeAside,
  publish,
  readManifest,
  snapshotPath,
  verify,
  writeManifest,
} from './folder.js';
import { written } from './lines.js';

export { listSnapshots } from './folder.js';

export interface SnapshotOptions extends StackLocation {
  snapshot: string;
  signal?: AbortSignal | undefined;
}

export interface SaveOptions extends SnapshotOptions {
  /** Bigtable instances to save, because Google's emulator cannot list them. */
  bigtableInstances: readonly string[];
  /** Default: all of the stack. */
  only?: readonly ServiceName[];
}

export interface LoadOptions extends SnapshotOptions {
  /** The stack was started just now, so that Google's emulators hold nothing that had to go first. */
  isFresh?: boolean;
  /** The other services stay as they are. Default: all, those too that the snapshot has nothing of. */
  only?: readonly ServiceName[];
}

const LOCK_TIMEOUT_MS = 60_000;
const RESTART_TIMEOUT_MS = 60_000;

/**
 * Saves the services of a running stack: written aside, verified, and only then renamed, so that a failure leaves an
 * older snapshot of the same name as it was. Of embedded services the files are copied, for which they are away for
 * about a second; Google's are asked for what they hold.
 */
export async function saveSnapshot(options: SaveOptions): Promise<Manifest> {
  const path = snapshotPath(options, options.snapshot);
  const folder = stackPath(options);
  return withLock(folder, LOCK_TIMEOUT_MS, options.signal, async () => {
    const state = await runningStack(options);
    const aside = makeAside(options, options.snapshot);
    try {
      const services = await exportAll(state, folder, aside, options);
      options.signal?.throwIfAborted();
      const manifest = await writeManifest(aside, {
        format: 1,
        name: options.snapshot,
        project: state.project,
        createdAt: new Date().toISOString(),
        services,
        bigtableInstances: options.bigtableInstances,
      });
      await verify(aside, manifest);
      publish(aside, path);
      return manifest;
    } finally {
      rmSync(aside, { recursive: true, force: true });
    }
  });
}

async function exportAll(
  state: StackState,
  folder: string,
  aside: string,
  { only, bigtableInstances }: SaveOptions,
): Promise<Manifest['services']> {
  const counts: Manifest['services'] = {};
  const wanted = state.services.filter(({ name }) => only?.includes(name) ?? true);
  for (const { name, host, port } of wanted.filter(({ implementation }) => implementation === 'official')) {
    const { transfer } = EMULATED[name];
    const scope: TransferScope = { project: state.project, bigtableInstances };
    const count = await written(join(aside, `${name}.ndjson`), (writer) =>
      transfer!.export(`${host}:${port}`, scope, writer),
    );
    counts[name] = { count, unit: transfer!.unit };
  }
  const onDisk = wanted.filter(isEmbedded).map(({ name }) => name);
  await adjustStack(folder, state, onDisk, { timeoutMs: RESTART_TIMEOUT_MS });
  try {
    for (const name of onDisk) {
      const copy = join(aside, name);
      copyPrivately(dataPath(folder, name), copy, EMULATED[name].embedded!.isImmutable);
      counts[name] = { count: sizeOf(copy), unit: 'bytes' };
    }
  } finally {
    await adjustStack(folder, state, [], { timeoutMs: RESTART_TIMEOUT_MS });
  }
  return counts;
}

/** Embedded services keep everything in files, Google's everything in memory. */
function isEmbedded({ implementation }: ServiceState): boolean {
  return implementation === 'embedded';
}

/**
 * Puts a running stack back into the state of a snapshot; what it held before is gone. The snapshot is verified
 * first, so that a damaged one changes nothing.
 */
export async function loadSnapshot(options: LoadOptions): Promise<Manifest> {
  const path = snapshotPath(options, options.snapshot);
  const manifest = readManifest(options, options.snapshot);
  await verify(path, manifest);
  const folder = stackPath(options);
  await withLock(folder, LOCK_TIMEOUT_MS, options.signal, async () => {
    const state = await runningStack(options);
    refuseMissing(manifest, state);
    options.signal?.throwIfAborted();
    const services = state.services.filter(({ name }) => options.only?.includes(name) ?? true);
    const lines = await linesOf(services, path, manifest, options);
    try {
      // Google's emulators are empty after a start.
      const paused = services.filter((service) => isEmbedded(service) || options.isFresh !== true);
      await adjustStack(
        folder,
        state,
        paused.map(({ name }) => name),
        { timeoutMs: RESTART_TIMEOUT_MS },
      );
      try {
        for (const { name } of services.filter(isEmbedded)) replaceData(folder, name, join(path, name));
      } finally {
        await adjustStack(folder, state, [], { timeoutMs: RESTART_TIMEOUT_MS });
      }
      await importAll(services, lines.files, options.snapshot);
    } finally {
      lines.remove();
    }
  });
  return manifest;
}

/** @throws HealthmonError when there is no such snapshot or it is damaged. */
export async function checkSnapshot(options: SnapshotOptions): Promise<void> {
  const path = snapshotPath(options, options.snapshot);
  await verify(path, readManifest(options, options.snapshot));
}

async function importAll(
  services: readonly ServiceState[],
  files: ReadonlyMap<ServiceName, string>,
  snapshot: string,
): Promise<void> {
  for (const { name, host, port } of services) {
    const file = files.get(name);
    if (file === undefined) continue;
    try {
      await EMULATED[name].transfer!.import(`${host}:${port}`, file);
    } catch (cause) {
      // What the service says may quote a row.
      throw new HealthmonError({
        code: 'snapshot-refused',
        message: `The ${name} service did not take its part of the snapshot "${snapshot}".`,
        detail: 'The local cloud holds a part of the data; the snapshot itself is whole.',
        suggestion: `Run "healthmon emulators snapshot load ${snapshot}" again; "healthmon emulators logs ${name}" shows what the service said.`,
        cause,
      });
    }
  }
}

/** Copied beside the old data first: a full disk must not cost both. */
function replaceData(folder: string, name: ServiceName, saved: string): void {
  const data = dataPath(folder, name);
  const incoming = `${data}.new`;
  rmSync(incoming, { recursive: true, force: true });
  if (existsSync(saved)) copyPrivately(saved, incoming, EMULATED[name].embedded!.isImmutable);
  else makePrivateFolder(incoming);
  rmSync(data, { recursive: true, force: true });
  renameSync(incoming, data);
}

/** @throws HealthmonError when there is no such snapshot. */
export function deleteSnapshot(options: SnapshotOptions): void {
  readManifest(options, options.snapshot);
  rmSync(snapshotPath(options, options.snapshot), { recursive: true, force: true });
}

/** The state of a running stack. @throws HealthmonError when it does not run, or not as a snapshot needs it. */
export async function runningStack(location: StackLocation): Promise<StackState> {
  const { state } = openState(location);
  if (state === undefined || !isAlive(state.supervisor)) {
    throw notReadyError({
      code: 'emulators-not-running',
      message: 'The local cloud does not run.',
      suggestion:
        'Run "healthmon emulators start", or "healthmon emulators start --from NAME" to load a snapshot.',
    });
  }
  for (const { name, host, port, ready, implementation } of state.services) {
    if (!ready) throw refuseService(name, 'does not run', 'Run "healthmon emulators start".');
    if (implementation === 'external') {
      const fix = 'Unset the *_EMULATOR_HOST variables and start the stack again.';
      throw refuseService(name, 'was not started by healthmon', fix);
    }
    if (!(await isAnswering(endpointOf(name, host, port))))
      throw refuseService(name, 'does not answer', 'Run "healthmon emulators restart".');
  }
  return state;
}

function refuseService(name: ServiceName, what: string, suggestion: string): Error {
  return notReadyError({
    code: 'snapshot-impossible',
    message: `The ${name} service ${what}.`,
    detail: 'A snapshot needs all services of the stack to run, as processes of their own.',
    suggestion,
  });
}

/** A snapshot of more services than run could only be loaded in part. */
function refuseMissing(manifest: Manifest, state: StackState): void {
  const missing = SERVICE_NAMES.filter(
    (name) =>
      manifest.services[name] !== undefined && !state.services.some((service) => service.name === name),
  );
  if (missing.length === 0) return;
  throw notReadyError({
    code: 'stack-incomplete',
    message: `The snapshot holds ${missing.join(', ')}, which the stack "${state.name}" runs without.`,
    suggestion: `Run "healthmon emulators start${nameFlag(state.name)}" first; it adds them.`,
  });
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
