import { fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HealthmonError, notReadyError } from '../errors/healthmon-error.js';
import { builtScript } from './built-script.js';
import { endpointOf, HOST_VARIABLES, SERVICE_NAMES, SERVICE_TITLES, type ServiceName } from './services.js';
import { pauseOnly } from './supervisor/control.js';
import { withLock } from './supervisor/lock.js';
import type { StackPlan, StarterMessage, StartFailure, SupervisorMessage } from './supervisor/plan.js';
import { planServices, STACK_VARIABLE } from './supervisor/planning.js';
import { isListening, type Ports } from './supervisor/ports.js';
import {
  commandOf,
  endGroup,
  groupMembers,
  groupRssBytes,
  isAlive,
  KILL_DEADLINE_MS,
  waitUntil,
} from './supervisor/processes.js';
import { describeExit } from './supervisor/service-process.js';
import {
  DEFAULT_STACK,
  logPath,
  readState,
  removeState,
  type ServiceState,
  type StackLocation,
  type StackState,
  stackPath,
  tailOf,
} from './supervisor/state.js';

export { SERVICE_NAMES, SERVICE_TITLES, type ServiceName } from './services.js';
export { type StackLocation, stackNames, stackPath } from './supervisor/state.js';

export interface StartOptions extends StackLocation {
  project: string;
  only?: readonly ServiceName[] | undefined;
  portBase?: number | undefined;
  ports?: Ports | undefined;
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

/** The addresses of a complete local cloud: `host:port` for gRPC, `http://host:port` for REST. */
export type StackEndpoints = Record<ServiceName, string>;

const READY_TIMEOUT_MS = 60_000;
/** Longer than the supervisor gives its services. */
const STOP_TIMEOUT_MS = 10_000;
const FAILURE_TAIL_LINES = 20;
const HOLD_POLL_MS = 500;

/**
 * Starts the services of a stack, unless they run already, and waits until real calls to all of them succeed.
 * Services of a running stack that died are started again.
 * @returns the stack, and whether it ran before.
 * @throws HealthmonError (exit code 3) naming the service that failed, with the tail of its log.
 */
export async function startStack(
  options: StartOptions,
  onProgress: (progress: StartProgress) => void = () => {},
): Promise<{ status: StackStatus; alreadyRunning: boolean }> {
  const folder = stackPath(options);
  const timeoutMs = options.waitTimeoutMs ?? READY_TIMEOUT_MS;
  const alreadyRunning = await withLock(folder, timeoutMs + STOP_TIMEOUT_MS, options.signal, async () => {
    const state = readState(folder);
    if (state !== undefined && isAlive(state.supervisor) && state.phase === 'ready') {
      await reuse(folder, state, options, timeoutMs);
      return true;
    }
    await endStack(folder);
    await launch(folder, options, timeoutMs, onProgress);
    return false;
  });
  return { status: await stackStatus(options), alreadyRunning };
}

async function reuse(
  folder: string,
  state: StackState,
  options: StartOptions,
  timeoutMs: number,
): Promise<void> {
  const missing = (options.only ?? SERVICE_NAMES).filter(
    (name) => !state.services.some((service) => service.name === name),
  );
  if (missing.length > 0) {
    throw notReadyError({
      code: 'stack-incomplete',
      message: `The stack "${state.name}" runs without ${missing.map((name) => SERVICE_TITLES[name]).join(', ')}.`,
      suggestion: `Run "healthmon emulators restart${nameOption(state.name)}", or use another stack with --name.`,
    });
  }
  if (state.services.some((service) => !service.ready)) await pauseOnly(folder, state, [], timeoutMs);
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
    tethered: options.tethered ?? false,
  };
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
  return withLock(folder, READY_TIMEOUT_MS, location.signal, () => endStack(folder));
}

