import { defineCommand } from '../../src/cli/command.js';
import { confirmationOptions, requireConfirmation } from '../../src/cli/confirmation.js';
import { counted } from '../../src/core/counted.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from '../plan.js';
import { REASON_OPTION } from './options.js';

/** More than a subscription of dead letters holds. */
const MOST_LETTERS = 1_000_000;

export default defineCommand({
  details: 'Removes dead letters for good. Nothing else keeps them.',
  options: [REASON_OPTION, ...confirmationOptions('really remove them'), DRY_RUN_OPTION],
  examples: [
    {
      command: 'healthmon dead-letters purge --reason invalid-json --yes',
      does: 'Removes the dead letters with one reason.',
    },
  ],
  target: 'changes',
  result: {
    subscription: 'the dead-letter subscription',
    purged: 'dead letters removed',
    ...PLAN_KEYS,
  },
  async run(input, context) {
    const { listDeadLetters, purge } = await import('../../src/pipeline/stream/dead-letter-commands.js');
    const { config, signal } = context;
    const reason = input.reason;
    if (input.dryRun === true) {
      const tools = { clients: await context.google(), config, signal };
      const { subscription, deadLetters } = await listDeadLetters({ limit: MOST_LETTERS, reason }, tools);
      return planOf([['remove', subscription, counted(deadLetters.length, 'dead letter')]]);
    }
    if (input.yes === true) requireConfirmation('Removing dead letters', input, config);
    return purge(
      { confirmed: input.yes === true, reason },
      { clients: await context.google(), config, signal },
    );
  },
  render(result, output) {
    if (renderPlan(result, output)) return;
    output.note(`${counted(result.purged, 'dead letter')} removed from ${result.subscription}`);
  },
});
