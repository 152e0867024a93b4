import {
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

/** Permissions of the owner's group and of everybody else. */
const OTHERS = 0o077;
/** What healthmon keeps in a state folder. A folder of the user's choice may hold other things, too. */
const OURS = ['stacks', 'snapshots', 'dead-letters.seen'];

/** Makes a folder, and the missing ones above it, for their owner alone, whatever the umask. */
export function makePrivateFolder(path: string): void {
  if (statsOf(path) !== undefined) return;
  makePrivateFolder(dirname(path));
  // Another process may make the same one.
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
}

/** Writes a file that only its owner reads, whatever the umask. */
export function writePrivateFile(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  chmodSync(path, 0o600);
}

/**
 * Copies a file, or a folder and all that is in it, for its owner alone, whatever the umask.
 * @param isImmutable whether a file, by its path below `from`, never changes: it gets a second name where the file
 *   system can give it one, which costs nothing, instead of a copy.
 */
export function copyPrivately(
  from: string,
  to: string,
  isImmutable: (path: string) => boolean = () => false,
): void {
  const copy = (source: string, target: string): void => {
    if (lstatSync(source).isDirectory()) {
      makePrivateFolder(target);
      for (const name of readdirSync(source)) copy(join(source, name), join(target, name));
      return;
    }
    if (!isImmutable(relative(from, source)) || !linked(source, target)) {
      copyFileSync(source, target, constants.COPYFILE_FICLONE);
    }
    chmodSync(target, 0o600);
  };
  copy(from, to);
}

/** False where the two are on different file systems, or theirs has no hard links. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}

/**
 * Takes away what others may do with the state that an older version left. Looks at the top only when that is
 * private: it is done last.
 */
export function tightenState(root: string): void {
  for (const path of OURS.map((name) => join(root, name))) if (isOpenToOthers(path)) tighten(path);
  if (basename(root) === '.healthmon' && isOpenToOthers(root)) chmodSync(root, 0o700);
}

/** Takes away what others may do with a file, or with a folder and all that is in it. Links are not followed. */
function tighten(path: string): void {
  const stats = statsOf(path);
  if (stats === undefined || stats.isSymbolicLink()) return;
  if (stats.isDirectory()) for (const name of readdirSync(path)) tighten(join(path, name));
  if ((stats.mode & OTHERS) !== 0 && isMine(stats.uid)) chmodSync(path, stats.mode & 0o7777 & ~OTHERS);
}

function isOpenToOthers(path: string): boolean {
  const stats = statsOf(path);
  return stats !== undefined && !stats.isSymbolicLink() && (stats.mode & OTHERS) !== 0 && isMine(stats.uid);
}

/** Undefined where there is nothing, be it that what should be a folder is a file. */
function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

function isMine(uid: number): boolean {
  const me = process.getuid?.();
  return me === uid || me === 0;
}
