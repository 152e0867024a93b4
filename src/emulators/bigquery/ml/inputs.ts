import type { CompiledQuery } from '../../googlesql/compile/scope/query-context.js';
import { quoteIdentifier } from '../../googlesql/duck/quote.js';
import { templateText } from '../../googlesql/duck/sql.js';
import { invalidQuery, notImplemented } from '../../googlesql/errors.js';
import { conversionSql } from '../../googlesql/functions/conversions.js';
import {
  type BqType,
  duckFieldName,
  type Field,
  isNumeric,
  printType,
  STRING,
} from '../../googlesql/syntax/types.js';

/** A query with named columns: training data, or what a model is applied to. */
export type Relation = Pick<CompiledQuery, 'sql' | 'columns' | 'physicalNames'>;

const TIMESTAMP_PARTS = ['DOM', 'DOW', 'MOY', 'HOD', 'MOH', 'WOY', 'YEAR'] as const;
type TimestampPart = (typeof TIMESTAMP_PARTS)[number];

/**
 * How one column, or a part of it, enters a model:
 * `numeric` one number; `category` one of several values; `set` any number of values (ARRAY of non-numeric);
 * `vector` an ARRAY of numbers; `sparse` an ARRAY of STRUCT<index, value>.
 */
export interface InputSpec {
  /** `processed_input` of ML.WEIGHTS. */
  name: string;
  /** The feature that explanations attribute it to. */
  feature: string;
  kind: 'numeric' | 'category' | 'set' | 'vector' | 'sparse';
  column: string;
  /** Field of a STRUCT column. */
  field?: string;
  /** Of a TIMESTAMP: seconds since the epoch, or a calendar part of it. */
  part?: 'UNIX' | TimestampPart;
}

/** The processed inputs that feature columns turn into, in order. */
export function inputsOf(columns: readonly Field[]): InputSpec[] {
  return columns.flatMap((column) => {
    if (column.type.kind !== 'STRUCT') return inputsOfType(column.name, column.type, { column: column.name });
    return column.type.fields.flatMap((field) => {
      if (field.name === undefined) {
        throw invalidQuery(`All fields of STRUCT feature column '${column.name}' must be named.`);
      }
      if (field.type.kind === 'STRUCT') {
        throw invalidQuery(`Nested STRUCT in feature column '${column.name}' is not supported.`);
      }
      const name = `${column.name}_${field.name}`;
      return inputsOfType(name, field.type, { column: column.name, field: field.name });
    });
  });
}

function inputsOfType(name: string, type: BqType, source: { column: string; field?: string }): InputSpec[] {
  const base = { name, feature: name, ...source };
  if (isNumeric(type)) return [{ ...base, kind: 'numeric' }];
  switch (type.kind) {
    case 'BOOL':
    case 'STRING':
    case 'BYTES':
    case 'DATE':
    case 'DATETIME':
    case 'TIME':
      return [{ ...base, kind: 'category' }];
    case 'TIMESTAMP':
      return [
        { ...base, kind: 'numeric', part: 'UNIX' },
        ...TIMESTAMP_PARTS.map(
          (part): InputSpec => ({ ...base, name: `_TS_${part}_${name}`, kind: 'category', part }),
        ),
      ];
    case 'ARRAY':
      if (isNumeric(type.element)) return [{ ...base, kind: 'vector' }];
      if (isSparseElement(type.element)) return [{ ...base, kind: 'sparse' }];
      if (type.element.kind !== 'STRUCT') return [{ ...base, kind: 'set' }];
  }
  throw notImplemented(`Feature column '${name}' of type ${printType(type)} in a model`);
}

function isSparseElement(type: BqType): boolean {
  return (
    type.kind === 'STRUCT' &&
    type.fields.length === 2 &&
    type.fields[0]!.type.kind === 'INT64' &&
    isNumeric(type.fields[1]!.type)
  );
}

/** DuckDB text and type of a column of a relation, by name without regard to case. */
export interface ColumnSql {
  sql: string;
  type: BqType;
}

export function findColumn(relation: Relation, name: string, alias: string): ColumnSql | undefined {
  const index = relation.columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase());
  if (index < 0) return undefined;
  return {
    sql: `${alias}.${quoteIdentifier(relation.physicalNames[index]!)}`,
    type: relation.columns[index]!.type,
  };
}

/**
 * DuckDB text of an input's raw value: DOUBLE (NULL when missing or NaN), VARCHAR, VARCHAR[], DOUBLE[], or a list of
 * structs `f1` (index), `f2` (value). `alias` is the relation's name in FROM.
 */
