import type { Config } from '../config/config.js';
import type { GoogleClients } from './clients.js';
import { callsOf, unlessGone, unlessMissing, unlessThere } from './google-calls.js';

export interface BigtableAdmin {
  instanceExists(): Promise<boolean>;
  createInstance(): Promise<void>;
  /** Kept versions by column family; undefined when the table does not exist. */
  families(): Promise<Map<string, number | undefined> | undefined>;
  createTable(family: string, versions: number): Promise<void>;
  createFamily(family: string, versions: number): Promise<void>;
  setVersions(family: string, versions: number): Promise<void>;
  deleteTable(): Promise<void>;
}

interface GcRule {
  maxNumVersions?: number | null;
}

/** The instance and the table of the configuration. */
export async function bigtableAdmin(clients: GoogleClients, config: Config): Promise<BigtableAdmin> {
  const bigtable = await clients.bigtable();
  const { instance: instanceId, table: tableId } = config.bigtable;
  const instance = bigtable.instance(instanceId);
  const table = instance.table(tableId);
  const run = callsOf(clients);

  return {
    instanceExists: () =>
      run(`look up the Bigtable instance ${instanceId}`, async () => {
        // The emulator has no instances: every name is one.
        if (clients.local) return true;
        const [exists] = await instance.exists();
        return exists;
      }),
    createInstance: () =>
      run(`create the Bigtable instance ${instanceId}`, async () => {
        const [, operation] = await instance.create({
          displayName: 'healthmon',
          clusters: { id: `${instanceId}-c1`, location: `${config.location}-b`, nodes: 1, storage: 'ssd' },
        } as never);
        await (operation as { promise(): Promise<unknown> }).promise();
      }),
    families: () =>
      run(`look up the Bigtable table ${tableId}`, () =>
        unlessMissing(async () => {
          const [metadata] = await table.getMetadata({ view: 'schema' } as never);
          const found = (metadata as { columnFamilies?: Record<string, { gcRule?: GcRule }> }).columnFamilies;
          return new Map(
            Object.entries(found ?? {}).map(([name, { gcRule }]) => [
              name,
              gcRule?.maxNumVersions || undefined,
            ]),
          );
        }),
      ),
    createTable: (family, versions) =>
      run(`create the Bigtable table ${tableId}`, () =>
        unlessThere(() => table.create({ families: [{ name: family, rule: { versions } }] } as never)),
      ),
    createFamily: (family, versions) =>
      run(`create the column family ${family}`, async () => {
        await table.family(family).create({ rule: { versions } } as never);
      }),
    setVersions: (family, versions) =>
      run(`set the garbage-collection rule of ${family}`, async () => {
        await table.family(family).setMetadata({ rule: { versions } } as never);
      }),
    deleteTable: () => run(`delete the Bigtable table ${tableId}`, () => unlessGone(() => table.delete())),
  };
}
