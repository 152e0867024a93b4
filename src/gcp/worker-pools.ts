import { setTimeout as pause } from 'node:timers/promises';
import { HealthmonError } from '../errors/healthmon-error.js';
import { isNotFound } from './google-errors.js';
import type { GoogleRest } from './google-rest.js';

interface Operation {
  name?: string;
  done?: boolean;
  error?: { code?: number; message?: string };
}

const POLL_MS = 2_000;
/** Cloud Run gives up on a revision that does not start long before. */
const READY_WITHIN_MS = 10 * 60_000;

/**
 * Creates or replaces a Cloud Run worker pool, and waits until its instances run.
 * https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.workerPools
 * @param body a WorkerPool.
 * @throws HealthmonError `deploy-failed` with what Cloud Run says when they do not.
 */
export async function putWorkerPool(
  { ask }: GoogleRest,
  where: { project: string; region: string; name: string },
  body: object,
  signal: AbortSignal,
): Promise<'created' | 'replaced'> {
  const parent = `v2/projects/${where.project}/locations/${where.region}`;
  const path = `${parent}/workerPools/${where.name}`;
  const exists = await ask('run', path).then(
    () => true,
    (error) => {
      if (isNotFound(error)) return false;
      throw error;
    },
  );
  let operation = (await (exists
    ? ask('run', path, { method: 'PATCH', body })
    : ask('run', `${parent}/workerPools?workerPoolId=${where.name}`, { body }))) as Operation;
  const endMs = performance.now() + READY_WITHIN_MS;
  while (operation.done !== true) {
    if (performance.now() > endMs) throw failed(where, 'It did not become ready within ten minutes.');
    await pause(POLL_MS, undefined, { signal });
    operation = (await ask('run', `v2/${operation.name}`)) as Operation;
  }
  if (operation.error !== undefined) throw failed(where, operation.error.message);
  return exists ? 'replaced' : 'created';
}

function failed({ name, region }: { name: string; region: string }, detail: string | undefined) {
  return new HealthmonError({
    code: 'deploy-failed',
    message: `The worker pool ${name} does not run.`,
    detail,
    suggestion: `Run "gcloud run worker-pools logs read ${name} --region=${region}" to see what its container says.`,
  });
}
