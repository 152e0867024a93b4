import type { EventEmitter } from 'node:events';
import { ServiceError } from './service-error.js';

/** What all calls of a server share. */
export interface CallScope {
  /** Calls without their whole answer. */
  open: Set<OpenCall>;
  /** Turns what a handler threw into what the client is told. */
  toServiceError(error: unknown, method: string): ServiceError;
}

/** A call from its first byte to the end of its answer, whatever protocol carries it. */
export abstract class OpenCall {
  #controller: AbortController | undefined;
  #reason: ServiceError | undefined;
  #isOver = false;

  constructor(
    readonly method: string,
    protected readonly scope: CallScope,
  ) {
    scope.open.add(this);
  }

  protected abstract answerError(error: ServiceError): void;

  /** Made when asked for: most calls are over before anybody could abort them. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Tells the handler to stop. */
  abort(reason: ServiceError): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
  }

  /** The client takes no answer any more. */
  lose(): void {
    if (this.finish()) this.abort(new ServiceError('CANCELLED', 'The call was cancelled.'));
  }

  /** @returns whether the call was still open. */
  finish(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.scope.open.delete(this);
    return true;
  }

  /** Answers with an error, whatever the handler does later. */
  fail(error: unknown): void {
    if (this.finish()) this.answerError(this.scope.toServiceError(error, this.method));
  }
}

/** Resolves when a stream can take more, or is closed. */
export function drained(stream: EventEmitter & { writableNeedDrain: boolean }): Promise<void> {
  // In a later turn in any case: who sends on to a client that went away shall not keep everybody else waiting.
  if (!stream.writableNeedDrain) return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}
