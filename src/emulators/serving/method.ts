import type { ServiceError } from './service-error.js';

/**
 * A message as the descriptors decode it: field names in camelCase, 64-bit integers as decimal text, enums by name,
 * bytes as Buffer, absent fields absent; `google.protobuf.Timestamp` and `Duration` as `{seconds, nanos}`. An answer
 * may give a `google.protobuf.Any` as `{'@type': 'type.googleapis.com/…', …its fields}`.
 */
export type Message = Record<string, unknown>;

/** What a handler knows of the call that it answers. */
export interface Call {
  /** `google.pubsub.v1.Publisher/Publish` */
  method: string;
  /**
   * Aborted when the client cancels, its deadline passes or the server stops; not when the call has its answer. The
   * reason is a {@link ServiceError} to throw.
   */
  signal: AbortSignal;
  /** Header values by name in lower case; `-bin` ones in base64. */
  metadata: ReadonlyMap<string, string>;
}

export interface Outgoing<T> {
  /**
   * @returns false when the client reads slower than it is sent to: then `drained` says when to go on. What is sent
   * after the end of the call goes nowhere.
   */
  send(message: T): boolean;
  /** Resolves at the end of the call too, so that nobody waits for a client that went away. */
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
      /** The stream ends when the promise settles; `requests` ends when the client has said all, or went away. */
      handle(requests: AsyncIterable<Buffer>, call: Call & Outgoing<Buffer>): Promise<void>;
    };

/** Methods by service (`google.pubsub.v1.Publisher`) and name (`Publish`). What is not listed is UNIMPLEMENTED. */
export type Methods = Record<string, Record<string, Method>>;
