import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { filesNeeding, missingOfficials } from './test/helpers/official-emulators.js';
import { ciRunOf, filesOfOtherRun } from './test/helpers/slow-files.js';
import { SlowestFiles } from './test/helpers/slowest-files.js';
import { SlowestFirst } from './test/helpers/slowest-first.js';

const leftOut = [...filesNeeding(await missingOfficials()), ...filesOfOtherRun(ciRunOf(process.env))];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOut],
    globalSetup: ['test/helpers/global-stack.ts'],
    reporters: ['default', new SlowestFiles()],
    sequence: { sequencer: SlowestFirst },
    // Much of the time goes into waiting for emulators, and two cores would get one worker.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    // Hardly more than a sign that something hangs: a busy machine takes its time to start a process.
    testTimeout: 120_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
