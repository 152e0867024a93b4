import { createReadStream } from 'node:fs';
import { appendTo, type Checksums, Digest } from './content.js';
import { Disk } from './disk.js';
import { bucketNotFound, objectNotFound, StorageError } from './errors.js';
import { checkPreconditions, type Preconditions } from './preconditions.js';
import {
  type BucketRecord,
  bucketFields,
  type Fields,
  mergeFields,
  type ObjectRecord,
  objectFields,
  withoutNulls,
} from './resources.js';

/** Finished bytes outside the store, with what they turned out to be. */
export interface Incoming {
  path: string;
  checksums: Checksums;
  /** Number of parts when the object is composed of others; such objects have no MD5. */
  componentCount?: number;
}

interface BucketState {
  record: BucketRecord;
  /** Generations by name, oldest first. The live one, if any, is the last and has no `timeDeleted`. */
  objects: Map<string, ObjectRecord[]>;
  /** Names in the order of their UTF-8 bytes; undefined after a change of the set of names. */
  sortedNames: string[] | undefined;
}

const BUCKET_NAME = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;
const IP_ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;
const MAX_NAME_PART = 63;

/** The rules for names of buckets: https://cloud.google.com/storage/docs/buckets#naming */
function isBucketName(name: string): boolean {
  const parts = name.split('.');
  return (
    BUCKET_NAME.test(name) &&
    !IP_ADDRESS.test(name) &&
    parts.every((part) => part !== '' && part.length <= MAX_NAME_PART) &&
    !name.startsWith('goog') &&
    !/g[o0]{2}gle/.test(name)
  );
}

const MAX_OBJECT_NAME_BYTES = 1024;

/**
 * Buckets and objects. Every change is one synchronous step (check, write, index), so no two requests can
 * interleave within it.
 */
export class Store {
  readonly disk: Disk;
  readonly #buckets = new Map<string, BucketState>();
  #lastGeneration = 0;

  constructor(root: string) {
    this.disk = new Disk(root);
    for (const { bucket, objects } of this.disk.load()) {
      const state: BucketState = { record: bucket, objects: new Map(), sortedNames: undefined };
      this.#buckets.set(bucket.name, state);
      objects.sort((a, b) => Number(a.generation) - Number(b.generation));
      for (const object of objects) {
        const versions = state.objects.get(object.name);
        if (versions === undefined) state.objects.set(object.name, [object]);
        else versions.push(object);
        this.#lastGeneration = Math.max(this.#lastGeneration, Number(object.generation));
      }
      this.#retireAll(state);
    }
  }

