import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ServiceName } from '../../core/services.js';
import { DEFAULT_STACK } from '../../core/stack-name.js';
import { usageError } from '../../errors/healthmon-error.js';
import type { Adjustment, RunningService, StartFailure } from './plan.js';
import type { Ports } from './ports.js';
import { makePrivateFolder, tightenState, writePrivateFile } from './private-state.js';
import type { ProcessIdentity } from './processes.js';

/** Where a stack lives: its name, and what decides the folder of all stacks. */
export interface StackLocation {
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Default: `default`. */
  name?: string | undefined;
}

export interface ServiceExit {
  code: number | null;
  signal: string | null;
  at: string;
  /** The last lines of its log. */
  logTail: string[];
}

export interface ServiceState extends RunningService {
  process?: ProcessIdentity;
  startedAt?: string;
  ready: boolean;
  /** Ended on request, while somebody works on its data. */
  paused?: boolean;
  exit?: ServiceExit;
}

export interface StackState {
  name: string;
  project: string;
  phase: 'starting' | 'ready' | 'stopping';
  supervisor: ProcessIdentity;
  services: ServiceState[];
  /** Of all services, those too that do not run. */
  ports: Ports;
  /** The last adjustment that was finished, and what went wrong in it. */
  adjusted?: { id: string; failure?: StartFailure };
}

/** The folder that holds the state of all stacks and the snapshots. */
export function stateRoot({ env, cwd }: Pick<StackLocation, 'env' | 'cwd'>): string {
  return resolve(cwd, env.HEALTHMON_STATE_DIR || '.healthmon');
}

/** The folder of one stack. @throws a usage error for a name that is no good file name. */
export function stackPath(location: StackLocation): string {
  const name = location.name ?? DEFAULT_STACK;
  if (!/^[a-z0-9][a-z0-9_-]{0,40}$/i.test(name)) {
    throw usageError({
      code: 'invalid-stack-name',
      message: `"${name}" cannot be the name of a stack.`,
      detail:
        'A name has up to 41 letters, digits, hyphens and underscores and begins with a letter or digit.',
      suggestion: 'Give another --name.',
    });
  }
  return join(stateRoot(location), 'stacks', name);
}

/** The folder and the state of a stack, closed to others where an older version left them open. */
export function openState(location: StackLocation): { folder: string; state: StackState | undefined } {
  const folder = stackPath(location);
  tightenState(stateRoot(location));
  return { folder, state: readState(folder) };
}

export function logPath(folder: string, service: ServiceName | 'supervisor'): string {
  return join(folder, 'logs', `${service}.log`);
}

export function dataPath(folder: string, service: ServiceName): string {
  return join(folder, 'data', service);
}

/** Undefined when there is no stack; a half-written file cannot occur. */
export function readState(folder: string): StackState | undefined {
  return readJson<StackState>(join(folder, 'state.json'));
}

export function writeState(folder: string, state: StackState): void {
  writeJson(join(folder, 'state.json'), state);
  // Kept after the end, so that the next start can take the same ports and recognise them as our own.
  writeJson(join(folder, 'ports.json'), state.ports);
}

export function writeAdjustment(folder: string, adjustment: Adjustment): void {
  writeJson(join(folder, 'adjustment.json'), adjustment);
}

export function readAdjustment(folder: string): Adjustment | undefined {
  return readJson<Adjustment>(join(folder, 'adjustment.json'));
}

export function removeState(folder: string): void {
  rmSync(join(folder, 'state.json'), { force: true });
}

export function readLastPorts(folder: string): Ports {
  return readJson(join(folder, 'ports.json')) ?? {};
}

/** Names of all stacks that have a folder. */
export function stackNames(location: Pick<StackLocation, 'env' | 'cwd'>): string[] {
  try {
    return readdirSync(join(stateRoot(location), 'stacks')).sort();
  } catch {
    return [];
  }
}

/** The last lines of a text file; none when it is missing. */
export function tailOf(path: string, lines: number): string[] {
  try {
    const text = readFileSync(path, 'utf8').trimEnd();
    return text === '' ? [] : text.split('\n').slice(-lines);
  } catch {
    return [];
  }
}

function writeJson(path: string, value: unknown): void {
  makePrivateFolder(join(path, '..'));
  const temporary = `${path}.${process.pid}.new`;
  try {
    writePrivateFile(temporary, `${JSON.stringify(value, null, 2)}\n`);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
