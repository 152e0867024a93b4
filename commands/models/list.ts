import { defineCommand } from '../../src/cli/command.js';
import type { ListedMetric } from '../../src/pipeline/model/list.js';
import { NAME_OPTION, nameOverride } from './options.js';

export default defineCommand({
  details:
    'Every version that was trained, the newest first, with its newest metrics on held-out patients. The stage is ' +
    'champion (it serves), challenger, archived, pruned (its record is left), or incomplete (its training was ' +
    'interrupted).',
  options: [NAME_OPTION],
  examples: [{ command: 'healthmon models list', does: 'Lists the versions of outcome_model.' }],
  target: 'reads',
  overrides: nameOverride,
  result: {
    model: 'name under which versions serve',
    champion: 'the version that serves, or null',
    models:
      'version, stage, createdAt, createdBy, modelType, label, trainRows, heldOutPatients, vertexAiModelId and metrics of each version',
  },
  async run(_input, context) {
    const [{ listModels }, { commandTools }] = await Promise.all([
      import('../../src/pipeline/model/list.js'),
      import('../../src/pipeline/model/tools.js'),
    ]);
    return listModels(await commandTools(context));
  },
  render({ model, models }, output) {
    if (models.length === 0) {
      output.note(`${model} has no versions; "healthmon train" makes the first.`);
      return;
    }
    const isRegistered = models.some(({ vertexAiModelId }) => vertexAiModelId !== null);
    output.table(
      [
        ...[
          'version',
          'stage',
          'created',
          'type',
          'label',
          'held-out patients',
          'roc_auc',
          'log_loss',
          'slope',
        ],
        ...(isRegistered ? ['Vertex AI'] : []),
      ],
      models.map(
        ({ version, stage, createdAt, modelType, label, heldOutPatients, metrics, vertexAiModelId }) => [
          version,
          stage,
          createdAt?.slice(0, 19) ?? '–',
          modelType ?? '–',
          label ?? '–',
          heldOutPatients ?? '–',
          withInterval(metrics.roc_auc),
          metrics.log_loss?.value?.toFixed(3) ?? '–',
          withInterval(metrics.calibration_slope),
          ...(isRegistered ? [vertexAiModelId ?? '–'] : []),
        ],
      ),
    );
  },
});

function withInterval(metric: ListedMetric | undefined): string {
  if (metric === undefined || metric.value === null) return '–';
  const { value, lower, upper } = metric;
  return `${value.toFixed(3)}${lower === null || upper === null ? '' : ` [${lower.toFixed(3)}, ${upper.toFixed(3)}]`}`;
}
