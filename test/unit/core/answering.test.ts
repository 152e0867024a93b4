import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { isAnswering } from '../../../src/core/answering.js';

let server: Server | undefined;
afterEach(() => server?.close());

async function listening(handler: Parameters<typeof createServer>[1]): Promise<string> {
  server = createServer(handler as never).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('counts only time in which it could listen', async () => {
  const endpoint = await listening((_request, response) => response.end());
  const answer = isAnswering(endpoint, 500);
  // Meanwhile nothing can arrive.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  expect(await answer).toBe(true);
});

it('takes a server that says nothing for frozen', async () => {
  const endpoint = await listening(() => {});
  expect(await isAnswering(endpoint, 300)).toBe(false);
  server?.closeAllConnections();
});
