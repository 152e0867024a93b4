import { rm } from 'node:fs/promises';
import { notImplemented } from '../../../googlesql/errors.js';
import type { JsonObject, TableRef } from '../../catalog/entries.js';
import { tableName } from '../../catalog/names.js';
import { hasStorage } from '../../catalog/stored-table.js';
import { BigQueryError } from '../../errors.js';
import {
  type BodyShape,
  booleanField,
  checkBody,
  choiceField,
  objectField,
  textField,
  textListField,
} from '../http/body.js';
import {
  checkFileFormat,
  contentType,
  destinationOf,
  type FileFormat,
  writeFile,
} from '../load/export-file.js';
import { stagingPath } from '../load/source-files.js';
import { StorageClient } from '../load/storage-client.js';
import { readTableRef } from '../resources/destination.js';
import { partitionCondition, resolveTable } from '../resources/partitions.js';
import type { ServerContext } from '../server-context.js';
import type { Job, NewJob } from './job.js';
import { withTimeout } from './query-job.js';

const SHAPE: BodyShape = {
  name: 'configuration.extract',
  supported: [
    'sourceTable',
    'destinationUri',
    'destinationUris',
    'printHeader',
    'fieldDelimiter',
    'destinationFormat',
    'compression',
    'useAvroLogicalTypes',
  ],
  // The Node client sends the location, which belongs into the job reference, here as well.
  outputOnly: ['location'],
  unsupported: ['sourceModel', 'modelExtractOptions'],
};

const FORMATS = ['CSV', 'NEWLINE_DELIMITED_JSON', 'PARQUET', 'AVRO'] as const;
const COMPRESSIONS = ['NONE', 'GZIP', 'SNAPPY', 'ZSTD', 'DEFLATE'] as const;
export interface ExtractOptions {
  source: TableRef;
  /** As given; a `*` becomes the number of the file. */
  uris: string[];
  file: FileFormat;
}

export function readExtractOptions(extract: JsonObject, projectId: string): ExtractOptions {
  checkBody(extract, SHAPE);
  const source = objectField(extract, 'sourceTable');
  if (source === undefined) throw new BigQueryError('required', 'Required parameter is missing: sourceTable');
  const single = textField(extract, 'destinationUri');
  const uris = textListField(extract, 'destinationUris') ?? (single === undefined ? [] : [single]);
  if (uris.length === 0)
    throw new BigQueryError('required', 'Required parameter is missing: destinationUris');
  const format = choiceField(extract, 'destinationFormat', FORMATS) ?? 'CSV';
  if (uris.length > 1) throw notImplemented('Extracting to several destinationUris', 'destinationUris');
  destinationOf(uris[0]!);
  const delimiter = textField(extract, 'fieldDelimiter') || ',';
  const file: FileFormat = {
    format,
    compression: choiceField(extract, 'compression', COMPRESSIONS) ?? 'NONE',
    delimiter: delimiter === '\\t' || delimiter.toLowerCase() === 'tab' ? '\t' : delimiter,
    header: booleanField(extract, 'printHeader') ?? true,
    logicalTypes: booleanField(extract, 'useAvroLogicalTypes') ?? false,
  };
  checkFileFormat(file);
  return { source: readTableRef(source, projectId), uris, file };
}

export function startExtractJob(
  context: ServerContext,
  job: Omit<NewJob, 'type'>,
  options: ExtractOptions,
  timeoutMs?: number,
): Job {
  return context.jobs.start({ ...job, type: 'EXTRACT' }, (started) =>
    withTimeout(started, timeoutMs, () => runExtract(context, started, options)),
  );
}

async function runExtract(context: ServerContext, job: Job, options: ExtractOptions): Promise<void> {
  const { table, partitionId } = resolveTable(context, options.source);
  if (!hasStorage(table)) {
    throw new BigQueryError(
      'invalid',
      `${tableName(table.ref)} is not allowed for this operation because it is currently a ${table.type}.`,
    );
  }
  const where = partitionId === undefined ? '' : ` WHERE ${partitionCondition(table, partitionId)}`;
  const from = `${context.catalog.physicalName(table.ref)}${where}`;
  const storage = new StorageClient(context.storageEndpoint);
  const path = stagingPath(context.database.stagingDir);
  try {
    await writeFile(context, { fields: table.fields, from }, path, options.file, job.abort.signal);
    await storage.upload(destinationOf(options.uris[0]!), path, contentType(options.file));
  } finally {
    await rm(path, { force: true });
  }
  job.statistics = {
    extract: {
      destinationUriFileCounts: ['1'],
      inputBytes: String(await context.statistics.bytes(table.ref)),
    },
  };
}
