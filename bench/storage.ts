import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { emulatorRssMb } from './emulators.js';
import type { Bench } from './registry.js';
import { type OwnService, running, startScript } from './services.js';

const MEGABYTE = 1_000_000;
const UPLOAD_MEGABYTES = 256;
const ROUNDS = 3;
const BUCKET = 'healthmon-bench-upload';

const upload: Bench = {
  name: 'storage.upload',
  unit: 'MB/s',
  baselineName: 'a bare socket that writes the same bytes to a file',
  stack: true,
  async run({ env }) {
    const endpoint = env['STORAGE_EMULATOR_HOST']!;
    await fetch(`${endpoint}/storage/v1/b?project=bench`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: BUCKET }),
    });
    const object = `${endpoint}/upload/storage/v1/b/${BUCKET}/o?uploadType=media&name=large`;
    const rates: number[] = [];
    const baselines: number[] = [];
    try {
      await running(startBareServer, async ({ endpoint: bare }) => {
        for (let round = 0; round < ROUNDS; round++) {
          baselines.push(await bareRate(bare));
          rates.push(await uploadRate(object));
        }
      });
      const rssMb = await emulatorRssMb(env, 'storage');
      return { value: Math.max(...rates), baseline: Math.max(...baselines), rssMb };
    } finally {
      await fetch(`${endpoint}/storage/v1/b/${BUCKET}/o/large`, { method: 'DELETE' });
      await fetch(`${endpoint}/storage/v1/b/${BUCKET}`, { method: 'DELETE' });
    }
  },
};

/** Rate of one upload in a single request, until it is answered. */
async function uploadRate(url: string): Promise<number> {
  const startedMs = performance.now();
  const headers = { 'content-length': UPLOAD_MEGABYTES * MEGABYTE };
  const outgoing = request(url, { method: 'POST', headers });
  const answered = once(outgoing, 'response');
  await send(outgoing);
  const [response] = await answered;
  response.resume();
  await once(response, 'end');
  if (response.statusCode !== 200) throw new Error(`the upload was answered with ${response.statusCode}`);
  return megabytesPerSecond(startedMs);
}

async function bareRate(endpoint: string): Promise<number> {
  const [host, port] = endpoint.split(':');
  const startedMs = performance.now();
  const socket = connect({ host, port: Number(port) }).resume();
  const closed = once(socket, 'close');
  await send(socket);
  await closed;
  return megabytesPerSecond(startedMs);
}

async function send(target: Writable): Promise<void> {
  const chunk = Buffer.alloc(MEGABYTE, 'vitals ');
  for (let sent = 0; sent < UPLOAD_MEGABYTES; sent++) {
    if (!target.write(chunk)) await once(target, 'drain');
  }
  target.end();
}

function megabytesPerSecond(startedMs: number): number {
  return UPLOAD_MEGABYTES / ((performance.now() - startedMs) / 1000);
}

/** In a process of its own, as the service is: it closes a connection when all that came is written. */
function startBareServer(): Promise<OwnService> {
  const folder = mkdtempSync(join(tmpdir(), 'healthmon-bench-upload-'));
  const script = `
    import { createWriteStream } from 'node:fs';
    import { createServer } from 'node:net';
    const server = createServer({ allowHalfOpen: true }, (socket) =>
      socket.pipe(createWriteStream(process.argv[1])).on('finish', () => socket.end()));
    server.listen(0, '127.0.0.1', () => console.log(JSON.stringify(server.address())));`;
  const args = ['--input-type=module', '-e', script, join(folder, 'body')];
  return startScript(process.execPath, args, () => rmSync(folder, { recursive: true, force: true }));
}

export const benches = [upload];
