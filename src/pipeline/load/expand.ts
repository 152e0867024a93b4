import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { linearPattern } from '../../core/linear-pattern.js';
import { usageError } from '../../errors/healthmon-error.js';
import type { StoragePort } from '../../gcp/storage/port.js';
import { fileError, fileSource, keptSource, objectSource, type Source } from './source.js';

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

/** What a folder has for loading. Hidden files are no data: macOS keeps a ._name beside each name it copies. */
function isData(name: string): boolean {
  return CSV_NAME.test(name) && !REJECTS_NAME.test(name) && !name.startsWith('.');
}

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
      if (name === '-') add(await keptSource(options.stdin, 'standard input', options.signal));
      else if (name.startsWith('gs://')) for (const source of await objects(name, options)) add(source);
      else
        for (const path of await paths(name, options.cwd))
          add(await fileSource(resolve(options.cwd, path), path, options.signal));
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
  const wildcard = path.search(/[*?[]/);
  if (!path.endsWith('/') && !path.endsWith('*')) {
    const found = await storage.stat(path, bucket);
    if (found !== undefined) return [objectSource(storage, found)];
    if (wildcard < 0) throw noObject(name);
  }
  const prefix = wildcard < 0 ? path : path.slice(0, wildcard);
  // The last star stands for any rest, folders included; the others, as in a path, for a part of one name.
  const matches =
    wildcard < 0
      ? undefined
      : linearPattern(globPattern(path.replace(/\*$/, '')) + (path.endsWith('*') ? '(?s:.*)' : ''));
  const found = (await storage.list(prefix, bucket)).filter(
    (object) =>
      object.size > 0 &&
      (matches === undefined
        ? isData(basename(object.name))
        : matches(object.name) && !REJECTS_NAME.test(object.name)),
  );
  if (found.length === 0) throw noObject(name);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1)).map((object) => objectSource(storage, object));
}

async function paths(name: string, cwd: string): Promise<string[]> {
  try {
    const info = await stat(resolve(cwd, name));
    if (!info.isDirectory()) return [name];
    const entries = (await readdir(resolve(cwd, name))).filter(isData).sort();
    const files = await withoutFolders(
      entries.map((entry) => join(name, entry)),
      cwd,
    );
    if (files.length === 0) throw nothingFound(name);
    return files;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    if (!/[*?[]/.test(name)) throw fileError(name, error as NodeJS.ErrnoException);
  }
  const found = await withoutFolders(await globbed(name, cwd), cwd);
  if (found.length === 0) throw nothingFound(name);
  return found;
}

/** Links are followed; one that leads nowhere is kept, for the error that it makes. */
async function withoutFolders(names: readonly string[], cwd: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    const info = await stat(resolve(cwd, name)).catch(() => undefined);
    if (!info?.isDirectory()) found.push(name);
  }
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
    const matches = linearPattern(globPattern(segment));
    for (const entry of entries) {
      if (!matches(entry.name) || (entry.name.startsWith('.') && !segment.startsWith('.'))) continue;
      if (!last) await visit(join(folder, entry.name), index + 1);
      else found.push(join(folder, entry.name));
    }
  };
  if (segments.length > 0) await visit(absolute ? '/' : '', 0);
  return [...new Set(found)].filter((path) => !REJECTS_NAME.test(path) || REJECTS_NAME.test(pattern)).sort();
}

/** A glob as a regular expression of the whole text. */
function globPattern(glob: string): string {
  return glob.replaceAll(/\[[^\]]+\]|[*?]|[.+^${}()|[\]\\]/g, (token) => {
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    return token.length > 1 ? token.replace(/^\[!/, '[^') : `\\${token}`;
  });
}

function nothingFound(name: string): Error {
  return usageError({
    code: 'file-not-found',
    message: `"${name}" matches no file.`,
    suggestion: 'Check the path; a folder is searched for .csv, .tsv and .txt files, compressed or not.',
  });
}

function noObject(name: string): Error {
  return usageError({
    code: 'file-not-found',
    message: `"${name}" matches no object.`,
    suggestion: 'Check the name, or list them with "gcloud storage ls".',
  });
}
