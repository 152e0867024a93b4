import {
  endpointOf,
  type Implementations,
  implementationOf,
  isOfficialName,
  type OfficialName,
  PORT_NAMES,
  type PortName,
  restGatewayOf,
  SERVICE_NAMES,
  SERVICES,
  type ServiceName,
  STANDARD_SERVICES,
} from '../../core/services.js';
import { notReadyError, usageError } from '../../errors/healthmon-error.js';
import { builtScript } from '../built-script.js';
import { dockerCommand, shellLine } from '../official/docker.js';
import { type FoundEmulator, findOfficialEmulators, officialService } from '../official/find.js';
import { EMULATED } from '../registry.js';
import type { Durability } from '../service.js';
import { STACK_DEFAULTS } from '../stack/defaults.js';
import type { RunningService, ServicePlan } from './plan.js';
import { choosePorts, type Ports } from './ports.js';
import { dataPath, readLastPorts } from './state.js';

export interface PlanningOptions {
  env: NodeJS.ProcessEnv;
  folder: string;
  project: string;
  only?: readonly ServiceName[] | undefined;
  /** What was chosen; the others have their defaults. */
  implementations?: Implementations | undefined;
  /** Default: `write`. */
  durability?: Durability | undefined;
  portBase?: number | undefined;
  ports?: Ports | undefined;
  /** Names besides loopback's by which our own emulators may be called. */
  allowedHosts?: readonly string[] | undefined;
  /** Run Google's emulators as containers. */
  via?: 'docker' | undefined;
  /** Services that run already: others are told where. */
  running?: readonly RunningService[] | undefined;
}

const HOST = '127.0.0.1';

/** V8 sees neither that a service is idle nor what lies outside of its heap, so services say themselves when to collect. */
export const NODE_OPTIONS = ['--expose-gc'];

/** Variable that marks the variables beside it as those of one of our own stacks. */
export const STACK_VARIABLE = 'HEALTHMON_STACK';

/**
 * Decides what runs where.
 * @returns the services, and a port for every name, those of services too that are left out.
 * @throws HealthmonError for an emulator that is not there or a port that is taken.
 */
export async function planServices(
  options: PlanningOptions,
): Promise<{ services: ServicePlan[]; ports: Ports }> {
  const { wanted, preferred, external, own, launchers } = await assignServices(options);
  const needed = own.flatMap((name): PortName[] => launchers.get(name)?.ports ?? embeddedPorts(name));
  const ports = await choosePorts({
    needed,
    spare: PORT_NAMES.filter((name) => !needed.includes(name)),
    host: HOST,
    portBase: options.portBase,
    fixed: options.ports,
    preferred,
  });
  const addressOf = (name: ServiceName) => {
    const running = options.running?.find((service) => service.name === name);
    if (running !== undefined) return endpointOf(name, running.host, running.port);
    return external.get(name)?.path ?? endpointOf(name, HOST, ports[name]!);
  };
  const services = wanted.map(
    (name): ServicePlan =>
      external.get(name) ?? launchers.get(name)?.plan(ports) ?? embeddedPlan(name, options, ports, addressOf),
  );
  return { services, ports };
}

/** @throws HealthmonError when a service is to be Google's emulator, and that cannot be run here. */
export async function requireOfficials(options: PlanningOptions): Promise<void> {
  const { launchers, preferred } = await assignServices(options);
  for (const launcher of launchers.values()) launcher.plan(preferred);
}

/** Which services somebody else runs, and how those of Google's are started that are not ours. */
async function assignServices(options: PlanningOptions) {
  const wanted = SERVICE_NAMES.filter((name) => (options.only ?? STANDARD_SERVICES).includes(name));
  const preferred = readLastPorts(options.folder);
  const external = new Map<ServiceName, ServicePlan>();
  for (const name of wanted) {
    const plan = externalPlan(name, options, preferred);
    if (plan !== undefined) external.set(name, plan);
  }
  const own = wanted.filter((name) => !external.has(name));
  const officials = own.filter(isOfficialName).filter((name) => isOfficial(name, options.implementations));
  return { wanted, preferred, external, own, launchers: await officialLaunchers(officials, options) };
}

function isOfficial(name: ServiceName, implementations: Implementations | undefined): boolean {
  return implementationOf(name, implementations) === 'official';
}

/** An official emulator that is there, before its ports are chosen. */
interface Launcher {
  ports: PortName[];
  plan(ports: Ports): ServicePlan;
}

