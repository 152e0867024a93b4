import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { notReadyError } from '../../errors/healthmon-error.js';
import { onPath } from '../official/on-path.js';
import { request } from '../probes/rest.js';
import type { Address, EmulatedService, LaunchCommand, ProbeTarget } from '../service.js';
import { OFFICIAL_CAPABILITIES } from './official-capabilities.js';

export const pubsub: EmulatedService = {
  probe,
  embedded: {
    arguments: ({ durability, endpointArguments }) => ['--durability', durability, ...endpointArguments],
    // Its subscriptions deliver there.
    uses: ['bigquery', 'storage', 'bigtable'],
    serve: async ({ host, dataDir, endpoints }) =>
      (await import('./server.js')).startPubsubServer({ host, dataDir, endpoints }),
    capabilities: async () => (await import('./capabilities.js')).capabilities(),
  },
  official: {
    pathVariable: 'HEALTHMON_PUBSUB_EMULATOR',
    componentId: 'pubsub-emulator',
    locate,
    launch,
    docker: {
      ports: { pubsub: 8085 },
      command: 'gcloud beta emulators pubsub start --host-port=0.0.0.0:8085 --project=healthmon',
    },
    capabilities: OFFICIAL_CAPABILITIES,
  },
  transfer: {
    unit: 'definitions and messages',
    export: async (address, { project }, writer) =>
      (await import('./transfer.js')).exportPubsub(address, project, writer),
    import: async (address, path) => (await import('./transfer.js')).importPubsub(address, path),
  },
};

function locate(root: string): string | undefined {
  const libraries = join(root, 'platform', 'pubsub-emulator', 'lib');
  if (!existsSync(libraries)) return undefined;
  const jar = readdirSync(libraries).find((name) => /^cloud-pubsub-emulator-.*\.jar$/.test(name));
  return jar === undefined ? undefined : join(libraries, jar);
}

/**
 * Half of the CPU time of a message that the simple compiler takes, for a fifth of a second more at the start; the
 * default collector has threads that work beside the service, which two cores do not have to spare.
 */
const JVM_OPTIONS = ['-XX:+UseParallelGC', '-Xshare:auto'];

function launch(path: string, { host, port }: Address, env: NodeJS.ProcessEnv): LaunchCommand {
  const address = [`--host=${host}`, `--port=${port}`];
  if (!path.endsWith('.jar')) return { command: path, args: address };
  const main = ['-cp', path, 'com.google.cloud.pubsub.testing.v1.Main'];
  return { command: findJava(env), args: [...JVM_OPTIONS, ...main, ...address] };
}

function findJava(env: NodeJS.ProcessEnv): string {
  const inHome = env.JAVA_HOME ? onPath('java', { PATH: `${env.JAVA_HOME}/bin` }) : undefined;
  const java = inHome ?? onPath('java', env);
  if (java !== undefined) return java;
  throw notReadyError({
    code: 'java-missing',
    message: 'Google’s Pub/Sub emulator needs Java, and there is none on the PATH.',
    detail: 'It runs on Java 11 or newer. The other services do not need it.',
    suggestion:
      'Install it, for example with "apt-get install default-jre-headless", or start the others with --only.',
  });
}

async function probe({ host, port, project }: ProbeTarget, id: string): Promise<void> {
  const base = `http://${host}:${port}/v1`;
  const topic = `projects/${project}/topics/${id}`;
  const subscription = `projects/${project}/subscriptions/${id}`;
  await request(`${base}/${topic}`, 'PUT', {});
  try {
    await request(`${base}/${subscription}`, 'PUT', { topic });
    const data = Buffer.from(id).toString('base64');
    await request(`${base}/${topic}:publish`, 'POST', { messages: [{ data }] });
    const pulled = (await request(`${base}/${subscription}:pull`, 'POST', { maxMessages: 1 })) as {
      receivedMessages?: { message: { data: string } }[];
    };
    if (pulled.receivedMessages?.[0]?.message.data !== data) {
      throw new Error('The message that was published could not be pulled');
    }
  } finally {
    await request(`${base}/${subscription}`, 'DELETE').catch(() => {});
    await request(`${base}/${topic}`, 'DELETE');
  }
}
