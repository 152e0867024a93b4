import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { BIGNUMERIC_SCALE, duckFieldName } from '../../../googlesql/syntax/types.js';
import { readGeoJson } from '../../../googlesql/values/geography/geojson.js';
import { readWkt, storedText } from '../../../googlesql/values/geography/text.js';
import { intervalOfCastText } from '../../../googlesql/values/interval-text.js';
import { parseJsonValue } from '../../../googlesql/values/json-functions.js';
import { NUMERIC_SCALE, parseStrict } from '../../../googlesql/values/numeric.js';
import {
  dateOfText,
  datetimeOfText,
  timeOfText,
  timestampOfText,
} from '../../../googlesql/values/time-text.js';
import type { JsonObject, JsonValue, RestType, TableField } from '../../catalog/entries.js';
import { EXACT_NUMBER_MARK, exactJsonText } from '../http/exact-json.js';

/** Why a value does not fit its column, in BigQuery's words; `location` is the path of the field. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
  readonly location: string;

  constructor(location: string, message: string) {
    super(message);
    this.location = location;
  }
}

export interface ConversionOptions {
  /** Leave out members that the schema does not have, instead of refusing the row. */
  ignoreUnknownValues: boolean;
  /** JSON columns take any JSON value as it is, as in load jobs; otherwise the text of one, as in streaming. */
  rawJson?: boolean;
}

/** Turns a JSON value into the DuckDB value of one column; throws `ValueError`. */
export type ValueConverter = (value: JsonValue | undefined) => DuckDBValue;

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const DECIMAL_WIDTH = 38;
const MICROS_PER_SECOND = 1e6;
/** The first second after year 9999; numbers beyond are microseconds, as the service takes them. */
const END_OF_TIME_SECONDS = 253_402_300_800;

/** Converter of a column; made once per table and used for all its rows. */
export function valueConverter(field: TableField, options: ConversionOptions, path = ''): ValueConverter {
  const location = `${path}${field.name}`;
  const element =
    field.type === 'RECORD'
      ? recordConverter(field, options, location)
      : scalarConverter(field, location, options.rawJson === true);
  if (field.mode === 'REPEATED') return repeatedConverter(element, location);
  return (value) => {
    if (value === null || value === undefined) {
      if (field.mode === 'REQUIRED') throw new ValueError(location, `Missing required field: ${location}.`);
      return null;
    }
    if (Array.isArray(value) && !(field.type === 'JSON' && options.rawJson))
      throw new ValueError(location, `Array specified for non-repeated field: ${location}.`);
    return element(value);
  };
}

function repeatedConverter(element: (value: JsonValue) => DuckDBValue, location: string): ValueConverter {
  return (value) => {
    // A table holds no NULL array; an absent one is empty.
    if (value === null || value === undefined) return new DuckDBListValue([]);
    if (!Array.isArray(value)) {
      throw new ValueError(location, `Repeated field must be imported as a JSON array: ${location}.`);
    }
    return new DuckDBListValue(
      value.map((item) => {
        if (item === null) {
          throw new ValueError(
            location,
            `Only optional fields can be set to NULL. Field: ${location}; Value: NULL`,
          );
        }
        return element(item);
      }),
    );
  };
}

function recordConverter(
  field: TableField,
  options: ConversionOptions,
  location: string,
): (value: JsonValue) => DuckDBValue {
  const members = objectConverter(field.fields ?? [], options, `${location}.`);
  return (value) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw new ValueError(location, `This field: ${location} is not a record.`);
    }
    const entries: Record<string, DuckDBValue> = {};
    members(value).forEach((item, index) => {
      entries[duckFieldName(index)] = item;
    });
    return new DuckDBStructValue(entries);
  };
}

/** Converter of a whole object: one value per field, in the order of the fields. */
export function objectConverter(
  fields: readonly TableField[],
  options: ConversionOptions,
  path = '',
): (value: JsonObject) => DuckDBValue[] {
  const converters = fields.map((field) => valueConverter(field, options, path));
  const names = fields.map((field) => field.name);
  const positions = new Map(fields.map((field, index) => [field.name.toLowerCase(), index]));
  return (value) => {
    // Names mostly come as the schema spells them; then no lower-casing is needed.
    const keys = Object.keys(value);
    let known = 0;
    for (const name of names) if (Object.hasOwn(value, name)) known++;
    if (known === keys.length) return converters.map((convert, index) => convert(value[names[index]!]));
    const byPosition: (JsonValue | undefined)[] = new Array(fields.length);
    for (const key of keys) {
      const position = positions.get(key.toLowerCase());
      if (position !== undefined) byPosition[position] = value[key];
      else if (!options.ignoreUnknownValues) {
        throw new ValueError(`${path}${key}`, `no such field: ${path}${key}.`);
      }
    }
    return converters.map((convert, index) => convert(byPosition[index]));
  };
}

/** Text of a scalar; numbers that `exact-json` kept as text come without their mark. */
function scalarText(value: JsonValue, location: string): string {
  if (typeof value === 'string') return value.startsWith(EXACT_NUMBER_MARK) ? value.slice(1) : value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new ValueError(location, `This field: ${location} is not a record.`);
}

