import type { Config } from '../../config/config.js';
import type { GoogleClients } from '../clients.js';
import { callsOf, unlessMissing, unlessThere } from '../google-calls.js';

/** Creates and removes Spanner resources. Nothing here makes a `Database` object of one that may be missing. */
export interface SpannerAdmin {
  instanceExists(): Promise<boolean>;
  createInstance(): Promise<void>;
  deleteInstance(): Promise<void>;
  databaseExists(): Promise<boolean>;
  /** Creates the database together with its first tables. */
  createDatabase(statements: readonly string[]): Promise<void>;
  dropDatabase(): Promise<void>;
  /** Databases of the instance. */
  databases(): Promise<string[]>;
  updateDdl(statements: readonly string[]): Promise<void>;
}

/** What a new instance is. */
export function newSpannerInstance({ target, project, location, spanner }: Config) {
  const configuration = target === 'local' ? 'emulator-config' : `regional-${location}`;
  return {
    displayName: 'healthmon',
    config: `projects/${project}/instanceConfigs/${configuration}`,
    processingUnits: spanner.processingUnits,
  };
}

export async function spannerAdmin(clients: GoogleClients, config: Config): Promise<SpannerAdmin> {
  const spanner = await clients.spanner();
  const instances = spanner.getInstanceAdminClient();
  const databases = spanner.getDatabaseAdminClient();
  const project = `projects/${config.project}`;
  const instance = `${project}/instances/${config.spanner.instance}`;
  const database = `${instance}/databases/${config.spanner.database}`;
  const run = callsOf(clients);
  const exists = (doing: string, look: () => Promise<unknown>) =>
    run(doing, async () => (await unlessMissing(look)) !== undefined);

  return {
    instanceExists: () =>
      exists(`look up the Spanner instance ${config.spanner.instance}`, () =>
        instances.getInstance({ name: instance }),
      ),
    createInstance: () =>
      run(`create the Spanner instance ${config.spanner.instance}`, () =>
        unlessThere(async () => {
          const [operation] = await instances.createInstance({
            parent: project,
            instanceId: config.spanner.instance,
            instance: { name: instance, ...newSpannerInstance(config) },
          });
          await operation.promise();
        }),
      ),
    deleteInstance: () =>
      run(`delete the Spanner instance ${config.spanner.instance}`, async () => {
        await instances.deleteInstance({ name: instance });
      }),
    databaseExists: () =>
      exists(`look up the Spanner database ${config.spanner.database}`, () =>
        databases.getDatabase({ name: database }),
      ),
    createDatabase: (statements) =>
      run(`create the Spanner database ${config.spanner.database}`, () =>
        unlessThere(async () => {
          const [operation] = await databases.createDatabase({
            parent: instance,
            createStatement: `CREATE DATABASE \`${config.spanner.database}\``,
            extraStatements: [...statements],
          });
          await operation.promise();
        }),
      ),
    dropDatabase: () =>
      run(`drop the Spanner database ${config.spanner.database}`, async () => {
        await databases.dropDatabase({ database });
      }),
    databases: () =>
      run(`list the databases of ${config.spanner.instance}`, async () => {
        const [found] = await databases.listDatabases({ parent: instance });
        return found.map(({ name }) => name!.split('/').at(-1)!);
      }),
    updateDdl: (statements) =>
      run(`change the schema of ${config.spanner.database}`, async () => {
        const [operation] = await databases.updateDatabaseDdl({ database, statements: [...statements] });
        await operation.promise();
      }),
  };
}
