/** What everybody has to know of a service; how it is run is in its folder of `src/emulators/`. */
interface ServiceFacts {
  title: string;
  /** Standard variable by which Google's clients find an emulator. */
  hostVariable: `${string}_EMULATOR_HOST`;
  /** Clients of REST services want `http://host:port`, those of gRPC services `host:port`. */
  protocol: 'grpc' | 'rest';
  /** What can stand in for the service on the local target; the first is the default. */
  implementations: readonly Implementation[];
  /** Not part of the local cloud as it is started: it comes when a command needs it or names it. */
  onDemand?: true;
  /** A second port for REST, beside a gRPC one that speaks nothing else, and the variable that tells it. */
  restGateway?: { port: 'spanner-rest'; variable: string };
}

/** `embedded`: ours, in this package; `official`: Google's emulator, where it is installed. */
export type Implementation = 'embedded' | 'official';

/** Every service, in the order in which services are shown. All lists of services are derived from this one. */
export const SERVICES = {
  spanner: {
    title: 'Cloud Spanner',
    hostVariable: 'SPANNER_EMULATOR_HOST',
    protocol: 'grpc',
    implementations: ['embedded', 'official'],
    restGateway: { port: 'spanner-rest', variable: 'SPANNER_EMULATOR_REST' },
  },
  bigtable: {
    title: 'Bigtable',
    hostVariable: 'BIGTABLE_EMULATOR_HOST',
    protocol: 'grpc',
    implementations: ['embedded', 'official'],
  },
  pubsub: {
    title: 'Pub/Sub',
    hostVariable: 'PUBSUB_EMULATOR_HOST',
    protocol: 'grpc',
    implementations: ['embedded', 'official'],
  },
  bigquery: {
    title: 'BigQuery',
    hostVariable: 'BIGQUERY_EMULATOR_HOST',
    protocol: 'rest',
    implementations: ['embedded'],
  },
  storage: {
    title: 'Cloud Storage',
    hostVariable: 'STORAGE_EMULATOR_HOST',
    protocol: 'rest',
    implementations: ['embedded'],
  },
  dataflow: {
    title: 'Dataflow',
    hostVariable: 'DATAFLOW_EMULATOR_HOST',
    protocol: 'rest',
    implementations: ['embedded'],
    onDemand: true,
  },
} as const satisfies Record<string, ServiceFacts>;

export type ServiceName = keyof typeof SERVICES;
export const SERVICE_NAMES = Object.keys(SERVICES) as readonly ServiceName[];

/** A service that the local cloud has in any case. */
export type StandardService = {
  [Name in ServiceName]: (typeof SERVICES)[Name] extends { onDemand: true } ? never : Name;
}[ServiceName];

/** Those that the local cloud consists of where nothing else is said. */
export const STANDARD_SERVICES = SERVICE_NAMES.filter(
  (name): name is StandardService => factsOf(name).onDemand !== true,
);

/** A service that Google has an emulator of. */
export type OfficialName = {
  [Name in ServiceName]: 'official' extends (typeof SERVICES)[Name]['implementations'][number] ? Name : never;
}[ServiceName];
export const OFFICIAL_NAMES = SERVICE_NAMES.filter(isOfficialName);

export function isOfficialName(name: ServiceName): name is OfficialName {
  return factsOf(name).implementations.includes('official');
}

/** Which implementation each service has. Those that are not named have their default. */
export type Implementations = Partial<Record<ServiceName, Implementation>>;

export function implementationOf(name: ServiceName, chosen: Implementations = {}): Implementation {
  return chosen[name] ?? factsOf(name).implementations[0]!;
}

/** Every port of a stack, in the order of `--port-base`. */
export type PortName = ServiceName | 'spanner-rest';
export const PORT_NAMES: readonly PortName[] = SERVICE_NAMES.flatMap((name): PortName[] => {
  const { restGateway } = factsOf(name);
  return restGateway === undefined ? [name] : [name, restGateway.port];
});

/** Where a service serves REST beside gRPC: the name of its second port and the variable that tells it. */
export function restGatewayOf(name: ServiceName): { port: PortName; variable: string } | undefined {
  return factsOf(name).restGateway;
}

/** The address of a service as its clients want it. */
export function endpointOf(service: ServiceName, host: string, port: number): string {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return SERVICES[service].protocol === 'rest' ? `http://${address}` : address;
}

/** As a person would list them: `Pub/Sub, Bigtable and BigQuery`. */
export function titlesOf(services: readonly ServiceName[]): string {
  const titles = services.map((name) => SERVICES[name].title);
  return titles.length < 2 ? titles.join('') : `${titles.slice(0, -1).join(', ')} and ${titles.at(-1)}`;
}

/** One record, without what the literal types of the others make of it. */
function factsOf(name: ServiceName): ServiceFacts {
  return SERVICES[name];
}
