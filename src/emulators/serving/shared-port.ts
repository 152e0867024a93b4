import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { MalformedMessage } from '../../core/wire-reader.js';
import type { RawMethod } from './grpc-calls.js';
import { createGrpcServer, createInjector, type Injector } from './grpc-server.js';
import type { ListenOptions } from './http-listener.js';
import type { CallScope } from './open-call.js';
import { ServiceError } from './service-error.js';

export interface Serving {
  host: string;
  port: number;
  /**
   * Takes no more calls and aborts the signals of those under way. What has no answer after a second ends with
   * UNAVAILABLE.
   */
  close(): Promise<void>;
}

/** What answers the connections of HTTP/2. */
export interface GrpcSide {
  scope: CallScope;
  injector: Injector;
}

const GRACE_MS = 1000;
/** What every connection of HTTP/2 begins with. */
const HTTP2_PREFACE = Buffer.from('PRI ');
/** How long a connection of HTTP/1.1 may say nothing in the middle of a request. */
export const SILENCE_MS = 300_000;

/** gRPC for a port that {@link listenShared} opens. @param log see `ServeOptions` */
export function createGrpcSide(
  methods: ReadonlyMap<string, RawMethod>,
  scope: CallScope,
  options: ListenOptions & { maxRequestBytes: number },
): GrpcSide {
  return { scope, injector: createInjector(createGrpcServer(methods, scope, options)) };
}

/** Opens a port without TLS whose connections are gRPC or HTTP/1.1. Resolves when it listens. */
export async function listenShared(
  http1: HttpServer,
  { scope, injector }: GrpcSide,
  { host = '127.0.0.1', port = 0 }: ListenOptions,
): Promise<Serving> {
  const sockets = new Map<Socket, 'new' | 'http1' | 'http2'>();
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.set(socket, 'new');
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    sniff(socket, (protocol) => {
      sockets.set(socket, protocol);
      if (protocol === 'http2') injector.injectConnection(socket);
      else http1.emit('connection', socket);
    });
  });
  await once(listener.listen(port, host), 'listening');
  return {
    host,
    port: (listener.address() as AddressInfo).port,
    close: async () => {
      listener.close();
      const stopping = new ServiceError('UNAVAILABLE', 'The server is stopping.');
      for (const call of scope.open) call.abort(stopping);
      injector.drain(GRACE_MS);
      await until(() => scope.open.size === 0);
      for (const call of scope.open) call.fail(stopping);
      for (const [socket, protocol] of sockets) if (protocol !== 'http2') socket.destroySoon();
      await until(() => sockets.size === 0);
      for (const socket of sockets.keys()) socket.destroy();
      injector.destroy();
    },
  };
}

/** @param log told of faults of our own, in lines without any value of a request */
export function createScope(log: (line: string) => void = () => {}): CallScope {
  return {
    open: new Set(),
    toServiceError: (error, method) => {
      if (error instanceof ServiceError) return error;
      if (error instanceof MalformedMessage) {
        return new ServiceError(
          'INVALID_ARGUMENT',
          `The request is not a valid protocol buffer: ${error.message}.`,
        );
      }
      log(`${method}: ${describeFault(error)}`);
      return new ServiceError('INTERNAL', 'Internal error of the emulator; its log says where.');
    },
  };
}

/** Where an error came from. Its message may quote a request, and is left out. */
function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return `${typeof error} thrown`;
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  return [error.name, ...frames].join('\n');
}

/** Tells the protocol of a connection by its first bytes, which stay in it. */
function sniff(socket: Socket, decide: (protocol: 'http1' | 'http2') => void): void {
  let seen: Buffer = Buffer.alloc(0);
  socket.setTimeout(SILENCE_MS, () => socket.destroy());
  const look = () => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = Buffer.concat([seen, chunk]);
    const length = Math.min(seen.length, HTTP2_PREFACE.length);
    const isHttp2 = seen.subarray(0, length).equals(HTTP2_PREFACE.subarray(0, length));
    if (isHttp2 && length < HTTP2_PREFACE.length) return;
    socket.off('readable', look).setTimeout(0).removeAllListeners('timeout');
    socket.unshift(seen);
    decide(isHttp2 ? 'http2' : 'http1');
  };
  socket.on('readable', look);
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + GRACE_MS;
  while (!condition() && Date.now() < deadline) await sleep(5);
}
