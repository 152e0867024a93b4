import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOfficialEmulators } from '../../../src/emulators/official/find.js';
import { readDescriptors } from '../../../src/emulators/serving/descriptors.js';
import { type SpannerServerOptions, startSpannerServer } from '../../../src/emulators/spanner/server.js';
import { type Json, MessageClient } from '../../helpers/message-client.js';
import { startOwnEmulator } from '../../helpers/own-emulators.js';

export const INSTANCES = 'google.spanner.admin.instance.v1.InstanceAdmin';
export const DATABASES = 'google.spanner.admin.database.v1.DatabaseAdmin';
export const OPERATIONS = 'google.longrunning.Operations';

export interface Backend {
  name: 'embedded' | 'official';
  start(): Promise<Running>;
}

export interface Running {
  client: MessageClient;
  port: number;
  stop(): Promise<void>;
}

const isInstalled = (await findOfficialEmulators(process.env)).spanner !== undefined;
export const DESCRIPTORS = await readDescriptors([
  { path: createRequire(import.meta.url).resolve('@google-cloud/spanner-api/build/protos/protos.json') },
]);

/** Our server, and Google's where it is installed. */
export const BACKENDS: readonly Backend[] = [
  { name: 'embedded', start: startEmbedded },
  ...(isInstalled ? [{ name: 'official', start: startOfficial } as const] : []),
];

export async function startEmbedded(
  options: Partial<SpannerServerOptions> = {},
): Promise<Running & { dataDir: string; close(): Promise<void> }> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'healthmon-spanner-'));
  const server = await startSpannerServer({ ...options, dataDir });
  const client = new MessageClient(DESCRIPTORS, server.port);
  return {
    client,
    port: server.port,
    dataDir,
    /** Ends it, and leaves its data. */
    close: () => server.close(),
    stop: async () => {
      client.close();
      await server.close();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function startOfficial(): Promise<Running> {
  const emulator = await startOwnEmulator('spanner', 'official');
  const port = Number(emulator.endpoint.split(':').at(-1));
  const client = new MessageClient(DESCRIPTORS, port);
  return {
    client,
    port,
    stop: async () => {
      client.close();
      await emulator.end();
    },
  };
}

export const PROJECT = 'projects/p';

/** An instance of a name of its own. @returns its name */
export async function createInstance(client: MessageClient, fields: Json = {}): Promise<string> {
  const id = `i-${Math.random().toString(36).slice(2, 10)}x`;
  await client.must(`${INSTANCES}/CreateInstance`, {
    parent: PROJECT,
    instanceId: id,
    instance: {
      config: `${PROJECT}/instanceConfigs/emulator-config`,
      displayName: 'For a test',
      nodeCount: 1,
      ...fields,
    },
  });
  return `${PROJECT}/instances/${id}`;
}

/** A database of an instance. @returns its name */
export async function createDatabase(
  client: MessageClient,
  instance: string,
  statements: readonly string[] = [],
  id = `d-${Math.random().toString(36).slice(2, 10)}x`,
): Promise<string> {
  await client.must(`${DATABASES}/CreateDatabase`, {
    parent: instance,
    createStatement: `CREATE DATABASE \`${id}\``,
    extraStatements: statements,
  });
  return `${instance}/databases/${id}`;
}
