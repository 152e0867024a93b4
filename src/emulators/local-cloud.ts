import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  endpointOf,
  restGatewayOf,
  SERVICE_NAMES,
  SERVICES,
  type ServiceName,
  STANDARD_SERVICES,
} from '../core/services.js';
import { HealthmonError, usageError } from '../errors/healthmon-error.js';
import { EMULATED } from './registry.js';
import type { ServedHere } from './service.js';
import { copyPrivately } from './supervisor/private-state.js';

export type { ServiceName };
export { HealthmonError };

export interface LocalCloudOptions {
  /** Default: all but those that are only there when they are asked for. */
  services?: readonly ServiceName[];
  /** Default `healthmon-local`. */
  project?: string;
  /**
   * Folder of a snapshot to begin with: one of `.healthmon/snapshots`, or one that {@link LocalCloud.stop} has saved.
   * It stays as it is.
   */
  snapshot?: string;
}

export interface LocalCloud {
  project: string;
  /** Where each service listens, as its clients want it: `host:port`, or `http://host:port` for those of REST. */
  endpoints: Readonly<Partial<Record<ServiceName, string>>>;
  /** The variables by which Google's clients and tools find the services, for `Object.assign(process.env, cloud.env)`. */
  env: Readonly<Record<string, string>>;
  /** Ends the services and removes their data. With `saveTo` the data is a snapshot in that folder first. */
  stop(options?: { saveTo?: string }): Promise<void>;
}

const HOST = '127.0.0.1';

/**
 * Starts embedded services within this process, on free ports of loopback and with data of their own, which are gone
 * when they are stopped or the process ends. Any number may run at the same time.
 * @throws HealthmonError for a service that there is not, and for a snapshot that is not there
 */
export async function startLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  const { services = STANDARD_SERVICES, project = 'healthmon-local', snapshot } = options;
  checkOptions(services, snapshot);
  const folder = mkdtempSync(join(tmpdir(), 'healthmon-cloud-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const served = new Map<ServiceName, ServedHere>();
  const end = async () => {
    await Promise.all([...served.values()].map((service) => service.close()));
    served.clear();
  };
  const forget = () => {
    process.off('exit', remove);
    remove();
  };
  try {
    for (const name of inOrder(services)) {
      const dataDir = join(folder, name);
      if (snapshot !== undefined && existsSync(join(snapshot, name))) {
        copyPrivately(join(snapshot, name), dataDir);
      }
      const endpoints = endpointsOf(served);
      served.set(name, await EMULATED[name].embedded!.serve({ host: HOST, dataDir, project, endpoints }));
    }
  } catch (error) {
    await end();
    forget();
    throw error;
  }
  return {
    project,
    endpoints: endpointsOf(served),
    env: environmentOf(served, project),
    stop: async ({ saveTo } = {}) => {
      await end();
      if (saveTo !== undefined && existsSync(folder)) copyPrivately(folder, saveTo);
      forget();
    },
  };
}

function checkOptions(services: readonly ServiceName[], snapshot: string | undefined): void {
  const unknown = services.find((name) => !SERVICE_NAMES.includes(name));
  if (unknown !== undefined) {
    throw usageError({
      code: 'invalid-option',
      message: `There is no service ${unknown}.`,
      suggestion: `Choose among ${SERVICE_NAMES.join(', ')}.`,
    });
  }
  if (snapshot !== undefined && !existsSync(snapshot)) {
    throw new HealthmonError({
      code: 'snapshot-not-found',
      message: `There is no folder ${snapshot}.`,
      suggestion: 'Give the folder of a snapshot, such as .healthmon/snapshots/<name>.',
    });
  }
}

/** Those that others are told the addresses of come before them. */
function inOrder(services: readonly ServiceName[]): ServiceName[] {
  const ordered = new Set<ServiceName>();
  const add = (name: ServiceName): void => {
    for (const other of EMULATED[name].embedded?.uses ?? []) if (services.includes(other)) add(other);
    ordered.add(name);
  };
  for (const name of services) add(name);
  return [...ordered];
}

function endpointsOf(served: ReadonlyMap<ServiceName, ServedHere>): Partial<Record<ServiceName, string>> {
  return Object.fromEntries(
    [...served].map(([name, { host, port }]) => [name, endpointOf(name, host, port)]),
  );
}

function environmentOf(
  served: ReadonlyMap<ServiceName, ServedHere>,
  project: string,
): Record<string, string> {
  const env: Record<string, string> = { GOOGLE_CLOUD_PROJECT: project };
  for (const [name, { host, port }] of served) {
    env[SERVICES[name].hostVariable] = endpointOf(name, host, port);
    const gateway = restGatewayOf(name);
    if (gateway !== undefined) env[gateway.variable] = `http://${host}:${port}`;
  }
  return env;
}
