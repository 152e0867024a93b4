import { rm } from 'node:fs/promises';
import { quoteIdentifier } from '../../../googlesql/duck/quote.js';
import type { TableField } from '../../catalog/entries.js';
import { BigQueryError } from '../../errors.js';
import type { ExportTarget } from '../../statements/services.js';
import {
  checkFileFormat,
  contentType,
  destinationOf,
  type FileFormat,
  writeFile,
} from '../load/export-file.js';
import { stagingPath } from '../load/source-files.js';
import { StorageClient } from '../load/storage-client.js';
import type { ServerContext } from '../server-context.js';

/** Writes the rows of a table of results, whose columns have any names, for EXPORT DATA. */
export async function exportRows(
  context: ServerContext,
  table: string,
  fields: TableField[],
  target: ExportTarget,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const format: FileFormat = {
    format: target.format === 'JSON' ? 'NEWLINE_DELIMITED_JSON' : target.format,
    compression: target.compression ?? 'NONE',
    delimiter: target.delimiter ?? ',',
    header: target.header ?? true,
    logicalTypes: target.logicalTypes ?? false,
  };
  checkFileFormat(format);
  const storage = new StorageClient(context.storageEndpoint);
  const destination = destinationOf(target.uri);
  if (target.overwrite !== true && (await storage.exists(target.uri))) {
    throw new BigQueryError(
      'invalid',
      `Invalid destination: ${target.uri} has files already; set the option overwrite to replace them`,
    );
  }
  const names = fields.map(({ name }) => quoteIdentifier(name)).join(', ');
  const path = stagingPath(context.database.stagingDir);
  try {
    await writeFile(context, { fields, from: `${table} AS _rows(${names})` }, path, format, signal);
    await storage.upload(destination, path, contentType(format));
  } finally {
    await rm(path, { force: true });
  }
}
