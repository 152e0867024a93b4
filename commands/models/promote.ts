import { defineCommand } from '../../src/cli/command.js';
import { during } from '../../src/cli/during.js';
import { EXIT } from '../../src/errors/healthmon-error.js';
import { DRY_RUN_OPTION, NAME_OPTION, nameOverride, REASON_OPTION } from './options.js';

export default defineCommand({
  details:
    'Lets a version serve under the name of the model, by a copy job, and keeps that in model_events. With --if-better ' +
    'only when it beats the one that serves on the same held-out patients by --margin at the least; otherwise exit ' +
    'code 5, and nothing changes.',
  arguments: [{ name: 'version', description: 'such as v2', required: true }],
  options: [
    NAME_OPTION,
    {
      flags: '--if-better <metric>',
      type: 'string',
      choices: ['roc_auc', 'log_loss', 'brier'],
      description: 'only when it is better than the one that serves',
    },
    {
      flags: '--margin <x>',
      type: 'number',
      minimum: 0,
      default: 0,
      description: 'with --if-better: by how much at the least',
    },
    REASON_OPTION,
    DRY_RUN_OPTION,
  ],
  examples: [
    {
      command: 'healthmon models promote v2 --reason "approved by the ward round"',
      does: 'Lets the second version serve.',
    },
    {
      command: 'healthmon models promote v3 --if-better roc_auc --margin 0.01',
      does: 'Lets it serve when it is better, or ends with 5.',
    },
  ],
  target: 'changes',
  overrides: nameOverride,
  result: {
    model: 'name under which it serves',
    version: 'the version that was asked for',
    previous: 'the version that served before, or null',
    promoted: 'whether this run let it serve, or would; false too when it served already',
    comparison: 'with --if-better: what models compare gives, or null',
    dryRun: 'whether nothing was changed',
  },
  async run(input, context) {
    const [{ promote }, { commandTools }] = await Promise.all([
      import('../../src/pipeline/model/lifecycle.js'),
      import('../../src/pipeline/model/tools.js'),
    ]);
    const { version, ifBetter, margin, reason } = input;
    const dryRun = input.dryRun === true;
    return during(context.output, 'Promoting', async () =>
      promote(await commandTools(context), { version, ifBetter, margin, reason, dryRun }),
    );
  },
  render({ model, version, previous, promoted }, output) {
    if (promoted)
      output.data(`${version} serves as ${model}${previous === null ? '' : `, after ${previous}`}.`);
    else if (previous === version) output.data(`${version} serves already.`);
    else output.data(`${version} is not better; ${previous} serves as before.`);
  },
  exitCode: ({ promoted, previous, version }) =>
    promoted || previous === version ? EXIT.done : EXIT.gateFailed,
});
