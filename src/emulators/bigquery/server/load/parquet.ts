import {
  type DuckDBDecimalType,
  type DuckDBListType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api';
import type { Database } from '../../../googlesql/duck/database.js';
import { quoteIdentifier, quoteString } from '../../../googlesql/duck/quote.js';
import { notImplemented } from '../../../googlesql/errors.js';
import { BIGNUMERIC_SCALE, duckFieldName } from '../../../googlesql/syntax/types.js';
import type { RestType, TableField } from '../../catalog/entries.js';
import { findField } from '../../catalog/fields.js';
import { storageType } from '../../catalog/stored-table.js';
import { BigQueryError } from '../../errors.js';
import type { SourceFile } from './source-files.js';

const NUMERIC_SCALE = 9;
const NUMERIC_INTEGER_DIGITS = 29;

/** BigQuery type of each type that DuckDB finds in Parquet files; nested ones are handled apart. */
const TYPES: Partial<Record<DuckDBTypeId, RestType>> = {
  [DuckDBTypeId.BOOLEAN]: 'BOOLEAN',
  [DuckDBTypeId.TINYINT]: 'INTEGER',
  [DuckDBTypeId.SMALLINT]: 'INTEGER',
  [DuckDBTypeId.INTEGER]: 'INTEGER',
  [DuckDBTypeId.BIGINT]: 'INTEGER',
  [DuckDBTypeId.UTINYINT]: 'INTEGER',
  [DuckDBTypeId.USMALLINT]: 'INTEGER',
  [DuckDBTypeId.UINTEGER]: 'INTEGER',
  [DuckDBTypeId.UBIGINT]: 'INTEGER',
  [DuckDBTypeId.FLOAT]: 'FLOAT',
  [DuckDBTypeId.DOUBLE]: 'FLOAT',
  [DuckDBTypeId.VARCHAR]: 'STRING',
  [DuckDBTypeId.ENUM]: 'STRING',
  [DuckDBTypeId.UUID]: 'STRING',
  [DuckDBTypeId.BLOB]: 'BYTES',
  [DuckDBTypeId.DATE]: 'DATE',
  [DuckDBTypeId.TIME]: 'TIME',
  // BigQuery reads both kinds of Parquet timestamps as TIMESTAMP, unless the schema says DATETIME.
  [DuckDBTypeId.TIMESTAMP]: 'TIMESTAMP',
  [DuckDBTypeId.TIMESTAMP_S]: 'TIMESTAMP',
  [DuckDBTypeId.TIMESTAMP_MS]: 'TIMESTAMP',
  [DuckDBTypeId.TIMESTAMP_NS]: 'TIMESTAMP',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'TIMESTAMP',
};

/** Columns of Parquet files and the SELECT that yields them in storage form. */
export interface ParquetSource {
  fields: TableField[];
  select: string;
}

/** Prepares reading Parquet files, into `schema` when it is given, else into the columns the files have. */
export async function parquetSource(
  database: Database,
  files: readonly SourceFile[],
  schema: readonly TableField[] | undefined,
): Promise<ParquetSource> {
  const paths = files.map(({ path }) => quoteString(path)).join(', ');
  const from = `read_parquet([${paths}], union_by_name = true)`;
  const { names, types } = await describe(database, from, files);
  const found = names.map((name, index) => parquetField(name, types[index]!));
  const fields: TableField[] = [];
  const columns: string[] = [];
  found.forEach((field, index) => {
    const target = schema === undefined ? field : findField(schema, field.name);
    if (target === undefined) fields.push(field);
    else fields.push(schema === undefined ? field : { ...target, fields: field.fields ?? target.fields });
    columns.push(storedValue(types[index]!, fields.at(-1)!, quoteIdentifier(names[index]!), 0));
  });
  return { fields, select: `SELECT ${columns.join(', ')} FROM ${from}` };
}

async function describe(database: Database, from: string, files: readonly SourceFile[]) {
  try {
    return await database.withConnection(async (connection) => {
      const result = await connection.run(`SELECT * FROM ${from} LIMIT 0`);
      return { names: result.columnNames(), types: result.columnTypes() };
    });
  } catch (error) {
    const uri = files[0]!.uri;
    throw new BigQueryError(
      'invalid',
      `Error while reading data, error message: Input file is not in Parquet format. File: ${uri}`,
      { location: uri, cause: error },
    );
  }
}

function parquetField(name: string, type: DuckDBType): TableField {
  if (type.typeId === DuckDBTypeId.LIST) {
    return { ...parquetField(name, (type as DuckDBListType).valueType), mode: 'REPEATED' };
  }
  if (type.typeId === DuckDBTypeId.STRUCT) {
    const struct = type as DuckDBStructType;
    const fields = struct.entryNames.map((entry, index) => parquetField(entry, struct.entryTypes[index]!));
    return { name, type: 'RECORD', mode: 'NULLABLE', fields };
  }
  if (type.typeId === DuckDBTypeId.DECIMAL) {
    const { width, scale } = type as DuckDBDecimalType;
    const fits = scale <= NUMERIC_SCALE && width - scale <= NUMERIC_INTEGER_DIGITS;
    return { name, type: fits ? 'NUMERIC' : 'BIGNUMERIC', mode: 'NULLABLE' };
  }
  const rest = TYPES[type.typeId];
  if (rest === undefined) throw notImplemented(`The Parquet type ${type} of column ${name}`, name);
  return { name, type: rest, mode: 'NULLABLE' };
}

/** SQL that turns a value as DuckDB reads it into the stored form of a field. */
function storedValue(type: DuckDBType, field: TableField, expression: string, depth: number): string {
  if (type.typeId === DuckDBTypeId.LIST) {
    const item = `e${depth}`;
    const inner = storedValue(
      (type as DuckDBListType).valueType,
      { ...field, mode: 'NULLABLE' },
      item,
      depth + 1,
    );
    return inner === item ? expression : `list_transform(${expression}, lambda ${item}: ${inner})`;
  }
  if (type.typeId === DuckDBTypeId.STRUCT) {
    const struct = type as DuckDBStructType;
    const members = struct.entryNames.map((entry, index) => {
      const value = `struct_extract(${expression}, ${quoteString(entry)})`;
      return `${duckFieldName(index)} := ${storedValue(struct.entryTypes[index]!, field.fields![index]!, value, depth)}`;
    });
    return `CASE WHEN ${expression} IS NOT NULL THEN struct_pack(${members.join(', ')}) END`;
  }
  if (field.type === 'BIGNUMERIC' && type.typeId === DuckDBTypeId.DECIMAL) {
    const zeros = BIGNUMERIC_SCALE - (type as DuckDBDecimalType).scale;
    return `(replace(${expression}::VARCHAR, '.', '') || repeat('0', ${zeros}))::BIGNUM`;
  }
  if (field.type === 'BIGNUMERIC' || field.type === 'RANGE' || field.type === 'RECORD') {
    throw new BigQueryError(
      'invalid',
      `Error while reading data, error message: Parquet column '${field.name}' has type ${type} which does not match the target type ${field.type}`,
    );
  }
  return `${expression}::${storageType({ ...field, mode: 'NULLABLE' })}`;
}
