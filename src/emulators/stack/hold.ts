import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES } from '../../core/services.js';
import { notReadyError } from '../../errors/healthmon-error.js';
import { describeExit } from '../supervisor/service-process.js';
import type { ServiceState, StackLocation } from '../supervisor/state.js';
import { deadServices } from './status.js';
import { stopStack } from './stop.js';

const HOLD_POLL_MS = 500;

/**
 * Waits until the signal is aborted and then ends the stack.
 * @throws HealthmonError when a service dies meanwhile, after everything else was ended.
 */
export async function holdStack(location: StackLocation, signal: AbortSignal): Promise<void> {
  let dead: ServiceState[] = [];
  while (!signal.aborted && dead.length === 0) {
    await sleep(HOLD_POLL_MS, undefined, { signal }).catch(() => {});
    dead = deadServices(location);
  }
  await stopStack({ env: location.env, cwd: location.cwd, name: location.name });
  const [first] = dead;
  if (first?.exit === undefined) return;
  throw notReadyError({
    code: 'emulator-died',
    message: `${SERVICES[first.name].title} ended while the stack was running (${describeExit(first.exit)}).`,
    detail: first.exit.logTail.join('\n'),
    suggestion: 'Run "healthmon emulators start" again.',
  });
}
