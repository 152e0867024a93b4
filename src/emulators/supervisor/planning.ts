import { notReadyError, usageError } from '../../errors/healthmon-error.js';
import { builtScript } from '../built-script.js';
import { dockerCommand, shellLine } from '../official/docker.js';
import { type FoundEmulator, findOfficialEmulators, PATH_VARIABLES } from '../official/find.js';
import { hasRestGateway, launchCommand } from '../official/launch.js';
import {
  endpointOf,
  HOST_VARIABLES,
  OFFICIAL_NAMES,
  type OfficialName,
  type PortName,
  SERVICE_NAMES,
  SERVICE_TITLES,
  type ServiceName,
} from '../services.js';
import type { ServicePlan } from './plan.js';
import { choosePorts, type Ports } from './ports.js';
import { dataPath, readLastPorts } from './state.js';

export interface PlanningOptions {
  env: NodeJS.ProcessEnv;
  folder: string;
  project: string;
  only?: readonly ServiceName[] | undefined;
  portBase?: number | undefined;
  ports?: Ports | undefined;
  /** Names besides loopback's by which our own emulators may be called. */
  allowedHosts?: readonly string[] | undefined;
  /** Run Google's emulators as containers. */
  via?: 'docker' | undefined;
}

const HOST = '127.0.0.1';

/** Variable that marks the variables beside it as those of one of our own stacks. */
export const STACK_VARIABLE = 'HEALTHMON_STACK';

/**
 * Decides what runs where.
 * @throws HealthmonError for an emulator that is not there or a port that is taken.
 */
export async function planServices(options: PlanningOptions): Promise<ServicePlan[]> {
  const { env, folder } = options;
  const wanted = SERVICE_NAMES.filter((name) => options.only?.includes(name) ?? true);
  const lastPorts = readLastPorts(folder);
  const external = new Map<ServiceName, ServicePlan>();
  for (const name of wanted) {
    const plan = externalPlan(name, env, lastPorts);
    if (plan !== undefined) external.set(name, plan);
  }
  const own = wanted.filter((name) => !external.has(name));
  const officials = own.filter(isOfficial);
  const isDocker = options.via === 'docker';
  const found = officials.length === 0 || isDocker ? undefined : await findOfficialEmulators(env);
  const emulators = new Map<ServiceName, FoundEmulator>();
  for (const name of isDocker ? [] : officials) {
    const emulator = found?.[name];
    if (emulator === undefined) throw missingEmulator(name);
    emulators.set(name, emulator);
  }

  const needed: PortName[] = own.flatMap((name): PortName[] => {
    const emulator = emulators.get(name);
    const hasRest = emulator === undefined ? isDocker && name === 'spanner' : hasRestGateway(emulator);
    return hasRest ? ['spanner', 'spanner-rest'] : [name];
  });
  const ports = await choosePorts({
    needed,
    host: HOST,
    portBase: options.portBase,
    fixed: options.ports,
    preferred: lastPorts,
  });
  const storagePort = ports.storage;
  const storageEndpoint =
    storagePort === undefined ? external.get('storage')?.path : endpointOf('storage', HOST, storagePort);

  return wanted.map((name): ServicePlan => {
    const elsewhere = external.get(name);
    if (elsewhere !== undefined) return elsewhere;
    const port = ports[name]!;
    if (isDocker && isOfficial(name)) return dockerPlan(name, port, ports['spanner-rest']);
    const emulator = emulators.get(name);
    if (emulator === undefined) return ownPlan(name, { ...options, port, storageEndpoint });
    const restPort = hasRestGateway(emulator) ? ports['spanner-rest'] : undefined;
    return {
      name,
      implementation: 'google',
      path: emulator.path,
      version: emulator.version,
      host: HOST,
      port,
      restPort,
      ...launchCommand(emulator, { host: HOST, port, restPort }, env),
    };
  });
}

