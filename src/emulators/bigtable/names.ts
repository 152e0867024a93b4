import { ServiceError } from '../serving/service-error.js';

/** Node's client sends the placeholder to an emulator where it was given no project. */
const PROJECT = 'projects/(?:[a-zA-Z0-9:.-]+|\\{\\{projectId\\}\\})';
const INSTANCE = `${PROJECT}/instances/[a-zA-Z0-9_.-]+`;

/** How resources are named. Instances of tables need not exist: any name will do. */
const PATTERNS = {
  project: new RegExp(`^${PROJECT}$`),
  instance: new RegExp(`^${INSTANCE}$`),
  cluster: new RegExp(`^${INSTANCE}/clusters/[a-z0-9-]+$`),
  'app profile': new RegExp(`^${INSTANCE}/appProfiles/[_a-zA-Z0-9.-]+$`),
  table: new RegExp(`^${INSTANCE}/tables/[-_.a-zA-Z0-9]+$`),
} as const;
export type ResourceKind = keyof typeof PATTERNS;

/** What the id at the end of a name, given apart from it on creation, may look like. */
const IDS = {
  instance: /^[a-z][a-z0-9-]{4,31}[a-z0-9]$/,
  cluster: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
  'app profile': /^[_a-zA-Z0-9][-_.a-zA-Z0-9]{0,49}$/,
  table: /^[_a-zA-Z0-9][-_.a-zA-Z0-9]{0,49}$/,
  family: /^[_a-zA-Z0-9][-_.a-zA-Z0-9]{0,63}$/,
} as const;

/** @throws ServiceError INVALID_ARGUMENT for what is no name of such a resource. */
export function checkName(kind: ResourceKind, name: unknown, field: string): string {
  if (typeof name === 'string' && PATTERNS[kind].test(name)) return name;
  throw new ServiceError(
    'INVALID_ARGUMENT',
    `Error in field '${field}' : '${String(name ?? '')}' is not the name of ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`,
  );
}

export function checkId(kind: keyof typeof IDS, id: unknown, field: string): string {
  if (typeof id === 'string' && IDS[kind].test(id)) return id;
  throw new ServiceError(
    'INVALID_ARGUMENT',
    `Error in field '${field}' : '${String(id ?? '')}' must match ${IDS[kind].source}`,
  );
}

/** `projects/p/instances/i` of the name of anything within. */
export function instanceOf(name: string): string {
  return name.split('/').slice(0, 4).join('/');
}
