import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isAnswering } from '../../core/answering.js';
import { HealthmonError, notReadyError } from '../../errors/healthmon-error.js';
import { endpointOf, SERVICE_NAMES, type ServiceName } from '../services.js';
import { pauseOnly } from '../supervisor/control.js';
import { withLock } from '../supervisor/lock.js';
import { isAlive } from '../supervisor/processes.js';
import { dataPath, readState, type StackLocation, type StackState, stackPath } from '../supervisor/state.js';
import { exportBigtable, importBigtable } from './bigtable.js';
import {
  type Manifest,
  makeAside,
  publish,
  readManifest,
  snapshotPath,
  verify,
  writeManifest,
} from './folder.js';
import { LineWriter } from './lines.js';
import { exportPubsub, importPubsub } from './pubsub.js';
import { exportSpanner, importSpanner } from './spanner.js';

export { listSnapshots } from './folder.js';

export interface SnapshotOptions extends StackLocation {
  snapshot: string;
  signal?: AbortSignal | undefined;
}

export interface SaveOptions extends SnapshotOptions {
  /** Bigtable instances to save, because the emulator cannot list them. */
  bigtableInstances: readonly string[];
}

export interface LoadOptions extends SnapshotOptions {
  /** The stack was started just now, so that Google's emulators hold nothing that had to go first. */
  isFresh?: boolean;
}

const LOCK_TIMEOUT_MS = 60_000;
const RESTART_TIMEOUT_MS = 60_000;

/** Kept as the files of the emulator itself, which is at rest while they are copied. */
const ON_DISK = ['bigquery', 'storage'] as const satisfies readonly ServiceName[];

/**
 * Saves all services of a running stack: written aside, verified, and only then renamed, so that a failure leaves an
 * older snapshot of the same name as it was. BigQuery and Cloud Storage are away for about a second.
 */
export async function saveSnapshot(options: SaveOptions): Promise<Manifest> {
  const path = snapshotPath(options, options.snapshot);
  const folder = stackPath(options);
  return withLock(folder, LOCK_TIMEOUT_MS, options.signal, async () => {
    const state = await runningStack(options);
    const aside = makeAside(options, options.snapshot);
    try {
      const services = await exportAll(state, folder, aside, options.bigtableInstances);
      options.signal?.throwIfAborted();
      const manifest = await writeManifest(aside, {
        format: 1,
        name: options.snapshot,
        project: state.project,
        createdAt: new Date().toISOString(),
        services,
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
  bigtableInstances: readonly string[],
): Promise<Manifest['services']> {
  const counts: Manifest['services'] = {};
  const { project } = state;
  for (const { name, host, port } of state.services) {
    const address = `${host}:${port}`;
    if (name === 'spanner') {
      const count = await written(aside, name, (writer) => exportSpanner(address, project, writer));
      counts.spanner = { count, unit: 'rows' };
    }
    if (name === 'bigtable') {
      const count = await written(aside, name, (writer) =>
        exportBigtable(address, project, bigtableInstances, writer),
      );
      counts.bigtable = { count, unit: 'cells' };
    }
    if (name === 'pubsub') {
      const count = await written(aside, name, (writer) =>
        exportPubsub(`http://${address}`, project, writer),
      );
      counts.pubsub = { count, unit: 'definitions' };
    }
  }
  const onDisk = ON_DISK.filter((name) => state.services.some((service) => service.name === name));
  await pauseOnly(folder, state, onDisk, RESTART_TIMEOUT_MS);
  try {
    for (const name of onDisk) {
      const copy = join(aside, name);
      cpSync(dataPath(folder, name), copy, { recursive: true });
      counts[name] = { count: sizeOf(copy), unit: 'bytes' };
    }
  } finally {
    await pauseOnly(folder, state, [], RESTART_TIMEOUT_MS);
  }
  return counts;
}

async function written(
  aside: string,
  name: ServiceName,
  work: (writer: LineWriter) => Promise<number>,
): Promise<number> {
  const writer = new LineWriter(join(aside, `${name}.ndjson`));
  try {
    return await work(writer);
  } finally {
    await writer.close();
  }
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
    const names = state.services.map((service) => service.name);
    const onDisk = ON_DISK.filter((name) => names.includes(name));
    // Google's emulators are empty after a start.
    await pauseOnly(folder, state, options.isFresh ? onDisk : names, RESTART_TIMEOUT_MS);
    try {
      for (const name of onDisk) replaceData(folder, name, join(path, name));
    } finally {
      await pauseOnly(folder, state, [], RESTART_TIMEOUT_MS);
    }
    await importAll(state, path, options.snapshot);
  });
  return manifest;
}

/** @throws HealthmonError when there is no such snapshot or it is damaged. */
export async function checkSnapshot(options: SnapshotOptions): Promise<void> {
  const path = snapshotPath(options, options.snapshot);
  await verify(path, readManifest(options, options.snapshot));
}

async function importAll(state: StackState, path: string, snapshot: string): Promise<void> {
  for (const { name, host, port } of state.services) {
    const address = `${host}:${port}`;
    const file = join(path, `${name}.ndjson`);
    if (!existsSync(file)) continue;
    try {
      if (name === 'spanner') await importSpanner(address, file);
      if (name === 'bigtable') await importBigtable(address, file);
      if (name === 'pubsub') await importPubsub(`http://${address}`, file);
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
  if (existsSync(saved)) cpSync(saved, incoming, { recursive: true });
  else mkdirSync(incoming, { recursive: true });
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
  const state = readState(stackPath(location));
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
    suggestion: 'Start the stack without --only.',
  });
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
