import { existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../core/package-root.js';
import { usageError } from '../errors/healthmon-error.js';
import { CONFIG_FILE, type Config, readConfigText, SECRET, settingOf } from './config.js';
import { SETTINGS, type SettingName, type SettingSpec } from './settings.js';

type Tree = Record<string, unknown>;

/** Where the JSON Schema of `healthmon.json` lies in the package. */
const SCHEMA_FILE = 'templates/healthmon.schema.json';

export interface FileChange {
  file: string;
  /** The whole file as it is, or would be, without secrets. */
  settings: Tree;
}

/**
 * Writes the settings in force to `healthmon.json` of a folder, but leaves out defaults that follow from another
 * setting: written down they would stay when that one changes.
 */
export function writeConfigFile(
  folder: string,
  config: Config,
  options: { force: boolean; dryRun: boolean },
): FileChange {
  const file = join(folder, CONFIG_FILE);
  if (existsSync(file) && !options.force) {
    throw usageError({
      code: 'config-exists',
      message: `${file} exists already.`,
      suggestion: 'Change it with "healthmon config set", or replace it with "healthmon init --force".',
    });
  }
  const settings: Tree = { $schema: schemaReference(folder) };
  for (const [name, spec] of Object.entries(SETTINGS) as [SettingName, SettingSpec][]) {
    if (typeof spec.default === 'function' && config.origins[name] === 'default') continue;
    if (spec.secret && config.origins[name] !== 'file') continue;
    place(settings, name, settingOf(config, name));
  }
  if (!options.dryRun) writeTree(file, settings);
  return { file, settings: withoutSecrets(settings) };
}

/**
 * Changes settings in the configuration file and leaves the others as they are; a missing file is made.
 * @param changes checked values; undefined removes a setting, so that its default holds again.
 */
export function changeConfigFile(
  location: { cwd: string; file: string | undefined },
  changes: ReadonlyMap<SettingName, string | number | undefined>,
  options: { dryRun: boolean },
): FileChange {
  const file = resolve(location.cwd, location.file ?? CONFIG_FILE);
  // It was read before, to resolve the settings of this run, so it is one JSON object.
  const settings: Tree = existsSync(file)
    ? JSON.parse(readConfigText(file))
    : { $schema: schemaReference(resolve(file, '..')) };
  for (const [name, value] of changes) place(settings, name, value);
  if (!options.dryRun) writeTree(file, settings);
  return { file, settings: withoutSecrets(settings) };
}

/** Puts a setting into its place of the tree; undefined takes it out. */
export function place(tree: Tree, name: SettingName, value: string | number | undefined): void {
  const [group, key] = name.split('.') as [string, string | undefined];
  if (key === undefined) {
    tree[group] = value;
    return;
  }
  const branch = (tree[group] ?? {}) as Tree;
  branch[key] = value;
  const isEmpty = Object.values(branch).every((each) => each === undefined);
  tree[group] = isEmpty ? undefined : branch;
}

/** The tree as it may be shown. */
function withoutSecrets(tree: Tree): Tree {
  const shown = structuredClone(tree);
  for (const [name, { secret }] of Object.entries(SETTINGS) as [SettingName, SettingSpec][]) {
    const [group, key] = name.split('.') as [string, string];
    const branch = shown[group] as Tree | undefined;
    if (secret && branch?.[key]) branch[key] = SECRET;
  }
  return shown;
}

/** A relative path where the package lies below the folder, so that the file can be shared; else a URL. */
function schemaReference(folder: string): string {
  const schema = join(packageRoot(), SCHEMA_FILE);
  const path = relative(folder, schema);
  return path.startsWith('..') ? pathToFileURL(schema).href : `./${path.split(sep).join('/')}`;
}

/** Written aside and renamed, so that an interruption leaves the old file. */
function writeTree(file: string, tree: Tree): void {
  const aside = `${file}.${process.pid}.new`;
  try {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode;
    writeFileSync(aside, `${JSON.stringify(tree, null, 2)}\n`, mode === undefined ? {} : { mode });
    renameSync(aside, file);
  } catch (cause) {
    throw usageError({
      code: 'config-unwritable',
      message: `The configuration file ${file} cannot be written.`,
      detail: (cause as Error).message,
      suggestion: 'Check the folder, or give another file with --config.',
      cause,
    });
  }
}