async function officialLaunchers(
  names: readonly OfficialName[],
  { env, via }: PlanningOptions,
): Promise<Map<ServiceName, Launcher>> {
  const launchers = new Map<ServiceName, Launcher>();
  const found = names.length === 0 || via === 'docker' ? undefined : await findOfficialEmulators(env);
  for (const name of names) {
    const emulator = found?.[name];
    if (via === 'docker') launchers.set(name, dockerLauncher(name));
    else if (emulator === undefined) throw missingEmulator(name);
    else launchers.set(name, programLauncher(emulator, env));
  }
  return launchers;
}

function dockerLauncher(name: OfficialName): Launcher {
  const { docker } = officialService(name);
  return {
    ports: Object.keys(docker.ports) as PortName[],
    plan(ports) {
      const launch = dockerCommand(docker, HOST, ports);
      return { ...officialAddress(name, ports), path: shellLine(launch), ...launch };
    },
  };
}

function programLauncher({ service: name, path, version }: FoundEmulator, env: NodeJS.ProcessEnv): Launcher {
  const official = officialService(name);
  const gateway = official.servesRest?.(path) ? restGatewayOf(name) : undefined;
  return {
    ports: gateway === undefined ? [name] : [name, gateway.port],
    plan(ports) {
      const address = officialAddress(name, gateway === undefined ? { [name]: ports[name] } : ports);
      return { ...address, path, version, ...official.launch(path, address, env) };
    },
  };
}

function officialAddress(name: OfficialName, ports: Ports) {
  const gateway = restGatewayOf(name);
  const restPort = gateway === undefined ? undefined : ports[gateway.port];
  return { name, implementation: 'official' as const, host: HOST, port: ports[name]!, restPort };
}

/** A service that somebody else runs, named by the standard variable. Those of our own stacks do not count. */
function externalPlan(
  name: ServiceName,
  { env, implementations }: PlanningOptions,
  lastPorts: Ports,
): ServicePlan | undefined {
  const variable = SERVICES[name].hostVariable;
  const text = env[variable];
  if (!text || env[STACK_VARIABLE]) return undefined;
  if (isOfficialName(name) && isOfficial(name, implementations) && env[officialService(name).pathVariable])
    return undefined;
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
  const gateway = restGatewayOf(name);
  const rest = gateway && /:(\d+)\/?$/.exec(env[gateway.variable] ?? '')?.[1];
  return {
    name,
    implementation: 'external',
    path: endpointOf(name, host, port),
    host,
    port,
    ...(rest && { restPort: Number(rest) }),
  };
}

/** Ours serves REST on every port; clients look for it on the second one. */
function embeddedPorts(name: ServiceName): PortName[] {
  const gateway = restGatewayOf(name);
  return gateway === undefined ? [name] : [name, gateway.port];
}

/**
 * @param ports those of the service, at least its own
 * @param addressOf address of another service.
 */
export function embeddedPlan(
  name: ServiceName,
  {
    folder,
    project,
    durability = STACK_DEFAULTS.durability,
    allowedHosts = [],
  }: Pick<PlanningOptions, 'folder' | 'project' | 'durability' | 'allowedHosts'>,
  ports: Ports,
  addressOf: (name: ServiceName) => string,
): ServicePlan {
  const port = ports[name]!;
  const gateway = restGatewayOf(name);
  const restPort = gateway === undefined ? undefined : ports[gateway.port];
  const { env, uses = [], arguments: extra } = EMULATED[name].embedded!;
  const script = builtScript(`${name}/main.js`);
  const endpointArguments = uses.flatMap((other) => [`--${other}-endpoint`, addressOf(other)]);
  return {
    name,
    implementation: 'embedded',
    path: script,
    host: HOST,
    port,
    ...(restPort !== undefined && { restPort }),
    command: process.execPath,
    args: [
      ...NODE_OPTIONS,
      script,
      ...['--host', HOST, '--port', String(port), '--data-dir', dataPath(folder, name)],
      ...(restPort === undefined ? [] : ['--rest-port', String(restPort)]),
      ...allowedHosts.flatMap((host) => ['--allow-host', host]),
      ...(extra?.({ project, durability, endpointArguments }) ?? []),
    ],
    ...(env !== undefined && { env }),
  };
}

function missingEmulator(name: OfficialName): Error {
  const { title, hostVariable } = SERVICES[name];
  return notReadyError({
    code: 'emulator-missing',
    message: `Google's emulator of ${title} was not found.`,
    detail: `Looked at ${officialService(name).pathVariable}, ${hostVariable}, the cache of "healthmon emulators install" and the Google Cloud CLI.`,
    suggestion: 'Run "healthmon emulators install", or "healthmon doctor" to see what is there.',
  });
}
