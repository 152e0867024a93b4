import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES } from '../../core/services.js';
import { EMULATED } from '../registry.js';
import { isListening } from '../serving/listening.js';
import type { ServicePlan } from './plan.js';

const RETRY_MS = 40;

/** Calls a service until real work succeeds. @throws Error with the last reason when the time is over. */
export async function waitUntilReady(
  plan: ServicePlan,
  project: string,
  deadline: number,
  signal: AbortSignal,
): Promise<void> {
  let reason = 'nothing listens on its port';
  while (Date.now() < deadline) {
    signal.throwIfAborted();
    try {
      if (await isListening(plan.port, plan.host)) {
        // A new name each time: a probe that failed half-way may have left its resource behind.
        const id = `healthmon-probe-${randomBytes(4).toString('hex')}`;
        const { host, port, restPort } = plan;
        await EMULATED[plan.name].probe({ host, port, restPort, project }, id);
        return;
      }
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    await sleep(RETRY_MS);
  }
  throw new Error(`${SERVICES[plan.name].title} did not become ready in time: ${reason}`);
}
