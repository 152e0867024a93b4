import { lstat, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { usageError } from '../../errors/healthmon-error.js';
import type { StoragePort } from '../../gcp/storage.js';
import { fileError, fileSource, objectSource, type Source, stdinSource } from './source.js';

export interface ExpandOptions {
  cwd: string;
  stdin: AsyncIterable<Buffer | string>;
  /** Asked only for `gs://` names. */
  storage(): Promise<StoragePort>;
  signal: AbortSignal;
}

const CSV_NAME = /\.(csv|tsv|txt)(\.gz)?$/i;
/** A folder may hold what an earlier load rejected. */
const REJECTS_NAME = /\.rejects\.csv$/i;

/** Files, folders, globs, `-` and `gs://bucket/name` or `gs://bucket/prefix*`, in a stable order. */
export async function expandSources(names: readonly string[], options: ExpandOptions): Promise<Source[]> {
  if (names.filter((name) => name === '-').length > 1) {
    throw usageError({
      code: 'invalid-argument',
      message: 'Standard input can be given once only.',
      suggestion: 'Give "-" once.',
    });
  }
  const sources: Source[] = [];
  const seen = new Set<string>();
  const add = (source: Source) => {
    // The same file by two names is one.
    const identity = source.path ?? source.label;
    if (!seen.has(identity)) sources.push(source);
    seen.add(identity);
  };
  try {
    for (const name of names) {
      if (name === '-') add(await stdinSource(options.stdin, options.signal));
      else if (name.startsWith('gs://')) for (const source of await objects(name, options)) add(source);
      else
        for (const path of await paths(name, options.cwd))
          add(await fileSource(resolve(options.cwd, path), path));
    }
  } catch (error) {
    for (const source of sources) await source.dispose();
    throw error;
  }
  return sources;
}

async function objects(name: string, options: ExpandOptions): Promise<Source[]> {
  const match = /^gs:\/\/([^/]+)\/(.+)$/.exec(name);
  if (match === null) {
    throw usageError({
      code: 'invalid-argument',
      message: `"${name}" names no object of Cloud Storage.`,
      suggestion: 'Write gs://bucket/name.csv, or gs://bucket/prefix* for several.',
    });
  }
  const [, bucket, path] = match as unknown as [string, string, string];
  const storage = await options.storage();
  if (!path.endsWith('*') && !path.endsWith('/')) {
    const found = await storage.stat(path, bucket);
    if (found === undefined) throw nothingFound(name);
    return [objectSource(storage, found)];
  }
  const found = (await storage.list(path.replace(/\*$/, ''), bucket)).filter(
    (object) => object.size > 0 && !REJECTS_NAME.test(object.name),
  );
  if (found.length === 0) throw nothingFound(name);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1)).map((object) => objectSource(storage, object));
}

async function paths(name: string, cwd: string): Promise<string[]> {
  try {
    const info = await lstat(resolve(cwd, name));
    if (!info.isDirectory()) return [name];
    const entries = await readdir(resolve(cwd, name));
    const files = entries.filter((entry) => CSV_NAME.test(entry) && !REJECTS_NAME.test(entry)).sort();
    if (files.length === 0) throw nothingFound(name);
    return files.map((file) => join(name, file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    if (!/[*?[]/.test(name)) throw fileError(name, error as NodeJS.ErrnoException);
  }
  const found = await globbed(name, cwd);
  if (found.length === 0) throw nothingFound(name);
  return found;
}

/** `*`, `?` and `[…]` within a name, `**` for any number of folders. */
async function globbed(pattern: string, cwd: string): Promise<string[]> {
  const absolute = pattern.startsWith('/');
  const segments = pattern.split('/').filter((segment) => segment !== '' && segment !== '.');
  const found: string[] = [];
  const visit = async (folder: string, index: number): Promise<void> => {
    const segment = segments[index]!;
    const last = index === segments.length - 1;
    const entries = await readdir(resolve(cwd, folder || '.'), { withFileTypes: true }).catch(() => []);
    if (segment === '**') {
      if (!last) await visit(folder, index + 1);
      for (const entry of entries) {
        if (entry.isDirectory()) await visit(join(folder, entry.name), index);
        else if (last) found.push(join(folder, entry.name));
      }
      return;
    }
    if (segment === '..') {
      await visit(join(folder, '..'), index + 1);
      return;
    }
    const matches = segmentPattern(segment);
    for (const entry of entries) {
      if (!matches.test(entry.name) || (entry.name.startsWith('.') && !segment.startsWith('.'))) continue;
      if (!last) await visit(join(folder, entry.name), index + 1);
      else if (!entry.isDirectory()) found.push(join(folder, entry.name));
    }
  };
  if (segments.length > 0) await visit(absolute ? '/' : '', 0);
  return [...new Set(found)].filter((path) => !REJECTS_NAME.test(path) || REJECTS_NAME.test(pattern)).sort();
}

function segmentPattern(segment: string): RegExp {
  const source = segment.replaceAll(/\[[^\]]+\]|[*?]|[.+^${}()|[\]\\]/g, (token) => {
    if (token === '*') return '.*';
    if (token === '?') return '.';
    return token.length > 1 ? token.replace(/^\[!/, '[^') : `\\${token}`;
  });
  return new RegExp(`^${source}$`, 's');
}

function nothingFound(name: string): Error {
  return usageError({
    code: 'file-not-found',
    message: `"${name}" matches no file.`,
    suggestion: 'Check the path; a folder is searched for .csv, .tsv and .txt files, compressed or not.',
  });
}
