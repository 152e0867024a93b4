import { defineCommand } from '../../src/cli/command.js';
import { DRY_RUN_OPTION, NAME_OPTION, nameOverride, REASON_OPTION } from './options.js';

export default defineCommand({
  details: 'Marks a version so that it cannot be promoted. The model itself stays; see models prune.',
  arguments: [{ name: 'version', description: 'such as v2', required: true }],
  options: [NAME_OPTION, REASON_OPTION, DRY_RUN_OPTION],
  examples: [
    { command: 'healthmon models archive v2 --reason "trained on a wrong table"', does: 'Puts it aside.' },
  ],
  target: 'changes',
  overrides: nameOverride,
  result: {
    model: 'name of the model',
    version: 'the version that was put aside',
    dryRun: 'whether nothing was changed',
  },
  async run(input, context) {
    const [{ archive }, { commandTools }] = await Promise.all([
      import('../../src/pipeline/model/lifecycle.js'),
      import('../../src/pipeline/model/tools.js'),
    ]);
    const { version, reason } = input;
    return archive(await commandTools(context), { version, reason, dryRun: input.dryRun === true });
  },
  render({ version, dryRun }, output) {
    output.data(`${version} ${dryRun ? 'would be' : 'is'} archived.`);
  },
});
