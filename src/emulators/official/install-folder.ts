import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where `emulators install` puts Google's emulators: `HEALTHMON_CACHE_DIR`, or the user's cache folder. */
export function installFolder(env: NodeJS.ProcessEnv): string {
  const cache =
    env.HEALTHMON_CACHE_DIR || join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'healthmon');
  return join(cache, 'emulators', 'current');
}
