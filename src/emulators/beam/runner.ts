import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BEAM_VERSION } from '../../core/beam-version.js';
import { notReadyError } from '../../errors/healthmon-error.js';

/**
 * Beam, the JavaScript engine that its YAML has, and the clients of what our jobs read and write, in the versions of the
 * image of Google's template, https://github.com/GoogleCloudPlatform/DataflowTemplates (`yaml-template/requirements.txt`).
 */
export const RUNNER_PACKAGES: readonly string[] = [
  `apache-beam[yaml]==${BEAM_VERSION}`,
  'google-cloud-pubsub==2.39.1',
  'google-cloud-bigtable==2.41.0',
  'google-cloud-bigquery==3.43.0',
  'google-cloud-spanner==3.69.1',
  'google-cloud-storage==3.13.1',
  'quickjs-ng==0.16.0.1',
];

export interface BeamRunner {
  /** The interpreter in whose environment Beam is installed. */
  python: string;
  version: string;
  folder: string;
}

/** Where `jobs runner install` puts Beam: `HEALTHMON_CACHE_DIR`, or the user's cache folder. */
export function runnerFolder(env: NodeJS.ProcessEnv): string {
  const cache =
    env.HEALTHMON_CACHE_DIR || join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'healthmon');
  return join(cache, 'beam', BEAM_VERSION);
}

interface Marker {
  version: string;
  packages?: string[];
}

/** Written last, so that what an interruption left is no runner. */
export function markerOf(folder: string): string {
  return join(folder, 'healthmon.json');
}

/** The runner that is installed; undefined when there is none, or one of other packages. */
export function findRunner(env: NodeJS.ProcessEnv): BeamRunner | undefined {
  const folder = runnerFolder(env);
  const python = join(folder, 'bin', 'python');
  if (!existsSync(markerOf(folder)) || !existsSync(python)) return undefined;
  const { version, packages } = JSON.parse(readFileSync(markerOf(folder), 'utf8')) as Marker;
  return packages?.join() === RUNNER_PACKAGES.join() ? { python, version, folder } : undefined;
}

/** @throws HealthmonError (exit code 3) saying how to get one. */
export function requireRunner(env: NodeJS.ProcessEnv): BeamRunner {
  const runner = findRunner(env);
  if (runner !== undefined) return runner;
  throw notReadyError({
    code: 'beam-missing',
    message: 'Apache Beam, which runs jobs on this machine, is not installed.',
    detail: `Looked in ${runnerFolder(env)}.`,
    suggestion: 'Run "healthmon jobs runner install", which needs Python 3.10 or newer and the network.',
  });
}
