import { defineCommand } from '../../src/cli/command.js';
import { counted } from '../../src/core/counted.js';
import { REASON_OPTION } from './options.js';

export default defineCommand({
  details:
    'Reads the dead letters and leaves them where they are. Payloads are not shown; see "dead-letters show".',
  options: [
    {
      flags: '--limit <n>',
      type: 'integer',
      minimum: 1,
      default: 100,
      description: 'read at most this many',
    },
    REASON_OPTION,
  ],
  examples: [
    { command: 'healthmon dead-letters list', does: 'Shows why messages were put aside.' },
    {
      command: 'healthmon dead-letters list --reason out-of-range --json',
      does: 'Lists one reason, as JSON.',
    },
  ],
  target: 'reads',
  result: {
    subscription: 'the dead-letter subscription',
    deadLetters: 'messageId, reason, detail, column, publishTime, rejectedAt and bytes of each, oldest first',
    byReason: 'how many there are of each reason',
    limited: 'whether there may be more than --limit',
  },
  async run(input, context) {
    const { listDeadLetters } = await import('../../src/pipeline/stream/dead-letter-commands.js');
    const { rememberDeadLetters } = await import('../../src/cli/completion/values.js');
    const { config, signal } = context;
    const result = await listDeadLetters(
      { limit: input.limit, reason: input.reason },
      { clients: await context.google(), config, signal },
    );
    if (config.target === 'local') {
      rememberDeadLetters(
        context,
        result.deadLetters.map(({ messageId }) => messageId),
      );
    }
    return result;
  },
  render(result, output) {
    if (result.deadLetters.length === 0) {
      output.note(`no dead letters in ${result.subscription}`);
      return;
    }
    output.table(
      ['message', 'reason', 'detail', 'rejected at', 'bytes'],
      result.deadLetters.map((letter) => [
        letter.messageId,
        letter.reason,
        letter.detail,
        letter.rejectedAt,
        letter.bytes,
      ]),
    );
    const counts = Object.entries(result.byReason).map(([reason, count]) => `${reason} ${count}`);
    output.note(`${counted(result.deadLetters.length, 'dead letter')}: ${counts.join(', ')}`);
    if (result.limited) output.note('there may be more; use --limit');
  },
});
