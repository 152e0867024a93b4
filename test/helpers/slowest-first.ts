import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { SLOW_FILES } from './slow-files.js';

/**
 * Starts what takes longest first, so that no worker is left alone with it at the end. Vitest goes by what it
 * remembers of earlier runs, which is nothing on a clean checkout.
 */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const seconds = ({ project, moduleId }: TestSpecification) =>
      SLOW_FILES[relative(`${project.config.root}/test`, moduleId)]?.seconds ?? 0;
    return (await super.sort(files)).toSorted((a, b) => seconds(b) - seconds(a));
  }
}
