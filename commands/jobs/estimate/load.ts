import { defineCommand } from '../../../src/cli/command.js';
import { JOB_DEFAULTS } from '../../../src/pipeline/jobs/defaults.js';
import { PRICE_FILE_OPTION, PRICES_RESULT, pricesNote, pricesOf } from './prices.js';

export default defineCommand({
  details:
    'One run of the job that loads files, besides the rows in Spanner. How long it takes is for a trial to say: a machine ' +
    'reads each file. All rows are shuffled once. List prices without discounts.',
  options: [
    { flags: '--gigabytes <n>', type: 'number', minimum: 0, default: 1, description: 'size of the files' },
    { flags: '--hours <n>', type: 'number', minimum: 0, default: 1, description: 'how long the job runs' },
    {
      flags: '--workers <n>',
      type: 'integer',
      minimum: 1,
      default: JOB_DEFAULTS.workers,
      description: 'machines',
    },
    {
      flags: '--machine-type <type>',
      type: 'string',
      default: JOB_DEFAULTS.machineType,
      description: 'type of the machines',
    },
    PRICE_FILE_OPTION,
  ],
  examples: [
    {
      command: 'healthmon jobs estimate load --gigabytes 50 --hours 0.5 --workers 10',
      does: 'Says what loading 50 GB by ten machines costs.',
    },
  ],
  target: 'offline',
  result: { run: 'amounts by what they are for, and their total', ...PRICES_RESULT },
  async run(input, { cwd }) {
    const { loadCosts } = await import('../../../src/pipeline/costs/estimate.js');
    const prices = await pricesOf(input.priceFile, cwd);
    const { asOf, currency, location, rates } = prices;
    const { gigabytes, hours, machineType, workers } = input;
    return {
      run: loadCosts({ gigabytes, hours, machineType, workers }, prices),
      ...{ currency, location, asOf, rates },
    };
  },
  render({ run, ...prices }, output) {
    output.table(
      ['a run', 'amount'],
      Object.entries(run).map(([part, amount]) => [part, amount.toFixed(2)]),
    );
    output.note(pricesNote(prices));
  },
});
