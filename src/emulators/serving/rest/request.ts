import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type protobuf from 'protobufjs/light.js';
import type { Message } from '../method.js';
import { ServiceError } from '../service-error.js';
import { fieldOf, join, parseField, parseMessage } from './proto-json.js';
import type { RouteMatch } from './routes.js';

const gunzipAsync = promisify(gunzip);

/** Parameters of every method: https://cloud.google.com/apis/docs/system-parameters. */
const SYSTEM_PARAMETERS =
  /^(?:\$.*|alt|fields|prettyPrint|key|callback|access_token|oauth_token|quotaUser|uploadType|upload_protocol)$/;

/** @throws ServiceError when it is larger than allowed, or not what its encoding says. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    // What is too much is read all the same: a client that is cut off would not see the answer.
    if (length <= maxBytes) chunks.push(chunk);
  }
  if (length > maxBytes) throw tooLarge(maxBytes);
  const body = Buffer.concat(chunks);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip') {
    throw new ServiceError('INVALID_ARGUMENT', `Unsupported Content-Encoding: ${encoding}`);
  }
  try {
    return await gunzipAsync(body, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new ServiceError('INVALID_ARGUMENT', 'The body is not valid gzip data.');
  }
}

function tooLarge(maxBytes: number): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', `Request payload size exceeds the limit: ${maxBytes} bytes.`);
}

/** The message that path, query and body make together. @throws ServiceError that names what is wrong. */
export function toMessage(
  type: protobuf.Type,
  { route, values }: RouteMatch,
  query: URLSearchParams,
  body: Buffer,
): Message {
  const message = route.body === undefined ? {} : parseBody(type, route.body, body);
  for (const [path, value] of Object.entries(values)) assign(type, message, path, [value]);
  for (const path of new Set(query.keys())) {
    // What the service does not know is not for it.
    if (!SYSTEM_PARAMETERS.test(path)) assign(type, message, path, query.getAll(path));
  }
  return message;
}

function parseBody(type: protobuf.Type, name: string, body: Buffer): Message {
  const json = parseJson(body);
  if (name === '*') return parseMessage(type, json);
  const field = fieldOf(type, name)!;
  return { [field.name]: parseField(field, json, join('', field.name)) };
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ServiceError('INVALID_ARGUMENT', 'Invalid JSON payload received. The body is not valid JSON.');
  }
}

/** Sets a field by its path, such as `topic.name`; a path that leads nowhere sets nothing. */
function assign(type: protobuf.Type, message: Message, path: string, values: readonly string[]): void {
  const [first = '', ...rest] = path.split('.');
  const field = fieldOf(type, first);
  if (field === undefined) return;
  if (rest.length === 0) {
    const json = field.repeated ? values : values.at(-1);
    message[field.name] = parseField(field, json, join('', path));
    return;
  }
  const below = field.resolvedType;
  if (field.repeated || field.map || below === null || !('fields' in below)) return;
  message[field.name] ??= {};
  assign(below, message[field.name] as Message, rest.join('.'), values);
}
