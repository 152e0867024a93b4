import { type Implementation, SERVICE_NAMES, type ServiceName } from '../core/services.js';
import { EMULATED } from './registry.js';
import type { Capability } from './service.js';

export interface ServiceCapability extends Capability {
  service: ServiceName;
  implementation: Implementation;
  note: string;
}

/** What the local cloud does, service by service, as its emulators themselves say. */
export async function allCapabilities(): Promise<ServiceCapability[]> {
  const lists = await Promise.all(
    SERVICE_NAMES.map(async (service) => {
      const { embedded, official } = EMULATED[service];
      const of = (implementation: Implementation, list: readonly Capability[]) =>
        list.map((entry) => ({ service, implementation, ...entry, note: entry.note ?? '' }));
      return [
        ...of('embedded', (await embedded?.capabilities()) ?? []),
        ...of('official', official?.capabilities ?? []),
      ];
    }),
  );
  return lists.flat();
}
