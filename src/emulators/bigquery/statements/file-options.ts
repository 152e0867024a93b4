import { invalidQuery } from '../../googlesql/errors.js';
import type { ColumnDefinition, OptionNode, Position, TableConstraint } from '../../googlesql/syntax/ast.js';
import type { JsonObject, JsonValue, TableField } from '../catalog/entries.js';
import { resolveElements } from './ddl/columns.js';
import { evaluateOptions, type OptionValue } from './ddl/options.js';
import type { Session } from './session.js';

/** Options of FROM FILES and of external tables by REST's names of the same in `configuration.load`. */
const LOAD_NAMES: Record<string, string> = {
  allow_jagged_rows: 'allowJaggedRows',
  allow_quoted_newlines: 'allowQuotedNewlines',
  enable_logical_types: 'useAvroLogicalTypes',
  encoding: 'encoding',
  field_delimiter: 'fieldDelimiter',
  format: 'sourceFormat',
  ignore_unknown_values: 'ignoreUnknownValues',
  max_bad_records: 'maxBadRecords',
  null_marker: 'nullMarker',
  null_markers: 'nullMarkers',
  preserve_ascii_control_characters: 'preserveAsciiControlCharacters',
  quote: 'quote',
  skip_leading_rows: 'skipLeadingRows',
  source_column_match: 'sourceColumnMatch',
  time_zone: 'timeZone',
  uris: 'sourceUris',
};

const PARQUET_NAMES: Record<string, string> = {
  enum_as_string: 'enumAsString',
  enable_list_inference: 'enableListInference',
};

const FORMATS: Record<string, string> = { JSON: 'NEWLINE_DELIMITED_JSON' };

interface FilesClause {
  options: OptionNode[];
  columns?: (ColumnDefinition | TableConstraint)[] | undefined;
  partitionColumns?: (ColumnDefinition | TableConstraint)[] | undefined;
  pos: Position;
}

/** Which files a statement reads and how, as `configuration.load` would say it; the columns of paths come apart. */
export async function filesOf(
  clause: FilesClause,
  session: Session,
): Promise<{ load: JsonObject; partitions: TableField[]; others: Record<string, OptionValue> }> {
  const load: JsonObject = {};
  const parquet: JsonObject = {};
  const others: Record<string, OptionValue> = {};
  for (const { name, value } of await evaluateOptions(clause.options, session)) {
    if (name === 'format')
      load['sourceFormat'] = FORMATS[String(value).toUpperCase()] ?? String(value).toUpperCase();
    // The bytes tell by themselves.
    else if (name === 'compression') continue;
    else if (LOAD_NAMES[name] !== undefined) load[LOAD_NAMES[name]] = value as JsonValue;
    else if (PARQUET_NAMES[name] !== undefined) parquet[PARQUET_NAMES[name]] = value as JsonValue;
    else others[name] = value;
  }
  for (const [name, key] of [
    ['format', 'sourceFormat'],
    ['uris', 'sourceUris'],
  ] as const) {
    if (load[key] === undefined) throw invalidQuery(`Option '${name}' is required`, clause.pos);
  }
  if (Object.keys(parquet).length > 0) load['parquetOptions'] = parquet;
  if (clause.columns !== undefined) {
    load['schema'] = { fields: (await resolveElements(clause.columns, session)) as unknown as JsonValue };
  }
  const partitions = clause.partitionColumns && (await resolveElements(clause.partitionColumns, session));
  const prefix = others['hive_partition_uri_prefix'];
  delete others['hive_partition_uri_prefix'];
  delete others['require_hive_partition_filter'];
  if (partitions !== undefined) {
    if (typeof prefix !== 'string')
      throw invalidQuery("Option 'hive_partition_uri_prefix' is required with partition columns", clause.pos);
    const keys = partitions.map(({ name, type }) => `{${name}:${type}}`).join('/');
    load['hivePartitioningOptions'] = {
      mode: keys === '' ? 'AUTO' : 'CUSTOM',
      sourceUriPrefix: keys === '' ? prefix : `${prefix.replace(/\/*$/, '')}/${keys}`,
    };
  } else if (prefix !== undefined) {
    throw invalidQuery('hive_partition_uri_prefix needs WITH PARTITION COLUMNS', clause.pos);
  }
  return { load, partitions: partitions ?? [], others };
}
