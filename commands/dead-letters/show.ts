import { defineCommand } from '../../src/cli/command.js';

export default defineCommand({
  details: "Prints one dead letter with its payload, which may hold a patient's data.",
  arguments: [
    { name: 'message', description: 'message id, as listed', required: true, completes: 'dead-letters' },
  ],
  examples: [
    { command: 'healthmon dead-letters show 8231', does: 'Shows the payload and the reason of one message.' },
  ],
  target: 'reads',
  result: {
    messageId: 'id of the message that was rejected',
    reason: 'why it was rejected, as a word',
    detail: 'the same, as a sentence',
    column: 'the field at fault, or null',
    publishTime: 'when it was published',
    rejectedAt: 'when the worker rejected it',
    bytes: 'size of the payload',
    attributes: 'its attributes as they were published',
    payload: 'what was published, as text or base64',
    encoding: 'utf8 or base64',
  },
  async run(input, context) {
    const { showDeadLetter } = await import('../../src/pipeline/stream/dead-letter-commands.js');
    const { config, signal } = context;
    return showDeadLetter(input.message, { clients: await context.google(), config, signal });
  },
  render(result, output) {
    output.note(`${result.messageId}: ${result.reason}. ${result.detail}`);
    output.note(`published ${result.publishTime}, rejected ${result.rejectedAt}`);
    for (const [name, value] of Object.entries(result.attributes)) output.note(`  ${name}=${value}`);
    output.data(result.payload);
  },
});
