import type { IncomingMessage, ServerResponse } from 'node:http';
import { detailsToJson } from '../error-details.js';
import type { Call, Outgoing } from '../method.js';
import { type CallScope, drained, OpenCall } from '../open-call.js';
import type { CodeName, ServiceError } from '../service-error.js';

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
const HTTP_STATUS: Record<CodeName, number> = {
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
  UNAUTHENTICATED: 401,
};

/** How an answer is written. */
export interface RestFormat {
  toJson(message: Buffer): unknown;
  indent: number;
  isStream: boolean;
}

/** A call over HTTP/1.1. A stream is answered with an array whose items are its messages. */
export class RestCall extends OpenCall implements Call, Outgoing<Buffer> {
  constructor(
    method: string,
    scope: CallScope,
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly format: RestFormat,
  ) {
    super(method, scope);
    response.once('close', () => this.lose());
  }

  get metadata(): ReadonlyMap<string, string> {
    return new Map(Object.entries(this.request.headersDistinct).map(([name, values]) => [name, values![0]!]));
  }

  send(message: Buffer): boolean {
    if (this.isOver) return false;
    const separator = this.response.headersSent ? ',\n' : '[';
    if (!this.response.headersSent) this.response.writeHead(200, CONTENT_TYPE);
    return this.response.write(separator + this.#print(message));
  }

  drained(): Promise<void> {
    return drained(this.response);
  }

  /** @param message the answer; none at the end of a stream. */
  succeed(message?: Buffer): void {
    if (!this.finish()) return;
    if (message !== undefined) this.response.writeHead(200, CONTENT_TYPE).end(this.#print(message));
    else if (this.response.headersSent) this.response.end(']');
    else this.response.writeHead(200, CONTENT_TYPE).end('[]');
  }

  protected override answerError(error: ServiceError): void {
    sendError(this.response, error, this.format);
  }

  #print(message: Buffer): string {
    return JSON.stringify(this.format.toJson(message), undefined, this.format.indent);
  }
}

const CONTENT_TYPE = { 'content-type': 'application/json; charset=UTF-8' };

/** In a stream the error is an item of the array, the last one. */
export function sendError(
  response: ServerResponse,
  error: ServiceError,
  { indent, isStream }: Pick<RestFormat, 'indent' | 'isStream'>,
): void {
  const status = HTTP_STATUS[error.code];
  const body = {
    error: {
      code: status,
      message: error.message,
      status: error.code,
      ...(error.details.length > 0 && { details: detailsToJson(error.details) }),
    },
  };
  const text = JSON.stringify(body, undefined, indent);
  if (response.headersSent) response.end(`,\n${text}]`);
  else response.writeHead(status, CONTENT_TYPE).end(isStream ? `[${text}]` : text);
}
