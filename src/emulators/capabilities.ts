import { OFFICIAL_CAPABILITIES } from './official/capabilities.js';
import type { ServiceName } from './services.js';

export interface ServiceCapability {
  service: ServiceName;
  name: string;
  /** `differs`: works, but not quite as the service does. `refused`: an error that names it. */
  status: 'supported' | 'differs' | 'refused';
  note: string;
}

/** What the local cloud does, service by service, as its emulators themselves say. */
export async function allCapabilities(): Promise<ServiceCapability[]> {
  const [{ capabilities }, { storageCapabilities }] = await Promise.all([
    import('./bigquery/capabilities.js'),
    import('./storage/capabilities.js'),
  ]);
  return [
    ...OFFICIAL_CAPABILITIES.map((entry) => ({ ...entry, note: entry.note ?? '' })),
    ...capabilities().map(({ area, name, status, note }) => ({
      service: 'bigquery' as const,
      name: `${area}: ${name}`,
      status,
      note: note ?? '',
    })),
    ...storageCapabilities().map(([name, status, note]) => ({
      service: 'storage' as const,
      name,
      status,
      note: note ?? '',
    })),
  ];
}
