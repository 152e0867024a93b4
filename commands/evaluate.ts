import { defineCommand } from '../src/cli/command.js';
import { during } from '../src/cli/during.js';
import { EXIT } from '../src/errors/healthmon-error.js';

export default defineCommand({
  details:
    'ML.EVALUATE and ML.CONFUSION_MATRIX on the held-out patients. A missed gate ends with exit code 5.',
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
  ],
  examples: [
    { command: 'healthmon evaluate', does: 'Prints the metrics and the confusion matrix.' },
    { command: 'healthmon evaluate --min-roc-auc 0.75', does: 'Fails a CI job when the model is worse.' },
  ],
  target: 'reads',
  result: {
    model: 'name of the model',
    metrics: 'precision, recall, accuracy, f1_score, log_loss and roc_auc on the held-out patients',
    confusionMatrix: 'rows of ML.CONFUSION_MATRIX',
    gates: 'gate, metric, threshold, actual value and passed of each gate',
    passed: 'whether every gate passed',
  },
  async run(input, context) {
    const { bigQueryPort } = await import('../src/gcp/bigquery/port.js');
    const { evaluateModel } = await import('../src/pipeline/model/evaluate.js');
    const thresholds = {
      minRocAuc: input.minRocAuc,
      minAccuracy: input.minAccuracy,
      minF1: input.minF1,
      maxLogLoss: input.maxLogLoss,
    };
    return during(context.output, 'Evaluating', async () =>
      evaluateModel(await bigQueryPort(await context.google()), context.config, thresholds, context.signal),
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
  },
  exitCode: (result) => (result.passed ? EXIT.done : EXIT.gateFailed),
});
