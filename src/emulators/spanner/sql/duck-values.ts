import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  type DuckDBIntervalValue,
  type DuckDBListValue,
  type DuckDBStructValue,
  DuckDBUUIDValue,
  type DuckDBValue,
  listValue,
  structValue,
} from '@duckdb/node-api';
import {
  bytesSql,
  floatSql,
  int64Sql,
  nanosecondsSql,
  structSql,
  textSql,
} from '../../googlesql/duck/literal-text.js';
import { quoteString } from '../../googlesql/duck/quote.js';
import { type BqType, duckFieldName, duckType, printType } from '../../googlesql/syntax/types.js';
import { canonicalJson, jsonText, parseJson } from '../../googlesql/values/json-value.js';
import { packNanos, unpackNanos } from '../../googlesql/values/nanoseconds.js';
import { decimalText, NUMERIC_SCALE } from '../../googlesql/values/numeric.js';
import { dateTextOf } from '../../googlesql/values/time-text.js';
import { intervalIso } from '../../googlesql/values/typed-value.js';
import { ServiceError } from '../../serving/service-error.js';
import type { Row, Value } from '../values/value.js';

const DECIMAL_WIDTH = 38;

/** A value for DuckDB's appender. */
export function toDuck(type: BqType, value: Value): DuckDBValue {
  if (value === null) return null;
  switch (type.kind) {
    case 'BYTES':
      return new DuckDBBlobValue(value as Buffer);
    case 'DATE':
      return new DuckDBDateValue(value as number);
    case 'TIMESTAMP':
      return packNanos(value as bigint);
    case 'NUMERIC':
      return new DuckDBDecimalValue(value as bigint, DECIMAL_WIDTH, NUMERIC_SCALE);
    case 'UUID':
      return DuckDBUUIDValue.fromUint128(BigInt(`0x${(value as string).replaceAll('-', '')}`));
    case 'ARRAY':
      return listValue((value as Row).map((item) => toDuck(type.element, item)));
    case 'STRUCT':
      return structValue(
        Object.fromEntries(
          type.fields.map((field, index) => [
            duckFieldName(index),
            toDuck(field.type, (value as Row)[index]!),
          ]),
        ),
      );
    default:
      return value as DuckDBValue;
  }
}

/** A value that DuckDB gave. */
export function fromDuck(type: BqType, value: DuckDBValue): Value {
  if (value === null) return null;
  switch (type.kind) {
    case 'INT64':
      return BigInt(value as bigint | number);
    case 'BYTES':
      return Buffer.from((value as DuckDBBlobValue).bytes);
    case 'DATE':
      return (value as DuckDBDateValue).days;
    case 'TIMESTAMP':
      return unpackNanos(value as bigint);
    case 'NUMERIC':
      return scaled(value as DuckDBDecimalValue);
    case 'JSON':
      return canonicalText(value as string);
    case 'UUID':
      return (value as DuckDBUUIDValue).toString();
    case 'INTERVAL': {
      const { months, days, micros } = value as DuckDBIntervalValue;
      return intervalIso({ months, days, micros });
    }
    case 'ARRAY':
      return (value as DuckDBListValue).items.map((item) => fromDuck(type.element, item));
    case 'STRUCT': {
      const { entries } = value as DuckDBStructValue;
      return type.fields.map((field, index) => fromDuck(field.type, entries[duckFieldName(index)]!));
    }
    default:
      return value as Value;
  }
}

function tooFine(interval: string): never {
  throw new ServiceError(
    'UNIMPLEMENTED',
    `INTERVAL values with parts of a microsecond are not supported in expressions: ${interval}`,
  );
}

function scaled({ value, scale }: DuckDBDecimalValue): bigint {
  return scale === NUMERIC_SCALE ? value : value * 10n ** BigInt(NUMERIC_SCALE - scale);
}

/** The text of a document as the service keeps it, with its keys in order. */
function canonicalText(text: string): string {
  return jsonText(canonicalJson(parseJson(text)));
}

/** DuckDB text of a value. */
export function valueSql(type: BqType, value: Value): string {
  if (value === null) return `CAST(NULL AS ${duckType(type)})`;
  switch (type.kind) {
    case 'BOOL':
      return String(value);
    case 'INT64':
      return int64Sql(value as bigint);
    case 'FLOAT64':
      return floatSql(value as number);
    case 'FLOAT32':
      return `CAST(${floatSql(value as number)} AS FLOAT)`;
    case 'STRING':
    case 'JSON':
      return quoteString(value as string);
    case 'BYTES':
      return bytesSql(value as Buffer);
    case 'DATE':
      return `DATE '${dateTextOf(value as number)}'`;
    case 'TIMESTAMP':
      return nanosecondsSql(value as bigint);
    case 'NUMERIC':
      return `CAST('${decimalText(value as bigint, NUMERIC_SCALE)}' AS DECIMAL(38,9))`;
    case 'UUID':
      return `CAST('${value as string}' AS UUID)`;
    case 'INTERVAL':
      return textSql(type, value as string, 'UTC') ?? tooFine(value as string);
    case 'ARRAY':
      return `CAST([${(value as Row).map((item) => valueSql(type.element, item)).join(', ')}] AS ${duckType(type)})`;
    case 'STRUCT':
      return structSql(type.fields.map((field, index) => valueSql(field.type, (value as Row)[index]!)));
    default:
      throw new Error(`Spanner has no values of type ${printType(type)}`);
  }
}
