import { randomUUID } from 'node:crypto';
import type { ServiceName } from '../../core/services.js';
import { nameFlag } from '../../core/stack-name.js';
import { notReadyError } from '../../errors/healthmon-error.js';
import type { ServicePlan, StartFailure } from './plan.js';
import { isAlive, waitUntil } from './processes.js';
import { logPath, readState, type StackState, tailOf, writeAdjustment } from './state.js';

const FAILURE_TAIL_LINES = 20;
const POLL_MS = 30;
const ANSWER_MS = 10_000;

export interface AdjustOptions {
  timeoutMs: number;
  added?: readonly ServicePlan[];
  signal?: AbortSignal | undefined;
  /** Called once for each service that has come up. */
  onReady?: (service: ServiceName) => void;
}

/**
 * Tells the supervisor which services shall be ended for the moment and which ones the stack shall have besides; all
 * others are started if they do not run. The caller holds the lock of the stack.
 * @throws HealthmonError naming the service that does not come up, with the tail of its log.
 */
export async function adjustStack(
  folder: string,
  state: StackState,
  paused: readonly ServiceName[],
  { timeoutMs, added = [], signal, onReady }: AdjustOptions,
): Promise<void> {
  const id = randomUUID();
  const down = new Set(state.services.filter(({ ready }) => !ready).map(({ name }) => name));
  for (const { name } of added) down.add(name);
  writeAdjustment(folder, { id, paused, added, readyTimeoutMs: timeoutMs });
  process.kill(state.supervisor.pid, 'SIGUSR2');
  let now = state;
  const isFinished = () => {
    now = readState(folder) ?? now;
    for (const { name, ready } of now.services) if (ready && down.delete(name)) onReady?.(name);
    return now.adjusted?.id === id || signal?.aborted === true || !isAlive(state.supervisor);
  };
  // The supervisor gives up by itself before.
  await waitUntil(isFinished, timeoutMs + ANSWER_MS, POLL_MS);
  signal?.throwIfAborted();
  const failure = now.adjusted?.id === id ? now.adjusted.failure : noAnswer(folder);
  if (failure === undefined) return;
  throw notReadyError({
    code: 'emulator-not-ready',
    message: `${failure.message}.`,
    detail: failureDetail(failure),
    suggestion: `Run "healthmon doctor", or "healthmon emulators restart${nameFlag(state.name)}".`,
  });
}

function noAnswer(folder: string): StartFailure {
  const path = logPath(folder, 'supervisor');
  return {
    message: 'The supervisor of the local cloud did not answer',
    logTail: tailOf(path, FAILURE_TAIL_LINES),
    logPath: path,
  };
}

/** The end of the log of a service that did not start, and where it is. */
export function failureDetail({ logTail, logPath }: StartFailure): string {
  return [...(logTail.length === 0 ? ['(its log is empty)'] : logTail), `Log: ${logPath}`].join('\n');
}
