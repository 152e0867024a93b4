import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isListening } from '../listening.js';
import { PROBES } from '../probes/probes.js';
import { SERVICE_TITLES } from '../services.js';
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
        await PROBES[plan.name]({ host, port, restPort, project }, id);
        return;
      }
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    await sleep(RETRY_MS);
  }
  throw new Error(`${SERVICE_TITLES[plan.name]} did not become ready in time: ${reason}`);
}
