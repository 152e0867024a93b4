import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { didYouMean } from '../core/closest.js';
import {
  type Implementation,
  type Implementations,
  OFFICIAL_NAMES,
  type OfficialName,
} from '../core/services.js';
import { usageError } from '../errors/healthmon-error.js';
import { SETTINGS, type SettingName, type SettingSpec } from './settings.js';

export type Target = 'local' | 'cloud';
export type Origin = 'flag' | 'environment' | 'file' | 'default';

/** The settings of one run: frozen, each with where it came from. */
export interface Config {
  target: Target;
  project: string;
  location: string;
  /** Separated by commas. */
  allowedHosts: string;
  storage: { bucket: string };
  spanner: { instance: string; database: string; processingUnits: number };
  pubsub: {
    topic: string;
    subscription: string;
    deadLetterTopic: string;
    deadLetterSubscription: string;
    alertTopic: string;
    alertSubscription: string;
  };
  alerts: { webhook: string; webhookAuthorization: string };
  /** Of Google’s templates; empty when none is set. */
  jobs: { templateVersion: string };
  bigtable: { instance: string; table: string; nowTable: string };
  bigquery: {
    dataset: string;
    batchTable: string;
    streamTable: string;
    joinedTable: string;
    alertsTable: string;
    predictionsTable: string;
    metricsTable: string;
    versionsTable: string;
    eventsTable: string;
    driftTable: string;
    model: string;
  };
  /** Which emulator stands in for a service on the local target. */
  emulators: Readonly<Record<OfficialName, Implementation>>;
  /** Path of the file that was read; undefined when there is none. */
  file: string | undefined;
  origins: Readonly<Record<SettingName, Origin>>;
}

export interface ConfigSources {
  flags: Partial<Record<SettingName, string>>;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** `--config FILE`; without it `healthmon.json` of the working directory is read when it exists. */
  file?: string | undefined;
}

/** The value of a setting in its place of the tree. */
export function settingOf(config: Config, name: SettingName): string | number {
  const [group, key] = name.split('.') as [string, string | undefined];
  const branch = (config as unknown as Record<string, unknown>)[group];
  return (key === undefined ? branch : (branch as Record<string, unknown>)[key]) as string | number;
}

/** The value of a setting as it may be shown. */
export function shownSetting(config: Config, name: SettingName): string | number {
  const value = settingOf(config, name);
  const { secret }: SettingSpec = SETTINGS[name];
  return secret && value !== '' ? SECRET : value;
}

/** What is shown instead of a secret. */
export const SECRET = '(set, not shown)';

/** The emulators that were chosen, by whatever means; the defaults are not among them. */
export function chosenEmulators({ emulators, origins }: Config): Implementations {
  const chosen = OFFICIAL_NAMES.filter((name) => origins[`emulators.${name}`] !== 'default');
  return Object.fromEntries(chosen.map((name) => [name, emulators[name]]));
}

/** Resolves flags > environment > file > defaults. Throws a usage error for anything unknown or malformed. */
export function resolveConfig(sources: ConfigSources): Config {
  for (const name of Object.keys(sources.flags)) checkFlag(checkSettingName(name));
  checkVariables(sources.env);
  const file = readConfigFile(sources);
  const origins = {} as Record<SettingName, Origin>;
  const values = {} as Record<SettingName, string | number>;
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const spec: SettingSpec = SETTINGS[name];
    const fromEnv = spec.env === undefined ? undefined : sources.env[spec.env];
    const candidates: [Origin, unknown][] = [
      ['flag', sources.flags[name]],
      ['environment', fromEnv === '' ? undefined : fromEnv],
      ['file', file.values.get(name)],
    ];
    const found = candidates.find(([, value]) => value !== undefined);
    const fallback =
      typeof spec.default === 'function' ? spec.default({ project: String(values.project) }) : spec.default;
    const [origin, value] = found ?? (['default', fallback] as const);
    origins[name] = origin;
    values[name] = check(name, value, origin, file.path);
  }
  if (values.target === 'cloud' && origins.project === 'default') {
    throw usageError({
      code: 'project-missing',
      message: 'The cloud target needs a project id.',
      detail: 'No project was given by --project, HEALTHMON_PROJECT or the configuration file.',
      suggestion: 'Add --project PROJECT_ID, or run "healthmon config set project PROJECT_ID".',
    });
  }
  return nest(values, origins, file.path);
}

function checkFlag(name: SettingName): void {
  const { secret, env }: SettingSpec = SETTINGS[name];
  if (!secret) return;
  throw usageError({
    code: 'secret-on-command-line',
    message: `The setting ${name} is not taken from the command line.`,
    detail: 'Every user of this machine can read it there, and shells keep it in their history.',
    suggestion: `Write it into ${CONFIG_FILE}, or into the environment as ${env}.`,
  });
}

