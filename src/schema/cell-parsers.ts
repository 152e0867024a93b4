import { linearPattern } from '../core/linear-pattern.js';
import { trimEndOf } from '../core/trim.js';
import { usageError } from '../errors/healthmon-error.js';
import { type CellParser, CellProblem, type Scalar, textProblem, type Value } from './cell-problem.js';
import { compileDateFormat, TimeZone, UnknownTimeZone } from './date-time.js';
import { canonicalDecimal, compareDecimals } from './decimal.js';
import { jsonProblem } from './json-problem.js';
import { compareTimestamps, parseDate, parseTimestamp } from './parse-date-time.js';
import type { ColumnType, Field } from './table-schema.js';

export interface CellOptions {
  /** IANA zone of times without an offset. Without it they are refused. */
  timezone?: string;
  /** Format of dates that are not ISO 8601: `DD/MM/YYYY` or a strptime pattern. */
  dateFormat?: string;
}

/** A property of a field that cannot be used; the message says why. */
export class InvalidField extends Error {
  constructor(
    readonly property: string,
    message: string,
  ) {
    super(message);
  }
}

type ScalarParser = (text: string) => Scalar | CellProblem;

const NOT_INT64 = new CellProblem('not a whole number', 'write digits only, for example 42');
const FRACTIONAL_INT64 = new CellProblem('not a whole number', 'remove the fraction');
const INT64_RANGE = new CellProblem(
  'a whole number beyond 64 bits',
  'it must lie between -9223372036854775808 and 9223372036854775807',
);
const NOT_NUMBER = new CellProblem('not a number', 'write digits with a point, for example 12.5');
const SEPARATORS = new CellProblem(
  'not a number',
  'remove currency signs and thousands separators; the decimal separator is a point',
  true,
);
const FLOAT_RANGE = new CellProblem('a number beyond the range of FLOAT64', 'it must lie within ±1.8e308');
const NUMERIC_WHOLE = new CellProblem(
  'a number with more than 29 digits before the point',
  'NUMERIC holds 29 digits before the point and 9 after it',
);
const NUMERIC_SCALE = new CellProblem(
  'a number with more than 9 digits after the point',
  'round it: NUMERIC holds 9 digits after the point',
);
const NOT_BOOL = new CellProblem('not true or false', 'write true or false');
const NOT_BASE64 = new CellProblem('not base64', 'encode the bytes as base64');
const NOT_ARRAY = new CellProblem('not an array', 'write a JSON array, for example [1,2,3]');
const NULL_ELEMENT = new CellProblem(
  'NULL, and BigQuery holds no NULL within an array',
  'leave it out, or write a value',
);

const INT64_MAX = 9223372036854775807n;
const INT64_MIN = -9223372036854775808n;

/** Checks and canonicalises the text of one field; NULL is decided before, by the reader. */
export function cellParser(field: Field, options: CellOptions = {}): CellParser {
  const checked = constrained(field, scalarParser(field, options));
  return field.array ? arrayParser(field, checked) : checked;
}

function scalarParser(field: Field, options: CellOptions): ScalarParser {
  switch (field.type) {
    case 'STRING':
      return (text) => text;
    case 'INT64':
      return parseInt64;
    case 'FLOAT64':
      return parseFloat64;
    case 'NUMERIC':
      return parseNumeric;
    case 'BOOL':
      return boolParser(field);
    case 'JSON':
      return (text) => jsonProblem(text) ?? text;
    case 'BYTES':
      return parseBytes;
    case 'DATE': {
      const format = dateFormat(field, options);
      return (text) => parseDate(trimmed(text), format);
    }
    case 'TIMESTAMP': {
      const format = dateFormat(field, options);
      const zone = timeZone(options.timezone);
      return (text) => parseTimestamp(trimmed(text), zone, format);
    }
  }
}

const SPACE = 32;

/** Spaces around a value that is not a string carry no meaning. */
function trimmed(text: string): string {
  return text.charCodeAt(0) <= SPACE || text.charCodeAt(text.length - 1) <= SPACE ? text.trim() : text;
}