async function endStack(folder: string): Promise<boolean> {
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

async function heldPorts(state: StackState): Promise<number[]> {
  const ports = state.services
    .filter((service) => service.implementation !== 'external')
    .flatMap((service) => [service.port, ...(service.restPort === undefined ? [] : [service.restPort])]);
  const held = await Promise.all(
    ports.map(async (port) => ((await isListening(port, '127.0.0.1')) ? [port] : [])),
  );
  return held.flat();
}

export interface ServiceStatus {
  name: ServiceName;
  implementation: 'google' | 'healthmon' | 'external';
  /** What runs: a path, a `docker run` line, or the address of an external service. */
  path: string;
  version: string | undefined;
  host: string;
  port: number;
  endpoint: string;
  /** Null for a service that somebody else runs. */
  pid: number | null;
  /** Its process lives, it answered real calls when it started, and it accepts connections now. */
  ready: boolean;
  uptimeSeconds: number | null;
  rssMb: number | null;
  log: string;
  /** How it ended, when it did. */
  exit?: { code: number | null; signal: string | null; at: string; logTail: string[] };
}

export interface StackStatus {
  name: string;
  folder: string;
  running: boolean;
  project: string | undefined;
  supervisorPid: number | null;
  /** Empty when the stack does not run. */
  services: ServiceStatus[];
}

/** What really runs, from the processes and ports themselves and not only from the state file. */
export async function stackStatus(location: StackLocation): Promise<StackStatus> {
  const folder = stackPath(location);
  const name = location.name ?? DEFAULT_STACK;
  const state = readState(folder);
  if (state === undefined || !isAlive(state.supervisor)) {
    return { name, folder, running: false, project: undefined, supervisorPid: null, services: [] };
  }
  return {
    name,
    folder,
    running: true,
    project: state.project,
    supervisorPid: state.supervisor.pid,
    services: await Promise.all(state.services.map((service) => serviceStatus(folder, service))),
  };
}

async function serviceStatus(folder: string, service: ServiceState): Promise<ServiceStatus> {
  const { name, implementation, path, version, host, port, process: identity, startedAt, exit } = service;
  const isUp = implementation === 'external' || (identity !== undefined && isAlive(identity));
  const runs = isUp && identity !== undefined;
  return {
    name,
    implementation,
    path,
    version,
    host,
    port,
    endpoint: endpointOf(name, host, port),
    pid: identity?.pid ?? null,
    ready: service.ready && isUp && (await isListening(port, host)),
    uptimeSeconds:
      runs && startedAt !== undefined ? Math.round((Date.now() - Date.parse(startedAt)) / 1000) : null,
    rssMb: runs ? Math.round(groupRssBytes(identity.pid) / 1024 / 1024) : null,
    log: logPath(folder, name),
    ...(exit !== undefined && { exit }),
  };
}

/** The addresses of a running stack; undefined unless all five services are up. Cheap: no network. */
export async function stackEndpoints(location: StackLocation): Promise<StackEndpoints | undefined> {
  const state = readState(stackPath(location));
  if (state === undefined || state.phase !== 'ready' || !isAlive(state.supervisor)) return undefined;
  const endpoints: Partial<StackEndpoints> = {};
  for (const service of state.services) {
    const isUp = service.ready && (service.process === undefined || isAlive(service.process));
    if (isUp) endpoints[service.name] = endpointOf(service.name, service.host, service.port);
  }
  return SERVICE_NAMES.every((name) => endpoints[name] !== undefined)
    ? (endpoints as StackEndpoints)
    : undefined;
}

/** The variables by which clients find the services of a running stack; undefined when it does not run. */
export async function stackEnv(location: StackLocation): Promise<Record<string, string> | undefined> {
  const state = readState(stackPath(location));
  if (state === undefined || !isAlive(state.supervisor)) return undefined;
  const env: Record<string, string> = {};
  for (const service of state.services) {
    env[HOST_VARIABLES[service.name]] = endpointOf(service.name, service.host, service.port);
    if (service.restPort !== undefined)
      env.SPANNER_EMULATOR_REST = `http://${service.host}:${service.restPort}`;
  }
  env.GOOGLE_CLOUD_PROJECT = state.project;
  env[STACK_VARIABLE] = state.name;
  return env;
}

/** Services of a stack that died since it was started, with how and the tail of their log. */
export function deadServices(location: StackLocation): ServiceState[] {
  const state = readState(stackPath(location));
  if (state === undefined || !isAlive(state.supervisor)) return [];
  return state.services.filter((service) => service.exit !== undefined);
}

/** Stops a stack and removes its data and logs. */
export async function resetStack(
  location: StackLocation & { signal?: AbortSignal | undefined },
): Promise<boolean> {
  const folder = stackPath(location);
  return withLock(folder, READY_TIMEOUT_MS, location.signal, async () => {
    const wasRunning = await endStack(folder);
    rmSync(join(folder, 'data'), { recursive: true, force: true });
    rmSync(join(folder, 'logs'), { recursive: true, force: true });
    return wasRunning;
  });
}

function nameOption(name: string): string {
  return name === DEFAULT_STACK ? '' : ` --name ${name}`;
}
