import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { notReadyError } from '../../errors/healthmon-error.js';
import { makePrivateFolder, writePrivateFile } from './private-state.js';
import { identify, isAlive, type ProcessIdentity } from './processes.js';

const RETRY_MS = 50;

/**
 * Runs `work` while no other process starts, stops or changes the same stack. A lock whose owner died is taken
 * over.
 * @throws HealthmonError when the lock is not free within `timeoutMs`.
 */
export async function withLock<T>(
  folder: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  makeFolder(folder);
  const path = join(folder, 'lock');
  const release = await acquireLock(path, timeoutMs, signal);
  if (release === undefined) {
    throw notReadyError({
      code: 'stack-busy',
      message: 'Another process is starting or stopping this stack.',
      detail: `Process ${lockOwner(path) ?? 'unknown'} holds ${path}.`,
      suggestion: 'Wait for it, or use another stack with --name.',
    });
  }
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * Takes a lock file, over from its owner too if that one died.
 * @returns how to release it; undefined when it is not free within `timeoutMs`.
 */
export async function acquireLock(
  path: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<(() => void) | undefined> {
  const deadline = Date.now() + timeoutMs;
  while (!tryLock(path)) {
    signal?.throwIfAborted();
    if (Date.now() >= deadline) return undefined;
    await sleep(RETRY_MS);
  }
  return () => rmSync(path, { force: true });
}

/** The process that holds a lock file. */
export function lockOwner(path: string): number | undefined {
  return readOwner(path)?.pid;
}

function makeFolder(folder: string): void {
  try {
    makePrivateFolder(folder);
  } catch (error) {
    throw notReadyError({
      code: 'state-folder-unusable',
      message: `The state of the local cloud cannot be kept in ${folder}.`,
      detail: (error as Error).message,
      suggestion: 'Set HEALTHMON_STATE_DIR to a folder that you may write to.',
      cause: error,
    });
  }
}

function tryLock(path: string): boolean {
  // Written aside and linked: the lock never exists without its owner's name in it.
  const own = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    writePrivateFile(own, JSON.stringify(identify(process.pid)));
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const owner = readOwner(path);
    if (owner !== undefined && !isAlive(owner)) takeAway(path, `${own}.stale`);
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Removes the lock of a dead owner, but not one that somebody else took a moment ago. */
function takeAway(path: string, aside: string): void {
  try {
    renameSync(path, aside);
    const owner = readOwner(aside);
    if (owner !== undefined && isAlive(owner)) linkSync(aside, path);
  } catch {
    // Somebody else was quicker; the next round sees.
  } finally {
    rmSync(aside, { force: true });
  }
}

function readOwner(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
