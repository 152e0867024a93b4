import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { usageError } from '../errors/healthmon-error.js';
import { CONFIG_FILE, type Config } from './config.js';
import { SETTINGS, type SettingName } from './settings.js';

/** Writes the settings in force to `healthmon.json` of a folder. */
export function writeConfigFile(
  folder: string,
  config: Config,
  options: { force: boolean },
): { file: string } {
  const file = join(folder, CONFIG_FILE);
  if (existsSync(file) && !options.force) {
    throw usageError({
      code: 'config-exists',
      message: `${file} exists already.`,
      suggestion: 'Edit it, or replace it with "healthmon init --force".',
    });
  }
  const source = config as unknown as Record<string, unknown>;
  const tree: Record<string, unknown> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const [group] = name.split('.') as [string];
    tree[group] = source[group];
  }
  writeFileSync(file, `${JSON.stringify(tree, null, 2)}\n`);
  return { file };
}
