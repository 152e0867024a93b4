import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { HealthmonError } from '../../errors/healthmon-error.js';

export interface CommandRun {
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Send the command's standard output to stderr, where stdout must stay one document. */
  stdoutToStderr: boolean;
}

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a command with our own input and output until it ends, passing on the signals we get.
 * @returns its exit code; 128 plus the number of the signal that ended it, as a shell would say.
 * @throws HealthmonError when it cannot be started.
 */
export function runCommand(run: CommandRun): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(run.command, run.args, {
      cwd: run.cwd,
      env: run.env,
      stdio: ['inherit', run.stdoutToStderr ? 2 : 'inherit', 'inherit'],
    });
    const forward = (signal: NodeJS.Signals) => {
      // A terminal sends Ctrl-C to the command as well; a second one would look like impatience.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    const release = () => {
      for (const signal of FORWARDED) process.off(signal, forward);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      release();
      reject(
        new HealthmonError({
          code: 'command-not-started',
          message: `"${run.command}" could not be started.`,
          detail: error.code === 'ENOENT' ? 'There is no such command on the PATH.' : error.message,
          suggestion: 'Check the command after "--".',
          cause: error,
        }),
      );
    });
    child.once('exit', (code, signal) => {
      release();
      resolve(code ?? 128 + constants.signals[signal!]);
    });
  });
}
