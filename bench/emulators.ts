import { implementationOf, SERVICES, type ServiceName } from '../src/core/services.js';
import type { Emulator } from '../src/gcp/endpoints.js';
import type { BenchContext } from './registry.js';

/** The emulators of the stack that benches run on, which has the default implementations. */
export function stackEmulator({ env }: Pick<BenchContext, 'env'>): (service: ServiceName) => Emulator {
  return (service) => ({
    endpoint: env[SERVICES[service].hostVariable]!,
    implementation: implementationOf(service),
  });
}
