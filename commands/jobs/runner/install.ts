import { defineCommand } from '../../../src/cli/command.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from '../../plan.js';

export default defineCommand({
  details:
    'Makes a virtual environment of Python with Apache Beam in HEALTHMON_CACHE_DIR or the user’s cache folder: what ' +
    'runs jobs on the local target. Takes about 650 MB. Uses the network through pip.',
  options: [DRY_RUN_OPTION],
  examples: [{ command: 'healthmon jobs runner install', does: 'Installs Apache Beam unless it is there.' }],
  target: 'offline',
  result: {
    folder: 'where it is',
    version: 'of Apache Beam',
    changed: 'whether it was installed',
    ...PLAN_KEYS,
  },
  async run(input, { env, output, signal }) {
    const [{ installRunner }, { runnerFolder }] = await Promise.all([
      import('../../../src/emulators/beam/install.js'),
      import('../../../src/emulators/beam/runner.js'),
    ]);
    if (input.dryRun === true) return planOf([['install', runnerFolder(env), 'Apache Beam']]);
    const progress = output.progress('Installing');
    try {
      const { runner, changed } = await installRunner({
        env,
        signal,
        onProgress: (step) => progress.update(step),
      });
      progress.done(changed ? runner.folder : 'nothing to do');
      return { folder: runner.folder, version: runner.version, changed };
    } catch (error) {
      progress.fail();
      throw error;
    }
  },
  render(result, output) {
    if (renderPlan(result, output)) return;
    output.table(['version', 'folder'], [[result.version, result.folder]]);
  },
});
