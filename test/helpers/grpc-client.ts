import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';

const identity = (bytes: Buffer) => bytes;

/** A gRPC client that sends and receives the bytes of messages. */
export class BytesClient {
  readonly #client: Client;

  constructor({ port }: { port: number }, options: object = {}) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      ...options,
    });
  }

  /** @param method such as `test.Echo/Say`. @throws ServiceError of grpc-js. */
  unary(method: string, request: Buffer, options: { deadline?: number; headers?: object } = {}) {
    const metadata = Metadata.fromHttp2Headers((options.headers ?? {}) as Record<string, string>);
    return new Promise<Buffer>((resolve, reject) => {
      this.#client.makeUnaryRequest(
        `/${method}`,
        identity,
        identity,
        request,
        metadata,
        { deadline: options.deadline ?? Date.now() + 20_000 },
        (error, answer) => (error === null ? resolve(answer!) : reject(error)),
      );
    });
  }

  serverStream(
    method: string,
    request: Buffer,
    deadline = Date.now() + 20_000,
    headers: object = {},
  ): ClientReadableStream<Buffer> {
    const metadata = Metadata.fromHttp2Headers(headers as Record<string, string>);
    return this.#client.makeServerStreamRequest(`/${method}`, identity, identity, request, metadata, {
      deadline,
    });
  }

  duplex(method: string, deadline = Date.now() + 20_000): ClientDuplexStream<Buffer, Buffer> {
    return this.#client.makeBidiStreamRequest(`/${method}`, identity, identity, new Metadata(), { deadline });
  }

  close(): void {
    this.#client.close();
  }
}

/** The error that a call ends with. */
export async function errorOf(call: Promise<unknown>): Promise<ServiceError> {
  try {
    await call;
  } catch (error) {
    return error as ServiceError;
  }
  throw new Error('The call succeeded.');
}

/** All messages of a stream, or its error. */
export async function collect(stream: ClientReadableStream<Buffer>): Promise<Buffer[]> {
  const messages: Buffer[] = [];
  for await (const message of stream) messages.push(message as Buffer);
  return messages;
}
