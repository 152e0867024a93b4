import type { Message } from '../../serving/method.js';
import { isNameOf, notFound, type ResourceKind } from '../names.js';
import type { SpannerStore } from '../store/spanner-store.js';

/** What the methods of administration work on. */
export interface Emulator {
  store: SpannerStore;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** A message that is kept as it was given. */
export type Resource = Message & { name: string };

/** Those of a kind whose names begin so. */
export function resourcesOf({ store }: Emulator, kind: ResourceKind, prefix: string): Resource[] {
  return [...store.resources]
    .filter(([name]) => name.startsWith(prefix) && isNameOf(kind, name))
    .map(([, resource]) => resource as Resource);
}

/** Keeps resources, all of them at once. */
export async function put({ store }: Emulator, ...resources: readonly Resource[]): Promise<void> {
  await Promise.all(resources.map((resource) => store.putResource(resource.name, resource)));
}

/** @throws ServiceError NOT_FOUND. */
export function getInstance({ store }: Emulator, name: string): Resource {
  const instance = store.resources.get(name);
  if (instance === undefined) throw notFound('Instance', name);
  return instance as Resource;
}
