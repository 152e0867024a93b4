import { defineCommand } from '../src/cli/command.js';

export default defineCommand({
  details: 'ML.PREDICT on the newest reading of each patient; probability is that of the predicted outcome.',
  options: [
    {
      flags: '--patient <id>',
      type: 'string',
      description: 'only this patient',
      completes: 'patients',
    },
    {
      flags: '--limit <n>',
      type: 'integer',
      minimum: 1,
      maximum: 1_000_000,
      default: 20,
      description: 'patients at the most',
    },
  ],
  examples: [
    { command: 'healthmon predict --limit 5', does: 'Predicts for five patients.' },
    { command: 'healthmon predict --patient 42 --json', does: 'Predicts for one patient, as JSON.' },
  ],
  target: 'reads',
  result: {
    model: 'name of the model',
    rows: 'Patient_ID, predicted_Outcome, probability, actual_Outcome and the newest reading of each patient',
  },
  async run(input, context) {
    const { bigQueryPort } = await import('../src/gcp/bigquery/port.js');
    const { predictOutcomes } = await import('../src/pipeline/model/predict.js');
    const port = await bigQueryPort(await context.google());
    const patient = input.patient;
    return predictOutcomes(port, context.config, { patient, limit: input.limit }, context.signal);
  },
  render({ rows }, output) {
    const columns = Object.keys(rows[0] ?? {});
    output.table(
      columns,
      rows.map((row) =>
        columns.map((name) => (name === 'probability' ? Number(row[name]).toFixed(3) : row[name])),
      ),
    );
  },
});
