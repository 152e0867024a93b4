import { logToStderr, readDurability, runService } from '../service-main.js';
import { startPubsubServer } from './server.js';

await runService(
  ['durability', 'bigquery-endpoint', 'storage-endpoint', 'bigtable-endpoint'],
  (options, own) =>
    startPubsubServer({
      ...options,
      durability: readDurability(own.durability),
      endpoints: {
        bigquery: own['bigquery-endpoint'],
        storage: own['storage-endpoint'],
        bigtable: own['bigtable-endpoint'],
      },
      log: logToStderr,
    }),
);
