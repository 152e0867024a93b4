import { type Implementation, SERVICE_NAMES, SERVICES, type ServiceName } from '../core/services.js';
import { HealthmonError, notReadyError, usageError } from '../errors/healthmon-error.js';

/** What stands in for a service on the local target. */
export interface Emulator {
  /** `host:port` for gRPC, `http://host:port` for REST. */
  endpoint: string;
  implementation: Implementation;
}

/** Finds the emulator of a service, which may have to be started first. */
export type FindEmulator = (service: ServiceName) => Emulator | Promise<Emulator>;

/** The standard variables that are set. */
export function emulatorVariables(env: NodeJS.ProcessEnv): string[] {
  return SERVICE_NAMES.map((name) => SERVICES[name].hostVariable).filter((variable) => env[variable]);
}

/** The local target never talks to Google: an endpoint there is a mistake that could reach production. */
export function refuseCloudEndpoints(env: NodeJS.ProcessEnv): void {
  const variable = emulatorVariables(env).find((name) => /(^|[./])google(apis)?\.com/i.test(env[name]!));
  if (variable === undefined) return;
  throw usageError({
    code: 'cloud-endpoint-in-local-mode',
    message: `${variable} names a Google Cloud endpoint, but the target is local.`,
    detail: env[variable],
    suggestion: `Unset ${variable}, or add --target cloud.`,
  });
}

/** In cloud mode a stray emulator variable would silently send production data to a local process. */
export function refuseEmulatorVariables(env: NodeJS.ProcessEnv): void {
  const stray = emulatorVariables(env);
  if (stray.length === 0) return;
  throw new HealthmonError({
    code: 'emulator-variable-in-cloud-mode',
    message: `The target is cloud, but ${stray.join(', ')} ${stray.length === 1 ? 'is' : 'are'} set.`,
    detail: 'The Google clients would connect to an emulator instead of Google Cloud.',
    suggestion: `Run "unset ${stray.join(' ')}", or use --target local.`,
    exitCode: 2,
  });
}

/** @throws HealthmonError when nobody answers at the address of an emulator. */
export async function requireAnswering(service: ServiceName, endpoint: string): Promise<void> {
  // HTTP takes longer to load than all of `--help`.
  const { isAnswering } = await import('../core/answering.js');
  if (await isAnswering(endpoint)) return;
  const { title, hostVariable } = SERVICES[service];
  throw notReadyError({
    code: 'service-unavailable',
    message: `The ${title} emulator does not answer at ${endpoint}.`,
    detail: `The address comes from ${hostVariable} or from the local cloud of this folder.`,
    suggestion: 'Run "healthmon emulators status", then "healthmon emulators restart".',
  });
}
