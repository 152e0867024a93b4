import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BigtableServerOptions, startBigtableServer } from '../../../src/emulators/bigtable/server.js';
import { findOfficialEmulators, officialService } from '../../../src/emulators/official/find.js';
import { freePort } from '../../helpers/free-port.js';
import { BigtableClient, PARENT, TABLES } from './bigtable-client.js';

export interface Backend {
  name: 'embedded' | 'official';
  start(): Promise<{ client: BigtableClient; stop(): Promise<void> }>;
}

const found = (await findOfficialEmulators(process.env)).bigtable;

/** Our server, and Google's where it is installed. */
export const BACKENDS: readonly Backend[] = [
  { name: 'embedded', start: startEmbedded },
  ...(found === undefined ? [] : [{ name: 'official', start: () => startOfficial(found) } as const]),
];

export async function startEmbedded(options: Partial<BigtableServerOptions> = {}) {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'healthmon-bigtable-'));
  const server = await startBigtableServer({ ...options, dataDir });
  const client = await BigtableClient.connect(server.port);
  return {
    client,
    port: server.port,
    dataDir,
    stop: async () => {
      client.close();
      await server.close();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function startOfficial(emulator: NonNullable<typeof found>) {
  const port = await freePort();
  const { command, args } = officialService('bigtable').launch(
    emulator.path,
    { host: '127.0.0.1', port },
    process.env,
  );
  const process_: ChildProcess = spawn(command, args, { stdio: 'ignore' });
  const client = await BigtableClient.connect(port);
  const deadline = Date.now() + 10_000;
  while (!('ok' in (await client.call(`${TABLES}/ListTables`, { parent: PARENT })))) {
    if (Date.now() > deadline) throw new Error('The official emulator did not start');
    await sleep(50);
  }
  return {
    client,
    stop: async () => {
      client.close();
      process_.kill('SIGKILL');
    },
  };
}
