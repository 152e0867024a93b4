import type { Config } from '../../config/config.js';
import type { GoogleClients } from '../clients.js';
import { callsOf, unlessGone, unlessMissing, unlessThere } from '../google-calls.js';
import { errorCode, GRPC } from '../google-errors.js';

export interface BigtableAdmin {
  instanceExists(): Promise<boolean>;
  createInstance(): Promise<void>;
  /** Kept versions by column family; undefined when the table does not exist. */
  families(table: string): Promise<Map<string, number | undefined> | undefined>;
  createTable(table: string, families: readonly string[], versions: number): Promise<void>;
  createFamily(table: string, family: string, versions: number): Promise<void>;
  setVersions(table: string, family: string, versions: number): Promise<void>;
  deleteTable(table: string): Promise<void>;
}

interface GcRule {
  maxNumVersions?: number | null;
}

/** The cluster of a new instance. */
export function newBigtableCluster({ location, bigtable }: Config) {
  return { id: `${bigtable.instance}-c1`, location: `${location}-b`, nodes: 1, storage: 'ssd' };
}

/** The instance of the configuration and its tables. */
export async function bigtableAdmin(clients: GoogleClients, config: Config): Promise<BigtableAdmin> {
  const bigtable = await clients.bigtable();
  const { instance: instanceId } = config.bigtable;
  const instance = bigtable.instance(instanceId);
  const run = callsOf(clients);

  return {
    instanceExists: () =>
      run(`look up the Bigtable instance ${instanceId}`, async () => {
        try {
          const [exists] = await instance.exists();
          return exists;
        } catch (error) {
          // Google's emulator has no instances: every name is one.
          if (clients.local && errorCode(error) === GRPC.unimplemented) return true;
          throw error;
        }
      }),
    createInstance: () =>
      run(`create the Bigtable instance ${instanceId}`, () =>
        unlessThere(async () => {
          const [, operation] = await instance.create({
            displayName: 'healthmon',
            clusters: newBigtableCluster(config),
          } as never);
          await (operation as { promise(): Promise<unknown> }).promise();
        }),
      ),
    families: (table) =>
      run(`look up the Bigtable table ${table}`, () =>
        unlessMissing(async () => {
          const [metadata] = await instance.table(table).getMetadata({ view: 'schema' } as never);
          const found = (metadata as { columnFamilies?: Record<string, { gcRule?: GcRule }> }).columnFamilies;
          return new Map(
            Object.entries(found ?? {}).map(([name, { gcRule }]) => [
              name,
              gcRule?.maxNumVersions || undefined,
            ]),
          );
        }),
      ),
    createTable: (table, families, versions) =>
      run(`create the Bigtable table ${table}`, () =>
        unlessThere(() =>
          instance
            .table(table)
            .create({ families: families.map((name) => ({ name, rule: { versions } })) } as never),
        ),
      ),
    createFamily: (table, family, versions) =>
      run(`create the column family ${family}`, async () => {
        await instance
          .table(table)
          .family(family)
          .create({ rule: { versions } } as never);
      }),
    setVersions: (table, family, versions) =>
      run(`set the garbage-collection rule of ${family}`, async () => {
        await instance
          .table(table)
          .family(family)
          .setMetadata({ rule: { versions } } as never);
      }),
    deleteTable: (table) =>
      run(`delete the Bigtable table ${table}`, () => unlessGone(() => instance.table(table).delete())),
  };
}
