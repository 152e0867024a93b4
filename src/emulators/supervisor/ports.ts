import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { PORT_NAMES, type PortName } from '../../core/services.js';
import { notReadyError } from '../../errors/healthmon-error.js';
import { commandOf } from './processes.js';

export type Ports = Partial<Record<PortName, number>>;

/** Below the range from which Linux takes the local ports of outgoing connections. */
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_000;

export interface PortWishes {
  needed: readonly PortName[];
  /** Get a port too, for later, but any that is free when the one that was asked for is not. */
  spare: readonly PortName[];
  host: string;
  /** First of consecutive ports, in the order of `PORT_NAMES`. */
  portBase?: number | undefined;
  /** Ports asked for by name; they win over `portBase`. */
  fixed?: Ports | undefined;
  /** Ports of the last run, taken again when they are free. */
  preferred?: Ports | undefined;
}

/**
 * Chooses a port for each name.
 * @throws HealthmonError naming the process that holds a port which was asked for.
 */
export async function choosePorts(wishes: PortWishes): Promise<Ports> {
  const chosen: Ports = {};
  const taken = new Set<number>();
  const choose = async (name: PortName, asked: number | undefined) => {
    const preferred = asked ?? wishes.preferred?.[name];
    const isUsable =
      preferred !== undefined && !taken.has(preferred) && (await isFree(preferred, wishes.host));
    chosen[name] = isUsable ? preferred : await anyFree(wishes.host, taken);
    taken.add(chosen[name]);
  };
  const askedFor = (name: PortName) =>
    wishes.fixed?.[name] ??
    (wishes.portBase === undefined ? undefined : wishes.portBase + PORT_NAMES.indexOf(name));
  for (const name of wishes.needed) {
    const asked = askedFor(name);
    await choose(name, asked);
    if (asked === undefined || chosen[name] === asked) continue;
    if (Object.values(chosen).includes(asked)) throw portRefused(name, asked, 'It is asked for twice.');
    throw heldPort(name, asked, wishes.fixed?.[name] === undefined);
  }
  for (const name of wishes.spare) await choose(name, askedFor(name));
  return chosen;
}

/** A port between them that is free and not among `taken`. */
export async function anyFree(host: string, taken: ReadonlySet<number>): Promise<number> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
    if (!taken.has(port) && (await isFree(port, host))) return port;
  }
  throw notReadyError({
    code: 'no-free-port',
    message: `No free port was found between ${LOWEST_PORT} and ${HIGHEST_PORT}.`,
    suggestion: 'Stop other programs, or choose the ports with --port-base.',
  });
}

/**
 * Whether nobody listens on a port. A successful bind alone is no proof: the Spanner emulator sets SO_REUSEPORT,
 * so that two of them share a port without any error.
 */
export async function isFree(port: number, host: string): Promise<boolean> {
  if (listenerInodes(port).size > 0) return false;
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function heldPort(name: PortName, port: number, fromBase: boolean): Error {
  const holder = holderOf(port);
  return portRefused(
    name,
    port,
    holder === undefined
      ? 'Another program listens there; it may belong to another user.'
      : `It is held by process ${holder}: ${commandOf(holder)}`,
    fromBase,
  );
}

function portRefused(name: PortName, port: number, detail: string, fromBase = false): Error {
  return notReadyError({
    code: 'port-taken',
    message: `Port ${port}, wanted for ${name}, is taken.`,
    detail,
    suggestion: fromBase
      ? 'Give another --port-base, or leave it out to have free ports chosen.'
      : `Give another port with --port ${name}=PORT, or leave it out to have a free one chosen.`,
  });
}

/** The process that listens on a port, as far as this user may see. */
export function holderOf(port: number): number | undefined {
  if (process.platform !== 'linux') {
    const lsof = spawnSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp'], {
      encoding: 'utf8',
      timeout: 5000,
    });
    const pid = /^p(\d+)/m.exec(lsof.stdout ?? '')?.[1];
    return pid === undefined ? undefined : Number(pid);
  }
  const inodes = listenerInodes(port);
  if (inodes.size === 0) return undefined;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        if (inode !== undefined && inodes.has(inode)) return Number(pid);
      }
    } catch {
      // The process ended, or belongs to someone else.
    }
  }
  return undefined;
}

function listenerInodes(port: number): Set<string> {
  const inodes = new Set<string>();
  if (process.platform !== 'linux') return inodes;
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      continue;
    }
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      // State 0A is LISTEN.
      if (fields[3] === '0A' && fields[1]?.endsWith(wanted)) inodes.add(fields[9]!);
    }
  }
  return inodes;
}
