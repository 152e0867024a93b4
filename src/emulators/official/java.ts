import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The Pub/Sub emulator is built for Java 11 and later. */
export const MINIMUM_JAVA = 11;

/** The full version of the Java on the PATH; undefined when there is none that works. */
export async function javaVersion(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    // java prints its version on stderr.
    const { stderr } = await promisify(execFile)('java', ['-version'], { env, timeout: 10_000 });
    return /version "([^"]+)"/.exec(stderr)?.[1];
  } catch {
    return undefined;
  }
}

/** The major version: of `17.0.15` 17, of the old-style `1.8.0_292` 8. */
export function majorOf(version: string): number {
  return Number(version.startsWith('1.') ? version.split('.')[1] : version.split('.')[0]);
}
