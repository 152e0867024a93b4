import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { OfficialName } from '../../src/core/services.js';

const root = join(import.meta.dirname, '..', '..');
/** First line of a file of tests that is of no use without them. */
const NEEDS = /^\/\/ Needs Google's emulators: ([a-z, ]+)\n/;

/** Google's emulators that are not on this machine. */
export async function missingOfficials(): Promise<OfficialName[]> {
  // The built one: the configuration of the tests would be bundled together with all that the sources lead to.
  const built = join(root, 'dist', 'src', 'emulators', 'official', 'find.js');
  if (!existsSync(built)) return [];
  const { findOfficialEmulators } = await import(/* @vite-ignore */ pathToFileURL(built).href);
  const found: Record<OfficialName, unknown> = await findOfficialEmulators(process.env);
  return (Object.keys(found) as OfficialName[]).filter((name) => found[name] === undefined);
}

/** Files of tests that need one of these, as paths from the root of the project. */
export function filesNeeding(missing: readonly OfficialName[]): string[] {
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join('test', path))
    .filter((path) => {
      const needs = NEEDS.exec(readFileSync(join(root, path), 'utf8'))?.[1]?.split(', ') ?? [];
      return missing.some((name) => needs.includes(name));
    })
    .sort();
}

/** What a run without these leaves out; undefined when there is nothing to tell. */
export function leftOutNotice(missing: readonly OfficialName[]): string | undefined {
  if (missing.length === 0) return undefined;
  const files = filesNeeding(missing);
  return [
    `Google's emulators of ${missing.join(', ')} are not installed, so nothing is compared with them, and these are left out:`,
    ...files.map((file) => `  ${file}`),
    'To run them too: "node bin/healthmon.js emulators install", or the Google Cloud CLI; Pub/Sub needs Java besides.',
  ].join('\n');
}
