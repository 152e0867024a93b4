import { setTimeout } from 'node:timers/promises';
import { defineCommand } from '../src/cli/command.js';
import { EXIT } from '../src/errors/healthmon-error.js';
import { changeText, PROVEN_RISKS, WARD_COLUMNS, WARD_OPTIONS, wardRow, wardSummary } from './ward-table.js';

export default defineCommand({
  details:
    'On a terminal a board that is read again every few seconds: ↑ ↓ move, → shows the patient, / filters, s sorts, p ' +
    'pauses, ? lists the keys, q quits; unfocused it is read every 10 s. In a pipe the board once and then a line for each change of risk; with --jsonl an ' +
    'object for each change and nothing else; with --once or --json the board once. --exit-on waits for a patient with ' +
    'that risk or a higher one and ends with exit code 5. It reads Bigtable alone, and ages and conditions once from ' +
    'Spanner. Not a medical device.',
  options: [
    {
      flags: '--limit <n>',
      type: 'integer',
      minimum: 1,
      maximum: 10_000,
      default: 50,
      description: 'patients on the board at the most; changes are told of all',
    },
    ...WARD_OPTIONS,
    {
      flags: '--interval <duration>',
      type: 'duration',
      minimum: 200,
      maximum: 3_600_000,
      default: 2_000,
      description: 'how often the ward is read',
    },
    {
      flags: '--exit-on <risk>',
      type: 'string',
      choices: PROVEN_RISKS,
      description: 'end with exit code 5 when a patient has this risk or a higher one',
    },
    { flags: '--once', type: 'boolean', description: 'show the board once' },
    { flags: '--jsonl', type: 'boolean', description: 'print changes as JSON, one a line' },
  ],
  examples: [
    { command: 'healthmon watch', does: 'Shows the ward, and keeps it up to date.' },
    {
      command: 'healthmon watch --jsonl --risk urgent | jq .Patient_ID',
      does: 'Hands on who becomes urgent.',
    },
    { command: 'healthmon watch --exit-on emergency', does: 'Waits for the first emergency.' },
  ],
  target: 'reads',
  result: {
    patients: 'of the board as it was seen last, as in ward',
    total: 'patients of the whole ward',
    byRisk: 'how many there are of each risk, without a reading, and stale',
    asOf: 'the newest event time of all readings',
    changes: 'changes of risk that were seen',
    reached: 'whether a patient has the risk of --exit-on',
  },
  async run(input, context) {
    const { openWard } = await import('../src/pipeline/ward/ward-command.js');
    const { watchWard } = await import('../src/pipeline/ward/watch.js');
    const { output, signal, config } = context;
    const asked = {
      limit: input.limit,
      risk: input.risk,
      condition: input.condition,
      staleAfterMs: input.staleAfter,
      clock: input.clock,
    };
    const ward = await openWard({
      clients: await context.google(),
      config,
      nowMs: context.now().getTime(),
      onWarning: (text) => output.warn(text),
    });
    const read = () => ward.read(asked, context.now().getTime());
    const watching = { read, exitOn: input.exitOn, signal };
    const once = input.once === true || output.json;
    if (!once && input.jsonl !== true) {
      const { watchOnScreen } = await import('./watch-screen.js');
      const end = await watchOnScreen(watching, input.interval, output);
      if (end !== undefined) return end;
    }
    let seen: Awaited<ReturnType<typeof read>> | undefined;
    const quit = once ? AbortSignal.abort() : undefined;
    const end = await watchWard({
      ...watching,
      quit,
      pause: (stop) => setTimeout(input.interval, undefined, { signal: stop }),
      async onWard(now, changes) {
        seen = now;
        if (changes === undefined && input.jsonl !== true) {
          output.table(WARD_COLUMNS, now.patients.map(wardRow));
          output.note(wardSummary(now));
        }
        for (const change of changes ?? []) {
          await output.write(`${input.jsonl ? JSON.stringify(change) : changeText(change)}\n`);
        }
      },
    });
    const { chosen: _chosen, ...shown } = seen!;
    return { ...shown, ...end };
  },
  render() {},
  exitCode: ({ reached }) => (reached ? EXIT.gateFailed : EXIT.done),
});
