import { listsOf, showsAccess } from './access-lists.js';
import { notImplemented, StorageError } from './errors.js';
import { checkBucketFields, checkObjectFields } from './field-checks.js';

/** JSON of a resource, as clients send and receive it. */
export type Fields = Record<string, unknown>;

/** A bucket as it is kept on disk. `fields` are those the client may set. */
export interface BucketRecord {
  name: string;
  metageneration: string;
  timeCreated: string;
  updated: string;
  fields: Fields;
}

/** One generation of an object as it is kept on disk. `fields` are those the client may set. */
export interface ObjectRecord {
  name: string;
  generation: string;
  metageneration: string;
  size: number;
  crc32c: string;
  /** Absent for composite objects, as in Cloud Storage. */
  md5Hash?: string;
  componentCount?: number;
  timeCreated: string;
  updated: string;
  /** Set when a newer generation or a deletion made this one noncurrent. */
  timeDeleted?: string;
  fields: Fields;
}

const BUCKET_FIELDS = new Set([
  'acl',
  'defaultObjectAcl',
  'labels',
  'lifecycle',
  'versioning',
  'cors',
  'website',
  'logging',
  'location',
  'storageClass',
  'iamConfiguration',
  'rpo',
  'autoclass',
  'billing',
  'softDeletePolicy',
]);
const BUCKET_OUTPUT_ONLY = new Set([
  'kind',
  'id',
  'name',
  'selfLink',
  'projectNumber',
  'metageneration',
  'generation',
  'timeCreated',
  'updated',
  'etag',
  'owner',
  'locationType',
  'satisfiesPZS',
  'satisfiesPZI',
]);

const OBJECT_FIELDS = new Set([
  'acl',
  'contentType',
  'contentEncoding',
  'contentDisposition',
  'contentLanguage',
  'cacheControl',
  'customTime',
  'metadata',
  'storageClass',
]);
const OBJECT_OUTPUT_ONLY = new Set([
  'kind',
  'id',
  'name',
  'bucket',
  'selfLink',
  'mediaLink',
  'generation',
  'metageneration',
  'size',
  'crc32c',
  'md5Hash',
  'componentCount',
  'timeCreated',
  'timeFinalized',
  'timeStorageClassUpdated',
  'timeDeleted',
  'updated',
  'etag',
  'owner',
]);

/** The settable fields of a bucket resource. Refuses, by name, what the emulator would silently ignore. */
export function bucketFields(body: Fields): Fields {
  const fields = pick(body, BUCKET_FIELDS, BUCKET_OUTPUT_ONLY, 'The bucket property');
  checkBucketFields(fields);
  return fields;
}

/** The settable fields of an object resource; see `bucketFields`. */
export function objectFields(body: Fields): Fields {
  const fields = pick(body, OBJECT_FIELDS, OBJECT_OUTPUT_ONLY, 'The object property');
  checkObjectFields(fields);
  const { metadata } = fields;
  if (metadata !== undefined && metadata !== null) {
    if (typeof metadata !== 'object' || Array.isArray(metadata)) {
      throw new StorageError('invalid', 'Invalid value for metadata: it must be an object.', 'metadata');
    }
    for (const [key, value] of Object.entries(metadata)) {
      if (value !== null) (metadata as Fields)[key] = String(value);
    }
  }
  return fields;
}

function pick(body: Fields, settable: Set<string>, outputOnly: Set<string>, kind: string): Fields {
  const fields: Fields = {};
  for (const [key, value] of Object.entries(body)) {
    if (settable.has(key)) fields[key] = value;
    else if (!outputOnly.has(key) && isMeaningful(value)) throw notImplemented(`${kind} ${key}`);
  }
  return fields;
}

/** Clients send empty values for properties that they do not use. */
function isMeaningful(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object') return Object.values(value).some(isMeaningful);
  return true;
}

