import { parseArgs } from 'node:util';
import { giveBackWhenIdle } from '../idle-heap.js';
import { startBigQueryServer } from './server/index.js';

// The BigQuery emulator as a process of its own: prints one JSON line when it listens.
const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    'allow-host': { type: 'string', multiple: true },
    'data-dir': { type: 'string' },
    project: { type: 'string' },
    'storage-endpoint': { type: 'string' },
    threads: { type: 'string' },
    'parent-watch': { type: 'boolean', default: false },
  },
});

giveBackWhenIdle();
const server = await startBigQueryServer({
  host: values.host,
  port: Number(values.port),
  allowedHosts: values['allow-host'],
  dataDir: values['data-dir'],
  projectId: values.project,
  storageEndpoint: values['storage-endpoint'],
  threads: values.threads === undefined ? undefined : Number(values.threads),
});
process.stdout.write(
  `${JSON.stringify({ ready: true, host: server.host, port: server.port, url: server.url })}\n`,
);

let closing = false;
function close(): void {
  if (closing) return;
  closing = true;
  process.stdin.pause();
  void server.close();
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, close);
if (values['parent-watch']) {
  // The pipe to the parent ends when the parent does, however it dies.
  process.stdin.on('end', close).on('error', close).resume();
  process.once('disconnect', close);
}
