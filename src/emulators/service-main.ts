import { parseArgs } from 'node:util';
import { giveBackWhenIdle } from './idle-heap.js';
import type { Durability } from './service.js';
import type { ListenOptions } from './serving/http-listener.js';

/** What the script of every service is told. */
export interface ScriptOptions extends ListenOptions {
  dataDir: string;
}

interface Listening {
  host: string;
  port: number;
  url?: string;
  close(): Promise<void>;
}

/**
 * Runs a service as a process of its own: prints one JSON line when it listens, and closes it when a signal comes.
 * @param names of the options that the service takes besides, each with a value
 */
export async function runService<Name extends string>(
  names: readonly Name[],
  start: (options: ScriptOptions, own: Partial<Record<Name, string>>) => Promise<Listening>,
): Promise<void> {
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '0' },
      'allow-host': { type: 'string', multiple: true },
      'data-dir': { type: 'string' },
    },
  });
  giveBackWhenIdle();
  const { host, port, 'allow-host': allowedHosts, 'data-dir': dataDir, ...own } = values;
  if (dataDir === undefined) throw new Error('--data-dir is required');
  const server = await start(
    { host, port: Number(port), allowedHosts, dataDir },
    own as Partial<Record<Name, string>>,
  );
  // Whoever reads that it is ready may end it at once.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => void server.close());
  }
  const address = { host: server.host, port: server.port, url: server.url };
  process.stdout.write(`${JSON.stringify({ ready: true, ...address })}\n`);
}

/** @throws Error for a word that names none */
export function readDurability(word: string = 'write'): Durability {
  if (word !== 'write' && word !== 'fsync') throw new Error('--durability is write or fsync');
  return word;
}

/** Where a service tells of its own faults. */
export function logToStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
