import type { ServiceError } from '@grpc/grpc-js';
import type { Descriptors } from '../../src/emulators/serving/descriptors.js';
import { BytesClient, collect } from './grpc-client.js';

export type Json = Record<string, unknown>;

/** What a call came to: messages, or the code and text it was refused with. */
export type Outcome<T> = { ok: T } | { code: number; text: string };

/** Speaks to an emulator in messages, without anything that an official client adds or forbids. */
export class MessageClient {
  readonly bytes: BytesClient;

  constructor(
    readonly descriptors: Descriptors,
    readonly port: number,
    /** Sent with every call. */
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {
    this.bytes = new BytesClient({ port });
  }

  close(): void {
    this.bytes.close();
  }

  encode(method: string, request: Json): Buffer {
    return this.descriptors.encode(this.descriptors.method(method).resolvedRequestType!, request);
  }

  call(method: string, request: Json): Promise<Outcome<Json[]>> {
    return this.send(method, this.encode(method, request));
  }

  /** As {@link call}, with any bytes. */
  send(method: string, body: Buffer): Promise<Outcome<Json[]>> {
    const { resolvedResponseType, responseStream } = this.descriptors.method(method);
    return this.outcome(async () => {
      const messages = responseStream
        ? await collect(this.bytes.serverStream(method, body, Date.now() + 20_000, this.headers))
        : [await this.bytes.unary(method, body)];
      return messages.map((message) => this.descriptors.decode(resolvedResponseType!, message) as Json);
    });
  }

  async outcome<T>(call: () => Promise<T>): Promise<Outcome<T>> {
    try {
      return { ok: await call() };
    } catch (error) {
      const { code, details } = error as ServiceError;
      if (code === undefined) throw error;
      return { code, text: details };
    }
  }

  /** As {@link call}, for a call that must succeed. */
  async must(method: string, request: Json): Promise<Json[]> {
    const outcome = await this.call(method, request);
    if ('ok' in outcome) return outcome.ok;
    throw new Error(`${method}: ${outcome.code} ${outcome.text}`);
  }
}
