import type { Message } from '../../serving/method.js';
import { type Emulator, notFound } from '../emulator.js';
import { instanceOf } from '../names.js';

/**
 * An instance as it was created; or, because tables may be created in one that never was, as one with defaults.
 * @throws ServiceError NOT_FOUND when it has no table either.
 */
export function getInstance({ store }: Emulator, name: string): Message & { name: string } {
  const created = store.resources.get(name);
  if (created !== undefined) return { ...created, name };
  const isImplicit = [...store.tables.keys()].some((table) => instanceOf(table) === name);
  if (!isImplicit) throw notFound(name);
  return { name, displayName: name.split('/').at(-1), state: 'READY', type: 'PRODUCTION' };
}
