import { anyFree } from '../../src/emulators/supervisor/ports.js';

const given = new Set<number>();

/**
 * A port of 127.0.0.1 for a process that takes no port 0. It is none that Linux gives to outgoing connections, so that
 * nobody is likely to take it before that process does.
 */
export async function freePort(): Promise<number> {
  const port = await anyFree('127.0.0.1', given);
  given.add(port);
  return port;
}
