import { basename } from 'node:path';
import { notReadyError } from '../../errors/healthmon-error.js';
import type { OfficialName } from '../services.js';
import { type FoundEmulator, onPath } from './find.js';

export interface LaunchCommand {
  command: string;
  args: string[];
}

/**
 * Half of the CPU time of a message that the simple compiler takes, for a fifth of a second more at the start; the
 * default collector has threads that work beside the service, which two cores do not have to spare.
 */
const JVM_OPTIONS = ['-XX:+UseParallelGC', '-Xshare:auto'];

/**
 * How to run an official emulator on the given port.
 * @throws HealthmonError when the Pub/Sub one has no Java to run on.
 */
export function launchCommand(
  found: FoundEmulator,
  address: { host: string; port: number; restPort?: number | undefined },
  env: NodeJS.ProcessEnv,
): LaunchCommand {
  return LAUNCHERS[found.service](found.path, address, env);
}

/** Only the gateway serves REST; `emulator_main` alone speaks gRPC. */
export function hasRestGateway(found: FoundEmulator): boolean {
  return found.service === 'spanner' && basename(found.path) !== 'emulator_main';
}

type Launcher = (
  path: string,
  address: { host: string; port: number; restPort?: number | undefined },
  env: NodeJS.ProcessEnv,
) => LaunchCommand;

const LAUNCHERS = {
  spanner: (path, { host, port, restPort }) =>
    restPort === undefined
      ? { command: path, args: ['--host_port', `${host}:${port}`] }
      : {
          command: path,
          args: ['--hostname', host, '--grpc_port', String(port), '--http_port', String(restPort)],
        },
  bigtable: (path, { host, port }) => ({ command: path, args: ['-host', host, '-port', String(port)] }),
  pubsub: (path, { host, port }, env) => {
    const address = [`--host=${host}`, `--port=${port}`];
    if (!path.endsWith('.jar')) return { command: path, args: address };
    const main = ['-cp', path, 'com.google.cloud.pubsub.testing.v1.Main'];
    return { command: findJava(env), args: [...JVM_OPTIONS, ...main, ...address] };
  },
} as const satisfies Record<OfficialName, Launcher>;

function findJava(env: NodeJS.ProcessEnv): string {
  const inHome = env.JAVA_HOME ? onPath('java', { PATH: `${env.JAVA_HOME}/bin` }) : undefined;
  const java = inHome ?? onPath('java', env);
  if (java !== undefined) return java;
  throw notReadyError({
    code: 'java-missing',
    message: 'The Pub/Sub emulator needs Java, and there is none on the PATH.',
    detail: 'It runs on Java 11 or newer. The other services do not need it.',
    suggestion:
      'Install it, for example with "apt-get install default-jre-headless", or start the others with --only.',
  });
}