function scalarConverter(
  field: TableField,
  location: string,
  rawJson: boolean,
): (value: JsonValue) => DuckDBValue {
  if (rawJson && field.type === 'JSON') return (value) => jsonOfText(exactJsonText(value), location);
  const convert = SCALARS[field.type as Exclude<RestType, 'RECORD'>];
  return (value) => convert(value, location, field);
}

type ScalarConverter = (value: JsonValue, location: string, field: TableField) => DuckDBValue;

/** A converter from text by a parser that answers `undefined` for what it cannot read. */
function parsed<T>(
  parse: (text: string) => T | undefined,
  make: (value: T) => DuckDBValue,
  message: (text: string) => string,
): ScalarConverter {
  return (value, location) => {
    const text = scalarText(value, location);
    const result = parse(text);
    if (result === undefined) throw new ValueError(location, message(text));
    return make(result);
  };
}

const TRUE = new Set(['true', 't', 'yes', 'y', '1']);
const FALSE = new Set(['false', 'f', 'no', 'n', '0']);

const SCALARS: Record<Exclude<RestType, 'RECORD'>, ScalarConverter> = {
  STRING: (value, location, field) => {
    const text = scalarText(value, location);
    const limit = field.maxLength === undefined ? undefined : Number(field.maxLength);
    if (limit !== undefined && [...text].length > limit) {
      throw new ValueError(
        location,
        `Field ${location}: STRING(${limit}) has maximum length ${limit} but got a value with length ${[...text].length}`,
      );
    }
    return text;
  },
  BYTES: (value, location, field) => {
    const text = scalarText(value, location);
    if (!/^[A-Za-z0-9+/_-]*={0,2}\s*$/.test(text)) {
      throw new ValueError(
        location,
        `Could not decode base64 string to bytes. Field: ${location}; Value: ${text}`,
      );
    }
    const bytes = Buffer.from(text, 'base64');
    const limit = field.maxLength === undefined ? undefined : Number(field.maxLength);
    if (limit !== undefined && bytes.length > limit) {
      throw new ValueError(
        location,
        `Field ${location}: BYTES(${limit}) has maximum length ${limit} but got a value with length ${bytes.length}`,
      );
    }
    return new DuckDBBlobValue(bytes);
  },
  INTEGER: (value, location) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
    const text = scalarText(value, location).trim();
    const integer = integerOfText(text);
    if (integer === undefined) {
      throw new ValueError(location, `Cannot convert value to integer (bad value): ${text}`);
    }
    return integer;
  },
  FLOAT: (value, location) => {
    if (typeof value === 'number') return value;
    const text = scalarText(value, location).trim();
    const number = floatOfText(text);
    if (number === undefined)
      throw new ValueError(location, `Cannot convert value to double (bad value): ${text}`);
    return number;
  },
  BOOLEAN: (value, location) => {
    if (typeof value === 'boolean') return value;
    const text = scalarText(value, location).trim();
    const lower = text.toLowerCase();
    if (TRUE.has(lower)) return true;
    if (FALSE.has(lower)) return false;
    throw new ValueError(location, `Cannot convert value to boolean (bad value): ${text}`);
  },
  NUMERIC: decimal('NUMERIC', (scaled) => new DuckDBDecimalValue(scaled, DECIMAL_WIDTH, NUMERIC_SCALE)),
  BIGNUMERIC: decimal('BIGNUMERIC', (scaled) => scaled),
  TIMESTAMP: (value, location) => {
    const text = scalarText(value, location).trim();
    const micros = timestampOf(text);
    if (micros === undefined) {
      throw new ValueError(
        location,
        `Could not parse '${text}' as a timestamp. Required format is YYYY-MM-DD HH:MM[:SS[.SSSSSS]] or YYYY/MM/DD HH:MM[:SS[.SSSSSS]]`,
      );
    }
    return new DuckDBTimestampTZValue(micros);
  },
  DATE: parsed(
    (text) => dateOfText(text.trim()),
    (days) => new DuckDBDateValue(days),
    (text) => `Invalid date: '${text}'`,
  ),
  TIME: parsed(
    (text) => timeOfText(text.trim()),
    (micros) => new DuckDBTimeValue(micros),
    (text) => `Invalid time string "${text}"`,
  ),
  DATETIME: parsed(
    (text) =>
      datetimeOfText(
        completed(
          text
            .trim()
            .replace(/(?:UTC|Z)$/, '')
            .trimEnd(),
        ),
      ),
    (micros) => new DuckDBTimestampValue(micros),
    (text) => `Invalid datetime string "${text}"`,
  ),
  INTERVAL: parsed(
    (text) => intervalOfCastText(text.trim()),
    ({ months, days, micros }) => new DuckDBIntervalValue(months, days, micros),
    (text) => `Invalid INTERVAL value '${text}'`,
  ),
  JSON: (value, location) => {
    const text = typeof value === 'object' ? exactJsonText(value) : scalarText(value, location);
    return jsonOfText(text, location);
  },
  RANGE: rangeValue,
  GEOGRAPHY: (value, location) => {
    const text = typeof value === 'object' ? JSON.stringify(value) : scalarText(value, location).trim();
    try {
      return storedText(text.startsWith('{') ? readGeoJson(text) : readWkt(text));
    } catch (error) {
      throw new ValueError(location, `Invalid geography value: ${(error as Error).message}`);
    }
  },
};

