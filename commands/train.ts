import { defineCommand } from '../src/cli/command.js';
import { during } from '../src/cli/during.js';
import { counted } from '../src/core/counted.js';

export default defineCommand({
  details:
    'CREATE OR REPLACE MODEL … LOGISTIC_REG on the joined table. One patient in five is held out by a hash of the id, with all readings.',
  options: [
    {
      flags: '--max-iterations <n>',
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 20,
      description: 'iterations of gradient descent at the most',
    },
    { flags: '--dry-run', type: 'boolean', description: 'print the statement and run nothing' },
  ],
  examples: [
    { command: 'healthmon train', does: 'Trains outcome_model and evaluates it on the held-out patients.' },
  ],
  target: 'changes',
  result: {
    model: 'name of the model',
    trainRows: 'rows trained on',
    trainPatients: 'patients trained on',
    evalRows: 'rows held out',
    evalPatients: 'patients held out',
    iterations: 'iterations run',
    trainLoss: 'mean log loss of the training rows after the last iteration',
    metrics: 'the metrics of evaluate',
    seconds: 'duration',
    dryRun: 'true when nothing was run',
    statement: 'with --dry-run: the statement',
  },
  async run(input, context) {
    const maxIterations = input.maxIterations;
    if (input.dryRun) {
      const { statement } = await import('../src/pipeline/analytics/templates.js');
      const text = statement('train', context.config, { maxIterations: String(maxIterations) });
      return { dryRun: true as const, statement: text };
    }
    const { bigQueryPort } = await import('../src/gcp/bigquery/port.js');
    const { trainModel } = await import('../src/pipeline/model/train.js');
    return during(context.output, 'Training', async () =>
      trainModel(
        await bigQueryPort(await context.google()),
        context.config,
        { maxIterations },
        context.signal,
      ),
    );
  },
  render(result, output) {
    if ('dryRun' in result) {
      output.data(result.statement);
      return;
    }
    output.table(
      ['model', 'train rows', 'held-out rows', 'iterations', 'roc_auc', 'accuracy', 'log_loss', 'seconds'],
      [
        [
          result.model,
          `${result.trainRows} of ${counted(result.trainPatients, 'patient')}`,
          `${result.evalRows} of ${counted(result.evalPatients, 'patient')}`,
          result.iterations,
          result.metrics.roc_auc.toFixed(3),
          result.metrics.accuracy.toFixed(3),
          result.metrics.log_loss.toFixed(3),
          result.seconds.toFixed(2),
        ],
      ],
    );
  },
});