function dockerPlan(name: OfficialName, port: number, spannerRest: number | undefined): ServicePlan {
  const restPort = name === 'spanner' ? spannerRest : undefined;
  const launch = dockerCommand(name, { host: HOST, port, restPort });
  return { name, implementation: 'google', path: shellLine(launch), host: HOST, port, restPort, ...launch };
}

function isOfficial(name: ServiceName): name is OfficialName {
  return (OFFICIAL_NAMES as readonly ServiceName[]).includes(name);
}

/** A service that somebody else runs, named by the standard variable. Those of our own stacks do not count. */
function externalPlan(name: ServiceName, env: NodeJS.ProcessEnv, lastPorts: Ports): ServicePlan | undefined {
  const variable = HOST_VARIABLES[name];
  const text = env[variable];
  if (!text || env[STACK_VARIABLE]) return undefined;
  if (isOfficial(name) && env[PATH_VARIABLES[name]]) return undefined;
  const match = /^(?:https?:\/\/)?(\[[^\]]+\]|[^:/]+):(\d+)\/?$/.exec(text.trim());
  if (match === null) {
    throw usageError({
      code: 'invalid-endpoint',
      message: `${variable} is not host:port: ${text}`,
      suggestion: `Correct it, or unset ${variable} to have the emulator started.`,
    });
  }
  if (/(^|\.)google(apis)?\.com$/i.test(match[1]!)) {
    throw usageError({
      code: 'cloud-endpoint-in-local-mode',
      message: `${variable} names a Google Cloud endpoint: ${text}`,
      detail: 'The local cloud never talks to Google.',
      suggestion: `Unset ${variable}, or use --target cloud.`,
    });
  }
  const host = match[1]!.replace(/^\[|\]$/g, '');
  const port = Number(match[2]);
  if (lastPorts[name] === port) return undefined;
  const rest = /:(\d+)\/?$/.exec(env.SPANNER_EMULATOR_REST ?? '')?.[1];
  return {
    name,
    implementation: 'external',
    path: endpointOf(name, host, port),
    host,
    port,
    ...(name === 'spanner' && rest !== undefined && { restPort: Number(rest) }),
  };
}

/** glibc keeps what DuckDB's threads free for later, in a pool per thread, unless it is told to give it back. */
const RETURN_MEMORY = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: String(128 * 1024) };

function ownPlan(
  name: ServiceName,
  {
    folder,
    project,
    allowedHosts = [],
    port,
    storageEndpoint,
  }: PlanningOptions & { port: number; storageEndpoint: string | undefined },
): ServicePlan {
  const script = builtScript(`${name}/main.js`);
  const data = dataPath(folder, name);
  // Large arrays and DuckDB's blocks lie outside the heap, so the BigQuery emulator itself says when to collect.
  const nodeOptions = name === 'bigquery' ? ['--expose-gc'] : [];
  const args = [...nodeOptions, script, '--host', HOST, '--port', String(port), '--data-dir', data];
  for (const host of allowedHosts) args.push('--allow-host', host);
  if (name === 'bigquery') {
    args.push('--project', project);
    if (storageEndpoint !== undefined) args.push('--storage-endpoint', storageEndpoint);
  }
  return {
    name,
    implementation: 'healthmon',
    path: script,
    host: HOST,
    port,
    command: process.execPath,
    args,
    ...(name === 'bigquery' && { env: RETURN_MEMORY }),
  };
}

function missingEmulator(name: OfficialName): Error {
  return notReadyError({
    code: 'emulator-missing',
    message: `Google's emulator of ${SERVICE_TITLES[name]} was not found.`,
    detail: `Looked at ${PATH_VARIABLES[name]}, ${HOST_VARIABLES[name]}, the cache of "healthmon emulators install" and the Google Cloud CLI.`,
    suggestion: 'Run "healthmon emulators install", or "healthmon doctor" to see what is there.',
  });
}
