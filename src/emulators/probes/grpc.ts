import { type ClientHttp2Session, connect } from 'node:http2';
import { Decoded, encode, type Message } from '../wire/message.js';

/** A plain-text gRPC connection, without the retries and balancing of the official one. */
export class GrpcChannel {
  readonly #session: ClientHttp2Session;
  readonly #timeoutMs: number;
  #failure: Error | undefined;

  /** @param address `host:port`. @param timeoutMs deadline of each call. */
  constructor(address: string, timeoutMs = 20_000) {
    this.#timeoutMs = timeoutMs;
    this.#session = connect(`http://${address}`);
    this.#session.on('error', (error) => {
      this.#failure = error;
    });
  }

  /** @param method such as `/google.bigtable.v2.Bigtable/MutateRow`. */
  async call(method: string, request: Message): Promise<Decoded> {
    let answer: Decoded | undefined;
    for await (const message of this.stream(method, request)) answer = message;
    if (answer === undefined) throw new Error(`${method} gave no answer`);
    return answer;
  }

  /** Messages of a server stream as they arrive. @throws when the status is not OK. */
  async *stream(method: string, request: Message): AsyncGenerator<Decoded> {
    if (this.#failure !== undefined) throw this.#failure;
    const stream = this.#session.request({
      ':method': 'POST',
      ':path': method,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': `${this.#timeoutMs}m`,
    });
    let status: { code: number; message: string } | undefined;
    const readStatus = (headers: Record<string, unknown>) => {
      if (headers['grpc-status'] === undefined) return;
      status = {
        code: Number(headers['grpc-status']),
        message: decodeURIComponent(String(headers['grpc-message'] ?? '')),
      };
    };
    stream.on('response', readStatus);
    stream.on('trailers', readStatus);
    const timer = setTimeout(() => stream.destroy(new Error(`${method} took too long`)), this.#timeoutMs);
    const body = encode(request);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length, 1);
    stream.end(Buffer.concat([head, body]));
    try {
      yield* decodeFrames(stream);
    } finally {
      clearTimeout(timer);
      // To reset what has ended is counted as an attack: servers end a connection that does so a thousand times.
      if (!stream.readableEnded) stream.close();
    }
    if (status === undefined) throw new Error(`${method} ended without a status`);
    if (status.code !== 0) throw new Error(`${method}: ${status.message}`);
  }

  close(): void {
    this.#session.destroy();
  }
}

async function* decodeFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Decoded> {
  let buffer: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
    while (buffer.length >= 5) {
      const length = buffer.readUInt32BE(1);
      if (buffer.length < 5 + length) break;
      yield new Decoded(Buffer.from(buffer.subarray(5, 5 + length)));
      buffer = buffer.subarray(5 + length);
    }
  }
}
