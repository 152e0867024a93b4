import { servePubsub } from '../src/emulators/pubsub/server.js';
import { runService } from '../src/emulators/service-main.js';

// The Pub/Sub service as it is, but that nothing is written down: what durability costs is measured against it.
await runService([], (options) =>
  servePubsub(options, async () => ({ async append() {}, async close() {} })),
);
