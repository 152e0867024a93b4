import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OFFICIAL_NAMES } from '../../../src/core/services.js';

/** Google's emulator wherever there is one. */
export const ALL_OFFICIAL = Object.fromEntries(OFFICIAL_NAMES.map((name) => [name, 'official' as const]));

/** An executable that stands in for an emulator that misbehaves. @returns its path. */
export function script(folder: string, name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}
