import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { endGroup, identifyChild, type ProcessIdentity } from './processes.js';

/**
 * Runs a command so that it cannot outlive us: file descriptor 3 is a pipe that only we hold open, and when it
 * closes, however we died, the reader kills the whole process group, grandchildren included. The trap keeps the
 * shell alive through a polite signal to the group, so that it can report the command's own exit code. The command
 * has the pipe as its standard input, for what ends by itself when that does, as a container behind `docker run`.
 */
const WATCHDOG = `
exec 3<&0 </dev/null
trap : HUP INT TERM
"$@" <&3 3<&- &
child=$!
(trap '' HUP INT TERM; read -r _ <&3; kill -KILL 0) >/dev/null 2>&1 &
reader=$!
exec 3<&-
while :; do
  wait "$child"
  code=$?
  kill -0 "$child" 2>/dev/null || break
done
kill -KILL "$reader" 2>/dev/null
exit "$code"
`;

export interface ProcessExit {
  code: number | null;
  signal: string | null;
}

/** A service in a process group of its own. */
export class ServiceProcess {
  readonly identity: ProcessIdentity;
  readonly exited: Promise<ProcessExit>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, identity: ProcessIdentity) {
    this.#child = child;
    this.identity = identity;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(interpretExit(code, signal)));
    });
  }

  /** @throws when the shell itself cannot be started. */
  static start(
    command: string,
    args: readonly string[],
    logFile: string,
    env: NodeJS.ProcessEnv,
  ): ServiceProcess {
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'w');
    try {
      const child = spawn('/bin/sh', ['-c', WATCHDOG, 'healthmon-service', command, ...args], {
        detached: true,
        stdio: ['pipe', log, log],
        env,
      });
      // Writing never happens; the pipe is only held open.
      child.stdin!.on('error', () => {});
      const identity = child.pid === undefined ? undefined : identifyChild(child.pid);
      if (identity === undefined) throw new Error(`${command} could not be started`);
      return new ServiceProcess(child, identity);
    } finally {
      closeSync(log);
    }
  }

  /** The process group has the number of its first process. */
  get groupId(): number {
    return this.identity.pid;
  }

  /** Ends the whole group. @returns processes that survived, normally none. */
  async end(graceMs: number): Promise<number[]> {
    const left = await endGroup(this.groupId, graceMs);
    this.#child.stdin!.destroy();
    return left;
  }
}

/** The shell reports a command that died by a signal as 128 plus its number. */
function interpretExit(code: number | null, signal: NodeJS.Signals | null): ProcessExit {
  if (code === null || SIGNAL_NAMES[code - 128] === undefined) return { code, signal };
  return { code: null, signal: SIGNAL_NAMES[code - 128]! };
}

const SIGNAL_NAMES: Record<number, string> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
};

export function describeExit({ code, signal }: ProcessExit): string {
  return signal === null ? `exit code ${code}` : `killed by ${signal}`;
}
