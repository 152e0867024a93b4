import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../../catalog/entries.js';
import { BigQueryError } from '../../errors.js';
import { parseExactJson } from './exact-json.js';

export interface RouteRequest {
  /** Values of the pattern's `{placeholders}`, decoded. */
  params: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** Body as it came, after gzip was undone. */
  rawBody: Buffer;
  /** `http://host:port` as the client wrote it; links in answers start with it. */
  origin: string;
  /** Aborted when the client goes away or the request takes too long. */
  signal: AbortSignal;
}

/** JSON that is sent as it stands. */
export class RawJson {
  readonly parts: readonly Buffer[];

  constructor(parts: readonly Buffer[]) {
    this.parts = parts;
  }
}

export interface RouteResponse {
  status?: number;
  headers?: Record<string, string>;
  /** Absent: no body at all (204). */
  body?: object | RawJson;
}

export type Handler<Context> = (
  context: Context,
  request: RouteRequest,
) => Promise<RouteResponse> | RouteResponse;

/** `[method, pattern, handler]`; `{name}` in a pattern stands for one path segment. */
export type Route<Context> = readonly [method: string, pattern: string, handler: Handler<Context>];

interface CompiledRoute<Context> {
  method: string;
  segments: string[];
  handler: Handler<Context>;
}

export class Router<Context> {
  readonly #routes: CompiledRoute<Context>[];

  constructor(routes: readonly Route<Context>[]) {
    this.#routes = routes.map(([method, pattern, handler]) => ({
      method,
      segments: pattern.split('/').filter((segment) => segment !== ''),
      handler,
    }));
  }

  /** The handler for a request; a known path with another method is 405, an unknown path 404. */
  find(method: string, path: string): { handler: Handler<Context>; params: Record<string, string> } {
    const segments = path.split('/').filter((segment) => segment !== '');
    let pathKnown = false;
    for (const route of this.#routes) {
      const params = matchSegments(route.segments, segments);
      if (params === undefined) continue;
      if (route.method === method) return { handler: route.handler, params };
      pathKnown = true;
    }
    if (pathKnown) {
      throw new BigQueryError('methodNotAllowed', `HTTP method ${method} is not supported for ${path}`);
    }
    throw new BigQueryError('notFound', `Not found: no such method: ${method} ${path}`);
  }
}

function matchSegments(pattern: string[], path: string[]): Record<string, string> | undefined {
  if (pattern.length !== path.length) return undefined;
  const params: Record<string, string> = {};
  for (let index = 0; index < pattern.length; index++) {
    const expected = pattern[index]!;
    const actual = path[index]!;
    if (!expected.startsWith('{')) {
      if (expected !== actual) return undefined;
      continue;
    }
    // `{resource}:verb`, as in `tables/{table}:getIamPolicy`.
    const close = expected.indexOf('}');
    const verb = expected.slice(close + 1);
    if (!actual.endsWith(verb)) return undefined;
    if (verb === '' && /:(get|set)IamPolicy$|:testIamPermissions$|:undelete$/.test(actual)) return undefined;
    params[expected.slice(1, close)] = decodeSegment(actual.slice(0, actual.length - verb.length));
  }
  return params;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new BigQueryError('invalid', `Invalid percent-encoding in path segment ${segment}`);
  }
}

/** The request's body as a JSON object; an empty body is an empty object, nulls count as absent. */
export function jsonBody(request: RouteRequest): JsonObject {
  if (request.rawBody.length === 0) return {};
  return parseJsonObject(request.rawBody.toString('utf8'));
}

/** Long numbers become text, which every INT64 field takes as well. */
export function parseJsonObject(text: string): JsonObject {
  const value = parseExactJson(text, '');
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new BigQueryError('parseError', 'Parse Error: the request body must be a JSON object');
  }
  return value as JsonObject;
}
