import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BodyKind, boundName, refusalOf } from '../../core/request-guard.js';
import type { RawMethod } from './grpc-calls.js';

export interface ListenOptions {
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** Default 0: a free port. */
  port?: number | undefined;
  /** Names besides loopback's and that of `host` by which the server may be called. */
  allowedHosts?: readonly string[] | undefined;
}

/** Largest request message. */
const MAX_GRPC_BYTES = 100 * 1024 * 1024;

export interface ServiceTraits {
  /** How long a request may take to arrive; 0: any time. */
  requestTimeoutMs: number;
  /** What bodies are taken at a path. */
  bodiesAt(path: string): BodyKind;
  /** Methods of gRPC on the same port, by their full names. */
  grpc?: ReadonlyMap<string, RawMethod>;
  /** Answers 403 in the envelope of the service. */
  refuse(request: IncomingMessage, response: ServerResponse, message: string): void;
}

export interface HttpListener {
  host: string;
  port: number;
  /** `http://host:port` */
  url: string;
  /** Ends connections under way too. */
  close(): Promise<void>;
}

/** Serves HTTP to whom the guard lets in; resolves when it listens. */
export async function listen(
  handle: RequestListener,
  { host = '127.0.0.1', port = 0, allowedHosts = [], ...service }: ListenOptions & ServiceTraits,
): Promise<HttpListener> {
  const guarded: RequestListener = (request, response) => {
    const refusal = refusalOf(request.headers, {
      boundName: boundName(host, request.socket.localAddress),
      allowedNames: allowedHosts,
      bodies: service.bodiesAt(pathOf(request.url)),
    });
    if (refusal === undefined) handle(request, response);
    else service.refuse(request, response, refusal);
  };
  // Clients keep idle connections in a pool; closing them early shows up there as ECONNRESET.
  const server = createServer(
    { requestTimeout: service.requestTimeoutMs, keepAliveTimeout: 65_000 },
    guarded,
  );
  const urlOf = (opened: number) => `http://${host.includes(':') ? `[${host}]` : host}:${opened}`;
  if (service.grpc !== undefined) {
    // Only a service that speaks gRPC pays for loading what does.
    const { createGrpcSide, createScope, listenShared } = await import('./shared-port.js');
    // A server that does not listen itself heeds no requestTimeout.
    server.timeout = service.requestTimeoutMs;
    const options = { host, port, allowedHosts, maxRequestBytes: MAX_GRPC_BYTES };
    const serving = await listenShared(server, createGrpcSide(service.grpc, createScope(), options), options);
    return { ...serving, url: urlOf(serving.port) };
  }
  await once(server.listen(port, host), 'listening');
  const address = server.address() as AddressInfo;
  return {
    host,
    port: address.port,
    url: urlOf(address.port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function pathOf(url = '/'): string {
  return URL.canParse(url, 'http://localhost') ? new URL(url, 'http://localhost').pathname : url;
}