export function inputSql(input: InputSpec, relation: Relation, alias: string, missing: () => Error): string {
  let column = findColumn(relation, input.column, alias);
  if (column === undefined) throw missing();
  if (input.field !== undefined) column = fieldOf(column, input.field, missing);
  if (column.type.kind !== inputsKind(column.type, input)) throw typeMismatch(input, column.type);
  switch (input.kind) {
    case 'numeric':
      return input.part === 'UNIX' ? `(epoch_us(${column.sql}) / 1e6)` : numberSql(column.sql, column.type);
    case 'category':
      return input.part === undefined
        ? categorySql(column.sql, column.type)
        : timestampPartSql(column.sql, input.part);
    case 'set': {
      const element = elementOf(column.type);
      return `list_transform(list_distinct(${column.sql}), lambda e: ${categorySql('e', element)})`;
    }
    case 'vector': {
      const element = elementOf(column.type);
      return `list_transform(${column.sql}, lambda e: ${numberSql('e', element)})`;
    }
    case 'sparse':
      return column.sql;
  }
}

/** The column's own kind when it can stand for the input, something else when it cannot. */
function inputsKind(type: BqType, input: InputSpec): BqType['kind'] | undefined {
  const [first] = tryInputs(type);
  const fits = first !== undefined && first.kind === input.kind;
  if (input.part !== undefined) return type.kind === 'TIMESTAMP' ? type.kind : undefined;
  return fits && type.kind !== 'TIMESTAMP' ? type.kind : undefined;
}

function tryInputs(type: BqType): InputSpec[] {
  try {
    return inputsOfType('', type, { column: '' });
  } catch {
    return [];
  }
}

function typeMismatch(input: InputSpec, type: BqType): Error {
  return invalidQuery(
    `Column ${input.column} has type ${printType(type)}, which the model cannot use as ${
      input.kind === 'numeric' ? 'a numeric' : `a ${input.kind}`
    } feature`,
  );
}

function fieldOf(column: ColumnSql, name: string, missing: () => Error): ColumnSql {
  if (column.type.kind !== 'STRUCT') throw missing();
  const index = column.type.fields.findIndex((field) => field.name?.toLowerCase() === name.toLowerCase());
  if (index < 0) throw missing();
  return { sql: `${column.sql}.${duckFieldName(index)}`, type: column.type.fields[index]!.type };
}

function elementOf(type: BqType): BqType {
  if (type.kind !== 'ARRAY') throw new Error(`${type.kind} is not an array`);
  return type.element;
}

/** A number as DOUBLE; NaN counts as missing. */
export function numberSql(sql: string, type: BqType): string {
  if (type.kind === 'FLOAT64') return `nullif(${sql}, CAST('NaN' AS DOUBLE))`;
  // BIGNUMERIC is held as value × 10^38.
  if (type.kind === 'BIGNUMERIC') return `(CAST(${sql} AS DOUBLE) / 1e38)`;
  return `CAST(${sql} AS DOUBLE)`;
}

/** A value as the text that names its category: what CAST to STRING gives, and base64 of BYTES. */
export function categorySql(sql: string, type: BqType): string {
  if (type.kind === 'BYTES') return `base64(${sql})`;
  return templateText(conversionSql(sql, type, STRING, { timeZone: 'UTC', alias: () => 'c' }));
}

function timestampPartSql(sql: string, part: NonNullable<InputSpec['part']>): string {
  // As a plain timestamp, since calendar functions of TIMESTAMPTZ follow the session's zone.
  const time = `make_timestamp(epoch_us(${sql}))`;
  const number = {
    UNIX: `epoch_us(${sql})`,
    DOM: `dayofmonth(${time})`,
    DOW: `dayofweek(${time}) + 1`,
    MOY: `month(${time})`,
    HOD: `hour(${time})`,
    MOH: `minute(${time})`,
    WOY: `CAST(strftime(${time}, '%U') AS INTEGER)`,
    YEAR: `year(${time})`,
  }[part];
  return `CAST(${number} AS VARCHAR)`;
}

/** A TIMESTAMP as the text that names its category. */
export function timestampText(spec: InputSpec, relation: Relation): string {
  const index = relation.columns.findIndex(({ name }) => name === spec.column);
  return categorySql(`i.${quoteIdentifier(relation.physicalNames[index]!)}`, { kind: 'TIMESTAMP' });
}
