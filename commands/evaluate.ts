import { defineCommand } from '../src/cli/command.js';
import { during } from '../src/cli/during.js';
import { counted } from '../src/core/counted.js';
import { EXIT } from '../src/errors/healthmon-error.js';

export default defineCommand({
  details:
    'ML.EVALUATE and ML.CONFUSION_MATRIX on the held-out patients. A missed gate ends with exit code 5. --store keeps the ' +
    'metrics in the table model_metrics, with those of slices by sex, age and condition and 95 % intervals from a ' +
    'bootstrap over patients; the view v_model_quality shows the newest of each training. --plot draws ROC, ' +
    'calibration, confusion, decision curve and slices.',
  options: [
    {
      flags: '--min-roc-auc <x>',
      type: 'number',
      minimum: 0,
      maximum: 1,
      description: 'gate: roc_auc at least x',
    },
    {
      flags: '--min-accuracy <x>',
      type: 'number',
      minimum: 0,
      maximum: 1,
      description: 'gate: accuracy at least x',
    },
    {
      flags: '--min-f1 <x>',
      type: 'number',
      minimum: 0,
      maximum: 1,
      description: 'gate: f1_score at least x',
    },
    { flags: '--max-log-loss <x>', type: 'number', minimum: 0, description: 'gate: log_loss at most x' },
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
    metrics: 'precision, recall, accuracy, f1_score, log_loss and roc_auc on the held-out patients',
    confusionMatrix: 'rows of ML.CONFUSION_MATRIX',
    gates: 'gate, metric, threshold, actual value and passed of each gate',
    passed: 'whether every gate passed',
    stored: 'with --store: metrics that were stored',
    plot: 'with --plot: the file',
  },
  async run(input, context) {
    const { runEvaluateCommand } = await import('../src/pipeline/model/evaluate-command.js');
    const asked = {
      minRocAuc: input.minRocAuc,
      minAccuracy: input.minAccuracy,
      minF1: input.minF1,
      maxLogLoss: input.maxLogLoss,
      store: input.store === true,
      plot: input.plot,
    };
    const { config, signal, cwd } = context;
    return during(context.output, 'Evaluating', async () =>
      runEvaluateCommand(asked, {
        clients: await context.google(),
        config,
        signal,
        cwd,
        nowMs: context.now().getTime(),
      }),
    );
  },
  render(result, output) {
    output.table(
      ['metric', 'value'],
      Object.entries(result.metrics).map(([name, value]) => [name, value.toFixed(4)]),
    );
    output.data('');
    const columns = Object.keys(result.confusionMatrix[0] ?? {});
    output.table(
      columns,
      result.confusionMatrix.map((row) => columns.map((column) => row[column])),
    );
    for (const { gate, metric, threshold, actual, passed } of result.gates) {
      const verdict = passed ? output.style.green('passed') : output.style.red('missed');
      output.note(`gate ${gate} ${threshold}: ${verdict}, ${metric} is ${actual.toFixed(4)}`);
    }
    if (result.stored !== undefined) output.note(`${counted(result.stored, 'metric')} stored`);
    if (result.plot !== undefined) output.note(`Written: ${result.plot}`);
  },
  exitCode: (result) => (result.passed ? EXIT.done : EXIT.gateFailed),
});
