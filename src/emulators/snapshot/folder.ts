import { createHash } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import type { ServiceName } from '../../core/services.js';
import { HealthmonError, usageError } from '../../errors/healthmon-error.js';
import { makePrivateFolder, writePrivateFile } from '../supervisor/private-state.js';
import { identify } from '../supervisor/processes.js';
import { type StackLocation, stateRoot } from '../supervisor/state.js';

/** What a snapshot holds; written last, so that a folder with it is complete. */
export interface Manifest {
  format: 1;
  name: string;
  project: string;
  createdAt: string;
  /** Per service how much there is: rows, cells, definitions, bytes. */
  services: Partial<Record<ServiceName, { count: number; unit: string }>>;
  /** Ids of the Bigtable instances whose tables were to be saved. */
  bigtableInstances: readonly string[];
  files: { path: string; bytes: number; sha256: string }[];
}

export interface SnapshotInfo {
  name: string;
  createdAt: string;
  project: string;
  bytes: number;
  services: Manifest['services'];
}

type Where = Pick<StackLocation, 'env' | 'cwd'>;

function snapshotsRoot(where: Where): string {
  return join(stateRoot(where), 'snapshots');
}

/** @throws a usage error for a name that is no good file name. */
export function snapshotPath(where: Where, name: string): string {
  if (!/^[a-z0-9][a-z0-9._-]{0,60}$/i.test(name)) {
    throw usageError({
      code: 'invalid-snapshot-name',
      message: `"${name}" cannot be the name of a snapshot.`,
      detail:
        'A name has up to 61 letters, digits, dots, hyphens and underscores and begins with a letter or digit.',
      suggestion: 'Give another name.',
    });
  }
  const path = join(snapshotsRoot(where), name);
  // A save that was killed between its two renames left the old snapshot under this name.
  if (!existsSync(path) && existsSync(oldPath(path))) renameSync(oldPath(path), path);
  return path;
}

function oldPath(path: string): string {
  return join(path, '..', `.${path.slice(path.lastIndexOf('/') + 1)}.old`);
}

/** @throws HealthmonError when there is no complete snapshot of this name. */
export function readManifest(where: Where, name: string): Manifest {
  const path = join(snapshotPath(where, name), 'manifest.json');
  try {
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
    if (manifest.format === 1) return manifest;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw damaged(name, `${path} cannot be read`);
    const names = listSnapshots(where).map((snapshot) => snapshot.name);
    throw new HealthmonError({
      code: 'snapshot-not-found',
      message: `There is no snapshot "${name}".`,
      detail: names.length === 0 ? 'There is none at all.' : `There are: ${names.join(', ')}.`,
      suggestion: 'Run "healthmon emulators snapshot list".',
    });
  }
  throw damaged(name, 'it was written by another version of healthmon');
}

export function listSnapshots(where: Where): SnapshotInfo[] {
  const root = snapshotsRoot(where);
  const names = existsSync(root) ? readdirSync(root).filter((name) => !name.startsWith('.')) : [];
  return names.sort().flatMap((name) => {
    if (!existsSync(join(root, name, 'manifest.json'))) return [];
    const { createdAt, project, services, files } = readManifest(where, name);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return [{ name, createdAt, project, bytes, services }];
  });
}

/** Writes the manifest of a finished folder, with the hash of every file in it. */
export async function writeManifest(folder: string, head: Omit<Manifest, 'files'>): Promise<Manifest> {
  const files: Manifest['files'] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.push({ path: relative(folder, path), bytes: statSync(path).size, sha256: await sha256(path) });
  }
  const manifest: Manifest = { ...head, files };
  writePrivateFile(join(folder, 'manifest.json'), JSON.stringify(manifest, null, 2));
  return manifest;
}

/** @throws HealthmonError when a file is missing or is not what was written. */
export async function verify(folder: string, manifest: Manifest): Promise<void> {
  for (const file of manifest.files) {
    const path = join(folder, file.path);
    const bytes = statSync(path, { throwIfNoEntry: false })?.size;
    if (bytes === undefined) throw damaged(manifest.name, `${file.path} is missing`);
    if (bytes !== file.bytes || (await sha256(path)) !== file.sha256) {
      throw damaged(manifest.name, `${file.path} was changed`);
    }
  }
}

/** A new folder to write a snapshot into. What killed processes left of theirs is removed. */
export function makeAside(where: Where, name: string): string {
  const root = snapshotsRoot(where);
  makePrivateFolder(root);
  for (const entry of readdirSync(root)) {
    const pid = /^\..+\.(\d+)\.new-\w+$/.exec(entry)?.[1];
    if (pid !== undefined && identify(Number(pid)) === undefined) {
      rmSync(join(root, entry), { recursive: true, force: true });
    }
  }
  const folder = mkdtempSync(join(root, `.${name}.${process.pid}.new-`));
  chmodSync(folder, 0o700);
  return folder;
}

/** Puts a finished folder in the place of the snapshot; the old one stays until the new one is there. */
export function publish(finished: string, path: string): void {
  const old = oldPath(path);
  rmSync(old, { recursive: true, force: true });
  if (existsSync(path)) renameSync(path, old);
  renameSync(finished, path);
  rmSync(old, { recursive: true, force: true });
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function damaged(name: string, why: string): Error {
  return new HealthmonError({
    code: 'snapshot-damaged',
    message: `The snapshot "${name}" is damaged: ${why}.`,
    detail: 'Nothing was changed.',
    suggestion: `Run "healthmon emulators snapshot delete ${name}", and save it again.`,
  });
}
