import { defineCommand } from '../../src/cli/command.js';
import { counted } from '../../src/core/counted.js';
import { DRY_RUN_OPTION, PLAN_KEYS, planOf, renderPlan } from '../plan.js';
import { REASON_OPTION } from './options.js';

export default defineCommand({
  details:
    'Publishes dead letters to the vitals topic again, payload and attributes as they once were, and takes them ' +
    'out of the dead-letter subscription. Use it after the cause is mended.',
  options: [
    {
      flags: '--limit <n>',
      type: 'integer',
      minimum: 1,
      default: 1_000_000,
      description: 'replay at most this many',
    },
    REASON_OPTION,
    DRY_RUN_OPTION,
  ],
  examples: [
    {
      command: 'healthmon dead-letters replay --reason bigquery-rejected',
      does: 'Sends again what BigQuery had refused.',
    },
  ],
  target: 'changes',
  result: {
    topic: 'the topic they were published to',
    replayed: 'dead letters published again',
    ...PLAN_KEYS,
  },
  async run(input, context) {
    const { listDeadLetters, replay } = await import('../../src/pipeline/stream/dead-letter-commands.js');
    const { config, signal } = context;
    const asked = { limit: input.limit, reason: input.reason };
    const tools = { clients: await context.google(), config, signal };
    if (input.dryRun === true) {
      const { subscription, deadLetters } = await listDeadLetters(asked, tools);
      const letters = counted(deadLetters.length, 'dead letter');
      return planOf([
        ['publish', config.pubsub.topic, letters],
        ['remove', subscription, letters],
      ]);
    }
    return replay(asked, tools);
  },
  render(result, output) {
    if (renderPlan(result, output)) return;
    output.note(`${counted(result.replayed, 'dead letter')} published to ${result.topic} again`);
  },
});
