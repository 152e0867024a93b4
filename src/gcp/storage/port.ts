import type { Readable } from 'node:stream';
import type { Bucket, FileMetadata } from '@google-cloud/storage';
import type { Config } from '../../config/config.js';
import type { GoogleClients } from '../clients.js';
import { callsOf, unlessMissing } from '../google-calls.js';
import { errorCode } from '../google-errors.js';

/** A version of an object: its name may be overwritten, its generation never. */
export interface ObjectVersion {
  bucket: string;
  name: string;
  generation: string;
  /** Base64 of the big-endian checksum, as the API gives it. */
  crc32c: string;
  size: number;
}

export interface UploadOptions {
  contentType: string;
  /** Checked by the service, which refuses damaged bytes. */
  crc32c?: string;
  size?: number;
}

/** Objects of Cloud Storage; names are within the configured bucket unless a bucket is given. */
export interface StoragePort {
  /** Undefined when the object or the bucket does not exist. */
  stat(name: string, bucket?: string): Promise<ObjectVersion | undefined>;
  list(prefix: string, bucket?: string): Promise<ObjectVersion[]>;
  /** The bytes of exactly this version, as they are stored. */
  read(version: ObjectVersion): Readable;
  readText(name: string): Promise<{ text: string; generation: string } | undefined>;
  /**
   * Writes a small object if its generation is still the given one (`0`: there is none).
   * Returns the new generation; undefined when somebody else was faster.
   */
  writeText(name: string, text: string, ifGenerationMatch: string | undefined): Promise<string | undefined>;
  /** Uploads under a name that does not exist yet; gives the version that is there when it does. */
  upload(name: string, source: Readable, options: UploadOptions): Promise<ObjectVersion>;
  remove(name: string): Promise<void>;
  checksum(): Checksum;
}

/** CRC32C of a stream of bytes. */
export interface Checksum {
  update(bytes: Buffer): void;
  /** Base64, as Cloud Storage gives it. */
  digest(): string;
}

/** Below this one request carries metadata and bytes; above it an interrupted upload can go on. */
const RESUMABLE_FROM_BYTES = 8 * 1024 * 1024;

export async function storagePort(clients: GoogleClients, config: Config): Promise<StoragePort> {
  const storage = await clients.storage();
  const { CRC32C } = await import('@google-cloud/storage');
  const own = storage.bucket(config.storage.bucket);
  const bucketOf = (name: string | undefined): Bucket => (name === undefined ? own : storage.bucket(name));
  const run = callsOf(clients);
  const stat: StoragePort['stat'] = (name, bucket) =>
    run(`look up gs://${bucketOf(bucket).name}/${name}`, () =>
      unlessMissing(async () => {
        const [metadata] = await bucketOf(bucket).file(name).getMetadata();
        return versionOf(bucketOf(bucket).name, metadata);
      }),
    );

  return {
    stat,
    list: (prefix, bucket) =>
      run(`list gs://${bucketOf(bucket).name}/${prefix}`, async () => {
        const [files] = await bucketOf(bucket).getFiles({ prefix });
        return files.map((file) => versionOf(bucketOf(bucket).name, file.metadata));
      }),
    read(version) {
      return storage
        .bucket(version.bucket)
        .file(version.name, { generation: version.generation })
        .createReadStream({ decompress: false, validation: 'crc32c' });
    },
    readText: (name) =>
      run(`read gs://${own.name}/${name}`, async () => {
        // The generation is read first and pinned, so that text and generation belong together.
        for (;;) {
          const version = await stat(name);
          if (version === undefined) return undefined;
          const { generation } = version;
          const found = await unlessMissing(() => own.file(name, { generation }).download());
          if (found !== undefined) return { text: found[0].toString('utf8'), generation };
        }
      }),
    writeText: (name, text, ifGenerationMatch) =>
      run(`write gs://${own.name}/${name}`, async () => {
        const file = own.file(name);
        try {
          await file.save(text, {
            resumable: false,
            contentType: 'application/json',
            ...(ifGenerationMatch !== undefined && { preconditionOpts: { ifGenerationMatch } }),
          });
          return String(file.metadata.generation);
        } catch (error) {
          if (errorCode(error) === 412) return undefined;
          throw error;
        }
      }),
    upload: (name, source, options) =>
      run(`stage gs://${own.name}/${name}`, async () => {
        const file = own.file(name);
        const { pipeline } = await import('node:stream/promises');
        try {
          await pipeline(
            source,
            file.createWriteStream({
              resumable: (options.size ?? Number.POSITIVE_INFINITY) > RESUMABLE_FROM_BYTES,
              // The service checks the checksum that goes with the metadata; the client's own check would
              // delete the object by name, whoever wrote it meanwhile.
              validation: options.crc32c === undefined ? 'crc32c' : false,
              metadata: { contentType: options.contentType, crc32c: options.crc32c },
              preconditionOpts: { ifGenerationMatch: 0 },
            }),
          );
          return versionOf(own.name, file.metadata);
        } catch (error) {
          const there = errorCode(error) === 412 ? await stat(name) : undefined;
          if (there === undefined) throw error;
          return there;
        }
      }),
    remove: (name) =>
      run(`delete gs://${own.name}/${name}`, async () => {
        await own.file(name).delete({ ignoreNotFound: true });
      }),
    checksum() {
      const crc = new CRC32C();
      return { update: (bytes) => crc.update(bytes), digest: () => crc.toString() };
    },
  };
}

function versionOf(bucket: string, metadata: FileMetadata): ObjectVersion {
  return {
    bucket,
    name: metadata.name!,
    generation: String(metadata.generation),
    crc32c: metadata.crc32c ?? '',
    size: Number(metadata.size ?? 0),
  };
}