function jsonOfText(text: string, location: string): DuckDBValue {
  try {
    return parseJsonValue(text, 'round');
  } catch (error) {
    throw new ValueError(location, (error as Error).message.replace('PARSE_JSON', `JSON field ${location}`));
  }
}

function decimal(kind: 'NUMERIC' | 'BIGNUMERIC', make: (scaled: bigint) => DuckDBValue): ScalarConverter {
  return (value, location, field) => {
    const text = scalarText(value, location);
    let scaled: bigint;
    try {
      scaled = parseStrict(text, kind);
    } catch {
      throw new ValueError(location, `Invalid ${kind} value: ${text}`);
    }
    return make(field.precision === undefined ? scaled : withinPrecision(scaled, kind, location, field));
  };
}

/** Rounds half away from zero to the scale of NUMERIC(p, s), and refuses what has too many digits then. */
function withinPrecision(
  scaled: bigint,
  kind: 'NUMERIC' | 'BIGNUMERIC',
  location: string,
  field: TableField,
): bigint {
  const stored = kind === 'NUMERIC' ? NUMERIC_SCALE : BIGNUMERIC_SCALE;
  const [precision, scale] = [Number(field.precision), Number(field.scale ?? 0)];
  const unit = 10n ** BigInt(stored - scale);
  const half = scaled < 0n ? -unit / 2n : unit / 2n;
  const rounded = ((scaled + half) / unit) * unit;
  const bound = 10n ** BigInt(precision - scale);
  const limit = bound * 10n ** BigInt(stored);
  if (rounded >= limit || rounded <= -limit) {
    throw new ValueError(
      location,
      `Field ${location}: ${kind}(${precision}, ${scale}) has precision ${precision} and scale ${scale} but got a value that is not in range of [-${bound}, ${bound}]`,
    );
  }
  return rounded;
}

/** An INT64 in decimal; `1.0` and `1e3` count as whole numbers. */
function integerOfText(text: string): bigint | undefined {
  let integer: bigint;
  if (/^[+-]?\d+$/.test(text)) integer = BigInt(text.startsWith('+') ? text.slice(1) : text);
  else {
    const number = /^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(number)) return undefined;
    integer = BigInt(number);
  }
  return integer < MIN_INT64 || integer > MAX_INT64 ? undefined : integer;
}

function floatOfText(text: string): number | undefined {
  const special = /^([+-])?(?:(inf(?:inity)?)|(nan))$/i.exec(text);
  if (special?.[3] !== undefined) return Number.NaN;
  if (special?.[2] !== undefined)
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}

/** Files may write `2024/01/02` and leave the seconds out; GoogleSQL takes neither. */
function completed(text: string): string {
  return text
    .replace(/^(\d+)\/(\d+)\/(\d+)/, '$1-$2-$3')
    .replace(/^(\d+-\d+-\d+[ T]\d{1,2}:\d{2})(?=$|[^:\d])/, '$1:00');
}

/** Text, or seconds since the epoch as a number. */
function timestampOf(text: string): bigint | undefined {
  if (!/^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return timestampOfText(completed(text), 'UTC');
  const number = Number(text);
  if (Math.abs(number) >= END_OF_TIME_SECONDS) {
    return /^[+-]?\d+$/.test(text) && Math.abs(number) < END_OF_TIME_SECONDS * MICROS_PER_SECOND
      ? BigInt(text)
      : undefined;
  }
  const [whole, fraction = ''] = text.split('.');
  if (/[eE]/.test(text)) return BigInt(Math.round(number * MICROS_PER_SECOND));
  const micros = BigInt(whole!) * 1_000_000n;
  const part = BigInt(fraction.padEnd(6, '0').slice(0, 6));
  return text.startsWith('-') ? micros - part : micros + part;
}

function rangeValue(value: JsonValue, location: string, field: TableField): DuckDBValue {
  const bound: TableField = { name: field.name, type: field.rangeElementType!.type, mode: 'NULLABLE' };
  const convert = SCALARS[field.rangeElementType!.type];
  const end = (item: JsonValue | undefined): DuckDBValue =>
    item === undefined ||
    item === null ||
    (typeof item === 'string' && /^(unbounded|null)$/i.test(item.trim()))
      ? null
      : convert(item, location, bound);
  let ends: [JsonValue | undefined, JsonValue | undefined];
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    ends = [value['start'], value['end']];
  else {
    const match = /^\s*\[([^,]*),([^)]*)\)\s*$/.exec(scalarText(value, location));
    if (match === null) throw new ValueError(location, `Invalid RANGE value: ${String(value)}`);
    ends = [match[1], match[2]];
  }
  return new DuckDBStructValue({ f1: end(ends[0]), f2: end(ends[1]) });
}
