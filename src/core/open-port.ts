import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OpenPort {
  port: number;
  /** `http://host:port` */
  url: string;
  /** Ends connections under way too. */
  close(): Promise<void>;
}

/**
 * Lets a server listen on a port that the user chose; 0 is any free one.
 * @throws what `refused` makes of the reason why it cannot
 */
export async function openPort(
  server: Server,
  { host, port: wantedPort }: { host: string; port: number },
  refused: (cause: Error) => Error,
): Promise<OpenPort> {
  server.listen(wantedPort, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw refused(cause as Error);
  }
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
