import {
  DuckDBBigIntVector,
  DuckDBBigNumVector,
  DuckDBBlobVector,
  DuckDBBooleanVector,
  type DuckDBDataChunk,
  DuckDBDateVector,
  DuckDBDecimal16Vector,
  DuckDBDecimal32Vector,
  DuckDBDecimal64Vector,
  DuckDBDecimal128Vector,
  DuckDBDoubleVector,
  DuckDBHugeIntVector,
  DuckDBIntegerVector,
  DuckDBIntervalVector,
  DuckDBListVector,
  DuckDBStructVector,
  DuckDBTimestampTZVector,
  DuckDBTimestampVector,
  DuckDBTimeVector,
  DuckDBVarCharVector,
  type DuckDBVector,
} from '@duckdb/node-api';
import { BIGNUMERIC_SCALE } from '../../../googlesql/syntax/types.js';
import { dateText } from '../../../googlesql/values/calendar.js';
import { shownText } from '../../../googlesql/values/geography/text.js';
import type { RestType, TableField } from '../../catalog/entries.js';
import {
  datetimeText,
  decimalText,
  floatText,
  intervalText,
  timestampIsoText,
  timestampSecondsText,
  timeText,
} from './wire-text.js';

export type TimestampFormat = 'FLOAT64' | 'INT64' | 'ISO8601_STRING';

/** JSON text of the value in a row of one vector. */
type Encoder = (row: number) => string;

type DecimalVector =
  | DuckDBDecimal16Vector
  | DuckDBDecimal32Vector
  | DuckDBDecimal64Vector
  | DuckDBDecimal128Vector;

const EMPTY_ARRAY = '[]';

/**
 * Encoder of the rows of a chunk as JSON text of the form `{"f":[{"v":"1"}]}`.
 * It reads DuckDB's typed vectors directly: a page of many rows makes no object per value.
 */
export function rowEncoder(
  chunk: DuckDBDataChunk,
  fields: readonly TableField[],
  timestamps: TimestampFormat,
): (row: number) => string {
  const encoders = fields.map((field, column) =>
    fieldEncoder(field, chunk.getColumnVector(column), timestamps),
  );
  return (row) => encodeRecord(encoders, row);
}

function encodeRecord(encoders: readonly Encoder[], row: number): string {
  let text = '{"f":[';
  for (let index = 0; index < encoders.length; index++) {
    text += `${index === 0 ? '' : ','}{"v":${encoders[index]!(row)}}`;
  }
  return `${text}]}`;
}

function fieldEncoder(field: TableField, vector: DuckDBVector, timestamps: TimestampFormat): Encoder {
  if (field.mode !== 'REPEATED') return elementEncoder(field, vector, timestamps);
  if (!(vector instanceof DuckDBListVector)) throw unexpectedVector(field, vector);
  const element = elementEncoder(field, vector.childVector, timestamps);
  return (row) => {
    const length = vector.getEntryLength(row);
    // REST has no NULL array; the length of a NULL entry is not defined.
    if (length === 0 || vector.getItemVector(row) === null) return EMPTY_ARRAY;
    const offset = vector.getEntryOffset(row);
    let text = '[';
    for (let index = 0; index < length; index++) {
      text += `${index === 0 ? '' : ','}{"v":${element(offset + index)}}`;
    }
    return `${text}]`;
  };
}

function elementEncoder(field: TableField, vector: DuckDBVector, timestamps: TimestampFormat): Encoder {
  return ENCODERS[field.type](field, vector, timestamps);
}

type EncoderFactory = (field: TableField, vector: DuckDBVector, timestamps: TimestampFormat) => Encoder;

/** An encoder that hands each non-null item to `render`, whose text needs no escaping. */
function plain<T>(vector: { getItem(row: number): T | null }, render: (item: T) => string): Encoder {
  return (row) => {
    const item = vector.getItem(row);
    return item === null ? 'null' : `"${render(item)}"`;
  };
}

function textEncoder(field: TableField, vector: DuckDBVector): Encoder {
  if (!(vector instanceof DuckDBVarCharVector)) throw unexpectedVector(field, vector);
  return (row) => {
    const item = vector.getItem(row);
    return item === null ? 'null' : JSON.stringify(item);
  };
}

function timestampRenderer(format: TimestampFormat): (micros: bigint) => string {
  if (format === 'INT64') return String;
  return format === 'FLOAT64' ? timestampSecondsText : timestampIsoText;
}

