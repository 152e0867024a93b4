import { parseArgs } from 'node:util';
import { startBigtableServer } from './server.js';

// The Bigtable emulator as a process of its own: prints one JSON line when it listens.
const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    'allow-host': { type: 'string', multiple: true },
    'data-dir': { type: 'string' },
    durability: { type: 'string', default: 'write' },
  },
});
const { durability } = values;
if (values['data-dir'] === undefined) throw new Error('--data-dir is required');
if (durability !== 'write' && durability !== 'fsync') throw new Error('--durability is write or fsync');

const server = await startBigtableServer({
  host: values.host,
  port: Number(values.port),
  allowedHosts: values['allow-host'],
  dataDir: values['data-dir'],
  durability,
  log: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify({ ready: true, host: server.host, port: server.port })}\n`);

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => void server.close());
}
