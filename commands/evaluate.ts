import { defineCommand } from '../src/cli/command.js';
import { during } from '../src/cli/during.js';
import { counted } from '../src/core/counted.js';
import { EXIT } from '../src/errors/healthmon-error.js';
import { GATE_OPTIONS, gatesOf, renderGates } from './gate-options.js';

export default defineCommand({
  details:
    'ML.EVALUATE and ML.CONFUSION_MATRIX on the held-out patients, with the label and the features that the model was ' +
    'trained with. A missed gate ends with exit code 5. --store keeps the ' +
    'metrics in the table model_metrics, with those of slices by sex, age and condition and 95 % intervals from a ' +
    'bootstrap over patients; the view v_model_quality shows the newest of each version. --plot draws ROC, ' +
    'calibration, confusion, decision curve and slices.',
  options: [
    {
      flags: '--model <name>',
      type: 'string',
      description: 'a version such as v2, or the name of a model (default: the one that serves)',
    },
    ...GATE_OPTIONS,
    {
      flags: '--later',
      type: 'boolean',
      description: 'on stored predictions whose outcome has come to be known since, not on held-out rows',
    },
    { flags: '--store', type: 'boolean', description: 'keep the metrics' },
    { flags: '--plot <file>', type: 'string', description: 'draw the charts into an .svg or .html file' },
  ],
  examples: [
    { command: 'healthmon evaluate', does: 'Prints the metrics and the confusion matrix.' },
    { command: 'healthmon evaluate --min-roc-auc 0.75', does: 'Fails a CI job when the model is worse.' },
    {
      command: 'healthmon evaluate --store --plot model.html',
      does: 'Keeps the metrics and draws the charts.',
    },
  ],
  target: 'reads',
  result: {
    model: 'name of the model',
    version: 'what tells this training from all others',
    metrics:
      'metrics of ML.EVALUATE on the held-out patients, by default precision, recall, accuracy, f1_score, log_loss and roc_auc',
    confusionMatrix: 'rows of ML.CONFUSION_MATRIX',
    gates: 'gate, metric, threshold, actual value, passed and detail of each gate',
    passed: 'whether every gate passed',
    stored: 'with --store: metrics that were stored',
    plot: 'with --plot: the file',
  },
  async run(input, context) {
    const [{ runEvaluateCommand }, { commandTools }] = await Promise.all([
      import('../src/pipeline/model/evaluate-command.js'),
      import('../src/pipeline/model/tools.js'),
    ]);
    const { model: version, later, store, plot } = input;
    const gates = await gatesOf(input, context.cwd);
    return during(context.output, 'Evaluating', async () =>
      runEvaluateCommand(await commandTools(context), {
        version,
        ...gates,
        later: later === true,
        store: store === true,
        plot,
      }),
    );
  },
  render(result, output) {
    output.table(
      ['metric', 'value'],
      Object.entries(result.metrics).map(([name, value]) => [name, value.toFixed(4)]),
    );
    if (result.confusionMatrix.length > 0) output.data('');
    const columns = Object.keys(result.confusionMatrix[0] ?? {});
    if (columns.length > 0) {
      output.table(
        columns,
        result.confusionMatrix.map((row) => columns.map((column) => row[column])),
      );
    }
    renderGates(result.gates, output);
    if (result.stored !== undefined) output.note(`${counted(result.stored, 'metric')} stored`);
    if (result.plot !== undefined) output.note(`Written: ${result.plot}`);
  },
  exitCode: (result) => (result.passed ? EXIT.done : EXIT.gateFailed),
});
