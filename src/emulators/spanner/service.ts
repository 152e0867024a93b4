import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { GrpcChannel } from '../probes/grpc.js';
import { PROBE_TIMEOUT_MS, request } from '../probes/rest.js';
import type { Address, EmulatedService, LaunchCommand, ProbeTarget } from '../service.js';
import type { Message } from '../wire/message.js';
import { OFFICIAL_CAPABILITIES } from './official-capabilities.js';

export const spanner: EmulatedService = {
  probe,
  embedded: {
    arguments: ({ durability }) => ['--durability', durability],
    serve: async ({ host, dataDir }) => (await import('./server.js')).startSpannerServer({ host, dataDir }),
    capabilities: async () => (await import('./capabilities.js')).spannerCapabilities(),
  },
  official: {
    pathVariable: 'HEALTHMON_SPANNER_EMULATOR',
    componentId: 'cloud-spanner-emulator',
    locate,
    launch,
    servesRest,
    docker: {
      ports: { spanner: 9010, 'spanner-rest': 9020 },
      command: 'gcloud emulators spanner start --host-port=0.0.0.0:9010 --rest-port=9020',
    },
    capabilities: OFFICIAL_CAPABILITIES,
  },
  transfer: {
    unit: 'rows',
    export: async (address, { project }, writer) =>
      (await import('./transfer.js')).exportSpanner(address, project, writer),
    import: async (address, path) => (await import('./transfer.js')).importSpanner(address, path),
  },
};

function locate(root: string): string | undefined {
  const folder = join(root, 'bin', 'cloud_spanner_emulator');
  const [gateway, emulator] = [join(folder, 'gateway_main'), join(folder, 'emulator_main')];
  // The gateway runs the other program, so it is of use only together with it.
  if (!existsSync(emulator)) return undefined;
  return existsSync(gateway) ? gateway : emulator;
}

/** Only the gateway serves REST; `emulator_main` alone speaks gRPC. */
function servesRest(path: string): boolean {
  return basename(path) !== 'emulator_main';
}

function launch(path: string, { host, port, restPort }: Address): LaunchCommand {
  if (restPort === undefined) return { command: path, args: ['--host_port', `${host}:${port}`] };
  return {
    command: path,
    args: ['--hostname', host, '--grpc_port', String(port), '--http_port', String(restPort)],
  };
}

/** A mutation written in a read-write transaction and read back; and the REST gateway, when there is one. */
async function probe(target: ProbeTarget, id: string): Promise<void> {
  const channel = new GrpcChannel(`${target.host}:${target.port}`, PROBE_TIMEOUT_MS);
  const instances = '/google.spanner.admin.instance.v1.InstanceAdmin';
  const databases = '/google.spanner.admin.database.v1.DatabaseAdmin';
  const service = '/google.spanner.v1.Spanner';
  const parent = `projects/${target.project}`;
  const instance = `${parent}/instances/${id}`;
  try {
    await channel.call(`${instances}/CreateInstance`, {
      1: parent,
      2: id,
      3: { 1: instance, 2: `${parent}/instanceConfigs/emulator-config`, 3: 'Readiness check', 5: 1 },
    });
    try {
      await channel.call(`${databases}/CreateDatabase`, {
        1: instance,
        2: 'CREATE DATABASE `probe`',
        3: 'CREATE TABLE Probe (Id STRING(36)) PRIMARY KEY (Id)',
      });
      const session = await channel.call(`${service}/CreateSession`, { 1: `${instance}/databases/probe` });
      const name = session.text(1);
      const readWrite: Message = { 1: {} };
      const begun = await channel.call(`${service}/BeginTransaction`, { 1: name, 2: readWrite });
      const insert: Message = { 1: { 1: 'Probe', 2: 'Id', 3: { 1: { 3: id } } } };
      await channel.call(`${service}/Commit`, { 1: name, 2: begun.bytes(1), 4: insert });
      const read = await channel.call(`${service}/Read`, { 1: name, 3: 'Probe', 5: 'Id', 6: { 3: true } });
      const value = read.messages(2)[0]?.message(1).text(3);
      if (value !== id) throw new Error('The row that was written could not be read back');
    } finally {
      await channel.call(`${instances}/DeleteInstance`, { 1: instance });
    }
  } finally {
    channel.close();
  }
  if (target.restPort !== undefined) {
    await request(`http://${target.host}:${target.restPort}/v1/${parent}/instanceConfigs`);
  }
}
