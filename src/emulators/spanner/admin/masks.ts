import type { Message } from '../../serving/method.js';
import { ServiceError } from '../../serving/service-error.js';
import type { Resource } from './emulator.js';

/** The fields of a resource that a mask names; all of them without one. */
export function masked(resource: Resource, mask: unknown): Message {
  const paths = pathsOf(mask);
  if (paths.length === 0) return resource;
  const names = new Set(paths.map((path) => path.split('.')[0]!.replaceAll('_', '').toLowerCase()));
  return Object.fromEntries(Object.entries(resource).filter(([name]) => names.has(name.toLowerCase())));
}

function pathsOf(mask: unknown): string[] {
  return (mask as { paths?: string[] } | undefined)?.paths ?? [];
}

/**
 * A resource with the fields that a mask names as an update has them.
 * @param fields what may be updated: the name of the field by its path
 * @throws ServiceError INVALID_ARGUMENT for a mask that is empty, and for a path that may not
 */
export function updated(
  resource: Resource,
  update: Message,
  mask: unknown,
  fields: Readonly<Record<string, string>>,
): Resource {
  const paths = pathsOf(mask);
  if (paths.length === 0) throw new ServiceError('INVALID_ARGUMENT', 'The field mask must not be empty.');
  const result = { ...resource };
  for (const path of paths) {
    const field = fields[path.split('.')[0]!];
    if (field === undefined) {
      throw new ServiceError('INVALID_ARGUMENT', `The field '${path}' cannot be updated.`);
    }
    result[field] = update[field];
  }
  return result;
}
