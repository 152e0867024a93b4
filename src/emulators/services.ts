/** The services of the local cloud, in the order in which they are shown. */
export const SERVICE_NAMES = ['spanner', 'bigtable', 'pubsub', 'bigquery', 'storage'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Google's own emulators; the other services are ours. */
export const OFFICIAL_NAMES = ['spanner', 'bigtable', 'pubsub'] as const;
export type OfficialName = (typeof OFFICIAL_NAMES)[number];

/** Every port of a stack. Spanner's emulator has a second one for its REST gateway. */
export const PORT_NAMES = ['spanner', 'spanner-rest', 'bigtable', 'pubsub', 'bigquery', 'storage'] as const;
export type PortName = (typeof PORT_NAMES)[number];

export const SERVICE_TITLES = {
  spanner: 'Cloud Spanner',
  bigtable: 'Bigtable',
  pubsub: 'Pub/Sub',
  bigquery: 'BigQuery',
  storage: 'Cloud Storage',
} as const satisfies Record<ServiceName, string>;

/** Standard variables by which Google's clients find an emulator. */
export const HOST_VARIABLES = {
  spanner: 'SPANNER_EMULATOR_HOST',
  bigtable: 'BIGTABLE_EMULATOR_HOST',
  pubsub: 'PUBSUB_EMULATOR_HOST',
  bigquery: 'BIGQUERY_EMULATOR_HOST',
  storage: 'STORAGE_EMULATOR_HOST',
} as const satisfies Record<ServiceName, string>;

/** Of the two kinds of clients, those of REST services want a URL and those of gRPC services `host:port`. */
export function endpointOf(service: ServiceName, host: string, port: number): string {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return service === 'bigquery' || service === 'storage' ? `http://${address}` : address;
}

/** What a command line about this stack needs besides. */
export function nameFlag(stack: string): string {
  return stack === 'default' ? '' : ` --name ${stack}`;
}
