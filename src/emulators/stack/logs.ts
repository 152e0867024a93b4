import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICE_NAMES, type ServiceName } from '../../core/services.js';
import { logPath, type StackLocation, stackPath, tailOf } from '../supervisor/state.js';

export interface LogLine {
  service: ServiceName;
  line: string;
}

const FOLLOW_POLL_MS = 200;

/** The last lines of each log; none for a service that was never started. */
export function readLogs(
  location: StackLocation,
  services: readonly ServiceName[],
  lines: number,
): LogLine[] {
  const folder = stackPath(location);
  return services.flatMap((service) =>
    tailOf(logPath(folder, service), lines).map((line) => ({ service, line })),
  );
}

/** Calls back with every line that is written from now on, until the signal is aborted. */
export async function followLogs(
  location: StackLocation,
  services: readonly ServiceName[],
  signal: AbortSignal,
  onLine: (line: LogLine) => void,
): Promise<void> {
  const folder = stackPath(location);
  const followers = services.map((service) => new LogFollower(logPath(folder, service)));
  while (!signal.aborted) {
    for (const [index, follower] of followers.entries()) {
      for (const line of follower.newLines()) onLine({ service: services[index]!, line });
    }
    await sleep(FOLLOW_POLL_MS, undefined, { signal }).catch(() => {});
  }
}

/** Reads what is appended to a file, also across a restart that begins it anew. */
class LogFollower {
  readonly #path: string;
  #offset: number;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
    this.#offset = sizeOf(path);
  }

  newLines(): string[] {
    const size = sizeOf(this.#path);
    if (size < this.#offset) this.#offset = 0;
    if (size === this.#offset) return [];
    const bytes = Buffer.alloc(size - this.#offset);
    const file = openSync(this.#path, 'r');
    try {
      this.#offset += readSync(file, bytes, 0, bytes.length, this.#offset);
    } finally {
      closeSync(file);
    }
    const lines = (this.#rest + bytes.toString('utf8')).split('\n');
    this.#rest = lines.pop()!;
    return lines;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** @returns the services of the names given; all without any. Undefined when a name is unknown. */
export function servicesNamed(names: readonly string[]): readonly ServiceName[] | undefined {
  if (names.length === 0) return SERVICE_NAMES;
  const isKnown = names.every((name) => (SERVICE_NAMES as readonly string[]).includes(name));
  return isKnown ? SERVICE_NAMES.filter((service) => names.includes(service)) : undefined;
}
