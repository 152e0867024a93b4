import { defineCommand } from '../../src/cli/command.js';

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
    { flags: '--reason <reason>', type: 'string', description: 'only those with this reason' },
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
  },
  async run(input, context) {
    const { replay } = await import('../../src/pipeline/stream/dead-letter-commands.js');
    const { config, signal } = context;
    return replay(
      { limit: input.limit as number, reason: input.reason as string | undefined },
      { clients: await context.google(), config, signal },
    );
  },
  render(result, output) {
    output.note(`${result.replayed} dead letters published to ${result.topic} again`);
  },
});
