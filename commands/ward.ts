import { defineCommand } from '../src/cli/command.js';
import { WARD_COLUMNS, WARD_OPTIONS, wardRow, wardSummary } from './ward-table.js';

export default defineCommand({
  details:
    'One row per patient from the newest values in Bigtable, the sickest first: proven risk, points of the part of ' +
    'NEWS2 that sensors give, and their change within an hour. The first number of NEWS2 is what is known, the second ' +
    'what it would be with everything unknown at its worst. Small digits are the points of a value; one with "~" is older ' +
    'than the newest reading and in no sum. Nobody drops off: who has no new reading is marked as stale. Not a medical ' +
    'device.',
  options: [
    {
      flags: '--limit <n>',
      type: 'integer',
      minimum: 1,
      maximum: 100_000,
      default: 20,
      description: 'patients at the most',
    },
    ...WARD_OPTIONS,
  ],
  examples: [
    { command: 'healthmon ward', does: 'Shows the twenty sickest patients.' },
    { command: 'healthmon ward --risk urgent --json', does: 'Lists all who are at least urgent, as JSON.' },
  ],
  target: 'reads',
  result: {
    patients:
      'Patient_ID, Age, Gender, Condition, risk, known, possible, missing, vitals, change, lastReadingAt, staleSeconds and stale of each',
    total: 'patients of the whole ward',
    byRisk: 'how many there are of each risk, without a reading, and stale',
    asOf: 'the newest event time of all readings',
  },
  async run(input, context) {
    const { readWard } = await import('../src/pipeline/ward/ward-command.js');
    return readWard(
      {
        limit: input.limit,
        risk: input.risk,
        condition: input.condition,
        staleAfterMs: input.staleAfter,
        clock: input.clock,
      },
      {
        clients: await context.google(),
        config: context.config,
        nowMs: context.now().getTime(),
        onWarning: (text) => context.output.warn(text),
      },
    );
  },
  render({ patients, total, byRisk, asOf }, output) {
    if (patients.length > 0) output.table(WARD_COLUMNS, patients.map(wardRow));
    output.note(wardSummary({ total, byRisk, asOf }));
  },
});
