import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { filesNeeding, missingOfficials } from './test/helpers/official-emulators.js';

const leftOut = filesNeeding(await missingOfficials());

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOut],
    globalSetup: ['test/helpers/global-stack.ts'],
    // Most of the time goes into waiting for emulators, and two cores would get one worker.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
