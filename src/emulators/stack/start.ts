import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type Implementations, SERVICES, type ServiceName, STANDARD_SERVICES } from '../../core/services.js';
import { DEFAULT_STACK, nameFlag } from '../../core/stack-name.js';
import { notReadyError } from '../../errors/healthmon-error.js';
import { builtScript } from '../built-script.js';
import { EMULATED } from '../registry.js';
import type { Durability } from '../service.js';
import { adjustStack, failureDetail } from '../supervisor/control.js';
import { withLock } from '../supervisor/lock.js';
import type {
  ServicePlan,
  StackPlan,
  StarterMessage,
  StartFailure,
  SupervisorMessage,
} from '../supervisor/plan.js';
import { planServices, requireOfficials } from '../supervisor/planning.js';
import type { Ports } from '../supervisor/ports.js';
import { makePrivateFolder, writePrivateFile } from '../supervisor/private-state.js';
import { isAlive, waitUntil } from '../supervisor/processes.js';
import {
  dataPath,
  logPath,
  openState,
  readState,
  type StackLocation,
  type StackState,
  tailOf,
} from '../supervisor/state.js';
import { STACK_DEFAULTS } from './defaults.js';
import { type StackStatus, stackStatus } from './status.js';
import { endStack, STOP_TIMEOUT_MS } from './stop.js';

export interface StartOptions extends StackLocation {
  project: string;
  only?: readonly ServiceName[] | undefined;
  /** What was chosen; the others have their defaults, or what they run with already. */
  implementations?: Implementations | undefined;
  /** Default: that of `STACK_DEFAULTS`, as of the time-out. */
  durability?: Durability | undefined;
  portBase?: number | undefined;
  ports?: Ports | undefined;
  /** Names besides loopback's by which our own emulators may be called. */
  allowedHosts?: readonly string[] | undefined;
  /** How long the services may take until they answer. */
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

const FAILURE_TAIL_LINES = 20;

export interface StartResult {
  status: StackStatus;
  /** Whether the stack ran before. */
  alreadyRunning: boolean;
  /** Of a stack that ran before: services that had died, and those that it did not have. */
  revived: ServiceName[];
  added: ServiceName[];
}

/**
 * Starts the services of a stack, unless they run already, and waits until real calls to all of them succeed. A stack
 * that runs gets those that it does not have, and those of it that died are started again.
 * @throws HealthmonError (exit code 3) naming the service that failed, with the tail of its log.
 */
export async function startStack(
  options: StartOptions,
  onProgress: (progress: StartProgress) => void = () => {},
): Promise<StartResult> {
  const { folder } = openState(options);
  const timeoutMs = options.waitTimeoutMs ?? STACK_DEFAULTS.waitTimeoutMs;
  const changes = await withLock(folder, timeoutMs + STOP_TIMEOUT_MS, options.signal, async () => {
    const state = await settledState(folder, timeoutMs);
    if (state !== undefined && isAlive(state.supervisor) && state.phase === 'ready') {
      return await reuse(folder, state, options, timeoutMs, onProgress);
    }
    await endStack(folder);
    await launch(folder, options, timeoutMs, onProgress);
    return undefined;
  });
  return {
    status: await stackStatus(options),
    alreadyRunning: changes !== undefined,
    revived: [],
    added: [],
    ...changes,
  };
}

/** To be asked before a stack is ended for another one. @throws HealthmonError when that could not be started. */
export function checkStart(options: StartOptions): Promise<void> {
  return requireOfficials({ ...options, folder: openState(options).folder });
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
  onProgress: (progress: StartProgress) => void,
): Promise<Pick<StartResult, 'revived' | 'added'>> {
  const wanted = options.only ?? STANDARD_SERVICES;
  refuseOtherImplementation(state, wanted, options);
  const missing = wanted.filter((name) => !state.services.some((service) => service.name === name));
  const plan =
    missing.length === 0
      ? undefined
      : await planServices({ ...options, folder, only: missing, running: state.services });
  const added = plan?.services ?? [];
  refuseOtherPorts(state, added);
  makeDataFolders(folder, added);
  const revived = state.services.filter((service) => !service.ready).map(({ name }) => name);
  if (revived.length === 0 && added.length === 0) return { revived, added: [] };
  const begun = Date.now();
  await adjustStack(folder, state, [], {
    timeoutMs,
    added,
    signal: options.signal,
    onReady: (service) => onProgress({ service, milliseconds: Date.now() - begun }),
  });
  return { revived, added: missing };
}

/** What one implementation holds, another does not: only `restart` carries it over. */
function refuseOtherImplementation(
  state: StackState,
  wanted: readonly ServiceName[],
  { implementations = {} }: StartOptions,
): void {
  const other = state.services.find(({ name, implementation }) => {
    const chosen = implementations[name];
    return (
      wanted.includes(name) &&
      chosen !== undefined &&
      implementation !== 'external' &&
      implementation !== chosen
    );
  });
  if (other === undefined) return;
  const { title } = SERVICES[other.name];
  throw notReadyError({
    code: 'stack-differs',
    message: `The stack "${state.name}" runs with the ${other.implementation} implementation of ${title}, not with the ${implementations[other.name]} one.`,
    suggestion: `Run "healthmon emulators restart${nameFlag(state.name)}" with the same choice; it carries the data over.`,
  });
}

/** Services that run already were told where the others would be. */
function refuseOtherPorts(state: StackState, added: readonly ServicePlan[]): void {
  const moved = added.find(
    ({ name, port, implementation }) =>
      (implementation === 'external' || state.ports[name] !== port) &&
      state.services.some((service) => EMULATED[service.name].embedded?.uses?.includes(name)),
  );
  if (moved === undefined) return;
  throw notReadyError({
    code: 'stack-differs',
    message: `The stack "${state.name}" expects ${SERVICES[moved.name].title} at port ${state.ports[moved.name]}, not at ${moved.host}:${moved.port}.`,
    detail: 'Services that use it were told so when they were started.',
    suggestion: `Run "healthmon emulators restart${nameFlag(state.name)} --only ${[...state.services.map(({ name }) => name), moved.name].join(',')}".`,
  });
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
    ...(await planServices({ ...options, folder })),
    readyTimeoutMs,
  };
  makeDataFolders(folder, plan.services);
  options.signal?.throwIfAborted();
  const outcome = await superviseFrom(plan, options, onProgress);
  if (outcome !== undefined) throw startFailure(outcome);
}

function makeDataFolders(folder: string, services: readonly ServicePlan[]): void {
  for (const { name, implementation } of services) {
    if (implementation === 'embedded') makePrivateFolder(dataPath(folder, name));
  }
}

/** Runs the supervisor and follows it until the stack is ready (undefined) or has failed. */
function superviseFrom(
  plan: StackPlan,
  { env, signal, tethered }: StartOptions,
  onProgress: (progress: StartProgress) => void,
): Promise<StartFailure | undefined> {
  const log = logPath(plan.folder, 'supervisor');
  makePrivateFolder(join(log, '..'));
  writePrivateFile(log, '');
  const descriptor = openSync(log, 'a');
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
  return notReadyError({
    code: 'emulator-not-ready',
    message: `${failure.message}.`,
    detail: failureDetail(failure),
    suggestion: 'Run "healthmon doctor", or give it more time with --wait-timeout.',
  });
}
