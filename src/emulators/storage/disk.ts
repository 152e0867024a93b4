import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, link } from 'node:fs/promises';
import { join } from 'node:path';
import type { BucketRecord, ObjectRecord } from './resources.js';

/**
 * The files of the store: `buckets/<bucket>/bucket.json`, and per generation of an object
 * `objects/<hash of the name>/<generation>.json` beside `<generation>.bytes`. The JSON is written last, by rename,
 * so a generation exists completely or not at all. Names are hashed because they may be longer than a file name
 * or contain anything.
 */
export class Disk {
  readonly #root: string;
  readonly #temporary: string;

  constructor(root: string) {
    this.#root = root;
    this.#temporary = join(root, 'temporary');
    rmSync(this.#temporary, { recursive: true, force: true });
    mkdirSync(this.#temporary, { recursive: true });
    mkdirSync(join(root, 'buckets'), { recursive: true });
    mkdirSync(this.uploads, { recursive: true });
  }

  get uploads(): string {
    return join(this.#root, 'uploads');
  }

  /** A path for a file that is not part of the store yet. */
  temporaryPath(): string {
    return join(this.#temporary, randomUUID());
  }

  bytesPath(bucket: string, object: ObjectRecord): string {
    return join(this.#objectFolder(bucket, object.name), `${object.generation}.bytes`);
  }

  /** Everything that is stored. Bytes whose JSON was never written are removed. */
  load(): { bucket: BucketRecord; objects: ObjectRecord[] }[] {
    return readdirSync(join(this.#root, 'buckets'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => {
        const bucket = readJson<BucketRecord>(join(this.#bucketFolder(entry.name), 'bucket.json'));
        return bucket === undefined ? [] : [{ bucket, objects: this.#loadObjects(entry.name) }];
      });
  }

  #loadObjects(bucket: string): ObjectRecord[] {
    const root = join(this.#bucketFolder(bucket), 'objects');
    const objects: ObjectRecord[] = [];
    for (const folder of readdirSync(root)) {
      const files = new Set(readdirSync(join(root, folder)));
      for (const file of files) {
        const path = join(root, folder, file);
        if (file.endsWith('.json')) objects.push(readJson<ObjectRecord>(path)!);
        else if (!files.has(file.replace(/\.bytes$/, '.json'))) rmSync(path, { force: true });
      }
    }
    return objects;
  }

  writeBucket(bucket: BucketRecord): void {
    mkdirSync(join(this.#bucketFolder(bucket.name), 'objects'), { recursive: true });
    this.#writeJson(join(this.#bucketFolder(bucket.name), 'bucket.json'), bucket);
  }

  removeBucket(name: string): void {
    rmSync(this.#bucketFolder(name), { recursive: true, force: true });
  }

  /** Moves finished bytes into place and then makes the generation visible. */
  addObject(bucket: string, object: ObjectRecord, bytes: string): void {
    mkdirSync(this.#objectFolder(bucket, object.name), { recursive: true });
    renameSync(bytes, this.bytesPath(bucket, object));
    this.writeObject(bucket, object);
  }

  writeObject(bucket: string, object: ObjectRecord): void {
    this.#writeJson(join(this.#objectFolder(bucket, object.name), `${object.generation}.json`), object);
  }

  removeObject(bucket: string, object: ObjectRecord): void {
    const folder = this.#objectFolder(bucket, object.name);
    rmSync(join(folder, `${object.generation}.json`), { force: true });
    rmSync(join(folder, `${object.generation}.bytes`), { force: true });
    if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
  }

  /** A second name for the bytes of a generation, which never change once written. */
  async shareBytes(path: string): Promise<string> {
    const shared = this.temporaryPath();
    await link(path, shared).catch(() => copyFile(path, shared));
    return shared;
  }

  #bucketFolder(bucket: string): string {
    return join(this.#root, 'buckets', bucket);
  }

  #objectFolder(bucket: string, name: string): string {
    return join(this.#bucketFolder(bucket), 'objects', createHash('sha256').update(name).digest('hex'));
  }

  #writeJson(path: string, value: unknown): void {
    const temporary = this.temporaryPath();
    writeFileSync(temporary, JSON.stringify(value));
    renameSync(temporary, path);
  }
}

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
