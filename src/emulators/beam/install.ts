import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BEAM_VERSION } from '../../core/beam-version.js';
import { HealthmonError, notReadyError } from '../../errors/healthmon-error.js';
import { type BeamRunner, findRunner, markerOf, RUNNER_PACKAGES, runnerFolder } from './runner.js';

/** Of the versions that Beam runs on, newest first: https://pypi.org/project/apache-beam/2.75.0/ */
const PYTHONS = ['python3.11', 'python3.12', 'python3.13', 'python3.10', 'python3'];
const OLDEST_MINOR = 10;
const NEWEST_MINOR = 13;
const TAIL_LINES = 5;

interface InstallOptions {
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  onProgress(step: string): void;
}

/**
 * Makes a virtual environment of Python with Beam in it, unless it is there.
 * @throws HealthmonError when there is no Python for it (exit code 3), or packages cannot be had.
 */
export async function installRunner(
  options: InstallOptions,
): Promise<{ runner: BeamRunner; changed: boolean }> {
  const found = findRunner(options.env);
  if (found !== undefined) return { runner: found, changed: false };
  const python = await findPython(options);
  const folder = runnerFolder(options.env);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  options.onProgress('an environment');
  await run(python, ['-m', 'venv', folder], options);
  options.onProgress(`Apache Beam ${BEAM_VERSION}, which takes some minutes`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...RUNNER_PACKAGES];
  await run(join(folder, 'bin', 'python'), pip, options);
  writeFileSync(markerOf(folder), JSON.stringify({ version: BEAM_VERSION, packages: RUNNER_PACKAGES }));
  return { runner: findRunner(options.env)!, changed: true };
}

/** @returns whether there was one. */
export function removeRunner(env: NodeJS.ProcessEnv): boolean {
  const isThere = findRunner(env) !== undefined;
  rmSync(runnerFolder(env), { recursive: true, force: true });
  return isThere;
}

async function findPython({ env, signal }: InstallOptions): Promise<string> {
  const code = 'import sys, venv; print("%d %d" % sys.version_info[:2])';
  for (const command of PYTHONS) {
    const child = spawn(command, ['-c', code], { env, signal, stdio: ['ignore', 'pipe', 'ignore'] });
    const [major, minor] = (await outputOf(child)).text.split(' ').map(Number);
    if (major === 3 && minor! >= OLDEST_MINOR && minor! <= NEWEST_MINOR) return command;
  }
  signal.throwIfAborted();
  throw notReadyError({
    code: 'python-missing',
    message: `Apache Beam needs Python 3.${OLDEST_MINOR} to 3.${NEWEST_MINOR}, and none was found.`,
    detail: `Looked for ${PYTHONS.join(', ')} with the module venv on PATH.`,
    suggestion: 'Install one, for example with "apt-get install python3-venv".',
  });
}

async function run(command: string, args: readonly string[], { env, signal }: InstallOptions): Promise<void> {
  const child = spawn(command, args, { env, signal, stdio: ['ignore', 'ignore', 'pipe'] });
  const { code, text } = await outputOf(child);
  signal.throwIfAborted();
  if (code === 0) return;
  throw new HealthmonError({
    code: 'beam-not-installed',
    message: 'Apache Beam could not be installed.',
    detail: text.trim().split('\n').slice(-TAIL_LINES).join('\n'),
    suggestion:
      'Check the network or the proxy that pip uses, then run "healthmon jobs runner install" again.',
  });
}

/** What it printed, and its exit code, -1 when it could not be started. */
async function outputOf(child: ChildProcess): Promise<{ code: number; text: string }> {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const ended = once(child, 'close').then(([code]) => Number(code ?? -1));
  const code = await ended.catch(() => -1);
  return { code, text };
}
