import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import {
  Server,
  ServerCredentials,
  type ServerInterceptingCall,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import { duplexHandler, type RawMethod, serverStreamHandler, unaryHandler } from './grpc-calls.js';
import { createGuard } from './guard.js';
import type { ListenOptions } from './http-listener.js';
import type { CallScope } from './open-call.js';

/** Longest time of a timer, nearly 25 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const STREAM_WINDOW_BYTES = 8 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
const UNIT_MS: Record<string, number> = { H: 3_600_000, M: 60_000, S: 1000, m: 1 };

const identity = (bytes: Buffer) => bytes;

/** Takes over a connection of HTTP/2. */
export type Injector = ReturnType<Server['createConnectionInjector']>;

export function createInjector(server: Server): Injector {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  // The library gives no other way to look at headers before it does, nor to its settings.
  for (const http2 of server['http2Servers'].keys()) {
    http2.prependListener('stream', dropEndlessTimeout);
    http2.on('session', widenWindows);
  }
  return injector;
}

/** Requests of a megabyte take a third less of the processor when they come in one window. */
function widenWindows(session: ServerHttp2Session): void {
  session.settings({ initialWindowSize: STREAM_WINDOW_BYTES });
  session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
}

/**
 * The library counts milliseconds in 32 bits, so that a deadline in years, which Python's publisher sets, is one that
 * has passed: the client would publish again and again.
 */
function dropEndlessTimeout(_stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  const [, digits, unit = ''] = /^(\d{1,8})([HMSm])$/.exec(String(headers['grpc-timeout'])) ?? [];
  if (Number(digits) * UNIT_MS[unit]! > MAX_TIMEOUT_MS) delete headers['grpc-timeout'];
}

/** A server of grpc-js that hands the bytes of messages to the methods, given by their full names. */
export function createGrpcServer(
  methods: ReadonlyMap<string, RawMethod>,
  scope: CallScope,
  { maxRequestBytes, ...address }: ListenOptions & { maxRequestBytes: number },
): Server {
  const server = new Server({
    interceptors: [guardInterceptor(address)],
    'grpc.max_receive_message_length': maxRequestBytes,
    'grpc.max_send_message_length': -1,
    'grpc.enable_channelz': 0,
  });
  for (const [name, method] of methods) register(server, name, method, scope);
  return server;
}

function register(server: Server, name: string, method: RawMethod, scope: CallScope): void {
  const path = `/${name}`;
  switch (method.kind) {
    case 'unary-raw':
      server.register(path, unaryHandler(name, method.handle, scope), identity, identity, 'unary');
      return;
    case 'server-stream-raw':
      server.register(
        path,
        serverStreamHandler(name, method.handle, scope),
        identity,
        identity,
        'serverStream',
      );
      return;
    case 'duplex-raw':
      server.register(path, duplexHandler(name, method.handle, scope), identity, identity, 'bidi');
  }
}

/** Refuses calls to hosts that are not this machine. No browser speaks gRPC, so there is no origin to look at. */
function guardInterceptor(address: ListenOptions): ServerInterceptor {
  const guard = createGuard(address, 'grpc');
  let lastAdmitted: string | undefined;
  return (_method, call) => {
    const authority = call.getHost();
    const { localAddress } = call.getConnectionInfo();
    const key = `${authority} ${localAddress}`;
    if (key !== lastAdmitted) {
      const refusal = guard({ ':authority': authority }, localAddress);
      if (refusal === undefined) lastAdmitted = key;
      else call.sendStatus({ code: status.PERMISSION_DENIED, details: refusal });
    }
    // Only a call that changes messages needs another object; a call that has its status never starts.
    return call as ServerInterceptingCall;
  };
}
