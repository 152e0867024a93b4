import type { IncomingHttpHeaders } from 'node:http';
import { type Caller, OWNER } from '../../catalog/row-access.js';

// Who asks is believed without proof: the e-mail of an unsigned token, or the headers that tests of bqemulator send.
const CALLER = 'x-bqemu-caller';
const GROUPS = 'x-bqemu-groups';

export function callerOf(headers: IncomingHttpHeaders): Caller {
  const email = memberOf(headers[CALLER]) ?? tokenEmail(headers.authorization);
  if (email === undefined) return OWNER;
  const groups = String(headers[GROUPS] ?? '')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '')
    .map((group) => (group.includes(':') ? group : `group:${group}`));
  return { email, groups };
}

/** `user:a@b` or `a@b` */
function memberOf(header: string | string[] | undefined): string | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  return text ? text.replace(/^(user|serviceAccount):/i, '') : undefined;
}

function tokenEmail(authorization: string | undefined): string | undefined {
  const claims = /^Bearer [\w-]+\.([\w-]+)\.[\w-]*$/.exec(authorization ?? '')?.[1];
  if (claims === undefined) return undefined;
  try {
    const { email } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { email?: unknown };
    return typeof email === 'string' && email !== '' ? email : undefined;
  } catch {
    return undefined;
  }
}
