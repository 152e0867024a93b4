import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceName } from '../../core/services.js';
import { EMULATED } from '../registry.js';
import type { TransferScope } from '../service.js';
import { embeddedPlan } from '../supervisor/planning.js';
import { choosePorts } from '../supervisor/ports.js';
import { copyPrivately } from '../supervisor/private-state.js';
import { waitUntilReady } from '../supervisor/readiness.js';
import { ServiceProcess } from '../supervisor/service-process.js';
import { dataPath, logPath, type ServiceState, type StackLocation } from '../supervisor/state.js';
import { makeAside } from './folder.js';
import { written } from './lines.js';

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 5000;
/** The discard port: what is converted must not deliver anything to anybody. */
const NOWHERE = `${HOST}:9`;

/**
 * The parts of a snapshot that services get as lines: those that were saved as such, and the files of an embedded
 * service for Google's emulator, which are read by starting the embedded one on a copy of them.
 * @returns a file of lines by service.
 */
export async function linesOf(
  services: readonly ServiceState[],
  snapshotFolder: string,
  manifest: TransferScope,
  options: StackLocation & { snapshot: string },
): Promise<{ files: Map<ServiceName, string>; remove(): void }> {
  const files = new Map<ServiceName, string>();
  let aside: string | undefined;
  const remove = () => aside !== undefined && rmSync(aside, { recursive: true, force: true });
  try {
    for (const { name, implementation } of services) {
      const lines = join(snapshotFolder, `${name}.ndjson`);
      const saved = join(snapshotFolder, name);
      if (existsSync(lines)) files.set(name, lines);
      else if (implementation === 'official' && existsSync(saved)) {
        aside ??= makeAside(options, options.snapshot);
        files.set(name, await convert(name, saved, aside, manifest));
      }
    }
    return { files, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function convert(
  name: ServiceName,
  saved: string,
  aside: string,
  { project, bigtableInstances = [] }: TransferScope,
): Promise<string> {
  copyPrivately(saved, dataPath(aside, name));
  const { [name]: port } = await choosePorts({ needed: [name], spare: [], host: HOST });
  const plan = embeddedPlan(name, { folder: aside, project }, { [name]: port! }, () => NOWHERE);
  const process_ = ServiceProcess.start(plan.command!, plan.args!, logPath(aside, name), {
    ...process.env,
    ...plan.env,
  });
  try {
    const deadline = Date.now() + START_TIMEOUT_MS;
    await waitUntilReady(plan, project, deadline, AbortSignal.timeout(START_TIMEOUT_MS));
    const file = join(aside, `${name}.ndjson`);
    const scope = { project, bigtableInstances };
    await written(file, (writer) => EMULATED[name].transfer!.export(`${HOST}:${port}`, scope, writer));
    return file;
  } finally {
    await process_.end(STOP_GRACE_MS);
  }
}
