import { HealthmonError, notReadyError, usageError } from '../errors/healthmon-error.js';

/** Addresses of the five local services. `host:port` for gRPC, `http://host:port` for REST. */
export interface LocalEndpoints {
  spanner: string;
  bigtable: string;
  pubsub: string;
  bigquery: string;
  storage: string;
}

export const ENDPOINT_VARIABLES = {
  spanner: 'SPANNER_EMULATOR_HOST',
  bigtable: 'BIGTABLE_EMULATOR_HOST',
  pubsub: 'PUBSUB_EMULATOR_HOST',
  bigquery: 'BIGQUERY_EMULATOR_HOST',
  storage: 'STORAGE_EMULATOR_HOST',
} as const satisfies Record<keyof LocalEndpoints, string>;

const SERVICES = Object.keys(ENDPOINT_VARIABLES) as (keyof LocalEndpoints)[];

/** Endpoints named by the standard variables; undefined unless all five are there. */
export function endpointsFromEnvironment(env: NodeJS.ProcessEnv): LocalEndpoints | undefined {
  if (SERVICES.some((service) => !env[ENDPOINT_VARIABLES[service]])) return undefined;
  const endpoints = Object.fromEntries(
    SERVICES.map((service) => [service, env[ENDPOINT_VARIABLES[service]]]),
  ) as unknown as LocalEndpoints;
  refuseCloudEndpoints(endpoints);
  return endpoints;
}

/** The local target never talks to Google: an endpoint there is a mistake that could reach production. */
export function refuseCloudEndpoints(endpoints: LocalEndpoints): void {
  for (const service of SERVICES) {
    if (/(^|[./])google(apis)?\.com/i.test(endpoints[service])) {
      throw usageError({
        code: 'cloud-endpoint-in-local-mode',
        message: `${ENDPOINT_VARIABLES[service]} names a Google Cloud endpoint, but the target is local.`,
        detail: endpoints[service],
        suggestion: `Unset ${ENDPOINT_VARIABLES[service]}, or add --target cloud.`,
      });
    }
  }
}

/** In cloud mode a stray emulator variable would silently send production data to a local process. */
export function refuseEmulatorVariables(env: NodeJS.ProcessEnv): void {
  const stray = Object.values(ENDPOINT_VARIABLES).filter((name) => env[name]);
  if (stray.length === 0) return;
  throw new HealthmonError({
    code: 'emulator-variable-in-cloud-mode',
    message: `The target is cloud, but ${stray.join(', ')} ${stray.length === 1 ? 'is' : 'are'} set.`,
    detail: 'The Google clients would connect to an emulator instead of Google Cloud.',
    suggestion: `Run "unset ${stray.join(' ')}", or use --target local.`,
    exitCode: 2,
  });
}

const TITLES = {
  spanner: 'Cloud Spanner',
  bigtable: 'Bigtable',
  pubsub: 'Pub/Sub',
  bigquery: 'BigQuery',
  storage: 'Cloud Storage',
} as const satisfies Record<keyof LocalEndpoints, string>;

/** @throws HealthmonError when nobody answers at the address of an emulator. */
export async function requireAnswering(service: keyof LocalEndpoints, endpoint: string): Promise<void> {
  // HTTP takes longer to load than all of `--help`.
  const { isAnswering } = await import('../core/answering.js');
  if (await isAnswering(endpoint)) return;
  throw notReadyError({
    code: 'service-unavailable',
    message: `The ${TITLES[service]} emulator does not answer at ${endpoint}.`,
    detail: `The address comes from ${ENDPOINT_VARIABLES[service]} or from the local cloud of this folder.`,
    suggestion: 'Run "healthmon emulators status", then "healthmon emulators restart".',
  });
}
