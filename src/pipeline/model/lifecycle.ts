import { nearest } from '../../core/closest.js';
import { HealthmonError, usageError } from '../../errors/healthmon-error.js';
import type { JsonValue } from '../../gcp/bigquery/values.js';
import { type ComparedMetric, type Comparison, compareModels } from './compare.js';
import {
  addEvent,
  type EventName,
  type ModelEvent,
  numberOfVersion,
  readEvents,
  readVersions,
  type VersionRecord,
  versionName,
} from './registry.js';
import { gone, serve } from './serve.js';
import type { CommandTools, ModelTools } from './tools.js';

export type Stage = 'champion' | 'challenger' | 'archived' | 'pruned' | 'incomplete';

export interface Version {
  version: string;
  stage: Stage;
  /** Undefined of a training that was interrupted before it was recorded. */
  record: VersionRecord | undefined;
}

/** Everything that is known of the configured model. */
export interface History {
  model: string;
  /** The oldest first. */
  versions: Version[];
  events: ModelEvent[];
  /** The version that serves, as the model itself says; undefined when there is no model. */
  champion: string | undefined;
}

/** What is recorded, beside what is there. */
export async function readHistory(tools: ModelTools): Promise<History> {
  const { model } = tools.config.bigquery;
  const [records, events, names, serving] = await Promise.all([
    readVersions(tools),
    readEvents(tools),
    tools.models.names(),
    tools.models.get(model),
  ]);
  const champion = serving && versionName(serving);
  const live = names.filter((name) => numberOfVersion(model, name) !== undefined);
  const unrecorded = live.filter((name) => records.every(({ version }) => version !== name));
  const versions = [...records.map(({ version }) => version), ...unrecorded].map((version) => {
    const record = records.find((each) => each.version === version);
    return { version, record, stage: stageOf(version, record, { champion, live, events }) };
  });
  versions.sort((a, b) => numberOfVersion(model, a.version)! - numberOfVersion(model, b.version)!);
  return { model, versions, events, champion };
}

function stageOf(
  version: string,
  record: VersionRecord | undefined,
  { champion, live, events }: { champion: string | undefined; live: string[]; events: ModelEvent[] },
): Stage {
  if (version === champion) return 'champion';
  if (!live.includes(version)) return 'pruned';
  if (record === undefined) return 'incomplete';
  return events.some((each) => each.version === version && each.event === 'archived')
    ? 'archived'
    : 'challenger';
}

/** The version that is meant by `v2`, `2` or its whole name. @throws with the nearest names when there is none. */
export function findVersion({ model, versions }: History, asked: string): Version {
  const name = /^v?\d+$/.test(asked) ? `${model}_v${asked.replace('v', '')}` : asked;
  const found = versions.find(({ version }) => version === name);
  if (found !== undefined) return found;
  const near = nearest(
    name,
    versions.map(({ version }) => version),
  );
  throw usageError({
    code: 'version-unknown',
    message: `The model ${model} has no version "${asked}".`,
    suggestion:
      near.length === 0
        ? 'Run "healthmon models list" for those that there are.'
        : `Did you mean ${near.map((each) => `"${each}"`).join(' or ')}?`,
  });
}

/** The number of the next training. */
export function nextNumber({ model, versions }: History): number {
  return Math.max(0, ...versions.map(({ version }) => numberOfVersion(model, version)!)) + 1;
}

export async function record(
  tools: CommandTools,
  version: string,
  event: EventName,
  { reason = '', detail = null }: { reason?: string | undefined; detail?: JsonValue } = {},
): Promise<void> {
  await addEvent(tools, {
    at: new Date(tools.nowMs()).toISOString(),
    model: tools.config.bigquery.model,
    version,
    event,
    doneBy: tools.by,
    reason,
    detail,
  });
}

/** What served before the champion, by the events: promotions go up, rollbacks back down. */
export function previousChampion({ events, champion }: History): string | undefined {
  const served: string[] = [];
  for (const { event, version } of events) {
    if (event === 'promoted' && served.at(-1) !== version) served.push(version);
    if (event === 'rolled_back') {
      while (served.length > 0 && served.at(-1) !== version) served.pop();
    }
  }
  const at = served.lastIndexOf(champion ?? '');
  return served[at - 1];
}

/**
 * Records a promotion whose copy was made before its run was killed: the model that serves says so itself, and the history
 * has to say it too before anything else is written to it.
 */
export async function recordUnrecorded(
  tools: CommandTools,
  history: History,
  dryRun = false,
): Promise<History> {
  if (dryRun) return history;
  const { champion, versions, events } = history;
  const last = events.findLast(({ event }) => event === 'promoted' || event === 'rolled_back');
  if (champion === undefined || last?.version === champion) return history;
  if (versions.every(({ version }) => version !== champion)) return history;
  await record(tools, champion, 'promoted', {
    reason: 'recorded afterwards: it was serving when the next command looked',
  });
  return { ...history, events: await readEvents(tools) };
}

