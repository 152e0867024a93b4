import { tmpdir } from 'node:os';
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

/** Resident memory of a service of the stack, in MB; 0 where the system does not tell. */
export async function emulatorRssMb(
  env: Readonly<Record<string, string>>,
  service: ServiceName,
): Promise<number> {
  const { stackStatus } = await import('../src/emulators/stack/status.js');
  const cwd = env.HEALTHMON_BENCH_CWD ?? tmpdir();
  const { services } = await stackStatus({ env: {}, cwd });
  return services.find(({ name }) => name === service)?.rssMb ?? 0;
}
