import { defineCommand } from '../../src/cli/command.js';
import { during } from '../../src/cli/during.js';
import { DRY_RUN_OPTION, NAME_OPTION, nameOverride, REASON_OPTION } from './options.js';

export default defineCommand({
  details: 'Lets the version serve again that served before, by a copy job, and keeps that in model_events.',
  options: [NAME_OPTION, REASON_OPTION, DRY_RUN_OPTION],
  examples: [
    {
      command: 'healthmon models rollback --reason "too many alerts"',
      does: 'Goes back to the version before.',
    },
  ],
  target: 'changes',
  overrides: nameOverride,
  result: {
    model: 'name under which it serves',
    version: 'the version that serves',
    previous: 'the version that served until then',
    dryRun: 'whether nothing was changed',
  },
  async run(input, context) {
    const [{ rollback }, { commandTools }] = await Promise.all([
      import('../../src/pipeline/model/lifecycle.js'),
      import('../../src/pipeline/model/tools.js'),
    ]);
    return during(context.output, 'Rolling back', async () =>
      rollback(await commandTools(context), { reason: input.reason, dryRun: input.dryRun === true }),
    );
  },
  render({ model, version, previous, dryRun }, output) {
    output.data(`${version} ${dryRun ? 'would serve' : 'serves'} as ${model} again, after ${previous}.`);
  },
});
