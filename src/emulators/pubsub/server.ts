import { createRequire } from 'node:module';
import { type Journal, openJournal } from '../journal/journal.js';
import type { ListenOptions } from '../serving/http-listener.js';
import { iamMethods } from '../serving/iam.js';
import { serve } from '../serving/serve.js';
import { IAM_ROUTES, policiesOf } from './iam.js';
import { Outlets, type ServiceEndpoints } from './outlets.js';
import { recordsOf, replay } from './persistence.js';
import { publisherMethods } from './publisher.js';
import { JOURNAL_FORMAT } from './records.js';
import type { Resources } from './resources.js';
import { schemaMethods } from './schemas.js';
import { snapshotMethods } from './snapshots.js';
import { Store } from './store.js';
import { subscriberMethods } from './subscriber.js';
import { systemTime } from './timer-wheel.js';

export interface PubsubServerOptions extends ListenOptions {
  /** Where subscriptions may deliver to. */
  endpoints?: ServiceEndpoints;
  /** Where the data is kept, as `pubsub.journal`. */
  dataDir: string;
  /** `write`: what is acknowledged survives the death of the process; `fsync`: the loss of power too. */
  durability?: 'write' | 'fsync';
  log?: (line: string) => void;
}

export interface PubsubServer {
  host: string;
  port: number;
  close(): Promise<void>;
}

const require = createRequire(import.meta.url);

export function startPubsubServer(options: PubsubServerOptions): Promise<PubsubServer> {
  return servePubsub(options, (resources) =>
    openJournal({
      folder: options.dataDir,
      name: 'pubsub',
      formatVersion: JOURNAL_FORMAT,
      durability: options.durability ?? 'write',
      replay: (kind, payload) => replay(resources, kind, payload),
      checkpoint: () => recordsOf(resources),
      log: options.log,
    }),
  );
}

/** @param open brings back what was kept, and keeps what changes from then on */
export async function servePubsub(
  options: Omit<PubsubServerOptions, 'dataDir' | 'durability'>,
  open: (resources: Resources) => Promise<Pick<Journal, 'append' | 'close'>>,
): Promise<PubsubServer> {
  const store = new Store({ time: systemTime, log: options.log });
  const outlets = new Outlets(store, options.endpoints ?? {});
  const journal = await open(store.resources);
  await store.open(journal);
  const serving = await serve({
    ...options,
    protos: [
      { path: require.resolve('@google-cloud/pubsub/build/protos/protos.json') },
      {
        path: require.resolve('@google-cloud/bigtable/build/protos/protos.json'),
        packages: ['google.iam.v1', 'google.type'],
      },
    ],
    httpRules: IAM_ROUTES,
    methods: {
      'google.iam.v1.IAMPolicy': iamMethods(policiesOf(store)),
      'google.pubsub.v1.Publisher': publisherMethods(store),
      'google.pubsub.v1.SchemaService': schemaMethods(store),
      'google.pubsub.v1.Subscriber': {
        ...subscriberMethods(store, outlets),
        ...snapshotMethods(store),
      },
    },
  });
  return {
    host: serving.host,
    port: serving.port,
    async close() {
      await serving.close();
      outlets.close();
      store.close();
      await journal.close();
    },
  };
}
