import { predefinedObjectAcl } from './access-lists.js';
import { sendMedia } from './download.js';
import { notImplemented, objectNotFound, StorageError } from './errors.js';
import { type Exchange, type Route, refused } from './exchange.js';
import { listObjects } from './listing.js';
import { checkEtag, checkPreconditions, readPreconditions } from './preconditions.js';
import { etagOf, type Fields, type ObjectRecord, objectResource } from './resources.js';
import type { Store } from './store.js';

const MAX_COMPOSE_SOURCES = 32;

function list(exchange: Exchange) {
  const { store, params, query } = exchange;
  if (query.get('softDeleted')?.toLowerCase() === 'true') throw notImplemented('Soft delete');
  const bucket = params.bucket!;
  if (query.get('filter')) throw notImplemented('Filtering objects (filter)');
  const { items, prefixes, nextPageToken } = listObjects(store, bucket, query);
  return {
    body: {
      kind: 'storage#objects',
      ...(nextPageToken !== undefined && { nextPageToken }),
      ...(prefixes.length > 0 && { prefixes }),
      ...(items.length > 0 && { items: items.map((item) => objectResource(bucket, item, exchange)) }),
    },
  };
}

function get(exchange: Exchange) {
  if (exchange.query.get('alt') === 'media') return sendObject(exchange);
  const object = objectToRead(exchange);
  return { body: objectResource(exchange.params.bucket!, object, exchange) };
}

function objectToRead({ store, params, query, request }: Exchange): ObjectRecord {
  if (query.get('softDeleted')?.toLowerCase() === 'true') throw notImplemented('Soft delete');
  const object = store.object(params.bucket!, params.object!, {
    generation: generationOf(query),
    wanted: readPreconditions(query),
    reading: true,
  });
  checkEtag(request.headers, etagOf(object.generation, object.metageneration), true);
  return object;
}

/** Answers with the bytes of the object that `params` name. */
export async function sendObject(exchange: Exchange): Promise<undefined> {
  const { store, params, request, response } = exchange;
  const { bucket, object: name } = params as { bucket: string; object: string };
  const object = objectToRead(exchange);
  try {
    await sendMedia(request, response, object, store.disk.bytesPath(bucket, object));
  } catch (error) {
    // Replaced or deleted after the lookup.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw objectNotFound(bucket, name);
    throw error;
  }
  return undefined;
}

async function change(exchange: Exchange, replace: boolean) {
  const { store, params, query, request } = exchange;
  refuseKeys(query);
  const acl = predefinedObjectAcl(query, store.bucket(params.bucket!));
  const body = { ...(await exchange.json()), ...acl };
  const current = store.object(params.bucket!, params.object!, { generation: generationOf(query) });
  checkEtag(request.headers, etagOf(current.generation, current.metageneration));
  const object = store.updateObject(params.bucket!, params.object!, body, {
    generation: generationOf(query),
    wanted: readPreconditions(query),
    replace,
  });
  return { body: objectResource(params.bucket!, object, exchange) };
}

function remove({ store, params, query, request }: Exchange) {
  const current = store.object(params.bucket!, params.object!, { generation: generationOf(query) });
  checkEtag(request.headers, etagOf(current.generation, current.metageneration));
  store.deleteObject(params.bucket!, params.object!, generationOf(query), readPreconditions(query));
  return { status: 204 };
}

async function copy(exchange: Exchange) {
  return { body: objectResource(exchange.params.toBucket!, await copyObject(exchange), exchange) };
}

/** One call always copies everything, so `maxBytesRewrittenPerCall` and tokens never come into play. */
async function rewrite(exchange: Exchange) {
  const token = exchange.query.get('rewriteToken');
  if (token) throw new StorageError('invalid', `Invalid rewrite token: ${token}`, 'rewriteToken');
  const object = await copyObject(exchange);
  return {
    body: {
      kind: 'storage#rewriteResponse',
      totalBytesRewritten: String(object.size),
      objectSize: String(object.size),
      done: true,
      resource: objectResource(exchange.params.toBucket!, object, exchange),
    },
  };
}

async function copyObject(exchange: Exchange): Promise<ObjectRecord> {
  const { store, params, query } = exchange;
  refuseKeys(query);
  const { bucket, object: name, toBucket, toObject } = params as Record<string, string>;
  const body = await exchange.json();
  const source = store.object(bucket!, name!, {
    generation: query.get('sourceGeneration') ?? undefined,
    wanted: readPreconditions(query, 'ifSource'),
  });
  const wanted = readPreconditions(query);
  const acl = predefinedObjectAcl(query, store.bucket(toBucket!));
  store.checkWritable(toBucket!, toObject!, wanted);
  const path = await store.disk.shareBytes(store.disk.bytesPath(bucket!, source));
  // A given resource replaces the source's metadata, an empty body keeps it; who may read a copy is said anew.
  const fields = { ...(hasMetadata(body) ? body : { ...source.fields, acl: null }), ...acl };
  return store.addObject(toBucket!, toObject!, fields, incomingCopy(source, path), wanted);
}

function incomingCopy(source: ObjectRecord, path: string) {
  return {
    path,
    checksums: { size: source.size, crc32c: source.crc32c, md5Hash: source.md5Hash ?? '' },
    ...(source.componentCount !== undefined && { componentCount: source.componentCount }),
  };
}

