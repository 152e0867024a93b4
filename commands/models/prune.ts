import { defineCommand } from '../../src/cli/command.js';
import { confirmationOptions, requireConfirmation } from '../../src/cli/confirmation.js';
import { DRY_RUN_OPTION, NAME_OPTION, nameOverride } from './options.js';

export default defineCommand({
  details:
    'Deletes the models of old versions. The newest stay, the one that serves, and the one before that, so that a ' +
    'rollback is possible. Records, metrics and events stay of all.',
  options: [
    NAME_OPTION,
    {
      flags: '--keep <n>',
      type: 'integer',
      minimum: 0,
      maximum: 1_000_000,
      default: 5,
      description: 'newest versions to keep',
    },
    DRY_RUN_OPTION,
    ...confirmationOptions('really delete them'),
  ],
  examples: [{ command: 'healthmon models prune --keep 3', does: 'Keeps the three newest versions.' }],
  target: 'changes',
  overrides: nameOverride,
  result: {
    model: 'name of the model',
    pruned: 'versions whose models were deleted',
    kept: 'versions whose models are left',
    dryRun: 'whether nothing was deleted',
  },
  async run(input, context) {
    if (!input.dryRun) requireConfirmation('Deleting models', input, context.config);
    const [{ prune }, { commandTools }] = await Promise.all([
      import('../../src/pipeline/model/lifecycle.js'),
      import('../../src/pipeline/model/tools.js'),
    ]);
    return prune(await commandTools(context), { keep: input.keep, dryRun: input.dryRun === true });
  },
  render({ pruned, kept, dryRun }, output) {
    output.table(
      ['version', 'model'],
      [
        ...pruned.map((version) => [version, dryRun ? 'would be deleted' : 'deleted']),
        ...kept.map((version) => [version, 'kept']),
      ],
    );
  },
});
