import { HealthmonError, usageError } from '../../errors/healthmon-error.js';
import { findVersion, readHistory, record, recordUnrecorded } from './lifecycle.js';
import type { CommandTools } from './tools.js';

export interface RegisterResult {
  model: string;
  version: string;
  vertexAiModelId: string;
  /** Whether it was in the registry under this id already. */
  unchanged: boolean;
  dryRun: boolean;
}

/** What BigQuery takes; https://docs.cloud.google.com/bigquery/docs/reference/standard-sql/bigqueryml-syntax-create-glm */
const VERTEX_AI_MODEL_ID = /^[a-z_][a-z0-9_-]{0,62}$/;

/** The id that is asked for, or that of the model: `outcome_model`. @throws a usage error when it is none. */
export function vertexAiModelIdOf(asked: string | undefined, model: string): string {
  const id = asked ?? model.toLowerCase();
  if (VERTEX_AI_MODEL_ID.test(id)) return id;
  throw usageError({
    code: 'invalid-option',
    message: `"${id}" is no id of a model in Vertex AI.`,
    suggestion: 'Give --vertex-id with at most 63 characters of a-z, 0-9, _ and -, the first a letter or _.',
  });
}

/**
 * Adds a version to the registry of Vertex AI through BigQuery, as the newest version of the model of that id. A model is in
 * the registry once: under another id it is refused. The local BigQuery only records the id.
 */
export async function register(
  tools: CommandTools,
  { version: asked, vertexAiModelId, dryRun }: { version: string; vertexAiModelId: string; dryRun: boolean },
): Promise<RegisterResult> {
  const history = await recordUnrecorded(tools, await readHistory(tools), dryRun);
  const { version } = findVersion(history, asked);
  const result = { model: history.model, version, vertexAiModelId, unchanged: false, dryRun };
  const live = await tools.models.get(version);
  if (live === undefined) throw notRegistered(version, 'The model is not in the dataset any more.');
  if (live.vertexAiModelId === vertexAiModelId) return { ...result, unchanged: true };
  if (live.vertexAiModelId !== undefined) {
    throw notRegistered(
      version,
      `It is registered as ${live.vertexAiModelId}, and a model is registered once.`,
    );
  }
  if (dryRun) return result;
  await tools.models.register(version, vertexAiModelId);
  const found = (await tools.models.get(version))?.vertexAiModelId;
  if (found !== vertexAiModelId)
    throw notRegistered(version, 'BigQuery took the id, but does not give it back.');
  await recordRegistered(tools, version, vertexAiModelId);
  return result;
}

function notRegistered(version: string, detail: string): Error {
  return new HealthmonError({
    code: 'not-registered',
    message: `${version} was not added to the registry of Vertex AI.`,
    detail,
    suggestion:
      'Run "healthmon models list" for the versions; "healthmon doctor" says what the registry needs.',
  });
}

export async function recordRegistered(
  tools: CommandTools,
  version: string,
  vertexAiModelId: string,
): Promise<void> {
  await record(tools, version, 'registered', { detail: { vertexAiModelId, target: tools.config.target } });
}
