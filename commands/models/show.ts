import { defineCommand } from '../../src/cli/command.js';
import { NAME_OPTION, nameOverride } from './options.js';

export default defineCommand({
  details: 'What a version was asked and of whom, its metrics, and what happened to it.',
  arguments: [{ name: 'version', description: 'such as v2', required: true }],
  options: [
    NAME_OPTION,
    { flags: '--sql', type: 'boolean', description: 'print the statement that trained it' },
  ],
  examples: [
    { command: 'healthmon models show v2', does: 'Shows everything that is kept of the second version.' },
    { command: 'healthmon models show v2 --sql', does: 'Prints the statement that trained it.' },
  ],
  target: 'reads',
  overrides: nameOverride,
  result: {
    version: 'the version',
    stage: 'champion, challenger, archived, pruned or incomplete',
    record: 'its row of model_versions, or null',
    metrics: 'its newest metrics: data, slice, sliceValue, metric, value, lower, upper and patients',
    events: 'its rows of model_events, the oldest first',
    sql: 'with --sql: true',
  },
  async run(input, context) {
    const [{ showModel }, { commandTools }] = await Promise.all([
      import('../../src/pipeline/model/list.js'),
      import('../../src/pipeline/model/tools.js'),
    ]);
    const shown = await showModel(await commandTools(context), input.version);
    return { ...shown, ...(input.sql && { sql: true as const }) };
  },
  render({ version, stage, record, metrics, events, sql }, output) {
    if (sql) {
      output.data(record?.statement ?? '');
      return;
    }
    output.table(
      ['version', version],
      [
        ['stage', stage],
        ...(record === null
          ? []
          : [
              ['created', record.createdAt],
              ['type', record.modelType],
              ['label', record.label],
              ['features', record.features.join(', ')],
              ['held out by', record.splitBy],
              ['one row is a', record.unit],
              ['trained on', `${record.trainRows} rows of ${record.trainPatients} patients`],
              ['held out', `${record.heldOutRows} rows of ${record.heldOutPatients} patients`],
              ['data hash', record.dataHash],
            ]),
      ],
    );
    output.data('');
    output.table(
      ['metric', 'of', 'value', '95 % from', 'to', 'patients'],
      metrics
        .filter(({ slice }) => slice === 'all')
        .map(({ metric, data, value, lower, upper, patients }) => [
          metric,
          data,
          value?.toFixed(4) ?? '–',
          lower?.toFixed(4) ?? '–',
          upper?.toFixed(4) ?? '–',
          patients,
        ]),
    );
    output.data('');
    output.table(
      ['at', 'event', 'reason'],
      events.map(({ at, event, reason }) => [at, event, reason]),
    );
  },
});
