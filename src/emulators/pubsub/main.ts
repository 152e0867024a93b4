import { parseArgs } from 'node:util';
import { startPubsubServer } from './server.js';

// The Pub/Sub emulator as a process of its own: prints one JSON line when it listens.
const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    'allow-host': { type: 'string', multiple: true },
    'data-dir': { type: 'string' },
    durability: { type: 'string', default: 'write' },
    'bigquery-endpoint': { type: 'string' },
    'storage-endpoint': { type: 'string' },
    'bigtable-endpoint': { type: 'string' },
  },
});

const { durability } = values;
if (values['data-dir'] === undefined) throw new Error('--data-dir is required');
if (durability !== 'write' && durability !== 'fsync') throw new Error('--durability is write or fsync');

const server = await startPubsubServer({
  host: values.host,
  port: Number(values.port),
  allowedHosts: values['allow-host'],
  dataDir: values['data-dir'],
  durability,
  endpoints: {
    bigquery: values['bigquery-endpoint'],
    storage: values['storage-endpoint'],
    bigtable: values['bigtable-endpoint'],
  },
  log: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify({ ready: true, host: server.host, port: server.port })}\n`);

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => void server.close());
}
