import type { Config } from '../config/config.js';
import type { ServiceName } from '../core/services.js';
import type { GoogleClients } from '../gcp/clients.js';
import type { Output } from '../output/output.js';
import type { Context } from './command.js';

export interface ContextParts {
  config: Config;
  env: NodeJS.ProcessEnv;
  cwd: string;
  output: Output;
  signal: AbortSignal;
  announce(result: unknown): Promise<void>;
}

/** The context of a run, and how to close what the run opened. @param command as typed, such as `dead-letters list`. */
export function createContext(
  parts: ContextParts,
  command: string,
): { context: Context; close(): Promise<void> } {
  let opening: Promise<OpenTarget> | undefined;
  const context: Context = {
    ...parts,
    now: () => new Date(),
    async google(services) {
      opening ??= openTarget(parts);
      const { open, clients } = await opening;
      await open(services ?? (await import('../gcp/access.js')).servicesOf(command));
      return clients;
    },
  };
  return {
    context,
    async close() {
      await opening?.then(
        ({ clients }) => clients.close(),
        () => {},
      );
    },
  };
}

interface OpenTarget {
  clients: GoogleClients;
  /** Makes sure that these services are there. */
  open(services: readonly ServiceName[]): Promise<void>;
}

async function openTarget(parts: ContextParts): Promise<OpenTarget> {
  const { createGoogleClients } = await import('../gcp/clients.js');
  const { config, env } = parts;
  if (config.target === 'local') {
    const { LocalEndpoints } = await import('./local-endpoints.js');
    const endpoints = new LocalEndpoints(parts);
    return {
      clients: createGoogleClients(config, endpoints.find, env),
      open: (services) => endpoints.open(services),
    };
  }
  const clients = createGoogleClients(config, undefined, env);
  // Without any, each client looks for itself, prints stack traces and may end the process.
  const { findCredentials } = await import('../gcp/cloud-identity.js');
  await findCredentials(env);
  return { clients, async open() {} };
}
