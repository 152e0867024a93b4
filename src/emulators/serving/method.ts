import type { ServiceError } from './service-error.js';

/**
 * A message as the descriptors decode it: field names in camelCase, 64-bit integers as decimal text, enums by name,
 * bytes as Buffer, absent fields absent; `google.protobuf.Timestamp` and `Duration` as `{seconds, nanos}`.
 */
export type Message = Record<string, unknown>;

/** What a handler knows of the call that it answers. */
export interface Call {
  /** `google.pubsub.v1.Publisher/Publish` */
  method: string;
  /** Aborted when the client cancels, its deadline passes or the server stops. */
  signal: AbortSignal;
  /** Header values by name in lower case. */
  metadata: ReadonlyMap<string, string>;
}

export interface Outgoing<T> {
  /** @returns false when the client reads slower than it is sent to: then `drained` says when to go on. */
  send(message: T): boolean;
  drained(): Promise<void>;
}

/**
 * One method of a service. `raw` ones are given and give the bytes of messages, for what is called often and coded by
 * hand. A handler refuses by throwing a {@link ServiceError}.
 */
export type Method =
  | { kind: 'unary'; handle(request: Message, call: Call): Message | Promise<Message> }
  | { kind: 'unary-raw'; handle(request: Buffer, call: Call): Buffer | Promise<Buffer> }
  | { kind: 'server-stream'; handle(request: Message, call: Call & Outgoing<Message>): Promise<void> }
  | { kind: 'server-stream-raw'; handle(request: Buffer, call: Call & Outgoing<Buffer>): Promise<void> }
  | {
      kind: 'duplex-raw';
      /** The stream ends when the promise settles; `requests` ends when the client has said all. */
      handle(requests: AsyncIterable<Buffer>, call: Call & Outgoing<Buffer>): Promise<void>;
    };

/** Methods by service (`google.pubsub.v1.Publisher`) and name (`Publish`). What is not listed is UNIMPLEMENTED. */
export type Methods = Record<string, Record<string, Method>>;
