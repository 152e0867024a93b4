import { type Config, settingOf } from '../../config/config.js';
import { SETTINGS, type SettingName, type SettingSpec } from '../../config/settings.js';

/** The name of the worker pool, the Deployment and the service account. */
export const WORKER_NAME = 'healthmon-worker';
/** Of Prometheus, in the container. */
export const METRICS_PORT = 8080;

export type Runtime = 'cloud-run' | 'gke';

/** A worker as it is to run, in one place or the other. */
export interface WorkerDeployment {
  config: Config;
  /** Of the worker pool, the image and the alert policies. */
  region: string;
  image: string;
  /** Workers that always run. */
  instances: number;
  /** Workers that the backlog may ask for. */
  maxInstances: number;
  /** Messages that wait for each worker before another one starts. */
  backlogPerInstance: number;
  /** Virtual CPUs of a worker. */
  cpu: number;
  memoryMiB: number;
  /** Options of `healthmon stream`. */
  streamOptions: readonly string[];
  /** What the image installs: a name and version, or the file of a package beside the Dockerfile. */
  package: { spec: string; file: string | undefined };
  /** Version of healthmon, as a label. */
  version: string;
}

/** A file of a deployment. */
export interface DeploymentFile {
  path: string;
  text: string;
}

export function serviceAccountOf({ config }: WorkerDeployment): string {
  return `${WORKER_NAME}@${config.project}.iam.gserviceaccount.com`;
}

export function labelsOf({ version }: WorkerDeployment): Record<string, string> {
  return { app: 'healthmon', component: 'worker', version: version.replaceAll('.', '-') };
}

/**
 * Arguments of the container.
 * @param graceSeconds how long the container may run on after SIGTERM; giving back what was not finished takes two.
 */
export function argumentsOf({ streamOptions }: WorkerDeployment, graceSeconds: number): string[] {
  return [
    'stream',
    ...streamOptions,
    '--drain-timeout',
    `${graceSeconds - 2}s`,
    '--log-format',
    'json',
    '--no-color',
  ];
}

/** A secret of Secret Manager that a variable of the container takes its value from. */
export interface SecretVariable {
  variable: string;
  secret: string;
}

/** Secrets are never written into an image or a manifest: those that are set come from Secret Manager. */
export function secretsOf({ config }: WorkerDeployment): SecretVariable[] {
  return (Object.entries(SETTINGS) as [SettingName, SettingSpec][]).flatMap(([name, { secret, env }]) =>
    secret && env !== undefined && settingOf(config, name) !== ''
      ? [{ variable: env, secret: env.toLowerCase().replaceAll('_', '-') }]
      : [],
  );
}

/** A variable of the container, by its value or by where a secret is, which each runtime says in its own way. */
export type Variable<S> = { name: string; value: string } | ({ name: string } & S);

/** Variables of the container. @param fromSecret how the runtime names the value of a secret. */
export function variablesOf<S extends object>(
  deployment: WorkerDeployment,
  fromSecret: (secret: string) => S,
): Variable<S>[] {
  // Node takes its heap from the memory of the machine, not from that of the container.
  const heapMiB = Math.floor(deployment.memoryMiB * 0.75);
  return [
    { name: 'NODE_OPTIONS', value: `--max-old-space-size=${heapMiB}` },
    ...secretsOf(deployment).map(({ variable, secret }) => ({ name: variable, ...fromSecret(secret) })),
  ];
}
