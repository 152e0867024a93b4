import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Implementation } from '../src/core/services.js';
import { findOfficialEmulators, officialService } from '../src/emulators/official/find.js';
import { onPath } from '../src/emulators/official/on-path.js';
import type { LaunchCommand } from '../src/emulators/service.js';
import { isListening } from '../src/emulators/serving/listening.js';
import { embeddedPlan } from '../src/emulators/supervisor/planning.js';
import { dataPath } from '../src/emulators/supervisor/state.js';
import { HealthmonError } from '../src/errors/healthmon-error.js';
import type { BenchContext } from './registry.js';

const HOST = '127.0.0.1';

/** A gRPC service of a bench's own, in a process of its own. */
export interface OwnService {
  implementation: Implementation;
  /** `host:port` */
  endpoint: string;
  /** Peak resident memory, in MB; 0 where the system does not tell. */
  peakRssMb(): number;
  /** Resident memory at the moment, in MB. */
  rssMb(): number;
  /** CPU time of all its threads so far, in microseconds. */
  cpuMicroseconds(): number;
  /** How the process ended, where it has. */
  ended(): string | undefined;
  stop(): Promise<void>;
}

/** Of the services that run. */
const ends = new Set<() => void>();
process.once('exit', endServices);

/** Ends what a bench that failed left behind: the servers and its connections to them would keep the process. */
export function endServices(): void {
  for (const end of ends) end();
}

function endWithProcess(child: ChildProcess, end: () => void): void {
  ends.add(end);
  child.once('exit', () => ends.delete(end));
}

type Name = 'pubsub' | 'bigtable' | 'spanner';

/** @param folder holds its data, and outlives it; a folder of its own when left out. */
export async function startEmbedded(name: Name, folder?: string): Promise<OwnService> {
  const own = folder ?? mkdtempSync(join(tmpdir(), `healthmon-bench-${name}-`));
  // As the supervisor runs it; nothing else is running, and nothing is delivered elsewhere.
  const plan = embeddedPlan(name, { folder: own, project: 'bench' }, { [name]: 0 }, () => `http://${HOST}:9`);
  return startScript(plan.command!, plan.args!, () => {
    if (folder === undefined) rmSync(own, { recursive: true, force: true });
  });
}

/** Runs a script that prints one JSON line with its port. */
export async function startScript(
  command: string,
  args: readonly string[],
  clean: () => void,
): Promise<OwnService> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  endWithProcess(child, () => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) {
    const { port } = JSON.parse(line) as { port: number };
    return service('embedded', child, port, clean);
  }
  throw new Error('An embedded service did not start');
}

/** Where the data of an embedded service is, below the folder that it was started with. */
export function dataFolder(folder: string, name: Name): string {
  return dataPath(folder, name);
}

/** Undefined where Google's emulator is not installed, or Java, which it runs on. */
export async function startOfficial(name: Name): Promise<OwnService | undefined> {
  const found = (await findOfficialEmulators(process.env))[name];
  if (found === undefined) return undefined;
  const port = await freePort();
  const official = officialService(name);
  const restPort = official.servesRest?.(found.path) ? await freePort() : undefined;
  let launch: LaunchCommand;
  try {
    launch = official.launch(found.path, { host: HOST, port, restPort }, process.env);
  } catch (error) {
    if (error instanceof HealthmonError && error.code === 'java-missing') return undefined;
    throw error;
  }
  // In a group of its own: the one of Spanner leaves its server behind when it ends.
  const child = spawn(launch.command, launch.args, { stdio: 'ignore', detached: true });
  endWithProcess(child, () => endGroup(child));
  while (!(await isListening(port, HOST))) {
    if (child.exitCode !== null) throw new Error(`Google's emulator of ${name} did not start`);
    await sleep(50);
  }
  return service('official', child, port, () => endGroup(child));
}

/** Google's command line for Bigtable, where it is not installed. */
export function missingCbt(): string | undefined {
  return onPath('cbt', process.env) === undefined ? 'cbt is not installed' : undefined;
}

/** Uses a service and ends it, whatever comes of that: one that is left behind would keep the bench from ending. */
export async function running<S extends OwnService | undefined, T>(
  start: () => Promise<S>,
  use: (service: S) => Promise<T>,
): Promise<T> {
  const service = await start();
  try {
    return await use(service);
  } catch (error) {
    const ended = service?.ended();
    if (ended === undefined) throw error;
    throw new Error(`The ${service!.implementation} service at ${service!.endpoint} ended by ${ended}`, {
      cause: error,
    });
  } finally {
    await service?.stop();
  }
}

/** How long a service takes to be ready again with what was written before, in milliseconds. */
export async function restartOf(
  name: Name,
  write: (service: OwnService) => Promise<unknown>,
  { note }: BenchContext,
): Promise<{ value: number; rssMb: number }> {
  const folder = mkdtempSync(join(tmpdir(), `healthmon-bench-${name}-`));
  try {
    note('writing');
    await running(() => startEmbedded(name, folder), write);
    note('starting again');
    const startedMs = performance.now();
    return await running(
      () => startEmbedded(name, folder),
      async (again) => ({ value: performance.now() - startedMs, rssMb: again.peakRssMb() }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs ours, and Google's where it is installed. */
export async function withBoth<T>(
  name: Name,
  use: (ours: OwnService, official: OwnService | undefined) => Promise<T>,
): Promise<T> {
  return running(
    () => startEmbedded(name),
    (ours) =>
      running(
        () => startOfficial(name),
        (official) => use(ours, official),
      ),
  );
}

function service(
  implementation: Implementation,
  child: ChildProcess,
  port: number,
  clean: () => void,
): OwnService {
  return {
    implementation,
    endpoint: `${HOST}:${port}`,
    peakRssMb: () => statusMb(child, 'VmHWM'),
    rssMb: () => statusMb(child, 'VmRSS'),
    cpuMicroseconds: () =>
      readdirSync(`/proc/${child.pid}/task`).reduce((sum, thread) => {
        const [nanoseconds] = readFileSync(`/proc/${child.pid}/task/${thread}/schedstat`, 'utf8').split(' ');
        return sum + Number(nanoseconds) / 1000;
      }, 0),
    ended: () => child.signalCode ?? (child.exitCode === null ? undefined : `exit code ${child.exitCode}`),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
        await exited;
        clearTimeout(timer);
      }
      clean();
    },
  };
}

function endGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function statusMb({ pid }: ChildProcess, field: 'VmHWM' | 'VmRSS'): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(text)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST);
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
