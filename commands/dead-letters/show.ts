import { defineCommand } from '../../src/cli/command.js';

export default defineCommand({
  details: "Prints one dead letter with its payload, which may hold a patient's data.",
  arguments: [{ name: 'message', description: 'message id, as listed', required: true }],
  examples: [
    { command: 'healthmon dead-letters show 8231', does: 'Shows the payload and the reason of one message.' },
  ],
  target: 'reads',
  async run(input, context) {
    const { showDeadLetter } = await import('../../src/pipeline/stream/dead-letter-commands.js');
    const { config, signal } = context;
    return showDeadLetter(String(input.message), { clients: await context.google(), config, signal });
  },
  render(result, output) {
    output.note(`${result.messageId}: ${result.reason}. ${result.detail}`);
    output.note(`published ${result.publishTime}, rejected ${result.rejectedAt}`);
    for (const [name, value] of Object.entries(result.attributes)) output.note(`  ${name}=${value}`);
    output.data(result.payload);
  },
});
