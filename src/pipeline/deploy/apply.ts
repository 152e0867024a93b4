import { putAlertPolicy } from '../../gcp/alert-policies.js';
import type { GoogleRest } from '../../gcp/google-rest.js';
import { ensureServiceAccount, grant } from '../../gcp/iam.js';
import { putWorkerPool } from '../../gcp/worker-pools.js';
import { bindingsOf } from './access.js';
import { alertPolicies } from './alert-policies.js';
import { workerPool } from './cloud-run.js';
import { serviceAccountOf, WORKER_NAME, type WorkerDeployment } from './worker.js';

/** What was done to a resource. */
export interface Applied {
  resource: string;
  action: 'created' | 'replaced' | 'granted' | 'unchanged';
}

export interface ApplyTools {
  rest: GoogleRest;
  signal: AbortSignal;
  onStep(applied: Applied): void;
}

/**
 * Makes the service account, its rights, the alert policies and the Cloud Run worker pool be as they are rendered. Safe
 * to repeat: after a failure it goes on where it was.
 */
export async function applyWorker(
  deployment: WorkerDeployment,
  channels: readonly string[],
  { rest, signal, onStep }: ApplyTools,
): Promise<Applied[]> {
  const { project } = deployment.config;
  const done: Applied[] = [];
  const note = (resource: string, action: Applied['action']) => {
    const applied = { resource, action };
    done.push(applied);
    onStep(applied);
    signal.throwIfAborted();
  };
  const isNew = await ensureServiceAccount(rest, project, {
    accountId: WORKER_NAME,
    displayName: 'healthmon worker',
    description: 'Stores vitals from Pub/Sub in Bigtable and BigQuery.',
  });
  note(`service account ${serviceAccountOf(deployment)}`, isNew ? 'created' : 'unchanged');
  for (const binding of bindingsOf(deployment, 'cloud-run')) {
    const isGranted = await grant(rest, binding, signal);
    note(`${binding.role} on ${binding.resource}`, isGranted ? 'granted' : 'unchanged');
  }
  for (const policy of alertPolicies(deployment, channels)) {
    note(`alert policy ${policy.displayName}`, await putAlertPolicy(rest, project, policy));
  }
  const where = { project, region: deployment.region, name: WORKER_NAME };
  note(`worker pool ${WORKER_NAME}`, await putWorkerPool(rest, where, workerPool(deployment), signal));
  return done;
}