const ENCODERS: Record<RestType, EncoderFactory> = {
  STRING: textEncoder,
  JSON: textEncoder,
  GEOGRAPHY: (field, vector) => {
    if (!(vector instanceof DuckDBVarCharVector)) throw unexpectedVector(field, vector);
    return plain(vector, shownText);
  },
  BYTES: (field, vector) => {
    if (!(vector instanceof DuckDBBlobVector)) throw unexpectedVector(field, vector);
    return plain(vector, (item) => Buffer.from(item.bytes).toString('base64'));
  },
  INTEGER: (field, vector) => {
    if (
      vector instanceof DuckDBBigIntVector ||
      vector instanceof DuckDBHugeIntVector ||
      vector instanceof DuckDBIntegerVector
    ) {
      return plain<bigint | number>(vector, String);
    }
    throw unexpectedVector(field, vector);
  },
  FLOAT: (field, vector) => {
    if (!(vector instanceof DuckDBDoubleVector)) throw unexpectedVector(field, vector);
    return plain(vector, floatText);
  },
  BOOLEAN: (field, vector) => {
    if (!(vector instanceof DuckDBBooleanVector)) throw unexpectedVector(field, vector);
    return plain(vector, String);
  },
  TIMESTAMP: (field, vector, timestamps) => {
    if (!(vector instanceof DuckDBTimestampTZVector)) throw unexpectedVector(field, vector);
    const render = timestampRenderer(timestamps);
    return plain(vector, (item) => render(item.micros));
  },
  DATE: (field, vector) => {
    if (!(vector instanceof DuckDBDateVector)) throw unexpectedVector(field, vector);
    return plain(vector, (item) => dateText(item.days));
  },
  TIME: (field, vector) => {
    if (!(vector instanceof DuckDBTimeVector)) throw unexpectedVector(field, vector);
    return plain(vector, (item) => timeText(Number(item.micros)));
  },
  DATETIME: (field, vector) => {
    if (!(vector instanceof DuckDBTimestampVector)) throw unexpectedVector(field, vector);
    return plain(vector, (item) => datetimeText(item.micros));
  },
  NUMERIC: decimalEncoder,
  BIGNUMERIC: (field, vector) => {
    if (!(vector instanceof DuckDBBigNumVector)) throw unexpectedVector(field, vector);
    return plain(vector, (item) => decimalText(item, BIGNUMERIC_SCALE));
  },
  INTERVAL: (field, vector) => {
    if (!(vector instanceof DuckDBIntervalVector)) throw unexpectedVector(field, vector);
    return plain(vector, (item) => intervalText(item.months, item.days, item.micros));
  },
  RANGE: (field, vector, timestamps) => {
    if (!(vector instanceof DuckDBStructVector)) throw unexpectedVector(field, vector);
    const bound: TableField = { name: field.name, type: field.rangeElementType!.type, mode: 'NULLABLE' };
    const start = elementEncoder(bound, vector.entryVectorAt(0), timestamps);
    const end = elementEncoder(bound, vector.entryVectorAt(1), timestamps);
    return (row) =>
      vector.isItemValid(row) ? `"[${boundText(start(row))}, ${boundText(end(row))})"` : 'null';
  },
  RECORD: (field, vector, timestamps) => {
    if (!(vector instanceof DuckDBStructVector)) throw unexpectedVector(field, vector);
    const members = (field.fields ?? []).map((member, index) =>
      fieldEncoder(member, vector.entryVectorAt(index), timestamps),
    );
    return (row) => (vector.isItemValid(row) ? encodeRecord(members, row) : 'null');
  },
};

function decimalEncoder(field: TableField, vector: DuckDBVector): Encoder {
  if (!isDecimalVector(vector)) throw unexpectedVector(field, vector);
  const { scale } = vector.type;
  return (row) => {
    const unscaled = vector.getScaledValue(row);
    return unscaled === null ? 'null' : `"${decimalText(BigInt(unscaled), scale)}"`;
  };
}

function isDecimalVector(vector: DuckDBVector): vector is DecimalVector {
  return (
    vector instanceof DuckDBDecimal16Vector ||
    vector instanceof DuckDBDecimal32Vector ||
    vector instanceof DuckDBDecimal64Vector ||
    vector instanceof DuckDBDecimal128Vector
  );
}

function boundText(json: string): string {
  return json === 'null' ? 'UNBOUNDED' : json.slice(1, -1);
}

function unexpectedVector(field: TableField, vector: DuckDBVector): Error {
  return new Error(`column ${field.name} of type ${field.type} is stored as ${vector.type}`);
}
