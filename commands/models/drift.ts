import { defineCommand } from '../../src/cli/command.js';
import { during } from '../../src/cli/during.js';
import { EXIT } from '../../src/errors/healthmon-error.js';
import { NAME_OPTION, nameOverride } from './options.js';

export default defineCommand({
  details:
    'How far the features have moved from what the model was trained on (ML.VALIDATE_DATA_SKEW), or from the time ' +
    'before (ML.VALIDATE_DATA_DRIFT with --base), and with them the predictions and the outcomes: the Jensen-Shannon ' +
    'divergence of numbers, the largest difference of a share of categories. What moved farther than --max ends with ' +
    'exit code 5. --store keeps the check in the table model_drift; the view v_model_drift shows the newest.',
  options: [
    NAME_OPTION,
    {
      flags: '--model <name>',
      type: 'string',
      description: 'a version such as v2, or the name of a model (default: the one that serves)',
    },
    {
      flags: '--study <time>',
      type: 'duration',
      description: 'look at the readings of this long, up to the newest (default: all)',
    },
    {
      flags: '--base <time>',
      type: 'duration',
      description: 'with --study: compare with this long before, not with the training',
    },
    { flags: '--table <table>', type: 'string', description: 'look at the rows of another table' },
    {
      flags: '--max <x>',
      type: 'number',
      minimum: 0,
      maximum: 0.999,
      default: 0.3,
      description: 'distance from which on something has moved',
    },
    {
      flags: '--feature <name=x>',
      type: 'strings',
      description: 'another distance for one feature (repeatable)',
    },
    { flags: '--store', type: 'boolean', description: 'keep the check' },
  ],
  examples: [
    { command: 'healthmon models drift --study 24h', does: 'Compares the last day with the training.' },
    {
      command: 'healthmon models drift --study 24h --base 168h --feature Age=0.1',
      does: 'Compares it with the week before, and is stricter with the age.',
    },
  ],
  target: 'reads',
  overrides: nameOverride,
  result: {
    version: 'version of the model',
    base: 'what was compared with',
    study: 'what was looked at',
    rows: 'kind (feature, prediction or label), input, metric, threshold, value and isAnomaly, the farthest first',
    drifted: 'whether anything has moved farther than it may',
    stored: 'whether the check was kept',
  },
  async run(input, context) {
    const [{ checkDrift }, { commandTools }, { usageError }] = await Promise.all([
      import('../../src/pipeline/model/drift.js'),
      import('../../src/pipeline/model/tools.js'),
      import('../../src/errors/healthmon-error.js'),
    ]);
    if ((input.base !== undefined && input.study === undefined) || (input.table && input.study)) {
      throw usageError({
        code: 'conflicting-options',
        message: '--base needs --study, and --study does not go with --table.',
        suggestion: 'Give --study TIME with --base TIME, or --table alone.',
      });
    }
    return during(context.output, 'Comparing', async () =>
      checkDrift(await commandTools(context), {
        version: input.model,
        studyMs: input.study,
        baseMs: input.base,
        table: input.table,
        max: input.max,
        features: input.feature ?? [],
        store: input.store === true,
      }),
    );
  },
  render({ version, base, study, rows, drifted }, output) {
    output.table(
      ['kind', 'input', 'metric', 'value', 'threshold', 'moved'],
      rows.map(({ kind, input, metric, value, threshold, isAnomaly }) => [
        kind,
        input,
        metric,
        value?.toFixed(4) ?? '–',
        threshold,
        isAnomaly ? 'yes' : '',
      ]),
    );
    output.note(`${version}: ${study} against ${base}: ${drifted ? 'moved' : 'nothing has moved'}`);
  },
  exitCode: ({ drifted }) => (drifted ? EXIT.gateFailed : EXIT.done),
});
