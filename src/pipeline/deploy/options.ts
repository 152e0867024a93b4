import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Config } from '../../config/config.js';
import { didYouMean } from '../../core/closest.js';
import { packageVersion } from '../../core/package-root.js';
import { usageError } from '../../errors/healthmon-error.js';
import type { WorkerDeployment } from './worker.js';

export interface DeployOptions {
  image: string | undefined;
  package: string | undefined;
  region: string | undefined;
  instances: number;
  maxInstances: number;
  backlogPerInstance: number;
  cpu: number;
  memory: number;
  streamOptions: readonly string[];
  cwd: string;
}

/** An option of `healthmon stream`. */
interface StreamOption {
  flags: string;
  type: string;
  choices?: readonly string[];
}

/**
 * @param allowed the options of `healthmon stream` that a deployment leaves open.
 * @throws HealthmonError `unsupported` on the local target, `invalid-option` for what does not fit together.
 */
export function deploymentOf(
  options: DeployOptions,
  config: Config,
  allowed: readonly StreamOption[],
): WorkerDeployment {
  if (config.target === 'local') {
    throw usageError({
      code: 'unsupported',
      message: 'A worker is deployed to Google Cloud only.',
      suggestion: 'Run "healthmon stream" here, or add --target cloud --project PROJECT_ID.',
    });
  }
  const { region = config.location, cpu, memory, instances, maxInstances } = options;
  if (!/^[a-z]+-[a-z]+\d+$/.test(region)) {
    throw invalid(`"${region}" is not a region.`, 'Give one with --region, such as europe-west3.');
  }
  if (maxInstances < instances) {
    throw invalid(
      `--max-instances ${maxInstances} is less than --instances ${instances}.`,
      'Raise --max-instances.',
    );
  }
  checkMemory(cpu, memory);
  checkStreamOptions(options.streamOptions, allowed);
  const version = packageVersion();
  return {
    config,
    region,
    image: options.image ?? `${region}-docker.pkg.dev/${config.project}/healthmon/worker:${version}`,
    instances,
    maxInstances,
    backlogPerInstance: options.backlogPerInstance,
    cpu,
    memoryMiB: memory,
    streamOptions: options.streamOptions,
    package: packageOf(options.package ?? version, options.cwd),
    version,
  };
}

function invalid(message: string, suggestion: string) {
  return usageError({
    code: 'invalid-option',
    message,
    suggestion,
  });
}

/** Mebibytes that Cloud Run gives to so many CPUs. https://cloud.google.com/run/docs/configuring/workerpools/memory-limits */
const MEMORY_OF_CPUS: readonly { cpus: number; least: number; most: number }[] = [
  { cpus: 1, least: 512, most: 4_096 },
  { cpus: 2, least: 512, most: 8_192 },
  { cpus: 4, least: 2_048, most: 16_384 },
  { cpus: 6, least: 4_096, most: 24_576 },
  { cpus: 8, least: 4_096, most: 32_768 },
];

function checkMemory(cpu: number, memoryMiB: number): void {
  const limits = MEMORY_OF_CPUS.find(({ cpus }) => cpus === cpu);
  if (limits === undefined) {
    throw invalid(
      `Cloud Run has no worker with ${cpu} CPUs.`,
      `Give --cpu ${MEMORY_OF_CPUS.map(({ cpus }) => cpus).join(', ')}.`,
    );
  }
  if (memoryMiB < limits.least || memoryMiB > limits.most) {
    throw invalid(
      `${memoryMiB} MiB do not go with ${cpu} CPU${cpu === 1 ? '' : 's'} on Cloud Run.`,
      `Give --memory between ${limits.least} and ${limits.most}, or another --cpu.`,
    );
  }
}

/** A worker that fails at its start would be started again for ever. */
function checkStreamOptions(words: readonly string[], allowed: readonly StreamOption[]): void {
  const byName = new Map(allowed.map((option) => [option.flags.split(' ')[0]!, option]));
  for (let index = 0; index < words.length; index++) {
    const [name = '', value] = words[index]!.split(/=(.*)/s, 2);
    const option = byName.get(name);
    if (option === undefined) {
      const closest = didYouMean(name, byName.keys());
      throw invalid(
        `A deployed worker takes no option "${name}".`,
        closest === undefined
          ? 'Give options of "healthmon stream" that do not end it.'
          : `Did you mean ${closest}?`,
      );
    }
    if (option.type === 'boolean') continue;
    const given = value ?? words[++index];
    if (given === undefined || given.startsWith('--')) throw invalid(`${name} has no value.`, 'Give it one.');
    if (option.choices?.includes(given) === false) {
      throw invalid(`${name} is "${given}".`, `Give ${option.choices.join(' or ')}.`);
    }
  }
}

/** @param spec a version, a name with a version, or a file. */
function packageOf(spec: string, cwd: string): WorkerDeployment['package'] {
  if (!spec.endsWith('.tgz')) return { spec, file: undefined };
  const file = resolve(cwd, spec);
  if (!existsSync(file)) {
    throw usageError({
      code: 'file-not-found',
      message: `There is no file ${spec}.`,
      suggestion: 'Make it with "npm pack", or give a version.',
    });
  }
  return { spec: file, file: basename(file) };
}
