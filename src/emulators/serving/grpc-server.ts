import { Server } from '@grpc/grpc-js';
import { duplexHandler, type RawMethod, serverStreamHandler, unaryHandler } from './grpc-calls.js';
import type { CallScope } from './open-call.js';

const identity = (bytes: Buffer) => bytes;

/** A server of grpc-js that hands the bytes of messages to the methods, given by their full names. */
export function createGrpcServer(
  methods: ReadonlyMap<string, RawMethod>,
  scope: CallScope,
  maxRequestBytes: number,
): Server {
  const server = new Server({
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
