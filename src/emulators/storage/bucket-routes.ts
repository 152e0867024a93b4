import { notImplemented, StorageError } from './errors.js';
import { pageSize } from './listing.js';
import { readPreconditions } from './preconditions.js';
import { bucketResource } from './resources.js';
import type { Exchange, Route } from './routes.js';

function insertBucket({ store, json, root, query }: Exchange) {
  if (query.get('project') === null)
    throw new StorageError('required', 'Required parameter: project', 'project');
  return json().then((body) => ({ body: bucketResource(store.createBucket(body), root) }));
}

function listBuckets({ store, query, root }: Exchange) {
  if (query.get('project') === null)
    throw new StorageError('required', 'Required parameter: project', 'project');
  const prefix = query.get('prefix') ?? '';
  const after = query.get('pageToken') ?? '';
  const limit = pageSize(query);
  const rest = store.listBuckets().filter((bucket) => bucket.name.startsWith(prefix) && bucket.name > after);
  const page = rest.slice(0, limit);
  return {
    body: {
      kind: 'storage#buckets',
      ...(page.length > 0 && { items: page.map((bucket) => bucketResource(bucket, root)) }),
      ...(rest.length > limit && { nextPageToken: page.at(-1)!.name }),
    },
  };
}

function getBucket({ store, params, query, root }: Exchange) {
  const bucket = store.bucket(params.bucket!, readPreconditions(query));
  return { body: bucketResource(bucket, root) };
}

async function changeBucket(exchange: Exchange, replace: boolean) {
  const { store, params, query, root } = exchange;
  const wanted = readPreconditions(query);
  const bucket = store.updateBucket(params.bucket!, await exchange.json(), wanted, replace);
  return { body: bucketResource(bucket, root) };
}

function deleteBucket({ store, params, query }: Exchange) {
  store.deleteBucket(params.bucket!, readPreconditions(query));
  return { status: 204 };
}

/** gcloud asks whether the bucket has real folders before it lists or removes. */
function storageLayout({ store, params }: Exchange) {
  const bucket = store.bucket(params.bucket!);
  return {
    body: {
      kind: 'storage#storageLayout',
      bucket: bucket.name,
      location: bucket.fields.location ?? 'US',
      locationType: 'multi-region',
      hierarchicalNamespace: { enabled: false },
    },
  };
}

/** There are none without managed folders, and gcloud lists them before it removes a bucket. */
function listManagedFolders({ store, params }: Exchange) {
  store.bucket(params.bucket!);
  return { body: { kind: 'storage#managedFolders' } };
}

function unsupported(feature: string): Route['handle'] {
  return () => {
    throw notImplemented(feature);
  };
}

export const bucketRoutes: readonly Route[] = [
  { method: 'POST', pattern: '/b', handle: insertBucket },
  { method: 'GET', pattern: '/b', handle: listBuckets },
  { method: 'GET', pattern: '/b/:bucket', handle: getBucket },
  { method: 'PATCH', pattern: '/b/:bucket', handle: (exchange) => changeBucket(exchange, false) },
  { method: 'PUT', pattern: '/b/:bucket', handle: (exchange) => changeBucket(exchange, true) },
  { method: 'DELETE', pattern: '/b/:bucket', handle: deleteBucket },
  { method: 'GET', pattern: '/b/:bucket/storageLayout', handle: storageLayout },
  { method: 'GET', pattern: '/b/:bucket/managedFolders', handle: listManagedFolders },
  { method: '*', pattern: '/b/:bucket/managedFolders', handle: unsupported('Managed folders') },
  { method: '*', pattern: '/b/:bucket/managedFolders/:folder', handle: unsupported('Managed folders') },
  { method: '*', pattern: '/b/:bucket/folders', handle: unsupported('Hierarchical namespace folders') },
  {
    method: '*',
    pattern: '/b/:bucket/folders/:folder',
    handle: unsupported('Hierarchical namespace folders'),
  },
  { method: '*', pattern: '/b/:bucket/iam', handle: unsupported('Bucket IAM policies') },
  { method: '*', pattern: '/b/:bucket/iam/testPermissions', handle: unsupported('Testing IAM permissions') },
  { method: '*', pattern: '/b/:bucket/acl', handle: unsupported('Bucket access control lists') },
  { method: '*', pattern: '/b/:bucket/acl/:entity', handle: unsupported('Bucket access control lists') },
  { method: '*', pattern: '/b/:bucket/defaultObjectAcl', handle: unsupported('Default object ACLs') },
  { method: '*', pattern: '/b/:bucket/defaultObjectAcl/:entity', handle: unsupported('Default object ACLs') },
  { method: '*', pattern: '/b/:bucket/notificationConfigs', handle: unsupported('Pub/Sub notifications') },
  {
    method: '*',
    pattern: '/b/:bucket/notificationConfigs/:id',
    handle: unsupported('Pub/Sub notifications'),
  },
  { method: '*', pattern: '/b/:bucket/lockRetentionPolicy', handle: unsupported('Retention policies') },
  { method: '*', pattern: '/b/:bucket/anywhereCaches', handle: unsupported('Anywhere Cache') },
  { method: '*', pattern: '/projects/:project/hmacKeys', handle: unsupported('HMAC keys') },
  { method: '*', pattern: '/projects/:project/hmacKeys/:key', handle: unsupported('HMAC keys') },
  {
    method: '*',
    pattern: '/projects/:project/serviceAccount',
    handle: unsupported('Project service accounts'),
  },
];
