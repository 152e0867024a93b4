import { logToStderr, readDurability, runService } from '../service-main.js';
import { startBigtableServer } from './server.js';

await runService(['durability'], (options, { durability }) =>
  startBigtableServer({ ...options, durability: readDurability(durability), log: logToStderr }),
);