/** Plain digits without a leading zero, short enough to be exact as a double. */
function isShortInteger(text: string): boolean {
  const { length } = text;
  if (length === 0 || length > 15) return false;
  const first = text.charCodeAt(0);
  if (first < 49 || first > 57) return length === 1 && first === 48;
  for (let i = 1; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

function parseInt64(source: string): string | CellProblem {
  if (isShortInteger(source)) return source;
  const text = trimmed(source);
  const match = /^([+-]?)0*(0|[1-9]\d*)$/.exec(text);
  if (match === null) {
    if (/^[+-]?\d+\.\d*$/.test(text)) return FRACTIONAL_INT64;
    return /\d[,'\s]\d|^[$€£]/.test(text) ? SEPARATORS : NOT_INT64;
  }
  const digits = match[2]!;
  if (digits === '0') return '0';
  const canonical = match[1] === '-' ? `-${digits}` : digits;
  if (digits.length > 18) {
    if (digits.length > 19) return INT64_RANGE;
    const value = BigInt(canonical);
    if (value > INT64_MAX || value < INT64_MIN) return INT64_RANGE;
  }
  return canonical;
}

const FLOAT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const SPECIAL_FLOATS: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['+infinity', Number.POSITIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
]);

function parseFloat64(source: string): number | CellProblem {
  const text = trimmed(source);
  if (!FLOAT.test(text)) {
    const special = SPECIAL_FLOATS.get(text.toLowerCase());
    return special ?? numberProblem(text);
  }
  const value = Number(text);
  return Number.isFinite(value) ? value : FLOAT_RANGE;
}

function numberProblem(text: string): CellProblem {
  return /\d[,'\s]\d|^[+-]?\s*[$€£]|[$€£%]$/.test(text) ? SEPARATORS : NOT_NUMBER;
}

function parseNumeric(source: string): string | CellProblem {
  if (isShortInteger(source)) return source;
  const text = trimmed(source);
  const canonical = canonicalDecimal(text);
  if (canonical === undefined) return numberProblem(text);
  const point = canonical.indexOf('.');
  const whole = (point < 0 ? canonical.length : point) - (canonical.startsWith('-') ? 1 : 0);
  if (whole > 29) return NUMERIC_WHOLE;
  if (point >= 0 && canonical.length - point - 1 > 9) return NUMERIC_SCALE;
  return canonical;
}

const TRUE = ['true', 't', 'yes', 'y', '1'];
const FALSE = ['false', 'f', 'no', 'n', '0'];

function boolParser(field: Field): ScalarParser {
  const exact = field.trueValues !== undefined || field.falseValues !== undefined;
  const truths = new Set(field.trueValues ?? TRUE);
  const falsehoods = new Set(field.falseValues ?? FALSE);
  const problem = exact
    ? new CellProblem(NOT_BOOL.reason, `write one of ${[...truths, ...falsehoods].join(', ')}`)
    : NOT_BOOL;
  return (source) => {
    const text = exact ? source : trimmed(source).toLowerCase();
    if (truths.has(text)) return true;
    return falsehoods.has(text) ? false : problem;
  };
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Those of the last digit that are no part of a byte, by the digits beyond whole groups of four. */
const SPARE_BITS: readonly number[] = [0, 0, 0b1111, 0b11];
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

function parseBytes(source: string): string | CellProblem {
  const text = trimmed(source);
  if (!BASE64.test(text)) return NOT_BASE64;
  const digits = trimEndOf(text, '=');
  // Bits behind the last byte say that the text was cut.
  const spare = (DIGITS.indexOf(digits.at(-1) ?? 'A') & SPARE_BITS[digits.length % 4]!) !== 0;
  return spare ? NOT_BASE64 : digits.padEnd(Math.ceil(digits.length / 4) * 4, '=');
}

/** Bytes of canonical base64. */
function byteLength(text: string): number {
  return Math.floor((trimEndOf(text, '=').length * 3) / 4);
}

const DATE_TOKENS =
  'use YYYY, MM, DD, HH, mm and ss, for example DD/MM/YYYY, or %Y, %m, %d, %H, %M, %S, %f and %z';

function dateFormat(field: Field, options: CellOptions): RegExp | undefined {
  const own = field.format === 'default' || field.format === 'any' ? undefined : field.format;
  const format = own ?? options.dateFormat;
  if (format === undefined) return undefined;
  const compiled = compileDateFormat(format);
  if (compiled === undefined) {
    if (own !== undefined) throw new InvalidField('format', `"${format}" is not understood; ${DATE_TOKENS}`);
    throw usageError({
      code: 'invalid-date-format',
      message: `The date format "${format}" is not understood.`,
      suggestion: `${DATE_TOKENS[0]!.toUpperCase()}${DATE_TOKENS.slice(1)}.`,
    });
  }
  return compiled;
}

function timeZone(name: string | undefined): TimeZone | undefined {
  if (name === undefined) return undefined;
  try {
    return new TimeZone(name);
  } catch (cause) {
    if (!(cause instanceof UnknownTimeZone)) throw cause;
    throw usageError({
      code: 'invalid-timezone',
      message: `"${name}" is not a time zone.`,
      suggestion: 'Give an IANA name such as Europe/Berlin or UTC.',
      cause,
    });
  }
}

/** Adds the checks of the constraints, and nothing where there are none. */
function constrained(field: Field, parse: ScalarParser): ScalarParser {
  const checks = [...lengthChecks(field), ...boundChecks(field), ...choiceChecks(field)];
  if (checks.length === 0) return parse;
  const [only, second] = checks as [Check, Check?];
  if (checks.length === 1) {
    return (text) => {
      const value = parse(text);
      if (value instanceof CellProblem || value === null) return value;
      return only(value) ?? value;
    };
  }
  if (checks.length === 2) {
    return (text) => {
      const value = parse(text);
      if (value instanceof CellProblem || value === null) return value;
      return only(value) ?? second!(value) ?? value;
    };
  }
  return (text) => {
    const value = parse(text);
    if (value instanceof CellProblem || value === null) return value;
    for (const check of checks) {
      const problem = check(value);
      if (problem !== undefined) return problem;
    }
    return value;
  };
}

type Check = (value: string | number | boolean) => CellProblem | undefined;

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function lengthChecks({ type, array, constraints }: Field): Check[] {
  if (array || (type !== 'STRING' && type !== 'BYTES')) return [];
  const checks: Check[] = [];
  const { minLength, maxLength } = constraints;
  const unit = type === 'STRING' ? 'characters' : 'bytes';
  const measure = type === 'STRING' ? characters : byteLength;
  if (minLength !== undefined && minLength > 0) {
    const problem = new CellProblem(`shorter than ${minLength} ${unit}`, `give at least ${minLength}`);
    checks.push((value) => {
      const text = value as string;
      return text.length >= minLength * 2 || measure(text) >= minLength ? undefined : problem;
    });
  }
  if (maxLength !== undefined) {
    const problem = new CellProblem(`longer than ${maxLength} ${unit}`, `shorten it to ${maxLength}`);
    checks.push((value) => {
      const text = value as string;
      return text.length <= maxLength || measure(text) <= maxLength ? undefined : problem;
    });
  }
  return checks;
}

/** Order of two canonical values of a type. */
function comparison(type: ColumnType): (value: Scalar, bound: string) => number {
  switch (type) {
    case 'FLOAT64':
      return (value, bound) => (value as number) - Number(bound);
    case 'INT64':
    case 'NUMERIC':
      return (value, bound) => compareDecimals(value as string, bound);
    case 'TIMESTAMP':
      return (value, bound) => compareTimestamps(value as string, bound);
    default:
      return (value, bound) => (value === bound ? 0 : (value as string) < bound ? -1 : 1);
  }
}

function boundChecks(field: Field): Check[] {
  const checks: Check[] = [];
  const compare = comparison(field.type);
  const isDecimal = field.type === 'INT64' || field.type === 'NUMERIC';
  const add = (
    property: 'minimum' | 'maximum' | 'exclusiveMinimum' | 'exclusiveMaximum',
    words: string,
    fits: (order: number) => boolean,
  ) => {
    const given = field.constraints[property];
    if (given === undefined) return;
    const bound = canonicalBound(field, property, given);
    const problem = new CellProblem(`${words} ${given}`, `it must not be ${words} ${given}`);
    const quickBound = Number(bound);
    // Fifteen digits are exact as a double, so two such numbers compare as doubles do.
    const quick = isDecimal && bound.length <= 15;
    checks.push((value) => {
      const order =
        quick && (value as string).length <= 15 ? Number(value) - quickBound : compare(value, bound);
      return fits(order) ? undefined : problem;
    });
  };
  // Written so that NaN fits no bound.
  add('minimum', 'below', (order) => order >= 0);
  add('maximum', 'above', (order) => order <= 0);
  add('exclusiveMinimum', 'at or below', (order) => order > 0);
  add('exclusiveMaximum', 'at or above', (order) => order < 0);
  return checks;
}

function canonicalBound(field: Field, property: string, bound: string): string {
  const parsed = scalarParser({ ...field, constraints: {} }, {})(bound);
  if (!(parsed instanceof CellProblem) && parsed !== null) return String(parsed);
  throw new InvalidField(
    `constraints.${property}`,
    `"${bound}" is ${parsed === null ? 'NULL' : parsed.reason}`,
  );
}

/** Enumerations longer than this are not spelled out in a hint. */
const LISTED_CHOICES = 12;

function choiceChecks(field: Field): Check[] {
  const checks: Check[] = [];
  const { enum: choices, pattern } = field.constraints;
  if (choices !== undefined) {
    const canonical =
      field.type === 'STRING' ? choices : choices.map((choice) => canonicalBound(field, 'enum', choice));
    const allowed = new Set(canonical);
    const list =
      choices.length > LISTED_CHOICES
        ? `one of ${choices.length} allowed values`
        : `one of ${choices.join(', ')}`;
    const problem = new CellProblem('not an allowed value', `write ${list}`);
    const byLowerCase = new Map(choices.map((choice) => [choice.toLowerCase(), choice]));
    checks.push((value) => {
      const text = String(value);
      if (allowed.has(text)) return undefined;
      const near = byLowerCase.get(text.trim().toLowerCase());
      return near === undefined ? problem : new CellProblem(problem.reason, `write "${near}"`);
    });
  }
  if (pattern !== undefined) {
    const matches = linearPattern(pattern);
    const problem = new CellProblem('not in the required form', `it must match ${pattern}`);
    checks.push((value) => (matches(String(value)) ? undefined : problem));
  }
  return checks;
}

function arrayParser(field: Field, parse: ScalarParser): CellParser {
  const { minLength, maxLength } = field.constraints;
  return (source) => {
    const elements = field.delimiter === undefined ? jsonArray(source) : listOf(source, field.delimiter);
    if (elements === undefined) return NOT_ARRAY;
    if (minLength !== undefined && elements.length < minLength) {
      return new CellProblem(`fewer than ${minLength} elements`, `give at least ${minLength}`);
    }
    if (maxLength !== undefined && elements.length > maxLength) {
      return new CellProblem(`more than ${maxLength} elements`, `give at most ${maxLength}`);
    }
    const values: Scalar[] = [];
    for (const [index, element] of elements.entries()) {
      const value = element === null ? NULL_ELEMENT : (textProblem(element) ?? parse(element));
      if (value instanceof CellProblem) {
        return new CellProblem(`an element: ${value.reason}`, `element ${index + 1}: ${value.hint}`);
      }
      values.push(value);
    }
    return values satisfies Value;
  };
}

function listOf(text: string, delimiter: string): string[] {
  return text === '' ? [] : text.split(delimiter);
}

/** Elements as text. Numbers keep their digits: JSON.parse alone would round those beyond a double. */
function jsonArray(source: string): (string | null)[] | undefined {
  const quoted = source.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
  let parsed: unknown;
  try {
    parsed = JSON.parse(quoted);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed)) return undefined;
  const elements: (string | null)[] = [];
  for (const element of parsed) {
    if (element === null) elements.push(null);
    else if (typeof element === 'string') elements.push(element);
    else if (typeof element === 'boolean') elements.push(String(element));
    else return undefined;
  }
  return elements;
}
