import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, as the system tells it; opaque. */
  startTime: string;
}

interface ProcessEntry extends ProcessIdentity {
  groupId: number;
  isZombie: boolean;
  rssBytes: number;
}

const HAS_PROC = process.platform === 'linux';
const PAGE_BYTES = 4096;

/** Undefined when no such process runs (any more). */
export function identify(pid: number): ProcessIdentity | undefined {
  const entry = readEntry(pid);
  return entry === undefined || entry.isZombie ? undefined : { pid, startTime: entry.startTime };
}

/** Of a child: one that has ended keeps its number until we have heard of that, which is not in this turn. */
export function identifyChild(pid: number): ProcessIdentity | undefined {
  const entry = readEntry(pid);
  return entry && { pid, startTime: entry.startTime };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime;
}

/** Living processes of a process group. Zombies do not count: where nobody reaps them they stay for ever. */
export function groupMembers(groupId: number): number[] {
  return listPids().filter((pid) => {
    const entry = readEntry(pid);
    return entry !== undefined && entry.groupId === groupId && !entry.isZombie;
  });
}

/** Resident memory of a whole process group, in bytes. */
export function groupRssBytes(groupId: number): number {
  return groupMembers(groupId).reduce((sum, pid) => sum + (readEntry(pid)?.rssBytes ?? 0), 0);
}

/** Sends a signal to a whole group; a group that is gone is no error. */
function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-groupId, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Ends a process group: politely, then by force.
 * @returns the processes that are still there, normally none.
 */
export async function endGroup(groupId: number, graceMs: number): Promise<number[]> {
  if (groupMembers(groupId).length === 0) return [];
  signalGroup(groupId, 'SIGTERM');
  if (await waitUntil(() => groupMembers(groupId).length === 0, graceMs)) return [];
  signalGroup(groupId, 'SIGKILL');
  await waitUntil(() => groupMembers(groupId).length === 0, KILL_DEADLINE_MS);
  return groupMembers(groupId);
}

/** The kernel ends a killed process at once unless it hangs in a disk operation. */
export const KILL_DEADLINE_MS = 5000;

/** Polls a condition; false when it does not hold within the time. */
export async function waitUntil(condition: () => boolean, timeoutMs: number, stepMs = 20): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() >= deadline) return false;
    await sleep(stepMs);
  }
  return true;
}

/** The command line of a process, shortened for a message. */
export function commandOf(pid: number): string {
  try {
    if (HAS_PROC) {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return line.slice(0, 200) || 'unknown command';
    }
  } catch {
    return 'unknown command';
  }
  return (
    ps(['-o', 'command=', '-p', String(pid)])
      .trim()
      .slice(0, 200) || 'unknown command'
  );
}

function listPids(): number[] {
  if (HAS_PROC) {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  }
  return ps(['-axo', 'pid=']).split('\n').map(Number).filter(Boolean);
}

function readEntry(pid: number): ProcessEntry | undefined {
  return HAS_PROC ? readProcEntry(pid) : readPsEntry(pid);
}

let bootId: string | undefined;

function readProcEntry(pid: number): ProcessEntry | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the name in parentheses, which may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 8);
  return {
    pid,
    isZombie: fields[0] === 'Z' || fields[0] === 'X',
    groupId: Number(fields[2]),
    // Counted in ticks since boot, so only unique together with the boot.
    startTime: `${bootId}:${fields[19]}`,
    rssBytes: Number(fields[21]) * PAGE_BYTES,
  };
}

function readPsEntry(pid: number): ProcessEntry | undefined {
  const line = ps(['-o', 'pgid=,stat=,rss=,lstart=', '-p', String(pid)]).trim();
  const match = /^(\d+)\s+(\S+)\s+(\d+)\s+(.+)$/.exec(line);
  if (match === null) return undefined;
  return {
    pid,
    groupId: Number(match[1]),
    isZombie: match[2]!.startsWith('Z'),
    rssBytes: Number(match[3]) * 1024,
    startTime: match[4]!.trim(),
  };
}

function ps(args: string[]): string {
  return spawnSync('ps', args, { encoding: 'utf8', timeout: 5000 }).stdout ?? '';
}
