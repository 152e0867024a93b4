import { ServiceError } from '../serving/service-error.js';

/** Node's client sends the placeholder to an emulator where it was given no project. */
const PROJECT = 'projects/(?:[a-zA-Z0-9:._-]+|\\{\\{projectId\\}\\})';
const INSTANCE = `${PROJECT}/instances/[^/:]+`;
const DATABASE = `${INSTANCE}/databases/[^/:]+`;

const PATTERNS = {
  project: new RegExp(`^${PROJECT}$`),
  'instance config': new RegExp(`^${PROJECT}/instanceConfigs/[^/]+$`),
  instance: new RegExp(`^${INSTANCE}$`),
  database: new RegExp(`^${DATABASE}$`),
  session: new RegExp(`^${DATABASE}/sessions/[^/]+$`),
  operation: new RegExp(`^${PROJECT}/(?:instances|instanceConfigs)/.+/operations/[^/]+$`),
} as const;
export type ResourceKind = keyof typeof PATTERNS;

export function isNameOf(kind: ResourceKind, name: string): boolean {
  return PATTERNS[kind].test(name);
}

/** @throws ServiceError INVALID_ARGUMENT for what is no name of such a resource. */
export function checkName(kind: ResourceKind, name: unknown): string {
  if (typeof name === 'string' && PATTERNS[kind].test(name)) return name;
  throw new ServiceError('INVALID_ARGUMENT', `Invalid ${kind} uri: ${String(name ?? '')}`);
}

export function checkInstanceId(id: unknown): string {
  if (typeof id === 'string' && /^[a-z][a-z0-9-]{0,62}[a-z0-9]$/.test(id)) return id;
  throw new ServiceError(
    'INVALID_ARGUMENT',
    `Instance ID must start with a lowercase letter, be 2-64 characters long, contain only lowercase letters, numbers, or hyphens, and not end with a hyphen. Got: ${String(id ?? '')}`,
  );
}

export function checkDatabaseId(id: string): string {
  if (/^[a-z][a-z0-9_-]{0,28}[a-z0-9]$/.test(id)) return id;
  throw new ServiceError(
    'INVALID_ARGUMENT',
    `Invalid database name. Database name must start with a lowercase letter, be 2-30 characters long, contain only lowercase letters, numbers, underscores or hyphens, and not end with an underscore or hyphen. Got: ${id}`,
  );
}

/** `projects/p/instances/i` of the name of anything within. */
export function instanceOf(name: string): string {
  return name.split('/').slice(0, 4).join('/');
}

/** `projects/p` of the name of anything within. */
export function projectOf(name: string): string {
  return name.split('/').slice(0, 2).join('/');
}

/** The last part of a name. */
export function idOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

const RESOURCE_TYPES = {
  Instance: 'type.googleapis.com/google.spanner.admin.instance.v1.Instance',
  Database: 'type.googleapis.com/google.spanner.admin.database.v1.Database',
  Session: 'type.googleapis.com/google.spanner.v1.Session',
} as const;

/** Clients know what is missing by the text and by the detail, and make a session anew that is. */
export function notFound(kind: keyof typeof RESOURCE_TYPES, name: string): ServiceError {
  return new ServiceError('NOT_FOUND', `${kind} not found: ${name}`, [
    {
      type: 'google.rpc.ResourceInfo',
      fields: {
        resourceType: RESOURCE_TYPES[kind],
        resourceName: name,
        description: `${kind} does not exist.`,
      },
    },
  ]);
}
