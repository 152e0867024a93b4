import type { IncomingHttpHeaders } from 'node:http';
import { boundName, type GuardOptions, refusalOf } from '../../core/request-guard.js';
import type { ListenOptions } from './http-listener.js';

/** Why a request is refused, if it is. @param localAddress that its connection came to. */
export type Guard = (headers: IncomingHttpHeaders, localAddress: string | undefined) => string | undefined;

export function createGuard(
  { host = '127.0.0.1', allowedHosts = [] }: ListenOptions,
  bodies: GuardOptions['bodies'],
): Guard {
  return (headers, localAddress) =>
    refusalOf(headers, { boundName: boundName(host, localAddress), allowedNames: allowedHosts, bodies });
}
