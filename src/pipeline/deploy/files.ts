import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileNotWritten } from '../../errors/file-not-written.js';
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

/** Writes the files below a folder, and beside them the package that the image installs, if it is a file. */
export async function writeFiles(
  folder: string,
  cwd: string,
  files: readonly DeploymentFile[],
  installed: WorkerDeployment['package'],
): Promise<void> {
  const root = resolve(cwd, folder);
  for (const { path, text } of files) {
    const file = join(root, path);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    } catch (cause) {
      throw fileNotWritten(join(folder, path), cause);
    }
  }
  if (installed.file === undefined) return;
  await copyFile(installed.spec, join(root, installed.file)).catch((cause) => {
    throw fileNotWritten(join(folder, installed.file!), cause);
  });
}
