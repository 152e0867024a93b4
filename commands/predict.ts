import { defineCommand } from '../src/cli/command.js';
import { counted } from '../src/core/counted.js';
import type { Explanation } from '../src/pipeline/model/explanation.js';
import { whyText } from './why-text.js';

export default defineCommand({
  details:
    'ML.PREDICT on the newest reading of each patient; probability is that of the predicted outcome. --explain adds ' +
    'what each feature adds to the log-odds (ML.EXPLAIN_PREDICT). --store keeps the predictions of all patients, or of ' +
    'the one that is named, in the table model_predictions, whatever --limit prints: each reading once for each ' +
    'version of the model, however often it runs.',
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
    {
      flags: '--model <name>',
      type: 'string',
      description: 'a version such as v2, or the name of a model (default: the one that serves)',
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
    version: 'what tells the training that gave them from all others',
    rows: 'Patient_ID, predicted_Outcome, probability, actual_Outcome and the newest reading of each patient; with --explain also explanation: baseline, logOdds, attributions and unexplained',
    stored: 'with --store: predictions that this run stored, or gave their explanation',
  },
  async run(input, context) {
    const [{ predictOutcomes, storePredictions }, { readQuestion }, { modelOfVersion }, { commandTools }] =
      await Promise.all([
        import('../src/pipeline/model/predict.js'),
        import('../src/pipeline/model/question.js'),
        import('../src/pipeline/model/registry.js'),
        import('../src/pipeline/model/tools.js'),
      ]);
    const tools = await commandTools(context);
    const options = { patient: input.patient, limit: input.limit, explain: input.explain === true };
    const question = await readQuestion(tools, modelOfVersion(context.config, input.model));
    const result = await predictOutcomes(tools, question, options);
    if (!input.store) return result;
    return { ...result, stored: await storePredictions(tools, question, options) };
  },
  render({ rows, stored }, output) {
    const explained = rows.map(({ explanation, ...row }) =>
      explanation === undefined ? row : { ...row, why: whyText(explanation as Explanation) },
    );
    const columns = Object.keys(explained[0] ?? {});
    output.table(
      columns,
      explained.map((row: Record<string, unknown>) =>
        columns.map((name) =>
          name === 'probability' && row[name] !== null ? Number(row[name]).toFixed(3) : row[name],
        ),
      ),
    );
    if (stored !== undefined) output.note(`${counted(stored, 'prediction')} stored`);
  },
});
