import { parseArgs } from 'node:util';
import { startStorageServer } from './server.js';

// The Cloud Storage emulator as a process of its own: prints one JSON line when it listens.
const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    'allow-host': { type: 'string', multiple: true },
    'data-dir': { type: 'string' },
  },
});
if (values['data-dir'] === undefined) throw new Error('--data-dir is required');

const server = await startStorageServer({
  host: values.host,
  port: Number(values.port),
  allowedHosts: values['allow-host'],
  dataDir: values['data-dir'],
});
process.stdout.write(
  `${JSON.stringify({ ready: true, host: server.host, port: server.port, url: server.url })}\n`,
);

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => void server.close());
}
