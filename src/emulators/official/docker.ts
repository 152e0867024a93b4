import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { PortName } from '../../core/services.js';
import { HealthmonError, notReadyError } from '../../errors/healthmon-error.js';
import type { DockerCommand, LaunchCommand } from '../service.js';
import type { Ports } from '../supervisor/ports.js';
import { causeOf } from './components.js';

/** Google's image with all emulators, so that one download serves all of them. */
const DOCKER_IMAGE = 'gcr.io/google.com/cloudsdktool/google-cloud-cli:emulators';

const ANSWER_TIMEOUT_MS = 10_000;

/**
 * The `docker run` line of an emulator. The container ends when its standard input does, which is a pipe that the
 * supervisor holds: killing the `docker` client alone would leave the container running.
 * @param ports those on the host.
 */
export function dockerCommand(docker: DockerCommand, host: string, ports: Ports): LaunchCommand {
  const published = Object.entries(docker.ports).flatMap(([name, inside]) => [
    '-p',
    `${host}:${ports[name as PortName]}:${inside}`,
  ]);
  const script = `exec 3<&0; ${docker.command} & child=$!; (cat <&3 >/dev/null; kill -KILL -1) & wait $child`;
  return {
    command: 'docker',
    args: ['run', '--rm', '-i', '--init', ...published, DOCKER_IMAGE, 'sh', '-c', script],
  };
}

/** A command line that can be pasted into a shell. */
export function shellLine({ command, args }: LaunchCommand): string {
  return [command, ...args]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}

/**
 * Makes sure that a Docker engine answers and has the image.
 * @param onPull called before the image, which is several gigabytes, is downloaded.
 * @throws HealthmonError when no engine answers or the image cannot be had.
 */
export async function prepareDocker(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
  onPull: (image: string) => void,
): Promise<void> {
  const docker = (args: string[], timeout = 0) =>
    promisify(execFile)('docker', args, { env, signal, timeout });
  try {
    await docker(['version', '--format', '{{.Server.Version}}'], ANSWER_TIMEOUT_MS);
  } catch (error) {
    signal?.throwIfAborted();
    throw notReadyError({
      code: 'docker-not-answering',
      message: 'No Docker engine answers.',
      detail: causeOf(error).trim(),
      suggestion: 'Start Docker, or leave out --via and run "healthmon emulators install".',
      cause: error,
    });
  }
  try {
    await docker(['image', 'inspect', DOCKER_IMAGE], ANSWER_TIMEOUT_MS);
    return;
  } catch {
    signal?.throwIfAborted();
  }
  onPull(DOCKER_IMAGE);
  try {
    await docker(['pull', '--quiet', DOCKER_IMAGE]);
  } catch (error) {
    signal?.throwIfAborted();
    throw new HealthmonError({
      code: 'docker-pull-failed',
      message: `The image ${DOCKER_IMAGE} could not be pulled.`,
      detail: causeOf(error).trim(),
      suggestion: 'Check the network of the Docker engine.',
      cause: error,
    });
  }
}
