import { notImplemented } from '../../../googlesql/errors.js';
import type { JsonObject, TableField } from '../../catalog/entries.js';
import { loadOf } from '../../catalog/external.js';
import { BigQueryError } from '../../errors.js';
import {
  type BodyShape,
  booleanField,
  checkBody,
  checkMembers,
  choiceField,
  integerField,
  labelsField,
  mergeLabels,
  objectField,
  textField,
  textListField,
} from '../http/body.js';
import { type Destination, readDestination } from '../resources/destination.js';
import { readSchema } from '../resources/table-resource.js';
import { type HivePartitions, readHivePartitions } from './hive-partitions.js';
import { ENCODINGS, type Encoding } from './source-files.js';

const SHAPE: BodyShape = {
  name: 'configuration.load',
  supported: [
    'sourceUris',
    'schema',
    'destinationTable',
    'destinationTableProperties',
    'createDisposition',
    'writeDisposition',
    'nullMarker',
    'nullMarkers',
    'fieldDelimiter',
    'skipLeadingRows',
    'encoding',
    'quote',
    'maxBadRecords',
    'allowQuotedNewlines',
    'sourceFormat',
    'allowJaggedRows',
    'ignoreUnknownValues',
    'autodetect',
    'schemaUpdateOptions',
    'timePartitioning',
    'rangePartitioning',
    'clustering',
    'sourceColumnMatch',
    'preserveAsciiControlCharacters',
    'timeZone',
    'parquetOptions',
    'useAvroLogicalTypes',
    'hivePartitioningOptions',
  ],
  // These say what the emulator does anyway, or concern formats that it refuses.
  // The Node client sends the location, which belongs into the job reference, here as well.
  outputOnly: ['columnNameCharacterMap', 'copyFilesOnly', 'location'],
  unsupported: [
    'schemaInline',
    'schemaInlineFormat',
    'projectionFields',
    'decimalTargetTypes',
    'jsonExtension',
    'fileSetSpecType',
    'referenceFileSchemaUri',
    'destinationEncryptionConfiguration',
    'createSession',
    'connectionProperties',
    'dateFormat',
    'datetimeFormat',
    'timeFormat',
    'timestampFormat',
    'timestampTargetPrecision',
  ],
};

const SOURCE_FORMATS = [
  'CSV',
  'NEWLINE_DELIMITED_JSON',
  'PARQUET',
  'AVRO',
  'ORC',
  'DATASTORE_BACKUP',
] as const;
export type SourceFormat = (typeof SOURCE_FORMATS)[number];

export interface CsvOptions {
  delimiter: string;
  /** Empty: nothing is quoted. */
  quote: string;
  skipLeadingRows: number;
  nullMarkers: string[];
  allowQuotedNewlines: boolean;
  allowJaggedRows: boolean;
  /** Take columns by the names in the header row. */
  matchNames: boolean;
}

/** How files are read. */
export interface FileOptions {
  uris: string[];
  format: SourceFormat;
  hive?: HivePartitions;
  schema?: TableField[];
  autodetect: boolean;
  maxBadRecords: number;
  ignoreUnknownValues: boolean;
  avroLogicalTypes: boolean;
  encoding: Encoding;
  csv: CsvOptions;
}

export interface LoadOptions extends FileOptions {
  destination: Destination;
}

/** Reads `configuration.load`; `hasUpload` tells that the data came with the request. */
export function readLoadOptions(load: JsonObject, projectId: string, hasUpload: boolean): LoadOptions {
  checkBody(load, SHAPE);
  const destination = readDestination(load, projectId, 'WRITE_APPEND');
  if (destination === undefined) {
    throw new BigQueryError('required', 'Required parameter is missing: destinationTable');
  }
  const properties = objectField(load, 'destinationTableProperties');
  if (properties !== undefined) destination.properties = readProperties(properties);
  const uris = textListField(load, 'sourceUris') ?? [];
  if (!hasUpload && uris.length === 0) {
    throw new BigQueryError('required', 'Required parameter is missing: sourceUris');
  }
  return { ...readFileOptions(load), destination };
}

