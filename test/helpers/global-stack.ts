import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { resetStack } from '../../src/emulators/stack/stop.js';
import { leftOutNotice, missingOfficials } from './official-emulators.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the one stack of this test run. */
    stackFolder: string;
    /** Run with --update: pages get the output that their commands give. */
    updatesDocs: boolean;
  }
}

/** Gives all test files one folder for a stack, which the first that needs it starts; ends it after the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const notice = leftOutNotice(await missingOfficials());
  if (notice !== undefined) project.vitest.logger.log(`\n${notice}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'healthmon-test-stack-'));
  project.provide('stackFolder', folder);
  project.provide('updatesDocs', project.globalConfig.snapshotOptions.updateSnapshot === 'all');
  return async () => {
    await resetStack({ env: { HEALTHMON_STATE_DIR: folder }, cwd: folder });
    rmSync(folder, { recursive: true, force: true });
    if (notice !== undefined) project.vitest.logger.log(`\n${notice}`);
  };
}
