/** As much of a gRPC interceptor as is used here; the type itself belongs to a dependency of the clients. */
export type Interceptor = <Options extends object, Call extends object>(
  options: Options,
  next: (options: Options) => Call,
) => Call;

/** The option of a generated client's call that carries interceptors. */
export function intercepted(interceptor: Interceptor): { options: { interceptors: Interceptor[] } } {
  return { options: { interceptors: [interceptor] } };
}

/** Sends bytes in place of the request object, whose fields the client takes for its headers. */
export function sendBytes(bytes: Buffer): Interceptor {
  return (options, next) => {
    const { method_definition } = options as { method_definition?: { requestSerialize: () => Buffer } };
    if (method_definition === undefined) throw new Error('the gRPC client has no method_definition');
    // Made anew for each call by the gRPC client.
    method_definition.requestSerialize = () => bytes;
    return next(options);
  };
}

/** Gives the messages that come as their bytes. */
export const receiveBytes: Interceptor = (options, next) => {
  const { method_definition } = options as {
    method_definition?: { responseDeserialize: (bytes: Buffer) => unknown };
  };
  if (method_definition === undefined) throw new Error('the gRPC client has no method_definition');
  // Made anew for each call by the gRPC client.
  method_definition.responseDeserialize = (bytes) => bytes;
  return next(options);
};

/**
 * Lets a stream ask for its next message only while it is open. Pausing the stream itself is not enough: its layers
 * hold 16 messages each, and one message of a streaming pull holds up to 100 of Pub/Sub's.
 */
export class ReadGate {
  #closed = false;
  #waiting: (() => void) | undefined;

  readonly interceptor: Interceptor = (options, next) => {
    const call = next(options) as ReturnType<typeof next> & { startRead?: () => void };
    const startRead = call.startRead?.bind(call);
    if (startRead === undefined) throw new Error('the gRPC client has no startRead');
    call.startRead = () => {
      if (this.#closed) this.#waiting = startRead;
      else startRead();
    };
    return call;
  };

  close(): void {
    this.#closed = true;
  }

  open(): void {
    this.#closed = false;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }
}
