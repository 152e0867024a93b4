import { defineCommand } from '../../../src/cli/command.js';
import { JOB_DEFAULTS } from '../../../src/pipeline/jobs/defaults.js';
import { PRICE_FILE_OPTION, PRICES_RESULT, pricesNote, pricesOf } from './prices.js';

export default defineCommand({
  details:
    'A month of the stream, besides Spanner, Bigtable and what is stored: as a job of Dataflow, as a worker pool of Cloud ' +
    'Run, and as a subscription of Pub/Sub that writes to BigQuery by itself. List prices without discounts; Streaming ' +
    'Engine is taken at its price by volume.',
  options: [
    {
      flags: '--messages-per-second <n>',
      type: 'number',
      minimum: 0,
      default: JOB_DEFAULTS.messagesPerSecond,
      description: 'messages, all day long, of one reading each',
    },
    {
      flags: '--message-bytes <n>',
      type: 'integer',
      minimum: 1,
      default: JOB_DEFAULTS.messageBytes,
      description: 'bytes of a message',
    },
    {
      flags: '--workers <n>',
      type: 'integer',
      minimum: 1,
      default: JOB_DEFAULTS.workers,
      description: 'machines, or instances of the pool',
    },
    {
      flags: '--machine-type <type>',
      type: 'string',
      default: JOB_DEFAULTS.machineType,
      description: 'type of the machines of Dataflow',
    },
    PRICE_FILE_OPTION,
  ],
  examples: [
    {
      command: 'healthmon jobs estimate stream --messages-per-second 1000',
      does: 'Says what a month of 1,000 messages a second costs.',
    },
  ],
  target: 'offline',
  result: { monthly: 'amounts of each way by what they are for, and their total', ...PRICES_RESULT },
  async run(input, { cwd }) {
    const { streamCosts } = await import('../../../src/pipeline/costs/estimate.js');
    const prices = await pricesOf(input.priceFile, cwd);
    const { asOf, currency, location, rates } = prices;
    const { messageBytes, messagesPerSecond, machineType, workers } = input;
    const monthly = streamCosts({ messageBytes, messagesPerSecond, machineType, workers }, prices);
    return { monthly, currency, location, asOf, rates };
  },
  render({ monthly, ...prices }, output) {
    const parts = ['machines', 'streamingEngine', 'pubsub', 'bigquery', 'total'];
    output.table(
      ['a month', ...parts],
      Object.entries(monthly).map(([way, costs]) => [
        way,
        ...parts.map((part) => (costs[part] === undefined ? '' : costs[part].toFixed(2))),
      ]),
    );
    output.note(pricesNote(prices));
  },
});
