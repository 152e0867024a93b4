import { defineCommand } from '../../src/cli/command.js';
import { during } from '../../src/cli/during.js';
import { DRY_RUN_OPTION, NAME_OPTION, nameOverride, VERTEX_ID_OPTION } from './options.js';

export default defineCommand({
  details:
    'Adds a version to the model registry of Vertex AI, through BigQuery alone: no training, no endpoint. It becomes the ' +
    'newest version of the model of --vertex-id there. A version is registered once. The local BigQuery has no ' +
    'registry and only records the id. "train --register" does the same, and gives the version its alias too.',
  arguments: [{ name: 'version', description: 'such as v2', required: true }],
  options: [NAME_OPTION, VERTEX_ID_OPTION, DRY_RUN_OPTION],
  examples: [
    {
      command: 'healthmon models register v2 --vertex-id outcome --target cloud',
      does: 'Makes v2 the newest version of the model "outcome" in Vertex AI.',
    },
  ],
  target: 'changes',
  overrides: nameOverride,
  result: {
    model: 'name under which versions serve',
    version: 'the version',
    vertexAiModelId: 'id of the model in Vertex AI',
    unchanged: 'whether it was registered under this id already',
    recordedOnly: 'true of the local BigQuery, which has no registry',
    dryRun: 'true when nothing was changed',
  },
  async run({ version, vertexId, dryRun }, context) {
    const [{ register, vertexAiModelIdOf }, { commandTools }] = await Promise.all([
      import('../../src/pipeline/model/register.js'),
      import('../../src/pipeline/model/tools.js'),
    ]);
    const vertexAiModelId = vertexAiModelIdOf(vertexId, context.config.bigquery.model);
    const result = await during(context.output, 'Registering', async () =>
      register(await commandTools(context), { version, vertexAiModelId, dryRun: dryRun ?? false }),
    );
    return { ...result, recordedOnly: context.config.target === 'local' };
  },
  render({ version, vertexAiModelId, unchanged, dryRun, recordedOnly }, output) {
    const done = dryRun ? 'would be registered' : unchanged ? 'was registered already' : 'is registered';
    output.data(
      `${version} ${done} as ${vertexAiModelId}${recordedOnly ? ', which the local BigQuery only records: it has no registry' : ''}.`,
    );
  },
});