export interface PromoteInput {
  version: string;
  /** Only when it is better than the champion by this metric. */
  ifBetter: string | undefined;
  /** How much better it must be at the least. */
  margin: number;
  reason: string | undefined;
  dryRun: boolean;
}

export interface PromoteResult {
  model: string;
  version: string;
  /** The version that served before. */
  previous: string | null;
  promoted: boolean;
  /** With the champion, when it was asked to be better than that. */
  comparison: Comparison | null;
  dryRun: boolean;
}

/** Promotes a version, by default whatever it is, otherwise when it is better than what serves. */
export async function promote(tools: CommandTools, input: PromoteInput): Promise<PromoteResult> {
  const { dryRun } = input;
  const history = await recordUnrecorded(tools, await readHistory(tools), dryRun);
  const { version, stage } = findVersion(history, input.version);
  if (stage === 'pruned') throw gone(version);
  if (stage === 'archived' || stage === 'incomplete') {
    throw usageError({
      code: 'not-promotable',
      message:
        stage === 'archived' ? `${version} is archived.` : `The training of ${version} was not finished.`,
      suggestion: 'Promote another version; "healthmon models list" shows them.',
    });
  }
  const { model, champion } = history;
  const previous = champion ?? null;
  if (stage === 'champion') return { model, version, previous, promoted: false, comparison: null, dryRun };
  const comparison =
    input.ifBetter === undefined || champion === undefined
      ? null
      : await compareModels(tools, model, version);
  const compared = comparison?.metrics.find(({ metric }) => metric === input.ifBetter);
  const isBetter = compared === undefined || improvement(compared) >= input.margin;
  if (isBetter && !dryRun) {
    await serve(tools, version);
    await record(tools, version, 'promoted', {
      reason: input.reason,
      detail: { previous, ...(compared && { metric: compared.metric, difference: compared.difference }) },
    });
  }
  return { model, version, previous, promoted: isBetter, comparison, dryRun };
}

/** How much better, whichever way is better; never of what could not be measured. */
function improvement({ difference, higherIsBetter }: ComparedMetric): number {
  if (difference === null) return Number.NEGATIVE_INFINITY;
  return higherIsBetter ? difference : -difference;
}

export interface RollbackResult {
  model: string;
  version: string;
  previous: string;
  dryRun: boolean;
}

/** Lets the version serve again that served before the champion. */
export async function rollback(
  tools: CommandTools,
  { reason, dryRun }: { reason: string | undefined; dryRun: boolean },
): Promise<RollbackResult> {
  const history = await recordUnrecorded(tools, await readHistory(tools), dryRun);
  const { model, champion } = history;
  const version = previousChampion(history);
  if (version === undefined || champion === undefined) {
    throw new HealthmonError({
      code: 'no-earlier-version',
      message: `No version of ${model} served before ${champion ?? 'any other'}.`,
      suggestion: 'Name one with "healthmon models promote VERSION"; "healthmon models list" shows them.',
    });
  }
  if (!dryRun) {
    await serve(tools, version);
    await record(tools, version, 'rolled_back', { reason, detail: { previous: champion } });
  }
  return { model, version, previous: champion, dryRun };
}

/** Puts a version aside, so that it is not promoted by mistake. The model itself stays. */
export async function archive(
  tools: CommandTools,
  { version: asked, reason, dryRun }: { version: string; reason: string | undefined; dryRun: boolean },
): Promise<{ model: string; version: string; dryRun: boolean }> {
  const history = await recordUnrecorded(tools, await readHistory(tools), dryRun);
  const { version, stage } = findVersion(history, asked);
  if (stage === 'champion') {
    throw usageError({
      code: 'champion-serves',
      message: `${version} serves and cannot be archived.`,
      suggestion: 'Promote another version first.',
    });
  }
  if (stage !== 'archived' && !dryRun) await record(tools, version, 'archived', { reason });
  return { model: history.model, version, dryRun };
}

export interface PruneResult {
  model: string;
  /** Versions whose models were deleted, or would be in a dry run. */
  pruned: string[];
  kept: string[];
  dryRun: boolean;
}

/** Deletes the models of all but the newest versions and of what serves and served before it. Their records stay. */
export async function prune(
  tools: CommandTools,
  { keep, dryRun }: { keep: number; dryRun: boolean },
): Promise<PruneResult> {
  const history = await recordUnrecorded(tools, await readHistory(tools), dryRun);
  const live = history.versions.filter(({ stage }) => stage !== 'pruned').map(({ version }) => version);
  const needed = new Set([...live.slice(live.length - keep), history.champion, previousChampion(history)]);
  const pruned = live.filter((version) => !needed.has(version));
  for (const version of dryRun ? [] : pruned) {
    await tools.models.delete(version);
    await record(tools, version, 'pruned', { reason: `keep ${keep}` });
  }
  return { model: history.model, pruned, kept: live.filter((version) => needed.has(version)), dryRun };
}
