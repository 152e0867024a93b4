import { type BqType, printType } from '../../googlesql/syntax/types.js';
import { daysFromCivil, daysInMonth } from '../../googlesql/values/calendar.js';
import { canonicalJson, jsonText, tryParseJson } from '../../googlesql/values/json-value.js';
import { ServiceError } from '../../serving/service-error.js';
import { type Plain, plainText } from './plain.js';
import { COMMIT_TIMESTAMP, type Row, type Value } from './value.js';

const DOCS = 'https://cloud.google.com/spanner/docs';
const MAX_INT64 = 2n ** 63n - 1n;
const NUMERIC_LIMIT = 10n ** 38n;
const COMMIT_TIMESTAMP_TEXT = 'spanner.commit_timestamp()';
const MAX_FLOAT32 = 3.4028234663852886e38;

/**
 * The value of a type that a client sent.
 * @throws ServiceError FAILED_PRECONDITION for what is no value of the type, with the service's text.
 */
export function parseValue(type: BqType, plain: Plain): Value {
  if (plain === null) return null;
  switch (type.kind) {
    case 'BOOL':
      return typeof plain === 'boolean' ? plain : mismatch(plain, type);
    case 'INT64':
      return typeof plain === 'string' ? parseInt64(plain) : mismatch(plain, type);
    case 'FLOAT64':
    case 'FLOAT32':
      return parseFloating(type.kind, plain);
    case 'STRING':
      return typeof plain === 'string' ? plain : mismatch(plain, type);
    case 'BYTES':
      return typeof plain === 'string' ? parseBytes(plain) : mismatch(plain, type);
    case 'DATE':
      return typeof plain === 'string' ? parseDate(plain) : mismatch(plain, type);
    case 'TIMESTAMP':
      return typeof plain === 'string' ? parseTimestamp(plain) : mismatch(plain, type);
    case 'NUMERIC':
      return typeof plain === 'string' ? parseNumeric(plain) : mismatch(plain, type);
    case 'JSON':
      return typeof plain === 'string' ? parseJsonText(plain) : mismatch(plain, type);
    case 'UUID':
      return typeof plain === 'string' ? parseUuid(plain) : mismatch(plain, type);
    case 'INTERVAL':
      return typeof plain === 'string' && ISO_INTERVAL.test(plain) ? plain : mismatch(plain, type);
    case 'ARRAY':
      return Array.isArray(plain) ? parseArray(type.element, plain) : mismatch(plain, type);
    case 'STRUCT':
      if (!Array.isArray(plain) || plain.length !== type.fields.length) return mismatch(plain, type);
      return plain.map((item, index) => parseValue(type.fields[index]!.type, item));
    default:
      throw new ServiceError('UNIMPLEMENTED', `Spanner has no values of type ${printType(type)}.`);
  }
}

const AMOUNT = '(?:[+-]?\\d+)';
const ISO_INTERVAL = new RegExp(
  `^P(?=.)(?:${AMOUNT}Y)?(?:${AMOUNT}M)?(?:${AMOUNT}W)?(?:${AMOUNT}D)?` +
    `(?:T(?=.)(?:${AMOUNT}H)?(?:${AMOUNT}M)?(?:[+-]?\\d*(?:[.,]\\d{1,9})?S)?)?$`,
);

function parseArray(element: BqType, items: readonly Plain[]): Row {
  return items.map((item, index) => {
    try {
      return parseValue(element, item);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      throw new ServiceError(error.code, `${error.message}; When parsing array element #${index}.`);
    }
  });
}

function mismatch(plain: Plain, type: BqType): never {
  throw failed(`Could not parse ${plainText(plain)} as ${printType(type)}`);
}

function failed(message: string): ServiceError {
  return new ServiceError('FAILED_PRECONDITION', message);
}

function parseInt64(text: string): bigint {
  if (/^\s*[+-]?\d+\s*$/.test(text)) {
    // The constructor takes no plus sign.
    const value = BigInt(text.replace('+', ''));
    if (value <= MAX_INT64 && value >= -MAX_INT64 - 1n) return value;
  }
  throw failed(`Could not parse ${text} as an integer`);
}

function parseFloating(kind: 'FLOAT64' | 'FLOAT32', plain: Plain): number {
  if (typeof plain === 'number') {
    if (kind === 'FLOAT64') return plain;
    if (Number.isFinite(plain) && Math.abs(plain) > MAX_FLOAT32) return mismatch(plain, { kind });
    return Math.fround(plain);
  }
  if (plain === 'NaN') return Number.NaN;
  if (plain === 'Infinity') return Number.POSITIVE_INFINITY;
  if (plain === '-Infinity') return Number.NEGATIVE_INFINITY;
  if (typeof plain !== 'string') return mismatch(plain, { kind });
  throw failed(
    `Could not parse ${plain} as a ${kind}. Only the following string values are supported for ${kind}: ` +
      `'Infinity', 'NaN', and '-Infinity'. See ${DOCS}/data-types#floating-point-type for more details`,
  );
}