function hasMetadata(body: Fields): boolean {
  return Object.keys(body).some((key) => !['name', 'bucket', 'kind'].includes(key));
}

/** Renames within a bucket. */
async function move(exchange: Exchange) {
  const { store, params, query } = exchange;
  const { bucket, object: name, toObject } = params as Record<string, string>;
  const source = store.object(bucket!, name!, { wanted: readPreconditions(query, 'ifSource') });
  const wanted = readPreconditions(query);
  store.checkWritable(bucket!, toObject!, wanted);
  if (name === toObject) throw new StorageError('invalid', 'The source and destination are the same object.');
  const path = await store.disk.shareBytes(store.disk.bytesPath(bucket!, source));
  const moved = store.addObject(bucket!, toObject!, source.fields, incomingCopy(source, path), wanted);
  store.deleteObject(bucket!, name!, undefined, { generationMatch: source.generation });
  return { body: objectResource(bucket!, moved, exchange) };
}

interface ComposeSource {
  name?: string;
  generation?: string | number;
  objectPreconditions?: { ifGenerationMatch?: string | number };
}

async function compose(exchange: Exchange) {
  const { store, params, query } = exchange;
  refuseKeys(query);
  const body = await exchange.json();
  checkMembers(body, ['kind', 'sourceObjects', 'destination', 'deleteSourceObjects']);
  if (body.deleteSourceObjects === true) throw notImplemented('Compose with deleteSourceObjects');
  const given = (body.sourceObjects ?? []) as ComposeSource[];
  if (given.length === 0) {
    throw new StorageError('required', 'You must provide at least one source component.', 'sourceObjects');
  }
  if (given.length > MAX_COMPOSE_SOURCES) {
    throw new StorageError(
      'invalid',
      `The number of source components provided (${given.length}) exceeds the maximum (${MAX_COMPOSE_SOURCES})`,
      'sourceObjects',
    );
  }
  const bucket = params.bucket!;
  const name = params.object!;
  const sources = given.map((source) => composeSource(store, bucket, source));
  const wanted = readPreconditions(query);
  const acl = predefinedObjectAcl(query, store.bucket(bucket));
  store.checkWritable(bucket, name, wanted);
  const incoming = await store.concatenate(bucket, sources);
  const destination = (body.destination ?? {}) as Fields;
  const fields = { contentType: sources[0]!.fields.contentType, ...destination, ...acl };
  const object = store.addObject(bucket, name, fields, incoming, wanted);
  return { body: objectResource(bucket, object, exchange) };
}

function composeSource(store: Store, bucket: string, source: ComposeSource): ObjectRecord {
  if (!source.name) throw new StorageError('required', 'Required', 'sourceObjects.name');
  checkMembers(source as Fields, ['name', 'generation', 'objectPreconditions']);
  checkMembers((source.objectPreconditions ?? {}) as Fields, ['ifGenerationMatch']);
  const generation = source.generation === undefined ? undefined : String(source.generation);
  const found = store.object(bucket, source.name, { generation });
  const match = source.objectPreconditions?.ifGenerationMatch;
  checkPreconditions(found, { generationMatch: match === undefined ? undefined : String(match) });
  return found;
}

/** Refuses what a compose request would be wrong about if it were left out. */
function checkMembers(body: Fields, known: readonly string[]): void {
  const unknown = Object.keys(body).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new StorageError('invalid', `Unknown name "${unknown}": Cannot find field.`, unknown);
}

function generationOf(query: URLSearchParams): string | undefined {
  return query.get('generation') || undefined;
}

/** Nothing is encrypted here. */
export function refuseKeys(query: URLSearchParams): void {
  for (const name of ['kmsKeyName', 'destinationKmsKeyName']) {
    if (query.get(name)) throw notImplemented(`The parameter ${name} (customer-managed encryption keys)`);
  }
}

const OBJECT = '/b/:bucket/o/:object';

export const objectRoutes: readonly Route[] = [
  { method: 'GET', pattern: '/b/:bucket/o', handle: list },
  refused('POST', '/b/:bucket/o/watch', 'Object change notification'),
  refused('POST', '/b/:bucket/o/bulkRestore', 'Soft delete'),
  { method: 'GET', pattern: OBJECT, handle: get },
  { method: 'PATCH', pattern: OBJECT, handle: (exchange) => change(exchange, false) },
  { method: 'PUT', pattern: OBJECT, handle: (exchange) => change(exchange, true) },
  { method: 'DELETE', pattern: OBJECT, handle: remove },
  { method: 'POST', pattern: `${OBJECT}/copyTo/b/:toBucket/o/:toObject`, handle: copy },
  { method: 'POST', pattern: `${OBJECT}/rewriteTo/b/:toBucket/o/:toObject`, handle: rewrite },
  { method: 'POST', pattern: `${OBJECT}/moveTo/o/:toObject`, handle: move },
  { method: 'POST', pattern: `${OBJECT}/compose`, handle: compose },
  refused('*', `${OBJECT}/acl`, 'Object access control lists'),
  refused('*', `${OBJECT}/acl/:entity`, 'Object access control lists'),
  refused('*', `${OBJECT}/iam`, 'Object IAM policies'),
  refused('*', `${OBJECT}/restore`, 'Soft delete'),
];
