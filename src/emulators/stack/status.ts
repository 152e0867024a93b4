import { isAnswering } from '../../core/answering.js';
import {
  endpointOf,
  type Implementation,
  restGatewayOf,
  SERVICES,
  type ServiceName,
} from '../../core/services.js';
import { DEFAULT_STACK } from '../../core/stack-name.js';
import type { RunningService } from '../supervisor/plan.js';
import { STACK_VARIABLE } from '../supervisor/planning.js';
import { groupRssBytes, isAlive } from '../supervisor/processes.js';
import { logPath, openState, type ServiceState, type StackLocation } from '../supervisor/state.js';

const ANSWER_TIMEOUT_MS = 2_000;

/** Addresses of the services that are up: `host:port` for gRPC, `http://host:port` for REST. */
export type StackEndpoints = Partial<Record<ServiceName, string>>;

export interface ServiceStatus extends Omit<RunningService, 'restPort'> {
  endpoint: string;
  /** Null for a service that somebody else runs. */
  pid: number | null;
  /** Its process lives, it answered real calls when it started, and it answers a connection now. */
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
  /** Empty when the stack does not run. */
  services: ServiceStatus[];
}

/** What really runs, from the processes and ports themselves and not only from the state file. */
export async function stackStatus(location: StackLocation): Promise<StackStatus> {
  const { folder, state } = openState(location);
  const name = location.name ?? DEFAULT_STACK;
  if (state === undefined || !isAlive(state.supervisor)) {
    return { name, folder, running: false, project: undefined, services: [] };
  }
  return {
    name,
    folder,
    running: true,
    project: state.project,
    services: await Promise.all(state.services.map((service) => serviceStatus(folder, service))),
  };
}

async function serviceStatus(folder: string, service: ServiceState): Promise<ServiceStatus> {
  const { name, implementation, path, version, host, port, process: identity, startedAt, exit } = service;
  const isUp = implementation === 'external' || (identity !== undefined && isAlive(identity));
  const runs = isUp && identity !== undefined;
  const endpoint = endpointOf(name, host, port);
  return {
    name,
    implementation,
    path,
    version,
    host,
    port,
    endpoint,
    pid: identity?.pid ?? null,
    ready: service.ready && isUp && (await isAnswering(endpoint, ANSWER_TIMEOUT_MS)),
    uptimeSeconds:
      runs && startedAt !== undefined ? Math.round((Date.now() - Date.parse(startedAt)) / 1000) : null,
    rssMb: runs ? Math.round(groupRssBytes(identity.pid) / 1024 / 1024) : null,
    log: logPath(folder, name),
    ...(exit !== undefined && { exit }),
  };
}

/** What answers in a running stack; undefined when it does not run. Cheap: no network. */
export function stackEmulators(
  location: StackLocation,
): Partial<Record<ServiceName, { endpoint: string; implementation: Implementation }>> | undefined {
  const { state } = openState(location);
  if (state === undefined || state.phase !== 'ready' || !isAlive(state.supervisor)) return undefined;
  const up = state.services.filter(
    (service) => service.ready && (service.process === undefined || isAlive(service.process)),
  );
  return Object.fromEntries(
    up.map(({ name, host, port, implementation }) => [
      name,
      {
        endpoint: endpointOf(name, host, port),
        // One that runs in a container, or that somebody else runs, is Google's.
        implementation: implementation === 'embedded' ? 'embedded' : 'official',
      },
    ]),
  );
}

/** The addresses of a running stack; undefined when it does not run. Cheap: no network. */
export async function stackEndpoints(location: StackLocation): Promise<StackEndpoints | undefined> {
  const emulators = stackEmulators(location);
  if (emulators === undefined) return undefined;
  return Object.fromEntries(Object.entries(emulators).map(([name, { endpoint }]) => [name, endpoint]));
}

/** The variables by which clients find the services of a running stack; undefined when it does not run. */
export async function stackEnv(location: StackLocation): Promise<Record<string, string> | undefined> {
  const { state } = openState(location);
  if (state === undefined || !isAlive(state.supervisor)) return undefined;
  const env: Record<string, string> = {};
  for (const service of state.services) {
    env[SERVICES[service.name].hostVariable] = endpointOf(service.name, service.host, service.port);
    const gateway = restGatewayOf(service.name);
    if (gateway !== undefined && service.restPort !== undefined)
      env[gateway.variable] = `http://${service.host}:${service.restPort}`;
  }
  env.GOOGLE_CLOUD_PROJECT = state.project;
  env[STACK_VARIABLE] = state.name;
  return env;
}

/** Services of a stack that died since it was started, with how and the tail of their log. */
export function deadServices(location: StackLocation): ServiceState[] {
  const { state } = openState(location);
  if (state === undefined || !isAlive(state.supervisor)) return [];
  return state.services.filter((service) => service.exit !== undefined);
}