function check(name: SettingName, value: unknown, origin: Origin, file: string | undefined): string | number {
  const spec: SettingSpec = SETTINGS[name];
  const where = origin === 'file' ? ` in ${file}` : origin === 'environment' ? ` (${spec.env})` : '';
  const refuse = (detail: string) =>
    usageError({
      code: 'config-invalid',
      message: `The setting ${name}${where} is not valid: ${spec.secret ? SECRET : JSON.stringify(value)}.`,
      detail,
      suggestion: {
        flag: 'Give another value.',
        environment: `Run "unset ${spec.env}", or export another value.`,
        file: `Run "healthmon config set ${name} VALUE" with another value.`,
        default: 'Give another value.',
      }[origin],
    });
  if (typeof spec.default === 'number') {
    const number = Number(value);
    const { multipleOf = 1 } = spec;
    if (!(number > 0) || number % multipleOf !== 0) throw refuse(`It must be a multiple of ${multipleOf}.`);
    return number;
  }
  if (typeof value !== 'string') throw refuse('It must be a string.');
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    throw refuse(`It must be one of: ${spec.choices.join(', ')}.`);
  }
  if (spec.pattern !== undefined && !spec.pattern.test(value)) {
    throw refuse(`It must match ${spec.pattern.source}.`);
  }
  return value;
}

function nest(
  values: Record<SettingName, string | number>,
  origins: Record<SettingName, Origin>,
  file: string | undefined,
): Config {
  const tree: Record<string, unknown> = { file, origins: Object.freeze(origins) };
  for (const [name, value] of Object.entries(values)) {
    const [group, key] = name.split('.') as [string, string | undefined];
    if (key === undefined) tree[group] = value;
    else {
      tree[group] ??= {};
      (tree[group] as Record<string, unknown>)[key] = value;
    }
  }
  for (const branch of Object.values(tree)) if (typeof branch === 'object') Object.freeze(branch);
  return Object.freeze(tree) as unknown as Config;
}

/** Without the byte order mark that editors on Windows begin a file with. */
export function readConfigText(path: string): string {
  return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
}

export const CONFIG_FILE = 'healthmon.json';
const VARIABLE_PREFIX = 'HEALTHMON_';

function readConfigFile(sources: ConfigSources): { path: string | undefined; values: Map<string, unknown> } {
  const values = new Map<string, unknown>();
  const path = resolve(sources.cwd, sources.file ?? CONFIG_FILE);
  let text: string;
  try {
    text = readConfigText(path);
  } catch (cause) {
    if (sources.file === undefined && (cause as NodeJS.ErrnoException).code === 'ENOENT') {
      return { path: undefined, values };
    }
    throw usageError({
      code: 'config-unreadable',
      message: `The configuration file ${path} cannot be read.`,
      detail: (cause as Error).message,
      suggestion: 'Check the path given to --config, or run "healthmon init" to write one.',
      cause,
    });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw usageError({
      code: 'config-invalid',
      message: `The configuration file ${path} is not valid JSON.`,
      detail: (cause as Error).message,
      suggestion: 'Correct the syntax and try again.',
      cause,
    });
  }
  for (const [name, value] of flatten(parsed)) {
    if (name === '$schema') continue;
    values.set(checkSettingName(name, `The configuration file ${path}`), value);
  }
  return { path, values };
}

/** The name, when there is such a setting. @throws a usage error with the nearest name otherwise. */
export function checkSettingName(name: string, where = 'The command line'): SettingName {
  if (!Object.hasOwn(SETTINGS, name)) throw unknownSetting(name, where, Object.keys(SETTINGS));
  return name as SettingName;
}

/** A slip in the name of a variable would leave the default in force, as the local target. */
function checkVariables(env: NodeJS.ProcessEnv): void {
  const known = Object.values<SettingSpec>(SETTINGS).flatMap(({ env: name }) => name ?? []);
  // What they all begin with says nothing about how near two names are.
  const ends = known.map((name) => name.slice(VARIABLE_PREFIX.length));
  for (const [name, value] of Object.entries(env)) {
    if (!value || !name.startsWith(VARIABLE_PREFIX) || known.includes(name)) continue;
    if (didYouMean(name.slice(VARIABLE_PREFIX.length), ends) !== undefined)
      throw unknownSetting(name, 'The environment', known);
  }
}

function unknownSetting(name: string, where: string, known: readonly string[]): Error {
  const near = didYouMean(name, known);
  return usageError({
    code: 'config-unknown-key',
    message: `${where} names a setting that does not exist: "${name}".`,
    detail: `Settings: ${known.join(', ')}.`,
    suggestion: near === undefined ? '"healthmon config show" lists all of them.' : `Did you mean "${near}"?`,
  });
}

function* flatten(tree: unknown): Generator<[string, unknown]> {
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) {
    throw usageError({
      code: 'config-invalid',
      message: 'The configuration file must hold one JSON object.',
      suggestion: 'Run "healthmon init" to write an example.',
    });
  }
  for (const [group, branch] of Object.entries(tree)) {
    if (typeof branch === 'object' && branch !== null && !Array.isArray(branch)) {
      for (const [key, value] of Object.entries(branch)) yield [`${group}.${key}`, value];
    } else yield [group, branch];
  }
}
