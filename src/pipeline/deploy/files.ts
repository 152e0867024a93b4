import { accessFile } from './access.js';
import { alertFiles } from './alert-policies.js';
import { cloudRunFiles } from './cloud-run.js';
import { containerFiles } from './container.js';
import { kubernetesFiles } from './kubernetes.js';
import type { DeploymentFile, WorkerDeployment } from './worker.js';

/** Every file of a deployment. @param channels notification channels of the alert policies. */
export function deploymentFiles(deployment: WorkerDeployment, channels: readonly string[]): DeploymentFile[] {
  return [
    ...containerFiles(deployment),
    accessFile(deployment, ['cloud-run', 'gke']),
    ...cloudRunFiles(deployment),
    ...kubernetesFiles(deployment),
    ...alertFiles(deployment, channels),
  ];
}
