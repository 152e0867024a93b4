import { runService } from '../service-main.js';
import { startStorageServer } from './server.js';

await runService([], (options) => startStorageServer(options));
