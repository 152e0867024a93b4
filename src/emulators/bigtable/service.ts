import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { GrpcChannel } from '../probes/grpc.js';
import { PROBE_TIMEOUT_MS } from '../probes/rest.js';
import type { EmulatedService, ProbeTarget } from '../service.js';
import type { Message } from '../wire/message.js';
import { OFFICIAL_CAPABILITIES } from './official-capabilities.js';

export const bigtable: EmulatedService = {
  probe,
  embedded: {
    arguments: ({ durability }) => ['--durability', durability],
    serve: async ({ host, dataDir }) => (await import('./server.js')).startBigtableServer({ host, dataDir }),
    capabilities: async () => (await import('./capabilities.js')).bigtableCapabilities(),
  },
  official: {
    pathVariable: 'HEALTHMON_BIGTABLE_EMULATOR',
    componentId: 'bigtable',
    locate(root) {
      const path = join(root, 'platform', 'bigtable-emulator', 'cbtemulator');
      return existsSync(path) ? path : undefined;
    },
    launch: (path, { host, port }) => ({ command: path, args: ['-host', host, '-port', String(port)] }),
    docker: {
      ports: { bigtable: 8086 },
      command: 'gcloud beta emulators bigtable start --host-port=0.0.0.0:8086',
    },
    capabilities: OFFICIAL_CAPABILITIES,
  },
  transfer: {
    unit: 'cells',
    export: async (address, scope, writer) =>
      (await import('./transfer.js')).exportBigtable(address, scope, writer),
    import: async (address, path) => (await import('./transfer.js')).importBigtable(address, path),
  },
};

async function probe(target: ProbeTarget, id: string): Promise<void> {
  const channel = new GrpcChannel(`${target.host}:${target.port}`, PROBE_TIMEOUT_MS);
  const admin = '/google.bigtable.admin.v2.BigtableTableAdmin';
  const instance = `projects/${target.project}/instances/${id}`;
  const table = `${instance}/tables/probe`;
  try {
    await channel.call(`${admin}/CreateTable`, { 1: instance, 2: 'probe', 3: { 3: { 1: 'f', 2: {} } } });
    try {
      const setCell: Message = { 1: { 1: 'f', 2: 'q', 3: 1000, 4: id } };
      await channel.call('/google.bigtable.v2.Bigtable/MutateRow', { 1: table, 2: 'row', 3: setCell });
      const values: string[] = [];
      for await (const answer of channel.stream('/google.bigtable.v2.Bigtable/ReadRows', { 1: table })) {
        for (const chunk of answer.messages(1)) values.push(chunk.text(6));
      }
      if (!values.includes(id)) throw new Error('The cell that was written could not be read back');
    } finally {
      await channel.call(`${admin}/DeleteTable`, { 1: table });
    }
  } finally {
    channel.close();
  }
}
