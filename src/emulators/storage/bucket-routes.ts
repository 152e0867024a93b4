import { predefinedBucketAcl } from './access-lists.js';
import { notImplemented, StorageError } from './errors.js';
import { type Exchange, type Route, refused } from './exchange.js';
import { pageSize } from './listing.js';
import { checkEtag, readPreconditions } from './preconditions.js';
import { bucketResource, etagOf } from './resources.js';

/** There are neither deleted buckets nor ones that retain their objects. */
function refuseParameters(query: URLSearchParams): void {
  if (query.get('softDeleted')?.toLowerCase() === 'true') throw notImplemented('Soft delete');
  if (query.get('enableObjectRetention')?.toLowerCase() === 'true') throw notImplemented('Object retention');
}

async function insertBucket(exchange: Exchange) {
  const { store, query } = exchange;
  refuseParameters(query);
  if (query.get('project') === null)
    throw new StorageError('required', 'Required parameter: project', 'project');
  const body = { ...(await exchange.json()), ...predefinedBucketAcl(query) };
  return { body: bucketResource(store.createBucket(body), exchange) };
}

function listBuckets(exchange: Exchange) {
  const { store, query } = exchange;
  refuseParameters(query);
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
      ...(page.length > 0 && { items: page.map((bucket) => bucketResource(bucket, exchange)) }),
      ...(rest.length > limit && { nextPageToken: page.at(-1)!.name }),
    },
  };
}

function getBucket(exchange: Exchange) {
  const { store, params, query, request } = exchange;
  refuseParameters(query);
  const bucket = store.bucket(params.bucket!, readPreconditions(query));
  checkEtag(request.headers, etagOf(bucket.metageneration), true);
  return { body: bucketResource(bucket, exchange) };
}

async function changeBucket(exchange: Exchange, replace: boolean) {
  const { store, params, query, request } = exchange;
  refuseParameters(query);
  const wanted = readPreconditions(query);
  const body = { ...(await exchange.json()), ...predefinedBucketAcl(query) };
  checkEtag(request.headers, etagOf(store.bucket(params.bucket!).metageneration));
  const bucket = store.updateBucket(params.bucket!, body, wanted, replace);
  return { body: bucketResource(bucket, exchange) };
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

export const bucketRoutes: readonly Route[] = [
  { method: 'POST', pattern: '/b', handle: insertBucket },
  { method: 'GET', pattern: '/b', handle: listBuckets },
  { method: 'GET', pattern: '/b/:bucket', handle: getBucket },
  { method: 'PATCH', pattern: '/b/:bucket', handle: (exchange) => changeBucket(exchange, false) },
  { method: 'PUT', pattern: '/b/:bucket', handle: (exchange) => changeBucket(exchange, true) },
  { method: 'DELETE', pattern: '/b/:bucket', handle: deleteBucket },
  { method: 'GET', pattern: '/b/:bucket/storageLayout', handle: storageLayout },
  { method: 'GET', pattern: '/b/:bucket/managedFolders', handle: listManagedFolders },
  refused('*', '/b/:bucket/managedFolders', 'Managed folders'),
  refused('*', '/b/:bucket/managedFolders/:folder', 'Managed folders'),
  refused('*', '/b/:bucket/folders', 'Hierarchical namespace folders'),
  refused('*', '/b/:bucket/folders/:folder', 'Hierarchical namespace folders'),
  refused('*', '/b/:bucket/iam', 'Bucket IAM policies'),
  refused('*', '/b/:bucket/iam/testPermissions', 'Testing IAM permissions'),
  refused('*', '/b/:bucket/acl', 'Bucket access control lists'),
  refused('*', '/b/:bucket/acl/:entity', 'Bucket access control lists'),
  refused('*', '/b/:bucket/defaultObjectAcl', 'Default object ACLs'),
  refused('*', '/b/:bucket/defaultObjectAcl/:entity', 'Default object ACLs'),
  refused('*', '/b/:bucket/notificationConfigs', 'Pub/Sub notifications'),
  refused('*', '/b/:bucket/notificationConfigs/:id', 'Pub/Sub notifications'),
  refused('*', '/b/:bucket/lockRetentionPolicy', 'Retention policies'),
  refused('*', '/b/:bucket/anywhereCaches', 'Anywhere Cache'),
  refused('*', '/projects/:project/hmacKeys', 'HMAC keys'),
  refused('*', '/projects/:project/hmacKeys/:key', 'HMAC keys'),
  refused('*', '/projects/:project/serviceAccount', 'Project service accounts'),
];