  /** A crash between adding a generation and retiring the one before leaves two live ones. */
  #retireAll(state: BucketState): void {
    for (const versions of state.objects.values()) {
      for (const version of versions.slice(0, -1)) {
        if (version.timeDeleted === undefined) this.#retire(state, version);
      }
    }
  }

  listBuckets(): BucketRecord[] {
    return [...this.#buckets.keys()].sort().map((name) => this.#buckets.get(name)!.record);
  }

  createBucket(body: Fields): BucketRecord {
    const name = body.name;
    if (typeof name !== 'string' || name === '') throw new StorageError('required', 'Required', 'name');
    if (!isBucketName(name)) throw new StorageError('invalid', `Invalid bucket name: '${name}'`, 'name');
    if (this.#buckets.has(name)) {
      throw new StorageError(
        'conflict',
        'Your previous request to create the named bucket succeeded and you already own it.',
      );
    }
    const now = new Date().toISOString();
    const fields = withoutNulls(bucketFields(body));
    const record: BucketRecord = { name, metageneration: '1', timeCreated: now, updated: now, fields };
    this.disk.writeBucket(record);
    this.#buckets.set(name, { record, objects: new Map(), sortedNames: [] });
    return record;
  }

  /** @throws StorageError 404, or 412/304 when a precondition fails. */
  bucket(name: string, wanted: Preconditions = {}): BucketRecord {
    const { record } = this.#state(name);
    checkPreconditions(record, wanted, true);
    return record;
  }

  /** Sets the given fields; with `replace` all others go back to their defaults. */
  updateBucket(name: string, body: Fields, wanted: Preconditions, replace = false): BucketRecord {
    const state = this.#state(name);
    checkPreconditions(state.record, wanted);
    const patch = bucketFields(body);
    const location = state.record.fields.location ?? 'US';
    if (patch.location && String(patch.location).toUpperCase() !== String(location).toUpperCase()) {
      throw new StorageError('invalid', 'The location of a bucket cannot be changed.', 'location');
    }
    delete patch.location;
    const base = replace ? pickLocation(state.record.fields) : state.record.fields;
    state.record = {
      ...state.record,
      metageneration: String(Number(state.record.metageneration) + 1),
      updated: new Date().toISOString(),
      fields: mergeFields(base, patch),
    };
    this.disk.writeBucket(state.record);
    return state.record;
  }

  deleteBucket(name: string, wanted: Preconditions): void {
    const state = this.#state(name);
    checkPreconditions(state.record, wanted);
    if (state.objects.size > 0) {
      throw new StorageError('conflict', 'The bucket you tried to delete is not empty.');
    }
    this.#buckets.delete(name);
    this.disk.removeBucket(name);
  }

  /** Names in listing order. */
  names(bucket: string): readonly string[] {
    const state = this.#state(bucket);
    state.sortedNames ??= [...state.objects.keys()].sort(compareUtf8);
    return state.sortedNames;
  }

  /** All generations of a name, oldest first. */
  versions(bucket: string, name: string): readonly ObjectRecord[] {
    return this.#state(bucket).objects.get(name) ?? [];
  }

  /** The live generation, or the one asked for; undefined when there is none. */
  find(bucket: string, name: string, generation?: string): ObjectRecord | undefined {
    const versions = this.versions(bucket, name);
    if (generation !== undefined) return versions.find((version) => version.generation === generation);
    const newest = versions.at(-1);
    return newest?.timeDeleted === undefined ? newest : undefined;
  }

  /** @throws StorageError 404, or 412/304 when a precondition fails. */
  object(
    bucket: string,
    name: string,
    options: { generation?: string | undefined; wanted?: Preconditions; reading?: boolean } = {},
  ): ObjectRecord {
    const found = this.find(bucket, name, options.generation);
    if (found === undefined) throw objectNotFound(bucket, name);
    checkPreconditions(found, options.wanted ?? {}, options.reading);
    return found;
  }

  /** @throws StorageError when an object of this name could not be written now. */
  checkWritable(bucket: string, name: string, wanted: Preconditions): void {
    checkObjectName(name);
    checkPreconditions(this.find(bucket, name), wanted);
  }

  /** Adds a generation from finished bytes, which are moved away. */
  addObject(
    bucket: string,
    name: string,
    fields: Fields,
    incoming: Incoming,
    wanted: Preconditions,
  ): ObjectRecord {
    const state = this.#state(bucket);
    this.checkWritable(bucket, name, wanted);
    const now = new Date();
    const { size, crc32c, md5Hash } = incoming.checksums;
    const composite = incoming.componentCount !== undefined;
    const record: ObjectRecord = {
      name,
      generation: this.#nextGeneration(now),
      metageneration: '1',
      size,
      crc32c,
      ...(composite ? { componentCount: incoming.componentCount! } : { md5Hash }),
      timeCreated: now.toISOString(),
      updated: now.toISOString(),
      fields: withDefaults(withoutNulls(objectFields(fields)), state.record),
    };
    this.disk.addObject(bucket, record, incoming.path);
    const versions = state.objects.get(name);
    if (versions === undefined) {
      state.objects.set(name, [record]);
      state.sortedNames = undefined;
    } else {
      const live = this.find(bucket, name);
      versions.push(record);
      if (live !== undefined) this.#retire(state, live);
    }
    return record;
  }

  updateObject(
    bucket: string,
    name: string,
    body: Fields,
    options: { generation?: string | undefined; wanted: Preconditions; replace?: boolean },
  ): ObjectRecord {
    const current = this.object(bucket, name, options);
    const patch = objectFields(body);
    const updated: ObjectRecord = {
      ...current,
      metageneration: String(Number(current.metageneration) + 1),
      updated: new Date().toISOString(),
      fields: options.replace ? withoutNulls(patch) : mergeFields(current.fields, patch),
    };
    this.disk.writeObject(bucket, updated);
    const versions = this.#state(bucket).objects.get(name)!;
    versions[versions.indexOf(current)] = updated;
    return updated;
  }

  /** Without a generation, a versioned bucket keeps the live one as noncurrent. */
  deleteObject(bucket: string, name: string, generation: string | undefined, wanted: Preconditions): void {
    const current = this.object(bucket, name, { generation, wanted });
    const state = this.#state(bucket);
    if (generation === undefined) this.#retire(state, current);
    else this.#remove(state, current);
  }

  /** Bytes of several objects in one new file. */
  async concatenate(bucket: string, sources: readonly ObjectRecord[]): Promise<Incoming> {
    const path = this.disk.temporaryPath();
    const digest = new Digest();
    for (const source of sources) {
      await appendTo(path, createReadStream(this.disk.bytesPath(bucket, source)), digest);
    }
    const componentCount = sources.reduce((sum, source) => sum + (source.componentCount ?? 1), 0);
    return { path, checksums: digest.checksums(), componentCount };
  }

  #state(bucket: string): BucketState {
    const state = this.#buckets.get(bucket);
    if (state === undefined) throw bucketNotFound();
    return state;
  }

  /** Takes a live generation out of the way: noncurrent in a versioned bucket, gone in any other. */
  #retire(state: BucketState, live: ObjectRecord): void {
    if (!isVersioned(state.record)) {
      this.#remove(state, live);
      return;
    }
    const versions = state.objects.get(live.name)!;
    const retired = { ...live, timeDeleted: new Date().toISOString() };
    this.disk.writeObject(state.record.name, retired);
    versions[versions.indexOf(live)] = retired;
  }

  #remove(state: BucketState, object: ObjectRecord): void {
    const versions = state.objects.get(object.name)!;
    versions.splice(versions.indexOf(object), 1);
    if (versions.length === 0) {
      state.objects.delete(object.name);
      state.sortedNames = undefined;
    }
    this.disk.removeObject(state.record.name, object);
  }

  /** Microseconds since 1970, as in Cloud Storage, and always growing. */
  #nextGeneration(now: Date): string {
    this.#lastGeneration = Math.max(this.#lastGeneration + 1, now.getTime() * 1000);
    return String(this.#lastGeneration);
  }
}

function isVersioned(bucket: BucketRecord): boolean {
  return (bucket.fields.versioning as { enabled?: unknown } | undefined)?.enabled === true;
}

/** Where a bucket lives cannot be changed after its creation. */
function pickLocation(fields: Fields): Fields {
  return { ...(fields.location !== undefined && { location: fields.location }) };
}

function withDefaults(fields: Fields, bucket: BucketRecord): Fields {
  return { storageClass: bucket.fields.storageClass ?? 'STANDARD', ...fields };
}

function checkObjectName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) throw new StorageError('required', 'Required', 'name');
  if (bytes > MAX_OBJECT_NAME_BYTES) {
    throw new StorageError('invalid', 'The maximum object length is 1024 characters.', 'name');
  }
  if (
    /[\r\n]/.test(name) ||
    name === '.' ||
    name === '..' ||
    name.startsWith('.well-known/acme-challenge/')
  ) {
    throw new StorageError('invalid', `Disallowed object name: '${name}'`, 'name');
  }
}

/** The order of the UTF-8 bytes; JavaScript's own order differs for characters beyond U+FFFF. */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) {
      const [highX, highY] = [isSurrogate(x), isSurrogate(y)];
      return highX === highY ? x - y : highX ? 1 : -1;
    }
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
