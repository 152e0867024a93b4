import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDiskFull } from '../../core/disk-full.js';
import { HealthmonError } from '../../errors/healthmon-error.js';
import { isListening } from '../serving/listening.js';
import { withLock } from '../supervisor/lock.js';
import { holderOf } from '../supervisor/ports.js';
import {
  commandOf,
  endGroup,
  groupMembers,
  isAlive,
  KILL_DEADLINE_MS,
  waitUntil,
} from '../supervisor/processes.js';
import {
  readState,
  removeState,
  type ServiceState,
  type StackLocation,
  type StackState,
  stackPath,
} from '../supervisor/state.js';

/** Longer than the supervisor gives its services. */
export const STOP_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 60_000;

/**
 * Ends a stack and everything it started, also what a killed supervisor left behind.
 * @returns whether there was anything to stop.
 * @throws HealthmonError when a process or a port survives.
 */
export async function stopStack(
  location: StackLocation & { signal?: AbortSignal | undefined },
): Promise<boolean> {
  const folder = stackPath(location);
  if (readState(folder) === undefined) return false;
  return evenWithoutRoom(folder, location.signal, () => endStack(folder));
}

/** Stops a stack and removes its data and logs. */
export async function resetStack(
  location: StackLocation & { signal?: AbortSignal | undefined },
): Promise<boolean> {
  const folder = stackPath(location);
  return evenWithoutRoom(folder, location.signal, async () => {
    const wasRunning = await endStack(folder);
    rmSync(join(folder, 'data'), { recursive: true, force: true });
    rmSync(join(folder, 'logs'), { recursive: true, force: true });
    return wasRunning;
  });
}

/** Under the lock; without one on a full disk, where nobody else gets it and this may be what makes room. */
async function evenWithoutRoom<T>(
  folder: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await withLock(folder, LOCK_TIMEOUT_MS, signal, work);
  } catch (error) {
    if (isDiskFull(error)) return work();
    throw error;
  }
}

/** As `stopStack`, for a caller that holds the lock. */
export async function endStack(folder: string): Promise<boolean> {
  const state = readState(folder);
  if (state === undefined) return false;
  const { supervisor } = state;
  if (isAlive(supervisor)) {
    process.kill(supervisor.pid, 'SIGTERM');
    const isGone = await waitUntil(() => !isAlive(supervisor), STOP_TIMEOUT_MS);
    if (!isGone) process.kill(supervisor.pid, 'SIGKILL');
    await waitUntil(() => !isAlive(supervisor), KILL_DEADLINE_MS);
  }
  const left = (await Promise.all(state.services.map(endLeftovers))).flat();
  if (isAlive(supervisor)) left.push(supervisor.pid);
  if (left.length > 0) {
    throw new HealthmonError({
      code: 'processes-survived',
      message: `Processes of the stack "${state.name}" could not be ended: ${left.join(', ')}.`,
      detail: left.map((pid) => `${pid}: ${commandOf(pid)}`).join('\n'),
      suggestion: `Run "kill -9 ${left.join(' ')}".`,
    });
  }
  const held = await heldPorts(state);
  if (held.length > 0) {
    throw new HealthmonError({
      code: 'ports-survived',
      message: `Ports of the stack "${state.name}" are still in use: ${held.join(', ')}.`,
      detail: held.map(describeHolder).join('\n'),
      suggestion: 'Run "healthmon emulators stop" again; if it stays, end the process that holds them.',
    });
  }
  removeState(folder);
  return true;
}

/** A group number could have been given to somebody else; its first process or our command line proves it ours. */
async function endLeftovers(service: ServiceState): Promise<number[]> {
  if (service.process === undefined) return [];
  const groupId = service.process.pid;
  const members = groupMembers(groupId);
  const isOurs =
    isAlive(service.process) || members.some((pid) => commandOf(pid).includes(String(service.port)));
  return isOurs ? endGroup(groupId, 0) : [];
}

function describeHolder(port: number): string {
  const pid = holderOf(port);
  return `${port}: ${pid === undefined ? 'a process of another user, or one that has just ended' : `process ${pid}, ${commandOf(pid)}`}`;
}

async function heldPorts(state: StackState): Promise<number[]> {
  const ports = state.services
    .filter((service) => service.implementation !== 'external')
    .flatMap((service) => [service.port, ...(service.restPort === undefined ? [] : [service.restPort])]);
  const held = await Promise.all(
    ports.map(async (port) => ((await isListening(port, '127.0.0.1')) ? [port] : [])),
  );
  return held.flat();
}
