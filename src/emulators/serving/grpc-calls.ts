import type { EventEmitter } from 'node:events';
import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerDuplexStream,
  type ServerErrorResponse,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { encodeDetail, encodeStatus } from './error-details.js';
import type { Call, Method, Outgoing } from './method.js';
import { type CallScope, drained, OpenCall } from './open-call.js';
import { CODES, ServiceError } from './service-error.js';

/** A method whose messages are bytes: what all kinds of methods are brought to before they are served. */
export type RawMethod = Extract<Method, { kind: 'unary-raw' | 'server-stream-raw' | 'duplex-raw' }>;

/** What calls of all kinds have in common. */
interface AnyCall extends EventEmitter {
  readonly metadata: Metadata;
}

/** A call of grpc-js as a handler sees it. */
class GrpcCall extends OpenCall implements Call {
  #metadata: Map<string, string> | undefined;

  constructor(
    method: string,
    scope: CallScope,
    private readonly call: AnyCall,
    private readonly answer: (error: ServerErrorResponse) => void,
  ) {
    super(method, scope);
    // Deadlines end here too: grpc-js has answered the client with DEADLINE_EXCEEDED itself.
    call.once('cancelled', () => this.lose());
  }

  get metadata(): ReadonlyMap<string, string> {
    this.#metadata ??= new Map(
      Object.entries(this.call.metadata.getMap()).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : value.toString('base64'),
      ]),
    );
    return this.#metadata;
  }

  protected override answerError(error: ServiceError): void {
    this.answer(toGrpcError(error));
  }
}

class GrpcStreamCall extends GrpcCall implements Outgoing<Buffer> {
  constructor(
    method: string,
    scope: CallScope,
    private readonly stream: ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>,
  ) {
    super(method, scope, stream, (error) => stream.emit('error', error));
    // A client may wait for the headers before it takes the stream for open.
    stream.sendMetadata(new Metadata());
  }

  send(message: Buffer): boolean {
    return !this.isOver && this.stream.write(message);
  }

  drained(): Promise<void> {
    return drained(this.stream);
  }

  async run(answer: () => Promise<void>): Promise<void> {
    try {
      await answer();
      if (this.finish()) this.stream.end();
    } catch (error) {
      this.fail(error);
    }
  }
}

export function unaryHandler(
  name: string,
  handle: Extract<RawMethod, { kind: 'unary-raw' }>['handle'],
  scope: CallScope,
): handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => {
    const own = new GrpcCall(name, scope, call, (error) => callback(error));
    const succeed = (answer: Buffer) => {
      if (own.finish()) callback(null, answer);
    };
    try {
      const answer = handle(call.request, own);
      // Answered in the same turn where possible: a promise per call is a tenth of what a small call costs.
      if (answer instanceof Promise) answer.then(succeed).catch((error) => own.fail(error));
      else succeed(answer);
    } catch (error) {
      own.fail(error);
    }
  };
}

export function serverStreamHandler(
  name: string,
  handle: Extract<RawMethod, { kind: 'server-stream-raw' }>['handle'],
  scope: CallScope,
): handleServerStreamingCall<Buffer, Buffer> {
  return (call) => {
    const own = new GrpcStreamCall(name, scope, call);
    void own.run(() => handle(call.request, own));
  };
}

export function duplexHandler(
  name: string,
  handle: Extract<RawMethod, { kind: 'duplex-raw' }>['handle'],
  scope: CallScope,
): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    const own = new GrpcStreamCall(name, scope, call);
    void own.run(() => handle(requestsOf(call), own));
  };
}

/** What the client sends; ends, and does not throw, when it goes away: the call's signal tells of that. */
async function* requestsOf(call: ServerDuplexStream<Buffer, Buffer>): AsyncGenerator<Buffer> {
  try {
    // A handler that listens no more may still have to answer.
    for await (const request of call.iterator({ destroyOnReturn: false })) yield request as Buffer;
  } catch {
    // The stream broke off, and its call is over.
  }
}

/** Java takes 8 KiB of trailers, and a megabyte of them ends a connection of Node with all calls that are on it. */
const MAX_STATUS_BYTES = 3000;

/** What a message says first, as far as it fits into a trailer. */
function shortened(message: string): string {
  // Half a surrogate pair cannot be percent-encoded.
  const whole = (text: string) => Buffer.from(text).toString();
  let text = whole(message.slice(0, MAX_STATUS_BYTES));
  if (text.length === message.length && encodeURI(text).length <= MAX_STATUS_BYTES) return text;
  while (encodeURI(text).length > MAX_STATUS_BYTES)
    text = whole(text.slice(0, Math.floor(text.length * 0.9)));
  return `${text}…`;
}

function toGrpcError({ code, message, details: all }: ServiceError): ServerErrorResponse {
  const metadata = new Metadata();
  const details = shortened(message);
  const error = new ServiceError(code, details, all);
  const bytes = all.length === 0 ? undefined : encodeStatus(error);
  if (bytes !== undefined && bytes.length <= 2 * MAX_STATUS_BYTES) {
    metadata.set('grpc-status-details-bin', bytes);
    const retry = error.details.find(({ type }) => type === 'google.rpc.RetryInfo');
    // Node's Spanner client reads this one.
    if (retry !== undefined) metadata.set('google.rpc.retryinfo-bin', encodeDetail(retry));
  }
  return Object.assign(new Error(details), { code: CODES[error.code], details, metadata });
}
