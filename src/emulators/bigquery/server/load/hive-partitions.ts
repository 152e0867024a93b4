import { quoteString } from '../../../googlesql/duck/quote.js';
import type { JsonObject, TableField } from '../../catalog/entries.js';
import { findField, parseFields } from '../../catalog/fields.js';
import { storageType } from '../../catalog/stored-table.js';
import { BigQueryError } from '../../errors.js';
import { booleanField, checkMembers, choiceField, requiredText, textListField } from '../http/body.js';
import type { FileRows, Reading } from './file-rows.js';
import type { SourceFile } from './source-files.js';

/**
 * Columns whose values stand in the paths of files, as `key=value/`.
 *
 * https://cloud.google.com/bigquery/docs/hive-partitioned-queries
 */
export interface HivePartitions {
  /** `gs://bucket/folder/`, behind which the keys begin. */
  prefix: string;
  /** All are text. */
  asText: boolean;
  /** Absent: the types are found by the values. */
  fields?: TableField[];
}

const MODES = ['AUTO', 'STRINGS', 'CUSTOM'] as const;

/** Reads `hivePartitioningOptions`. */
export function readHivePartitions(options: JsonObject | undefined): HivePartitions | undefined {
  if (options === undefined) return undefined;
  checkMembers(options, 'hivePartitioningOptions', [
    'mode',
    'sourceUriPrefix',
    'requirePartitionFilter',
    'fields',
  ]);
  // It guards against costs, of which there are none here.
  booleanField(options, 'requirePartitionFilter');
  textListField(options, 'fields');
  const mode = choiceField(options, 'mode', MODES) ?? 'AUTO';
  const written = requiredText(options, 'sourceUriPrefix');
  const [head] = written.split('{');
  const prefix = head!.endsWith('/') ? head! : `${head}/`;
  if (mode !== 'CUSTOM') return { prefix, asText: mode === 'STRINGS' };
  const keys = [...written.matchAll(/\{([^:{}]+):([^{}]+)\}/g)];
  if (keys.length === 0) {
    throw new BigQueryError('invalid', `sourceUriPrefix has no {key:TYPE} for the mode CUSTOM: ${written}`);
  }
  const fields = parseFields(keys.map(([, name, type]) => ({ name: name!, type: type! })));
  return { prefix, asText: false, fields };
}

type Keys = readonly (readonly [key: string, value: string])[];

function keysOf({ uri }: SourceFile, { prefix }: HivePartitions): Keys {
  if (!uri.startsWith(prefix)) {
    throw new BigQueryError('invalid', `The URI ${uri} does not begin with the source URI prefix ${prefix}`);
  }
  const folders = uri.slice(prefix.length).split('/').slice(0, -1);
  return folders.map((folder) => {
    const at = folder.indexOf('=');
    if (at < 1) throw new BigQueryError('invalid', `No partition key in the folder ${folder} of ${uri}`);
    return [folder.slice(0, at), decodeURIComponent(folder.slice(at + 1))];
  });
}

/** The value that stands for NULL. */
const NULL_VALUE = '__HIVE_DEFAULT_PARTITION__';

/** Reads the files of each partition on their own, and adds the columns of its path. */
export async function withPartitionColumns(
  files: readonly SourceFile[],
  hive: HivePartitions,
  reading: Reading,
  read: (files: SourceFile[], reading: Reading) => Promise<FileRows>,
): Promise<FileRows> {
  const groups = new Map<string, { keys: Keys; files: SourceFile[] }>();
  for (const file of files) {
    const keys = keysOf(file, hive);
    const id = JSON.stringify(keys);
    const group = groups.get(id) ?? { keys, files: [] };
    group.files.push(file);
    groups.set(id, group);
  }
  const all = [...groups.values()];
  const partitions =
    hive.fields ??
    partitionFields(
      all.map(({ keys }) => keys),
      hive,
    );
  const isPartition = ({ name }: TableField) => findField(partitions, name) !== undefined;
  const withoutKeys = (fields: TableField[] | undefined) => fields?.filter((field) => !isPartition(field));
  const { schema } = reading.options;
  const options = { ...reading.options, schema: withoutKeys(schema) };
  const parts: FileRows[] = [];
  try {
    for (const group of all) {
      // The first files say which columns there are.
      const known = parts[0]?.fields ?? withoutKeys(reading.existing);
      parts.push(await read(group.files, { ...reading, options, existing: known }));
    }
  } catch (error) {
    await Promise.all(parts.map((part) => part.dispose()));
    throw error;
  }
  const selects = parts.map((part, index) => {
    const values = partitions.map((field) => valueSql(field, all[index]!.keys));
    return `SELECT *, ${values.join(', ')} FROM (${part.select})`;
  });
  return {
    fields: [...parts[0]!.fields, ...partitions],
    select: selects.join(' UNION ALL '),
    dispose: async () => {
      await Promise.all(parts.map((part) => part.dispose()));
    },
  };
}

function valueSql(field: TableField, keys: Keys): string {
  const value = keys.find(([key]) => key.toLowerCase() === field.name.toLowerCase())?.[1];
  const text = value === undefined || value === NULL_VALUE ? 'NULL' : quoteString(value);
  return `CAST(${text} AS ${storageType(field)})`;
}

function partitionFields(all: readonly Keys[], { asText }: HivePartitions): TableField[] {
  return (all[0] ?? []).map(([name], place): TableField => {
    const values = all.map((keys) => {
      const [other, value] = keys[place] ?? [];
      if (other?.toLowerCase() !== name.toLowerCase())
        throw new BigQueryError('invalid', 'The files have partition keys that differ in names or order');
      return value!;
    });
    return { name, type: asText ? 'STRING' : typeOf(values), mode: 'NULLABLE' };
  });
}

function typeOf(values: readonly string[]): TableField['type'] {
  const known = values.filter((value) => value !== NULL_VALUE);
  const all = (pattern: RegExp) => known.length > 0 && known.every((value) => pattern.test(value));
  if (all(/^-?\d{1,18}$/)) return 'INTEGER';
  if (all(/^\d{4}-\d{2}-\d{2}$/)) return 'DATE';
  if (all(/^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:\d{2})?)?$/)) return 'TIMESTAMP';
  return 'STRING';
}
