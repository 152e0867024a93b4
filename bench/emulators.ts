import { type Implementations, implementationOf, SERVICES, type ServiceName } from '../src/core/services.js';
import type { Emulator } from '../src/gcp/endpoints.js';
import type { BenchContext } from './registry.js';

/** The emulators that a bench runs on. @param implementations those that are not the default ones */
export function stackEmulator(
  { env }: Pick<BenchContext, 'env'>,
  implementations: Implementations = {},
): (service: ServiceName) => Emulator {
  return (service) => ({
    endpoint: env[SERVICES[service].hostVariable]!,
    implementation: implementationOf(service, implementations),
  });
}
