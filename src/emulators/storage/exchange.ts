import type { IncomingMessage, ServerResponse } from 'node:http';
import { notImplemented } from './errors.js';
import type { Fields } from './resources.js';
import type { ResumableUploads } from './resumable.js';
import type { Store } from './store.js';

/** What a handler gets to work with. */
export interface Exchange {
  store: Store;
  uploads: ResumableUploads;
  request: IncomingMessage;
  response: ServerResponse;
  /** Values of the pattern's `:names`, decoded. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  path: string;
  /** `http://host:port` as the client wrote it: every URL in an answer begins with it. */
  root: string;
  /** The body as a JSON object; empty when there is none. */
  json(): Promise<Fields>;
}

/** JSON to send; undefined when the handler has answered by itself. */
export type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | undefined;

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | '*';
  /** Below `/storage/v1`: `/b/:bucket/o/:object`. */
  pattern: string;
  handle(exchange: Exchange): Promise<Answer> | Answer;
  /** The feature this route only exists to refuse by name. */
  refuses?: string;
}

export function refused(method: Route['method'], pattern: string, feature: string): Route {
  const handle = () => {
    throw notImplemented(feature);
  };
  return { method, pattern, handle, refuses: feature };
}
