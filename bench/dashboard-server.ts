import { resolveConfig } from '../src/config/config.js';
import { SERVICES, type ServiceName } from '../src/core/services.js';
import { startDashboard } from '../src/dashboard/dashboard.js';
import { createGoogleClients } from '../src/gcp/clients.js';

export interface ServerInput {
  flags: Readonly<Record<string, string>>;
  /** Addresses of the emulators. */
  env: Readonly<Record<string, string>>;
  intervalMs: number;
  tokenFile: string;
}

// The dashboard as it is, in a process of its own: what a tick costs its server is measured without the work of others.
const { flags, env, intervalMs, tokenFile } = JSON.parse(process.argv[2]!) as ServerInput;
const config = resolveConfig({ flags, env: {}, cwd: process.cwd() });
const clients = createGoogleClients(
  config,
  (service: ServiceName) => ({ endpoint: env[SERVICES[service].hostVariable]!, implementation: 'embedded' }),
  process.env,
);
const { port } = await startDashboard(
  { host: '127.0.0.1', port: 0, allowedHosts: [], live: true, intervalMs, tokenFile },
  {
    config,
    clients,
    cwd: process.cwd(),
    signal: new AbortController().signal,
    nowMs: () => Date.now(),
    onWarning: () => {},
  },
);
process.stdout.write(`${JSON.stringify({ port })}\n`);
