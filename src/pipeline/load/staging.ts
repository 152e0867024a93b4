import { createHash } from 'node:crypto';
import type { Config } from '../../config/config.js';
import type { SpannerData } from '../../gcp/spanner/data.js';
import type { ObjectVersion, StoragePort } from '../../gcp/storage/port.js';
import { identifierOf } from '../../schema/parse-table-schema.js';
import { changedError } from './load-errors.js';
import type { LoadOptions } from './load-options.js';
import type { TableInput } from './scan.js';
import type { Source } from './source.js';

/** The raw file as an object whose name says its content, so that the same file is staged once. */
export async function stage(storage: StoragePort, source: Source): Promise<ObjectVersion> {
  if (source.object !== undefined) return source.object;
  const sum = storage.checksum();
  for await (const chunk of source.bytes()) sum.update(chunk as Buffer);
  const crc32c = sum.digest();
  const hex = Buffer.from(crc32c, 'base64').toString('hex');
  const name = `staging/${hex}-${source.size}-${identifierOf(source.stem)}.csv`;
  const there = await storage.stat(name);
  if (there !== undefined && there.crc32c === crc32c) return there;
  return storage.upload(name, source.bytes(), {
    contentType: 'application/octet-stream',
    crc32c,
    size: source.size,
  });
}

/** Names one load: these bytes, into these tables of this very database, read in this way. */
export function manifestKey(
  config: Config,
  data: SpannerData,
  tables: readonly { table: TableInput; staged: readonly ObjectVersion[] }[],
  { csv, rows, mode }: LoadOptions,
): string {
  return databaseKey(config, data, [
    tables.map(({ table, staged }) => [
      table.schema,
      staged.map(({ bucket, name, generation, crc32c, size }) => [bucket, name, generation, crc32c, size]),
    ]),
    csv,
    rows,
    mode,
  ]);
}

/** Names something of this very database, not of one that had its name before. */
export function databaseKey({ project, spanner }: Config, { createdAt }: SpannerData, what: unknown): string {
  const identity = [project, spanner.instance, spanner.database, createdAt, what];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
}

export async function refuseChanged(sources: readonly Source[]): Promise<void> {
  for (const source of sources) if (await source.changed()) throw changedError(sources);
}
