import type { IncomingHttpHeaders } from 'node:http';

/** What bodies a service takes: JSON and multipart, gRPC, or (where files are uploaded) any. */
export type BodyKind = 'json' | 'grpc' | 'any';

export interface GuardOptions {
  /** Name or address that the listener is bound to, as {@link boundName} gives it. */
  boundName: string;
  /** Further names or addresses by which the user lets the service be called. */
  allowedNames: readonly string[];
  bodies: BodyKind;
}

const BODY_TYPES = {
  json: /^(application\/([\w.-]+\+)?json|multipart\/(related|mixed))$/,
  grpc: /^application\/grpc([+-][\w.+-]+)?$/,
  any: /^/,
} as const satisfies Record<BodyKind, RegExp>;

/**
 * Why a request is refused; undefined when it may pass. Browsers are the danger: any page can have one send requests
 * to this machine, and by rebinding the name of its own server to 127.0.0.1 read the answers.
 * - The host is a loopback address, `localhost`, a name below it, the bound name or an allowed one: no other name
 *   can have been rebound. https://datatracker.ietf.org/doc/html/rfc6761#section-6.3
 * - `Origin`, which browsers send with everything but plain GETs, is held against the same names.
 * - `Sec-Fetch-Site` says of plain GETs, too, whether another site's page asks.
 *   https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 * - Text and forms are what a page may post without being asked for permission first.
 *   https://fetch.spec.whatwg.org/#cors-safelisted-request-header
 * @param headers by name in lower case, of HTTP/1 or HTTP/2.
 */
export function refusalOf(headers: IncomingHttpHeaders, options: GuardOptions): string | undefined {
  const names = new Set(
    [options.boundName, ...options.allowedNames].map((name) => hostnameOf(bracketed(name))),
  );
  const isKnown = (authority: string): boolean => {
    const name = hostnameOf(authority);
    return name !== undefined && (isLoopback(name) || names.has(name));
  };
  const host = headers[':authority'] ?? headers.host;
  if (typeof host !== 'string' || !isKnown(host)) {
    return `The host ${quoted(host)} is not this machine. If it is meant to be called by that name, allow it with --allow-host or HEALTHMON_ALLOWED_HOSTS.`;
  }
  const { origin } = headers;
  if (origin !== undefined && !isKnown(/^https?:\/\/(.+)$/.exec(origin)?.[1] ?? '')) {
    return `Pages of another origin may not call this service: ${quoted(origin)}.`;
  }
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return `Pages of another site may not call this service (Sec-Fetch-Site: ${quoted(site)}).`;
  }
  const type = headers['content-type']?.replace(/;.*/s, '').trim().toLowerCase();
  if (type !== undefined && !BODY_TYPES[options.bodies].test(type)) {
    return `The Content-Type ${quoted(type)} is not taken here.${options.bodies === 'json' ? ' Send application/json.' : ''}`;
  }
  return undefined;
}

/**
 * The name by which a listener may be called: what it is bound to, or, bound to every interface, the address that
 * this connection came to. It takes no name to call an address, so there is nothing to rebind.
 */
export function boundName(host: string, localAddress: string | undefined): string {
  const isEverywhere = host === '0.0.0.0' || host === '::';
  return isEverywhere ? (localAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '') : host;
}

/** Whether a listener that is bound to this name or address is reached from this machine alone. */
export function isLoopbackName(name: string): boolean {
  const hostname = hostnameOf(bracketed(name));
  return hostname !== undefined && isLoopback(hostname);
}

/** Whether a text can be one of the allowed names: a host name or an address, without a port. */
export function isHostName(text: string): boolean {
  return hostnameOf(bracketed(text)) !== undefined && !/^[^:]*:\d+$|\]:/.test(text);
}

/** The host of `host` or `host:port` as URLs spell it: lower case, addresses in their one canonical form. */
function hostnameOf(authority: string): string | undefined {
  if (!/^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.test(authority)) return undefined;
  return URL.canParse(`http://${authority}`) ? new URL(`http://${authority}`).hostname : undefined;
}

function bracketed(name: string): string {
  return name.includes(':') && !name.startsWith('[') ? `[${name}]` : name;
}

function isLoopback(hostname: string): boolean {
  return (
    /(^|\.)localhost$/.test(hostname) ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname) ||
    hostname === '[::1]' ||
    /^\[::ffff:7f[\da-f]{2}:[\da-f]+\]$/.test(hostname)
  );
}

function quoted(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(String(value).slice(0, 100));
}
