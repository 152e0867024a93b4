import type { Descriptors } from './descriptors.js';
import type { RawMethod } from './grpc-calls.js';
import type { Method } from './method.js';

/**
 * The method with messages as bytes. Descriptors are only read for the first call of a method that is not coded by
 * hand: reading them takes longer than all the rest of the start.
 */
export function toRawMethod(name: string, method: Method, read: () => Promise<Descriptors>): RawMethod {
  if (method.kind === 'unary') {
    return {
      kind: 'unary-raw',
      handle: async (bytes, call) => {
        const descriptors = await read();
        const { resolvedRequestType, resolvedResponseType } = descriptors.method(name);
        const request = descriptors.decode(resolvedRequestType!, bytes);
        return descriptors.encode(resolvedResponseType!, await method.handle(request, call));
      },
    };
  }
  if (method.kind === 'server-stream') {
    return {
      kind: 'server-stream-raw',
      handle: async (bytes, call) => {
        const descriptors = await read();
        const { resolvedRequestType, resolvedResponseType } = descriptors.method(name);
        await method.handle(descriptors.decode(resolvedRequestType!, bytes), {
          method: call.method,
          get signal() {
            return call.signal;
          },
          get metadata() {
            return call.metadata;
          },
          send: (message) => call.send(descriptors.encode(resolvedResponseType!, message)),
          drained: () => call.drained(),
        });
      },
    };
  }
  return method;
}
