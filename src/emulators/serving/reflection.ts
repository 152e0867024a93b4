import { Decoded, encode, type Message } from '../wire/message.js';
import type { Descriptors } from './descriptors.js';
import type { FileDescriptors } from './file-descriptors.js';
import type { Method, Methods } from './method.js';
import { CODES } from './service-error.js';

/**
 * Server reflection, by which grpcurl and others learn what a server speaks. Both versions have the same messages:
 * https://github.com/grpc/grpc-proto/blob/master/grpc/reflection/v1/reflection.proto
 */
export function reflectionMethods(services: readonly string[], read: () => Promise<Descriptors>): Methods {
  let files: Promise<FileDescriptors> | undefined;
  const method: Method = {
    kind: 'duplex-raw',
    handle: async (requests, call) => {
      files ??= Promise.all([read(), import('./file-descriptors.js')]).then(([descriptors, module]) =>
        module.describeFiles(descriptors, services),
      );
      const known = await files;
      for await (const request of requests) {
        if (!call.send(answer(request, known))) await call.drained();
      }
    },
  };
  return Object.fromEntries(
    ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'].map((service) => [
      service,
      { ServerReflectionInfo: method },
    ]),
  );
}

function answer(bytes: Buffer, files: FileDescriptors): Buffer {
  let request: Decoded;
  try {
    request = new Decoded(bytes);
  } catch {
    return encode(errorAnswer('INVALID_ARGUMENT', 'The request is not a valid message.'));
  }
  return encode({ 1: request.text(1), 2: bytes, ...lookUp(request, files) });
}

function lookUp(request: Decoded, files: FileDescriptors): Message {
  if (request.has(7)) return { 6: { 1: files.services.map((name) => ({ 1: name })) } };
  if (request.has(6)) return { 5: { 1: request.text(6) } };
  if (request.has(5)) return errorAnswer('NOT_FOUND', 'No extensions are known.');
  const name = request.text(request.has(4) ? 4 : 3);
  const found = request.has(4) ? files.ofSymbol(name) : files.ofName(name);
  return found === undefined ? errorAnswer('NOT_FOUND', `${name} is not known.`) : { 4: { 1: found } };
}

function errorAnswer(code: keyof typeof CODES, message: string): Message {
  return { 7: { 1: CODES[code], 2: message } };
}
