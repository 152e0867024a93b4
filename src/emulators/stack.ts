import { fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { notReadyError } from '../errors/healthmon-error.js';
import { builtScript } from './built-script.js';
import { nameFlag, SERVICE_NAMES, SERVICE_TITLES, type ServiceName } from './services.js';
import { deadServices, type StackStatus, stackStatus } from './stack-status.js';
import { endStack, STOP_TIMEOUT_MS, stopStack } from './stack-stop.js';
import { pauseOnly } from './supervisor/control.js';
import { withLock } from './supervisor/lock.js';
import type { StackPlan, StarterMessage, StartFailure, SupervisorMessage } from './supervisor/plan.js';
import { planServices } from './supervisor/planning.js';
import type { Ports } from './supervisor/ports.js';
import { isAlive, waitUntil } from './supervisor/processes.js';
import { describeExit } from './supervisor/service-process.js';
import {
  DEFAULT_STACK,
  dataPath,
  logPath,
  readState,
  type ServiceState,
  type StackLocation,
  type StackState,
  stackPath,
  tailOf,
} from './supervisor/state.js';

export { SERVICE_TITLES } from './services.js';
export {
  deadServices,
  type ServiceStatus,
  type StackStatus,
  stackEndpoints,
  stackEnv,
  stackStatus,
} from './stack-status.js';
export { resetStack, stopStack } from './stack-stop.js';
export { type StackLocation, stackNames, stackPath } from './supervisor/state.js';

export interface StartOptions extends StackLocation {
  project: string;
  only?: readonly ServiceName[] | undefined;
  portBase?: number | undefined;
  ports?: Ports | undefined;
  /** Names besides loopback's by which our own emulators may be called. */
  allowedHosts?: readonly string[] | undefined;
  /** How long the services may take until they answer; default 60 s. */
  waitTimeoutMs?: number | undefined;
  /** Run Google's emulators as containers; see `prepareDocker`. */
  via?: 'docker' | undefined;
  /** End the stack with this process, however that ends. */
  tethered?: boolean;
  signal?: AbortSignal | undefined;
}

export interface StartProgress {
  service: ServiceName;
  /** From the start of all services until this one answered. */
  milliseconds: number;
}

const READY_TIMEOUT_MS = 60_000;
const FAILURE_TAIL_LINES = 20;
const HOLD_POLL_MS = 500;

/**
 * Starts the services of a stack, unless they run already, and waits until real calls to all of them succeed.
 * Services of a running stack that died are started again.
 * @returns the stack, whether it ran before, and which of its services had died.
 * @throws HealthmonError (exit code 3) naming the service that failed, with the tail of its log.
 */
export async function startStack(
  options: StartOptions,
  onProgress: (progress: StartProgress) => void = () => {},
): Promise<{ status: StackStatus; alreadyRunning: boolean; revived: ServiceName[] }> {
  const folder = stackPath(options);
  const timeoutMs = options.waitTimeoutMs ?? READY_TIMEOUT_MS;
  const revived = await withLock(folder, timeoutMs + STOP_TIMEOUT_MS, options.signal, async () => {
    const state = await settledState(folder, timeoutMs);
    if (state !== undefined && isAlive(state.supervisor) && state.phase === 'ready') {
      return await reuse(folder, state, options, timeoutMs);
    }
    await endStack(folder);
    await launch(folder, options, timeoutMs, onProgress);
    return undefined;
  });
  return {
    status: await stackStatus(options),
    alreadyRunning: revived !== undefined,
    revived: revived ?? [],
  };
}

/** A supervisor may still be bringing services back, although whoever asked for it is gone. */
async function settledState(folder: string, timeoutMs: number): Promise<StackState | undefined> {
  const isSettled = () => {
    const state = readState(folder);
    return state?.phase !== 'starting' || !isAlive(state.supervisor);
  };
  await waitUntil(isSettled, timeoutMs);
  return readState(folder);
}

async function reuse(
  folder: string,
  state: StackState,
  options: StartOptions,
  timeoutMs: number,
): Promise<ServiceName[]> {
  const missing = (options.only ?? SERVICE_NAMES).filter(
    (name) => !state.services.some((service) => service.name === name),
  );
  if (missing.length > 0) {
    throw notReadyError({
      code: 'stack-incomplete',
      message: `The stack "${state.name}" runs without ${missing.map((name) => SERVICE_TITLES[name]).join(', ')}.`,
      suggestion: `Run "healthmon emulators restart${nameFlag(state.name)}", or use another stack with --name.`,
    });
  }
  const dead = state.services.filter((service) => !service.ready).map(({ name }) => name);
  if (dead.length > 0) await pauseOnly(folder, state, [], timeoutMs);
  return dead;
}

async function launch(
  folder: string,
  options: StartOptions,
  readyTimeoutMs: number,
  onProgress: (progress: StartProgress) => void,
): Promise<void> {
  const plan: StackPlan = {
    folder,
    name: options.name ?? DEFAULT_STACK,
    project: options.project,
    services: await planServices({ ...options, folder }),
    readyTimeoutMs,
  };
  for (const { name, implementation } of plan.services) {
    if (implementation === 'healthmon') mkdirSync(dataPath(folder, name), { recursive: true });
  }
  options.signal?.throwIfAborted();
  const outcome = await superviseFrom(plan, options, onProgress);
  if (outcome !== undefined) throw startFailure(outcome);
}

/** Runs the supervisor and follows it until the stack is ready (undefined) or has failed. */
function superviseFrom(
  plan: StackPlan,
  { env, signal, tethered }: StartOptions,
  onProgress: (progress: StartProgress) => void,
): Promise<StartFailure | undefined> {
  const log = logPath(plan.folder, 'supervisor');
  mkdirSync(join(log, '..'), { recursive: true });
  const descriptor = openSync(log, 'w');
  const child = fork(builtScript('supervisor/main.js'), [plan.folder], {
    detached: true,
    execArgv: [],
    stdio: ['ignore', descriptor, descriptor, 'ipc'],
    env: { ...env },
  });
  closeSync(descriptor);
  const tell = (message: StarterMessage) => child.send(message);
  return new Promise((resolve, reject) => {
    // The broken channel tells the supervisor to end the stack.
    const onAbort = () => {
      if (child.connected) child.disconnect();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    const settle = (act: () => void) => {
      signal?.removeEventListener('abort', onAbort);
      act();
    };
    child.on('message', (message: SupervisorMessage) => {
      if (message.type === 'service')
        onProgress({ service: message.name, milliseconds: message.milliseconds });
      if (message.type === 'failed') settle(() => resolve(message.failure));
      if (message.type === 'ready') {
        if (!tethered) tell({ type: 'detach' });
        // Neither the process nor the channel may keep the starter alive.
        child.unref();
        child.channel?.unref();
        settle(() => resolve(undefined));
      }
    });
    child.once('error', (error) => settle(() => reject(error)));
    child.once('exit', () => {
      const aborted = signal?.aborted === true;
      settle(() => reject(aborted ? signal.reason : supervisorDied(log)));
    });
    tell({ type: 'plan', plan });
  });
}

function supervisorDied(log: string): Error {
  return notReadyError({
    code: 'supervisor-died',
    message: 'The supervisor of the local cloud ended unexpectedly.',
    detail: `${tailOf(log, FAILURE_TAIL_LINES).join('\n')}\nLog: ${log}`,
    suggestion: 'Run "healthmon emulators start" again.',
  });
}

function startFailure(failure: StartFailure): Error {
  const tail = failure.logTail.length === 0 ? ['(its log is empty)'] : failure.logTail;
  return notReadyError({
    code: 'emulator-not-ready',
    message: `${failure.message}.`,
    detail: [...tail, `Log: ${failure.logPath}`].join('\n'),
    suggestion: 'Run "healthmon doctor", or give it more time with --wait-timeout.',
  });
}

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
    message: `${SERVICE_TITLES[first.name]} ended while the stack was running (${describeExit(first.exit)}).`,
    detail: first.exit.logTail.join('\n'),
    suggestion: 'Run "healthmon emulators start" again.',
  });
}
