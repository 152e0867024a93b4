import { logToStderr, readDurability, runService } from '../service-main.js';
import { startSpannerServer } from './server.js';

await runService(['durability', 'rest-port'], (options, { durability, 'rest-port': restPort }) =>
  startSpannerServer({
    ...options,
    restPort: restPort === undefined ? undefined : Number(restPort),
    durability: readDurability(durability),
    log: logToStderr,
  }),
);
