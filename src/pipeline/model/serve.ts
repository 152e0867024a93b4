import { HealthmonError } from '../../errors/healthmon-error.js';
import type { LiveModel } from '../../gcp/bigquery/models.js';
import { numberOfVersion, VERSION_LABEL } from './registry.js';
import type { ModelTools } from './tools.js';

/** Lets a version serve under the name of the model, at once, by a copy job. */
export async function serve(tools: ModelTools, version: string): Promise<void> {
  const { model } = tools.config.bigquery;
  const { models, signal } = tools;
  const live = await models.get(version);
  if (live === undefined) throw gone(version);
  await labelVersion(tools, live);
  await models.copy(version, model, signal);
  await labelCopy(tools, live);
}

/** Whether a copy job takes labels along BigQuery does not say, so the copy is given its own and asked for it. */
async function labelCopy({ models, config }: ModelTools, version: LiveModel): Promise<void> {
  const { model } = config.bigquery;
  const label = versionLabel(model, version.name);
  const copied = await models.get(model);
  if (copied?.labels[VERSION_LABEL] === label) return;
  await models.setLabels(model, { [VERSION_LABEL]: label });
  const labelled = await models.get(model);
  if (labelled?.labels[VERSION_LABEL] === label) return;
  throw new HealthmonError({
    code: 'version-not-labelled',
    message: `${version.name} serves as ${model}, but ${model} does not say so.`,
    detail: `Its label ${VERSION_LABEL} is ${labelled?.labels[VERSION_LABEL] ?? 'not set'}, not ${label}.`,
    suggestion: `Run "healthmon models promote ${label}" again.`,
  });
}

function versionLabel(model: string, version: string): string {
  return `v${numberOfVersion(model, version)}`;
}

/** A labelled version says which one it is, and so may a copy of it. */
export async function labelVersion({ models, config }: ModelTools, live: LiveModel): Promise<void> {
  const label = versionLabel(config.bigquery.model, live.name);
  if (live.labels[VERSION_LABEL] !== label) await models.setLabels(live.name, { [VERSION_LABEL]: label });
}

export function gone(version: string): Error {
  return new HealthmonError({
    code: 'version-gone',
    message: `The model ${version} is not in the dataset any more.`,
    detail: 'What it was is still in the history; what it had learned is not.',
    suggestion: 'Run "healthmon models list" for those that there are, or "healthmon train" for a new one.',
  });
}
