import { defineCommand } from '../../src/cli/command.js';
import { during } from '../../src/cli/during.js';
import { NAME_OPTION, nameOverride } from './options.js';

export default defineCommand({
  details:
    'Metrics of two versions on the same held-out patients, and the difference, the second less the first, with a ' +
    '95 % interval from a bootstrap that draws the same patients for both.',
  arguments: [
    { name: 'first', description: 'such as v1, or the name of a model', required: true },
    { name: 'second', description: 'such as v2, or the name of a model', required: true },
  ],
  options: [NAME_OPTION],
  examples: [{ command: 'healthmon models compare v1 v2', does: 'Says whether the second is better.' }],
  target: 'reads',
  overrides: nameOverride,
  result: {
    a: 'the first version',
    b: 'the second version',
    patients: 'held-out patients that both were asked of',
    metrics: 'metric, a, b, difference (b less a), lower, upper and higherIsBetter of each metric',
    decidedDifferently: 'patients for whom the two decide differently',
  },
  async run(input, context) {
    const [{ compareModels }, { modelOfVersion }, { commandTools }] = await Promise.all([
      import('../../src/pipeline/model/compare.js'),
      import('../../src/pipeline/model/registry.js'),
      import('../../src/pipeline/model/tools.js'),
    ]);
    const { config, output } = context;
    return during(output, 'Comparing', async () =>
      compareModels(
        await commandTools(context),
        modelOfVersion(config, input.first),
        modelOfVersion(config, input.second),
      ),
    );
  },
  render({ a, b, patients, metrics, decidedDifferently }, output) {
    const text = (value: number | null) => value?.toFixed(4) ?? '–';
    output.table(
      ['metric', a, b, 'difference', '95 % from', 'to'],
      metrics.map((row) => [
        row.metric,
        text(row.a),
        text(row.b),
        text(row.difference),
        text(row.lower),
        text(row.upper),
      ]),
    );
    output.note(`${patients} held-out patients, of whom ${decidedDifferently} are decided differently`);
  },
});
