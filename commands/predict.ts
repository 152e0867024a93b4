import { defineCommand } from '../src/cli/command.js';
import { counted } from '../src/core/counted.js';
import type { Explanation } from '../src/pipeline/model/explanation.js';
import { whyText } from './why-text.js';

export default defineCommand({
  details:
    'ML.PREDICT on the newest reading of each patient; probability is that of the predicted outcome. --explain adds ' +
    'what each feature adds to the log-odds (ML.EXPLAIN_PREDICT). --store keeps the predictions of all patients, or of ' +
    'the one that is named, in the table model_predictions, whatever --limit prints: each reading once for each ' +
    'training of the model, however often it runs.',
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
    { flags: '--explain', type: 'boolean', description: 'show what each feature adds' },
    { flags: '--store', type: 'boolean', description: 'keep the predictions' },
  ],
  examples: [
    { command: 'healthmon predict --limit 5', does: 'Predicts for five patients.' },
    { command: 'healthmon predict --patient 42 --json', does: 'Predicts for one patient, as JSON.' },
    {
      command: 'healthmon predict --store --explain',
      does: 'Keeps the predictions of all, with their reasons.',
    },
  ],
  target: 'reads',
  result: {
    model: 'name of the model',
    rows: 'Patient_ID, predicted_Outcome, probability, actual_Outcome and the newest reading of each patient; with --explain also explanation: baseline, logOdds, attributions and unexplained',
    stored: 'with --store: predictions that this run stored, or gave their explanation',
  },
  async run(input, context) {
    const [{ bigQueryPort }, { predictOutcomes, storePredictions }] = await Promise.all([
      import('../src/gcp/bigquery/port.js'),
      import('../src/pipeline/model/predict.js'),
    ]);
    const { config, signal } = context;
    const clients = await context.google();
    const port = await bigQueryPort(clients);
    const options = {
      patient: input.patient,
      limit: input.limit,
      explain: input.explain === true,
    };
    const result = await predictOutcomes(port, config, options, signal);
    if (!input.store) return result;
    const { modelVersion } = await import('../src/gcp/bigquery/models.js');
    const version = await modelVersion(clients, config);
    return { ...result, stored: await storePredictions(port, config, { ...options, version }, signal) };
  },
  render({ rows, stored }, output) {
    const explained = rows.map(({ explanation, ...row }) =>
      explanation === undefined ? row : { ...row, why: whyText(explanation as Explanation) },
    );
    const columns = Object.keys(explained[0] ?? {});
    output.table(
      columns,
      explained.map((row: Record<string, unknown>) =>
        columns.map((name) => (name === 'probability' ? Number(row[name]).toFixed(3) : row[name])),
      ),
    );
    if (stored !== undefined) output.note(`${counted(stored, 'prediction')} stored`);
  },
});
