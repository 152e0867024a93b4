import type { Emulator } from './emulator.js';
import { policyName } from './iam.js';

/** Drops a database with all that is kept of it but its operations. */
export async function deleteDatabase(emulator: Emulator, name: string): Promise<void> {
  await emulator.store.dropDatabase(name);
  await forget(emulator, name);
}

/** Deletes a resource and its policy. */
export async function forget({ store }: Emulator, name: string): Promise<void> {
  const known = [name, policyName(name)].filter((key) => store.resources.has(key));
  await Promise.all(known.map((key) => store.deleteResource(key)));
}
