import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 128 bits, which nobody guesses. */
const TOKEN_BYTES = 16;

/**
 * Who may see the pages: every user of a machine reaches its loopback ports. A token in the first address is exchanged
 * for a cookie, so that it stays out of the history, of logs and of links.
 */
export class Access {
  readonly token: string;
  readonly #lasting: boolean;
  readonly #session = newToken();
  #spent = false;

  /** @param lastingToken is good for any number of browsers; without it a token is made that is good for one. */
  constructor(lastingToken?: string) {
    this.token = lastingToken ?? newToken();
    this.#lasting = lastingToken !== undefined;
  }

  /** The value of the cookie for who shows the token; undefined when it is wrong or was used before. */
  exchange(token: string): string | undefined {
    if (this.#spent || !isSame(token, this.token)) return undefined;
    this.#spent = !this.#lasting;
    return this.#session;
  }

  /** Whether a request carries the cookie. @param header of the request. */
  isOpen(header: string | undefined, cookieName: string): boolean {
    const pairs = (header ?? '').split(';').map((pair) => pair.trim().split('='));
    return pairs.some(([name, value = '']) => name === cookieName && isSame(value, this.#session));
  }
}

/** Cookies know no ports, so the name holds it: two dashboards of one machine must not close each other. */
export function cookieNameOf(port: number): string {
  return `healthmon-${port}`;
}

export function cookieOf(name: string, value: string): string {
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Strict`;
}

function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** In a time that says nothing about where they differ. */
function isSame(given: string, expected: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}