function parseBytes(text: string): Buffer {
  const isBase64 = /^[A-Za-z0-9+/_-]*={0,2}$/.test(text) && text.replace(/=+$/, '').length % 4 !== 1;
  if (isBase64) return Buffer.from(text, 'base64');
  throw failed(
    `Could not parse ${text} as BYTES. Byte strings must be base64-encoded. For more details, see ${DOCS}/reference/rpc/google.spanner.v1#typecode`,
  );
}

const DATE_FORMAT = `Dates must be in the format YYYY-[M]M-[D]D and the year must be in the range [1, 9999]. For more details on the DATE type encoding, see ${DOCS}/data-types#date-type`;

/** @returns days since 1970-01-01 */
function parseDate(text: string): number {
  const [, year, month, day] = (/^(\d{4,5})-(\d\d?)-(\d\d?)$/.exec(text) ?? []).map(Number);
  if (year === undefined || !isDay(year, month!, day!)) {
    throw failed(`Could not parse ${text} as a DATE. ${DATE_FORMAT}`);
  }
  if (year < 1 || year > 9999) {
    throw new ServiceError('INVALID_ARGUMENT', `Invalid date value: ${text}. ${DATE_FORMAT}`);
  }
  return daysFromCivil(year, month!, day!);
}

function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

/** Digits after the ninth are cut off. */
const TIMESTAMP = /^(\d{4,5})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?Z$/;

/** @returns nanoseconds since the epoch */
function parseTimestamp(text: string): bigint {
  if (text === COMMIT_TIMESTAMP_TEXT) return COMMIT_TIMESTAMP;
  const match = TIMESTAMP.exec(text);
  const [year, month, day, hour, minute, second] = (match ?? []).slice(1, 7).map(Number);
  const isTime = match !== null && isDay(year!, month!, day!) && hour! < 24 && minute! < 60 && second! < 60;
  if (!isTime) {
    throw failed(
      `Could not parse ${text} as a TIMESTAMP. The timestamp value must end with an uppercase literal 'Z' to specify Zulu time (UTC-0). For details on the TIMESTAMP type encoding, see ${DOCS}/data-types#timestamp-type`,
    );
  }
  if (year! < 1 || year! > 9999) {
    throw new ServiceError(
      'INVALID_ARGUMENT',
      `Timestamp out of range: ${text}. For details on the TIMESTAMP type encoding, see ${DOCS}/data-types#timestamp-type`,
    );
  }
  const seconds = daysFromCivil(year!, month!, day!) * 86_400 + hour! * 3600 + minute! * 60 + second!;
  const nanos = Number((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}

/** @returns the value times 10^9 */
function parseNumeric(text: string): bigint {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  const [, sign, whole = '', fraction = '', exponent = '0'] = match ?? [];
  const scaled =
    match === null ? undefined : shifted(whole + fraction, Number(exponent) - fraction.length + 9);
  if (scaled === undefined || scaled >= NUMERIC_LIMIT) {
    throw failed(
      `Could not parse ${text} as a NUMERIC. The NUMERIC type supports 38 digits of precision and 9 digits of scale. See ${DOCS}/data-types for more details`,
    );
  }
  return sign === '-' ? -scaled : scaled;
}

/** The digits as a whole number times 10^shift; undefined when that is none. */
function shifted(digits: string, shift: number): bigint | undefined {
  if (digits === '') return undefined;
  if (shift >= 0) return BigInt(digits) * 10n ** BigInt(shift);
  const kept = digits.slice(0, shift);
  return /^0*$/.test(digits.slice(shift)) ? BigInt(kept === '' ? 0 : kept) : undefined;
}

function parseJsonText(text: string): string {
  const refusal = failed(`Could not parse ${text} as a JSON. See ${DOCS}/data-types for more details`);
  const json = tryParseJson(text);
  if (json === undefined) throw refusal;
  try {
    return jsonText(canonicalJson(json));
  } catch {
    // A number that no double holds.
    throw refusal;
  }
}

function parseUuid(text: string): string {
  const hex = /^\{?([0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})\}?$/i.exec(text)?.[1];
  if (hex === undefined) throw failed(`Could not parse ${text} as a UUID.`);
  const digits = hex.replaceAll('-', '').toLowerCase();
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
