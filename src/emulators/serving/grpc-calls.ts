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
import { CODES, ServiceError } from './service-error.js';

/** A method whose messages are bytes: what all kinds of methods are brought to before they are served. */
export type RawMethod = Extract<Method, { kind: 'unary-raw' | 'server-stream-raw' | 'duplex-raw' }>;

/** What calls of all kinds have in common. */
interface AnyCall extends EventEmitter {
  readonly metadata: Metadata;
  getHost(): string;
}

/** What all calls of a server share. */
export interface CallScope {
  /** Calls without their whole answer. */
  open: Set<OpenCall>;
  /** Whether a call to this host is answered. */
  admits(authority: string): boolean;
  /** Turns what a handler threw into what the client is told. */
  toServiceError(error: unknown, method: string): ServiceError;
}

export interface OpenCall {
  /** Tells the handler to stop. */
  abort(reason: ServiceError): void;
  /** Answers the client with an error, whatever the handler does. */
  fail(error: ServiceError): void;
}

/** A call of grpc-js as a handler sees it. */
class GrpcCall implements Call, OpenCall {
  #controller: AbortController | undefined;
  #reason: ServiceError | undefined;
  #metadata: Map<string, string> | undefined;
  #isOver = false;

  constructor(
    readonly method: string,
    private readonly scope: CallScope,
    private readonly call: AnyCall,
    private readonly answerError: (error: ServerErrorResponse) => void,
  ) {
    scope.open.add(this);
    call.once('cancelled', () => {
      if (this.#isOver) return;
      // Deadlines end here too: grpc-js has answered the client with DEADLINE_EXCEEDED itself.
      this.finish();
      this.abort(new ServiceError('CANCELLED', 'The call was cancelled.'));
    });
  }

  /** Made when asked for: most calls are over before anybody could abort them. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
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

  get isOver(): boolean {
    return this.#isOver;
  }

  abort(reason: ServiceError): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
  }

  /** @returns whether the call was still open. */
  finish(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.scope.open.delete(this);
    return true;
  }

  fail(error: unknown): void {
    if (!this.finish()) return;
    this.answerError(toGrpcError(this.scope.toServiceError(error, this.method)));
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
    const { stream } = this;
    if (this.isOver || !stream.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        stream.off('drain', done).off('close', done);
        resolve();
      };
      stream.on('drain', done).on('close', done);
    });
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
      checkHost(call, scope);
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
    void own.run(async () => {
      checkHost(call, scope);
      await handle(call.request, own);
    });
  };
}

export function duplexHandler(
  name: string,
  handle: Extract<RawMethod, { kind: 'duplex-raw' }>['handle'],
  scope: CallScope,
): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    const own = new GrpcStreamCall(name, scope, call);
    void own.run(async () => {
      checkHost(call, scope);
      await handle(requestsOf(call), own);
    });
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

function checkHost(call: AnyCall, scope: CallScope): void {
  if (!scope.admits(call.getHost())) {
    throw new ServiceError('PERMISSION_DENIED', `The host ${call.getHost()} is not one of this server.`);
  }
}

function toGrpcError(error: ServiceError): ServerErrorResponse {
  const metadata = new Metadata();
  if (error.details.length > 0) {
    metadata.set('grpc-status-details-bin', encodeStatus(error));
    const retry = error.details.find(({ type }) => type === 'google.rpc.RetryInfo');
    // Node's Spanner client reads this one.
    if (retry !== undefined) metadata.set('google.rpc.retryinfo-bin', encodeDetail(retry));
  }
  // Half a surrogate pair cannot be percent-encoded.
  const details = Buffer.from(error.message).toString();
  return Object.assign(new Error(details), { code: CODES[error.code], details, metadata });
}