/** JSON merge: null removes a key, objects merge, everything else replaces. */
export function mergeFields(current: Fields, patch: Fields): Fields {
  // A user's key may be `__proto__`, which only `fromEntries` takes for a key.
  const merged = new Map(Object.entries(current));
  for (const [key, value] of Object.entries(patch)) {
    const before = merged.get(key);
    if (value === null) merged.delete(key);
    else if (isObject(value)) merged.set(key, mergeFields(isObject(before) ? before : {}, value));
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

/** Drops what a full resource sets to null. */
export function withoutNulls(fields: Fields): Fields {
  return mergeFields({}, fields);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const OPEN_ACCESS: Fields = {
  bucketPolicyOnly: { enabled: false },
  uniformBucketLevelAccess: { enabled: false },
  publicAccessPrevention: 'inherited',
};

/** What of a request an answer depends on; `root` is `http://host:port`. */
export interface View {
  root: string;
  query: URLSearchParams;
  store: { bucket(name: string): BucketRecord };
}

/** A bucket as it goes over the wire. */
export function bucketResource(bucket: BucketRecord, { root, query }: View): Fields {
  const { acl: _acl, defaultObjectAcl: _defaultObjectAcl, ...fields } = bucket.fields;
  const { acl, defaultObjectAcl } = listsOf(bucket);
  return {
    location: 'US',
    locationType: 'multi-region',
    storageClass: 'STANDARD',
    ...fields,
    ...(showsAccess(query) && {
      acl: accessControls(acl, { kind: 'storage#bucketAccessControl', bucket: bucket.name }),
      defaultObjectAcl: accessControls(defaultObjectAcl, { kind: 'storage#objectAccessControl' }),
    }),
    iamConfiguration: mergeFields(OPEN_ACCESS, (bucket.fields.iamConfiguration ?? {}) as Fields),
    kind: 'storage#bucket',
    id: bucket.name,
    name: bucket.name,
    selfLink: `${root}/storage/v1/b/${bucket.name}`,
    projectNumber: '1',
    generation: '1',
    metageneration: bucket.metageneration,
    etag: etagOf(bucket.metageneration),
    timeCreated: bucket.timeCreated,
    updated: bucket.updated,
  };
}

/** An object as it goes over the wire. */
export function objectResource(bucket: string, object: ObjectRecord, { root, query, store }: View): Fields {
  const path = `/b/${bucket}/o/${encodeURIComponent(object.name)}`;
  const { acl, ...fields } = object.fields;
  const place = { bucket, object: object.name, generation: object.generation };
  return {
    storageClass: 'STANDARD',
    ...fields,
    ...(showsAccess(query) && {
      acl: accessControls(acl ?? listsOf(store.bucket(bucket)).defaultObjectAcl, {
        kind: 'storage#objectAccessControl',
        ...place,
      }),
    }),
    kind: 'storage#object',
    id: `${bucket}/${object.name}/${object.generation}`,
    selfLink: `${root}/storage/v1${path}`,
    mediaLink: `${root}/download/storage/v1${path}?generation=${object.generation}&alt=media`,
    name: object.name,
    bucket,
    generation: object.generation,
    metageneration: object.metageneration,
    size: String(object.size),
    crc32c: object.crc32c,
    ...(object.md5Hash !== undefined && { md5Hash: object.md5Hash }),
    ...(object.componentCount !== undefined && { componentCount: object.componentCount }),
    etag: etagOf(object.generation, object.metageneration),
    timeCreated: object.timeCreated,
    timeFinalized: object.timeCreated,
    timeStorageClassUpdated: object.timeCreated,
    updated: object.updated,
    ...(object.timeDeleted !== undefined && { timeDeleted: object.timeDeleted }),
  };
}

/** The entries of an access list as resources; undefined without a list. */
function accessControls(acl: unknown, place: Fields): Fields[] | undefined {
  return (acl as Fields[] | undefined)?.map((entry) => ({ ...entry, ...place }));
}

export function etagOf(...versions: string[]): string {
  return Buffer.from(versions.join('/')).toString('base64');
}
