import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type protobuf from 'protobufjs/light.js';
import type { Descriptors } from '../descriptors.js';
import type { RawMethod } from '../grpc-calls.js';
import type { Guard } from '../guard.js';
import type { CallScope } from '../open-call.js';
import { applyFieldMask, type FieldMask, parseFieldMask } from '../partial-response.js';
import { ServiceError } from '../service-error.js';
import { printMessage } from './proto-json.js';
import { readBody, toMessage } from './request.js';
import { RestCall, type RestFormat, sendError } from './rest-call.js';
import { annotationsOf, findRoute, type HttpRule, type Route, type RouteMatch, routesOf } from './routes.js';

export interface RestOptions {
  /** Methods by full name. */
  methods: ReadonlyMap<string, RawMethod>;
  /** Rules of methods whose descriptors have none for this service, by full name. */
  httpRules: Readonly<Record<string, readonly HttpRule[]>>;
  guard: Guard;
  read(): Promise<Descriptors>;
  scope: CallScope;
  maxRequestBytes: number;
}

/** Transcodes HTTP/1.1 with JSON into calls of methods, by the annotations of their descriptors. */
export function restListener(options: RestOptions): RequestListener {
  let routes: Promise<Route[]> | undefined;
  return (request, response) => {
    // A client that went away in the middle of its answer is no fault.
    response.on('error', () => response.destroy());
    routes ??= options.read().then((descriptors) => collectRoutes(options, descriptors));
    void respond(options, routes, request, response);
  };
}

/** Methods that are described and not served have routes too: they are refused by name. */
function collectRoutes({ methods, httpRules }: RestOptions, descriptors: Descriptors): Route[] {
  const services = new Set([...methods.keys()].map((name) => name.slice(0, name.indexOf('/'))));
  return [...services]
    .flatMap((service) => descriptors.methodsOf(service).map((method) => ({ service, method })))
    .flatMap(({ service, method }) => {
      const name = `${service}/${method.name}`;
      return routesOf(name, httpRules[name] ?? annotationsOf(method));
    })
    .sort((one, other) => other.precedence - one.precedence);
}

async function respond(
  options: RestOptions,
  routes: Promise<Route[]>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const refusal = options.guard(request.headers, request.socket.localAddress);
    if (refusal !== undefined) throw new ServiceError('PERMISSION_DENIED', refusal);
    const { pathname, searchParams } = parseUrl(request);
    const httpMethod = methodOf(request);
    const match = findRoute(await routes, httpMethod, pathname);
    if (match === undefined) {
      throw new ServiceError('NOT_FOUND', `Nothing is served at ${httpMethod} ${pathname}.`);
    }
    await run(options, match, searchParams, request, response);
  } catch (error) {
    sendError(response, options.scope.toServiceError(error, 'REST'), { indent: 0, isStream: false });
  } finally {
    // A refused body is read to its end, or the client would see a reset connection instead of the answer.
    if (!request.complete) request.resume();
  }
}

async function run(
  { methods, scope, read, maxRequestBytes }: RestOptions,
  match: RouteMatch,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = match.route.method;
  const method = methods.get(name);
  if (method === undefined) {
    throw new ServiceError('UNIMPLEMENTED', `The server does not implement the method /${name}`);
  }
  const descriptors = await read();
  const { resolvedRequestType, resolvedResponseType, responseStream } = descriptors.method(name);
  const format = readFormat(query, descriptors, resolvedResponseType!, Boolean(responseStream));
  const call = new RestCall(name, scope, request, response, format);
  try {
    const body = await readBody(request, maxRequestBytes);
    const message = toMessage(resolvedRequestType!, match, query, body);
    const bytes = descriptors.encode(resolvedRequestType!, message);
    if (method.kind === 'unary-raw') call.succeed(await method.handle(bytes, call));
    else if (method.kind === 'server-stream-raw') {
      await method.handle(bytes, call);
      call.succeed();
    } else throw new ServiceError('UNIMPLEMENTED', `${name} streams both ways, which takes gRPC.`);
  } catch (error) {
    call.fail(error);
  }
}

function parseUrl(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? '/', 'http://localhost');
  } catch {
    throw new ServiceError('INVALID_ARGUMENT', 'The URL is not valid.');
  }
}

/** Some clients and proxies can only send GET and POST. */
function methodOf(request: IncomingMessage): string {
  const override = request.headers['x-http-method-override'];
  return (typeof override === 'string' ? override : request.method!).toUpperCase();
}

/** How the answer shall look, by the parameters of every method. */
function readFormat(
  query: URLSearchParams,
  descriptors: Descriptors,
  type: protobuf.Type,
  isStream: boolean,
): RestFormat {
  const [alt = '', ...altOptions] = (query.get('$alt') ?? query.get('alt') ?? 'json')
    .toLowerCase()
    .split(';');
  if (alt !== 'json' && alt !== '') {
    throw new ServiceError('INVALID_ARGUMENT', `Invalid value for alt: ${alt}. This server answers in json.`);
  }
  const print = { enumsAsNumbers: altOptions.includes('enum-encoding=int') };
  const mask = readMask(query.get('$fields') ?? query.get('fields'));
  const isPretty = (query.get('$prettyPrint') ?? query.get('prettyPrint')) === 'true';
  return {
    toJson: (bytes) => applyFieldMask(printMessage(type, descriptors.decode(type, bytes), print), mask),
    indent: isPretty ? 2 : 0,
    isStream,
  };
}

function readMask(fields: string | null): FieldMask | undefined {
  if (fields === null || fields === '') return undefined;
  const mask = parseFieldMask(fields);
  if (mask === undefined) throw new ServiceError('INVALID_ARGUMENT', `Invalid field selection ${fields}`);
  return mask;
}
