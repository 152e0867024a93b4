import type { Database } from '../../googlesql/duck/database.js';
import { quoteIdentifier } from '../../googlesql/duck/quote.js';
import type { Catalog } from './catalog.js';
import type { RestType, TableField, TableRef } from './entries.js';
import { findField } from './fields.js';
import { tableName } from './names.js';
import { hasStorage, namedRows } from './stored-table.js';

/** Logical bytes of one value, as BigQuery's pricing counts them; text types count their bytes besides. */
const BYTES_PER_VALUE: Record<Exclude<RestType, 'RECORD'>, number> = {
  STRING: 2,
  BYTES: 2,
  JSON: 2,
  GEOGRAPHY: 16,
  INTEGER: 8,
  FLOAT: 8,
  BOOLEAN: 1,
  TIMESTAMP: 8,
  DATE: 8,
  TIME: 8,
  DATETIME: 8,
  NUMERIC: 16,
  BIGNUMERIC: 32,
  INTERVAL: 16,
  RANGE: 16,
};

interface CachedSizes {
  dataVersion: number;
  rows?: number;
  bytes: Map<string, number>;
}

/** Row counts and logical sizes of tables, kept until the table changes. */
export class TableStatistics {
  readonly #database: Database;
  readonly #catalog: Catalog;
  readonly #sizes = new Map<string, CachedSizes>();

  constructor(database: Database, catalog: Catalog) {
    this.#database = database;
    this.#catalog = catalog;
    catalog.onChange((event) => {
      if (event.kind === 'table') this.#sizes.delete(tableName(event.ref));
    });
  }

  async rowCount(ref: TableRef): Promise<number> {
    const table = this.#catalog.requireTable(ref);
    if (!hasStorage(table)) return 0;
    const sizes = this.#cached(ref);
    if (sizes.rows === undefined) {
      const rows = await this.#database.rows(`SELECT count(*) FROM ${this.#catalog.physicalName(ref)}`);
      sizes.rows = Number(rows[0]![0]);
    }
    return sizes.rows;
  }

  /** Bytes of the named top-level columns, or of all; views have none. */
  async bytes(ref: TableRef, columns?: Iterable<string>): Promise<number> {
    const table = this.#catalog.requireTable(ref);
    if (!hasStorage(table)) return 0;
    const wanted =
      columns === undefined
        ? table.fields
        : [...columns].flatMap((name) => findField(table.fields, name) ?? []);
    const sizes = this.#cached(ref);
    const missing = wanted.filter((field) => !sizes.bytes.has(field.name));
    if (missing.length > 0) {
      const sums = missing.map((field) => `coalesce(${columnBytesSql(field)}, 0)::DOUBLE`);
      const rows = await this.#database.rows(
        `SELECT ${sums.join(', ')} FROM ${namedRows(this.#catalog, table)}`,
      );
      missing.forEach((field, index) => {
        sizes.bytes.set(field.name, Number(rows[0]![index]));
      });
    }
    return wanted.reduce((total, field) => total + (sizes.bytes.get(field.name) ?? 0), 0);
  }

  #cached(ref: TableRef): CachedSizes {
    const key = tableName(ref);
    const dataVersion = this.#catalog.dataVersion(ref);
    const known = this.#sizes.get(key);
    if (known?.dataVersion === dataVersion) return known;
    const fresh: CachedSizes = { dataVersion, bytes: new Map() };
    this.#sizes.set(key, fresh);
    return fresh;
  }
}

/** SQL for the logical bytes of all values of a column; counting is quicker than adding what is the same for all. */
function columnBytesSql(field: TableField): string {
  const column = quoteIdentifier(field.name);
  if (field.mode === 'REPEATED' || field.type === 'RECORD') return `sum(${bytesSql(field, column)})`;
  const length = lengthSql(field.type, column);
  const fixed = `count(${column}) * ${BYTES_PER_VALUE[field.type]}`;
  return length === undefined ? fixed : `${fixed} + sum(${length})`;
}

/** SQL for the logical bytes of a column's value in one row; NULL counts nothing. */
function bytesSql(field: TableField, expression: string, depth = 0): string {
  if (field.mode === 'REPEATED') {
    const item = `e${depth}`;
    const element = bytesSql({ ...field, mode: 'NULLABLE' }, item, depth + 1);
    return `coalesce(list_sum(list_transform(${expression}, lambda ${item}: ${element})), 0)`;
  }
  if (field.type === 'RECORD') {
    const members = (field.fields ?? []).map((member, index) =>
      bytesSql(member, `struct_extract(${expression}, 'f${index + 1}')`, depth),
    );
    return `(${['0', ...members].join(' + ')})`;
  }
  const fixed = BYTES_PER_VALUE[field.type];
  const length = lengthSql(field.type, expression);
  if (length !== undefined) return `coalesce(${fixed} + ${length}, 0)`;
  return `CASE WHEN ${expression} IS NULL THEN 0 ELSE ${fixed} END`;
}

/** SQL for the bytes that a value's length adds; undefined for types of one size. */
function lengthSql(type: RestType, expression: string): string | undefined {
  if (type === 'STRING' || type === 'JSON') return `strlen(${expression}::VARCHAR)`;
  return type === 'BYTES' ? `octet_length(${expression})` : undefined;
}