const EXTERNAL_SHAPE: BodyShape = {
  name: 'externalDataConfiguration',
  supported: [
    'sourceUris',
    'sourceFormat',
    'schema',
    'autodetect',
    'compression',
    'ignoreUnknownValues',
    'maxBadRecords',
    'csvOptions',
    'jsonOptions',
    'avroOptions',
    'parquetOptions',
    'hivePartitioningOptions',
    'timeZone',
  ],
  unsupported: [
    'bigtableOptions',
    'googleSheetsOptions',
    'connectionId',
    'decimalTargetTypes',
    'referenceFileSchemaUri',
    'metadataCacheMode',
    'objectMetadata',
    'jsonExtension',
    'fileSetSpecType',
    'dateFormat',
    'datetimeFormat',
    'timeFormat',
    'timestampFormat',
    'timestampTargetPrecision',
  ],
};

/** Reads `externalDataConfiguration`. */
export function readExternalOptions(external: JsonObject): FileOptions {
  checkBody(external, EXTERNAL_SHAPE);
  const load = loadOf(external);
  checkBody(load, SHAPE);
  const options = readFileOptions(load);
  if (options.uris.length === 0)
    throw new BigQueryError('required', 'Required parameter is missing: sourceUris');
  return options;
}

/** What says how files are read, in load jobs and, under the same names, for external tables. */
export function readFileOptions(load: JsonObject): FileOptions {
  checkParquetOptions(objectField(load, 'parquetOptions'));
  const timeZone = textField(load, 'timeZone');
  if (timeZone !== undefined && !/^(Etc\/)?UTC$/.test(timeZone))
    throw notImplemented(`The load time zone ${timeZone}`);
  return {
    uris: textListField(load, 'sourceUris') ?? [],
    hive: readHivePartitions(objectField(load, 'hivePartitioningOptions')),
    format: choiceField(load, 'sourceFormat', SOURCE_FORMATS) ?? 'CSV',
    schema: readSchema(load),
    autodetect: booleanField(load, 'autodetect') ?? false,
    maxBadRecords: integerField(load, 'maxBadRecords') ?? 0,
    ignoreUnknownValues: booleanField(load, 'ignoreUnknownValues') ?? false,
    avroLogicalTypes: booleanField(load, 'useAvroLogicalTypes') ?? false,
    encoding: choiceField(load, 'encoding', Object.keys(ENCODINGS) as Encoding[]) ?? 'UTF-8',
    csv: readCsvOptions(load),
  };
}

/** Lists are always read as arrays, and enumerations as text. */
function checkParquetOptions(options: JsonObject | undefined): void {
  if (options === undefined) return;
  checkBody(options, {
    name: 'parquetOptions',
    supported: ['enableListInference', 'enumAsString'],
    unsupported: ['mapTargetType'],
  });
  for (const key of ['enableListInference', 'enumAsString']) {
    if (booleanField(options, key) === false) throw notImplemented(`parquetOptions.${key}=false`, key);
  }
}

function readProperties(properties: JsonObject): Destination['properties'] {
  checkMembers(properties, 'destinationTableProperties', [
    'description',
    'friendlyName',
    'expirationTime',
    'labels',
  ]);
  return {
    description: textField(properties, 'description'),
    friendlyName: textField(properties, 'friendlyName'),
    expirationTime: integerField(properties, 'expirationTime'),
    labels: mergeLabels(undefined, labelsField(properties) ?? {}),
  };
}

function readCsvOptions(load: JsonObject): CsvOptions {
  const delimiter = textField(load, 'fieldDelimiter') || ',';
  const quote = textField(load, 'quote') ?? '"';
  if ([...quote].length > 1) throw new BigQueryError('invalid', `Invalid quote character: ${quote}`);
  const nullMarker = textField(load, 'nullMarker');
  const nullMarkers = textListField(load, 'nullMarkers') ?? [];
  if (nullMarker !== undefined && nullMarker !== '' && nullMarkers.length > 0) {
    throw new BigQueryError('invalid', 'Only one of nullMarker and nullMarkers can be specified');
  }
  return {
    delimiter: delimiter === '\\t' || delimiter.toLowerCase() === 'tab' ? '\t' : delimiter,
    quote,
    skipLeadingRows: integerField(load, 'skipLeadingRows') ?? 0,
    nullMarkers: nullMarkers.length > 0 ? nullMarkers : [nullMarker ?? ''],
    allowQuotedNewlines: booleanField(load, 'allowQuotedNewlines') ?? false,
    allowJaggedRows: booleanField(load, 'allowJaggedRows') ?? false,
    matchNames: choiceField(load, 'sourceColumnMatch', ['POSITION', 'NAME']) === 'NAME',
  };
}
