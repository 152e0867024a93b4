import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ListenOptions {
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** Default 0: a free port. */
  port?: number | undefined;
}

export interface HttpListener {
  host: string;
  port: number;
  /** `http://host:port` */
  url: string;
  /** Ends connections under way too. */
  close(): Promise<void>;
}

/** Serves HTTP; resolves when it listens. @param requestTimeoutMs how long a request may take to arrive; 0: any time. */
export async function listen(
  handle: RequestListener,
  { host = '127.0.0.1', port = 0, requestTimeoutMs }: ListenOptions & { requestTimeoutMs: number },
): Promise<HttpListener> {
  // Clients keep idle connections in a pool; closing them early shows up there as ECONNRESET.
  const server = createServer({ requestTimeout: requestTimeoutMs, keepAliveTimeout: 65_000 }, handle);
  await once(server.listen(port, host), 'listening');
  const address = server.address() as AddressInfo;
  return {
    host,
    port: address.port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
