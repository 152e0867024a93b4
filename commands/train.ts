import { defineCommand } from '../src/cli/command.js';
import { during } from '../src/cli/during.js';
import { counted } from '../src/core/counted.js';
import { EXIT } from '../src/errors/healthmon-error.js';
import { GATE_OPTIONS, gatesOf, renderGates } from './gate-options.js';
import { NAME_OPTION, nameOverride, VERTEX_ID_OPTION } from './models/options.js';

const TYPES = ['logistic_reg', 'linear_reg', 'boosted_tree_classifier', 'boosted_tree_regressor'] as const;

export default defineCommand({
  details:
    'Trains a version, outcome_model_v1 and so on, with BigQuery ML, by default a logistic regression of Outcome on ' +
    'the joined table. One patient in five is held out by a hash of the id, with all rows. The version is evaluated ' +
    'on them, kept in the tables model_versions, model_events and model_metrics, and then serves as outcome_model, ' +
    'unless a gate fails (exit code 5) or --no-promote is given. What is known only after the outcome is no feature.',
  options: [
    NAME_OPTION,
    { flags: '--label <column>', type: 'string', description: 'column to predict (default: Outcome)' },
    {
      flags: '--features <columns>',
      type: 'string',
      description: 'columns to learn from, separated by commas (default: all that may be known)',
    },
    { flags: '--except <columns>', type: 'string', description: 'columns to leave out, separated by commas' },
    { flags: '--table <table>', type: 'string', description: 'table to learn from' },
    { flags: '--sql <file>', type: 'string', description: 'file with a query whose rows to learn from' },
    {
      flags: '--type <type>',
      type: 'string',
      choices: TYPES,
      default: 'logistic_reg',
      description: 'type of model',
    },
    {
      flags: '--split-by <column>',
      type: 'string',
      description: 'column whose values are held out as a whole (default: Patient_ID)',
    },
    {
      flags: '--unit <unit>',
      type: 'string',
      choices: ['reading', 'patient'],
      default: 'reading',
      description: 'what a row is; a patient has newest, mean, lowest, highest and slope of each vital',
    },
    {
      flags: '--during-stay',
      type: 'boolean',
      description: 'leave out what is known only at the discharge, such as Length_of_Stay and Cost',
    },
    {
      flags: '--max-iterations <n>',
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 20,
      description: 'iterations of gradient descent, or trees, at the most',
    },
    {
      flags: '--option <key=value>',
      type: 'strings',
      description: 'option of CREATE MODEL, such as l2_reg=0.1 (repeatable)',
    },
    {
      flags: '--tune <n>',
      type: 'integer',
      minimum: 1,
      maximum: 100,
      description: 'trials of hyperparameter tuning',
    },
    {
      flags: '--register',
      type: 'boolean',
      description: 'add the version to the model registry of Vertex AI, through BigQuery',
    },
    VERTEX_ID_OPTION,
    ...GATE_OPTIONS,
    { flags: '--no-promote', type: 'boolean', description: 'train a version that does not serve' },
    { flags: '--dry-run', type: 'boolean', description: 'print the statement and run nothing' },
  ],
  examples: [
    { command: 'healthmon train', does: 'Trains the next version of outcome_model, which then serves.' },
    {
      command: 'healthmon train --during-stay --gates gates.json',
      does: 'Trains without what is known only at the discharge; it serves when every gate passes.',
    },
    {
      command:
        'healthmon train --name readmission_model --label Readmission --unit patient --except Procedure',
      does: 'Asks another question of one row for each patient.',
    },
    {
      command: 'healthmon train --type boosted_tree_classifier --tune 5 --no-promote',
      does: 'Tunes a challenger, to be compared.',
    },
  ],
  target: 'changes',
  overrides: nameOverride,
  result: {
    model: 'name under which versions serve',
    version: 'the version that was trained',
    promoted: 'whether it serves',
    label: 'column that it predicts',
    features: 'columns that it learned from',
    trainRows: 'rows trained on',
    trainPatients: 'patients trained on',
    evalRows: 'rows held out',
    evalPatients: 'patients held out',
    iterations: 'iterations run',
    trainLoss: 'mean loss of the training rows after the last iteration',
    metrics: 'the metrics of evaluate',
    gates: 'the gates, as evaluate gives them',
    passed: 'whether every gate passed',
    warnings: 'what the checks of the features found',
    seconds: 'duration',
    dryRun: 'true when nothing was run',
    statement: 'with --dry-run: the statement',
  },
  async run(input, context) {
    const [{ planTraining, trainModel }, { commandTools }, { vertexAiModelIdOf }] = await Promise.all([
      import('../src/pipeline/model/train.js'),
      import('../src/pipeline/model/tools.js'),
      import('../src/pipeline/model/register.js'),
    ]);
    const asked = {
      label: input.label,
      features: columnsOf(input.features),
      except: columnsOf(input.except),
      table: input.table,
      sql: input.sql,
      type: input.type.toUpperCase() as Uppercase<(typeof TYPES)[number]>,
      splitBy: input.splitBy,
      unit: input.unit,
      duringStay: input.duringStay,
      maxIterations: input.maxIterations,
      options: input.option ?? [],
      tune: input.tune,
      vertexAiModelId:
        input.register || input.vertexId !== undefined
          ? vertexAiModelIdOf(input.vertexId, context.config.bigquery.model)
          : undefined,
    };
    const gates = await gatesOf(input, context.cwd);
    const tools = await commandTools(context);
    if (input.dryRun) return { dryRun: true as const, statement: await planTraining(tools, asked) };
    return during(context.output, 'Training', () =>
      trainModel(tools, { ...asked, ...gates, promote: input.promote !== false }),
    );
  },
  render(result, output) {
    if ('dryRun' in result) {
      output.data(result.statement);
      return;
    }
    const { metrics } = result;
    const shown = ['roc_auc', 'accuracy', 'log_loss', 'r2_score', 'mean_absolute_error'].filter(
      (name) => metrics[name] !== undefined,
    );
    output.table(
      ['version', 'train rows', 'held-out rows', 'iterations', ...shown, 'seconds'],
      [
        [
          result.version,
          `${result.trainRows} of ${counted(result.trainPatients, 'patient')}`,
          `${result.evalRows} of ${counted(result.evalPatients, 'patient')}`,
          result.iterations,
          ...shown.map((name) => metrics[name]!.toFixed(3)),
          result.seconds.toFixed(2),
        ],
      ],
    );
    for (const warning of result.warnings) output.note(`${output.style.yellow('warning')} ${warning}`);
    renderGates(result.gates, output);
    output.note(
      result.promoted ? `${result.version} serves as ${result.model}.` : `${result.version} does not serve.`,
    );
  },
  exitCode: (result) => ('dryRun' in result || result.passed ? EXIT.done : EXIT.gateFailed),
});

function columnsOf(text: string | undefined): string[] | undefined {
  return text
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
