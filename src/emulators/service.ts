import type { PortName, ServiceName } from '../core/services.js';
import type { LineWriter } from './snapshot/lines.js';

/** How a service of the local cloud is run, asked and saved. Each has one, in `service.ts` of its folder. */
export interface EmulatedService {
  /** Does real work in a scratch resource and removes it again. @throws until the service works. */
  probe(target: ProbeTarget, id: string): Promise<void>;
  /** Absent where there is none of ours. */
  embedded?: EmbeddedService;
  /** Absent where Google has none. */
  official?: OfficialService;
  /** Absent where there is one implementation only. */
  transfer?: Transfer;
}

export interface ProbeTarget {
  host: string;
  port: number;
  restPort?: number | undefined;
  project: string;
}

/**
 * Ours: the script `main.ts` of the folder, which takes `--host`, `--port`, `--allow-host` (repeatable) and
 * `--data-dir`, and keeps its data there.
 */
export interface EmbeddedService {
  env?: Readonly<Record<string, string>>;
  /** What the script takes besides. */
  arguments?(site: EmbeddedSite): string[];
  /** Whether a file, by its path below the data folder, never changes once written: snapshots share it then. */
  isImmutable?(path: string): boolean;
  /** Other services that it is told the addresses of. */
  uses?: readonly ServiceName[];
  /** The same within this process, on a free port. */
  serve(site: ServeSite): Promise<ServedHere>;
  capabilities(): Promise<readonly Capability[]>;
}

/** Where a service runs that is no process of its own. */
export interface ServeSite {
  host: string;
  dataDir: string;
  project: string;
  /** Addresses of services that run beside it. */
  endpoints: Readonly<Partial<Record<ServiceName, string>>>;
}

export interface ServedHere {
  host: string;
  port: number;
  close(): Promise<void>;
}

export interface EmbeddedSite {
  project: string;
  /** `fsync`: what is acknowledged survives a loss of power too. */
  durability: Durability;
  /** Addresses of the services that are used, as `--bigquery-endpoint http://…`. */
  endpointArguments: readonly string[];
}

export type Durability = 'write' | 'fsync';

/** Google's emulator, which holds everything in memory. */
export interface OfficialService {
  /** Variable that names the program to run. */
  pathVariable: `HEALTHMON_${string}_EMULATOR`;
  /** Its name among the components of the Google Cloud CLI. */
  componentId: string;
  /** The file to run below an SDK root; the install cache has the same layout. */
  locate(root: string): string | undefined;
  /** @throws HealthmonError when what it runs on is missing. */
  launch(path: string, address: Address, env: NodeJS.ProcessEnv): LaunchCommand;
  /** Whether the program that was found serves REST on a second port. */
  servesRest?(path: string): boolean;
  docker: DockerCommand;
  capabilities: readonly Capability[];
}

export interface Address {
  host: string;
  port: number;
  restPort?: number | undefined;
}

export interface LaunchCommand {
  command: string;
  args: string[];
}

export interface DockerCommand {
  /** Ports inside the container. */
  ports: Readonly<Partial<Record<PortName, number>>>;
  command: string;
}

/** What a service does: as the real one, not quite, or not at all. */
export interface Capability {
  name: string;
  /** `differs`: works, but not quite as the service does. `refused`: an error that names it. */
  status: 'supported' | 'differs' | 'refused';
  note?: string | undefined;
}

/** Lines that any implementation of the service can write and read: the way from one to another. */
export interface Transfer {
  /** What the lines are counted in. */
  unit: string;
  /** @param address `host:port`. @returns how much was written, in `unit`. */
  export(address: string, scope: TransferScope, writer: LineWriter): Promise<number>;
  /** The service must be empty. @returns how much was restored, in `unit`. */
  import(address: string, path: string): Promise<number>;
}

export interface TransferScope {
  project: string;
  /** Google's emulator of Bigtable cannot list its instances, so they have to be named. */
  bigtableInstances: readonly string[];
}
