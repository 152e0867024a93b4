import { StorageError } from './errors.js';
import type { BucketRecord, Fields } from './resources.js';

/** There are no accounts; this is who owns every object. */
const OWNER = 'user-emulator@localhost';
const PROJECT_OWNERS = { entity: 'project-owners-1', role: 'OWNER' };
const EVERYBODY = { entity: 'allUsers', role: 'READER' };
const AUTHENTICATED = { entity: 'allAuthenticatedUsers', role: 'READER' };
const PROJECT_TEAM: Fields[] = [
  PROJECT_OWNERS,
  { entity: 'project-editors-1', role: 'OWNER' },
  { entity: 'project-viewers-1', role: 'READER' },
];
const OWNED = { entity: OWNER, role: 'OWNER' };

/** What the names stand for: https://cloud.google.com/storage/docs/access-control/lists#predefined-acl */
const OF_OBJECTS: Readonly<Record<string, Fields[]>> = {
  authenticatedRead: [OWNED, AUTHENTICATED],
  bucketOwnerFullControl: [OWNED, PROJECT_OWNERS],
  bucketOwnerRead: [OWNED, { ...PROJECT_OWNERS, role: 'READER' }],
  private: [OWNED],
  projectPrivate: [OWNED, ...PROJECT_TEAM],
  publicRead: [OWNED, EVERYBODY],
};
const OF_BUCKETS: Readonly<Record<string, Fields[]>> = {
  authenticatedRead: [PROJECT_OWNERS, AUTHENTICATED],
  private: [PROJECT_OWNERS],
  projectPrivate: PROJECT_TEAM,
  publicRead: [PROJECT_OWNERS, EVERYBODY],
  publicReadWrite: [PROJECT_OWNERS, { ...EVERYBODY, role: 'WRITER' }],
};

/** The access list of an object that a request names, as a field to store; nothing without one. */
export function predefinedObjectAcl(query: URLSearchParams, bucket: BucketRecord): Fields {
  const acl =
    listNamed(query, 'predefinedAcl', OF_OBJECTS) ?? listNamed(query, 'destinationPredefinedAcl', OF_OBJECTS);
  if (acl !== undefined) refuseLists(bucket);
  return acl === undefined ? {} : { acl };
}

/** The same of a bucket, and the list that it has for new objects. */
export function predefinedBucketAcl(query: URLSearchParams): Fields {
  const acl = listNamed(query, 'predefinedAcl', OF_BUCKETS);
  const defaultObjectAcl = listNamed(query, 'predefinedDefaultObjectAcl', OF_OBJECTS);
  return { ...(acl && { acl }), ...(defaultObjectAcl && { defaultObjectAcl }) };
}

function listNamed(
  query: URLSearchParams,
  parameter: string,
  lists: Readonly<Record<string, Fields[]>>,
): Fields[] | undefined {
  const name = query.get(parameter);
  if (!name) return undefined;
  if (!Object.hasOwn(lists, name)) {
    throw new StorageError('invalid', `Invalid value for ${parameter}: ${name}`, parameter);
  }
  return lists[name]!.map((entry) => ({ ...entry }));
}

/** Whether access to a bucket is a matter of IAM alone. */
function isUniform(fields: Fields): boolean {
  const configuration = (fields.iamConfiguration ?? {}) as Record<string, Fields | undefined>;
  return (
    configuration.uniformBucketLevelAccess?.enabled === true ||
    configuration.bucketPolicyOnly?.enabled === true
  );
}

/** @throws StorageError 400 when the objects of the bucket cannot have access lists. */
function refuseLists(bucket: Pick<BucketRecord, 'fields'>): void {
  if (!isUniform(bucket.fields)) return;
  throw new StorageError(
    'invalid',
    'Cannot insert legacy ACL for an object when uniform bucket-level access is enabled. ' +
      'Read more at https://cloud.google.com/storage/docs/uniform-bucket-level-access',
  );
}

/** Refuses what is no access list. @throws StorageError 400. */
export function checkAccessList(name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  const isEntry = (entry: unknown) =>
    typeof entry === 'object' &&
    entry !== null &&
    typeof (entry as Fields).entity === 'string' &&
    ['OWNER', 'WRITER', 'READER'].includes((entry as Fields).role as string);
  if (!Array.isArray(value) || !value.every(isEntry)) {
    throw new StorageError('invalid', `Invalid value for ${name}: ${JSON.stringify(value)}`, name);
  }
}

/**
 * Access lists of a bucket and, without a list of their own, of its objects: those that it was given, or the ones
 * that Cloud Storage gives to new buckets. None where access is a matter of IAM alone.
 */
export function listsOf({ fields }: BucketRecord): { acl?: Fields[]; defaultObjectAcl?: Fields[] } {
  if (isUniform(fields)) return {};
  return {
    acl: (fields.acl as Fields[] | undefined) ?? OF_BUCKETS.projectPrivate,
    defaultObjectAcl: (fields.defaultObjectAcl as Fields[] | undefined) ?? OF_OBJECTS.projectPrivate,
  };
}

/** Whether an answer shows access lists: `projection=full`. */
export function showsAccess(query: URLSearchParams): boolean {
  const projection = query.get('projection');
  if (projection !== null && !['', 'full', 'noAcl'].includes(projection)) {
    throw new StorageError('invalid', `Invalid value for projection: ${projection}`, 'projection');
  }
  return projection === 'full';
}
