import { defineCommand } from '../../src/cli/command.js';

export default defineCommand({
  details: 'Removes dead letters for good. Nothing else keeps them.',
  options: [
    { flags: '--reason <reason>', type: 'string', description: 'only those with this reason' },
    { flags: '--yes', type: 'boolean', description: 'really remove them' },
  ],
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
  },
  async run(input, context) {
    const { purge } = await import('../../src/pipeline/stream/dead-letter-commands.js');
    const { config, signal } = context;
    return purge(
      { confirmed: input.yes === true, reason: input.reason as string | undefined },
      { clients: await context.google(), config, signal },
    );
  },
  render(result, output) {
    output.note(`${result.purged} dead letters removed from ${result.subscription}`);
  },
});
