import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type OpenPort, openPort } from '../core/open-port.js';
import { boundName, refusalOf } from '../core/request-guard.js';
import { HealthmonError } from '../errors/healthmon-error.js';
import { type Access, cookieNameOf, cookieOf } from './access.js';
import { SECURITY_HEADERS } from './headers.js';

export interface ServerOptions {
  host: string;
  port: number;
  /** Names besides loopback's and that of `host` by which it may be called. */
  allowedHosts: readonly string[];
  access: Access;
}

/** A request that may pass. */
export interface Visit {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
}

/** Serves who is let in; resolves when it listens. Nothing but reading is possible. */
export async function serve(
  { host, port, allowedHosts, access }: ServerOptions,
  answer: (visit: Visit) => Promise<void>,
): Promise<OpenPort> {
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    const refusal = refusalOf(request.headers, {
      boundName: boundName(host, request.socket.localAddress),
      allowedNames: allowedHosts,
      bodies: 'json',
    });
    if (refusal !== undefined) return end(response, 403, refusal);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return end(response, 405, 'The dashboard changes nothing: only GET and HEAD are taken.');
    }
    if (!URL.canParse(request.url ?? '', 'http://dashboard'))
      return end(response, 400, 'This is no address.');
    const url = new URL(request.url!, 'http://dashboard');
    if (!letIn(request, response, url, access)) return undefined;
    answer({ request, response, url }).catch(() => {
      if (response.headersSent) response.destroy();
      else end(response, 500, 'The page could not be made.');
    });
    return undefined;
  });
  return openPort(
    server,
    { host, port },
    (cause) =>
      new HealthmonError({
        code: 'port-taken',
        message: `The port ${port} of ${host} cannot be opened.`,
        detail: cause.message,
        suggestion: 'Give another --port, or 0 for any free one.',
        cause,
      }),
  );
}

/** Whether the visitor has the cookie. Who shows the token gets it, and is led to the address without the token. */
function letIn(request: IncomingMessage, response: ServerResponse, url: URL, access: Access): boolean {
  const cookieName = cookieNameOf(request.socket.localPort!);
  const isOpen = access.isOpen(request.headers.cookie, cookieName);
  const token = url.searchParams.get('t');
  const session = token === null || isOpen ? undefined : access.exchange(token);
  if (token !== null && (isOpen || session !== undefined)) {
    url.searchParams.delete('t');
    if (session !== undefined) response.setHeader('set-cookie', cookieOf(cookieName, session));
    // A path of two slashes would be another host.
    response.setHeader('location', `${url.pathname.replace(/^\/+/, '/')}${url.search}`);
    end(response, 303, '');
    return false;
  }
  if (isOpen) return true;
  end(
    response,
    403,
    'This dashboard is open to whoever has its address with the token, which works once. ' +
      'Open the address that "healthmon dashboard" printed, or start it again for a new one.',
  );
  return false;
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text === '' ? '' : `${text}\n`);
}
