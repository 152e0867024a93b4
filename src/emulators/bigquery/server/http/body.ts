import { notImplemented } from '../../../googlesql/errors.js';
import type { JsonObject, JsonValue } from '../../catalog/entries.js';
import { checkCollationName, checkRoundingMode, ROUNDING_MODES } from '../../catalog/fields.js';
import { BigQueryError } from '../../errors.js';

/** What a request body may hold. Output-only fields are accepted and ignored, as the service does. */
export interface BodyShape {
  /** How the body is called in errors, for example `Table`. */
  name: string;
  supported: readonly string[];
  outputOnly?: readonly string[];
  /** Known to the service, not to this emulator. */
  unsupported?: readonly string[];
}

/** Refuses unknown fields (400) and fields the emulator does not implement (501), each by name. */
export function checkBody(body: JsonObject, shape: BodyShape): void {
  for (const [key, value] of Object.entries(body)) {
    if (shape.supported.includes(key) || shape.outputOnly?.includes(key)) continue;
    if (!shape.unsupported?.includes(key)) {
      throw new BigQueryError(
        'invalid',
        `Invalid JSON payload received. Unknown name "${key}": Cannot find field.`,
        { location: key },
      );
    }
    if (isSet(value)) throw notImplemented(`${shape.name}.${key}`, key);
  }
}

/** Refuses members of a nested message that the service does not know; absent messages pass. */
export function checkMembers(body: JsonObject | undefined, name: string, supported: readonly string[]): void {
  if (body !== undefined) checkBody(body, { name, supported });
}

/** False for what means "not given": null, false, empty strings, lists and objects. */
function isSet(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  if (typeof value === 'object') return Object.keys(value).length > 0;
  return true;
}

function wrongType(key: string, expected: string, value: JsonValue): BigQueryError {
  return new BigQueryError(
    'invalid',
    `Invalid value at '${key}' (${expected}), ${JSON.stringify(value).slice(0, 100)}`,
    { location: key },
  );
}

/** A text field; null counts as absent. */
export function textField(body: JsonObject, key: string): string | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') throw wrongType(key, 'TYPE_STRING', value);
  return value;
}

export function requiredText(body: JsonObject, key: string): string {
  const value = textField(body, key);
  if (value === undefined || value === '') {
    throw new BigQueryError('required', `Required parameter is missing: ${key}`, { location: key });
  }
  return value;
}

export function booleanField(body: JsonObject, key: string): boolean | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  // Python's client writes `True` into its URLs.
  const text = typeof value === 'string' ? value.toLowerCase() : value;
  if (text === true || text === 'true') return true;
  if (text === false || text === 'false') return false;
  throw wrongType(key, 'TYPE_BOOL', value);
}

/** An INT64 field small enough for a JavaScript number (times, counts, sizes); text or number on the wire. */
export function integerField(body: JsonObject, key: string): number | undefined {
  const value = body[key];
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw wrongType(key, 'TYPE_INT64', value);
  return number;
}

export function objectField(body: JsonObject, key: string): JsonObject | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(key, 'TYPE_MESSAGE', value);
  return value;
}

export function listField(body: JsonObject, key: string): JsonValue[] | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType(key, 'repeated', value);
  return value;
}

export function objectListField(body: JsonObject, key: string): JsonObject[] | undefined {
  return listField(body, key)?.map((item) => {
    if (item === null || typeof item !== 'object' || Array.isArray(item))
      throw wrongType(key, 'repeated', item);
    return item;
  });
}

export function textListField(body: JsonObject, key: string): string[] | undefined {
  return listField(body, key)?.map((item) => {
    if (typeof item !== 'string') throw wrongType(key, 'TYPE_STRING', item);
    return item;
  });
}

/** One of the given words, in any case. */
export function choiceField<T extends string>(
  body: JsonObject,
  key: string,
  choices: readonly T[],
): T | undefined {
  const value = textField(body, key);
  if (value === undefined || value === '') return undefined;
  const choice = choices.find((known) => known === value.toUpperCase());
  if (choice === undefined) throw wrongType(key, `one of ${choices.join(', ')}`, value);
  return choice;
}

/** `defaultCollation` and `defaultRoundingMode` of datasets and tables; of the latter only what changes nothing. */
export function readDefaults(body: JsonObject): { defaultCollation?: string; defaultRoundingMode?: string } {
  const defaults: { defaultCollation?: string; defaultRoundingMode?: string } = {};
  if ('defaultCollation' in body) defaults.defaultCollation = textField(body, 'defaultCollation');
  checkCollationName(defaults.defaultCollation ?? '', 'defaultCollation');
  if ('defaultRoundingMode' in body) {
    defaults.defaultRoundingMode = choiceField(body, 'defaultRoundingMode', ROUNDING_MODES);
    checkRoundingMode(defaults.defaultRoundingMode, 'defaultRoundingMode');
  }
  return defaults;
}

const LABEL_KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const MAX_LABELS = 64;
const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;

/** Labels; in a patch a null value removes the label, so nulls are kept apart by `mergeLabels`. */
export function labelsField(body: JsonObject): Record<string, string | null> | undefined {
  const labels = objectField(body, 'labels');
  if (labels === undefined) return undefined;
  const result: Record<string, string | null> = {};
  for (const [name, value] of Object.entries(labels)) {
    if (!LABEL_KEY.test(name)) {
      throw new BigQueryError('invalid', `Label key "${name}" is invalid.`, { location: 'labels' });
    }
    if (value !== null && (typeof value !== 'string' || !LABEL_VALUE.test(value))) {
      throw new BigQueryError('invalid', `Label value "${String(value)}" is invalid.`, {
        location: 'labels',
      });
    }
    result[name] = value;
  }
  return result;
}

export function mergeLabels(
  current: Record<string, string> | undefined,
  changes: Record<string, string | null>,
): Record<string, string> | undefined {
  const merged: Record<string, string> = { ...current };
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete merged[name];
    else merged[name] = value;
  }
  const count = Object.keys(merged).length;
  if (count > MAX_LABELS) {
    throw new BigQueryError('invalid', `Too many labels: ${count}; the maximum is ${MAX_LABELS}`, {
      location: 'labels',
    });
  }
  return count === 0 ? undefined : merged;
}

export function invalidParameter(name: string, value: string): BigQueryError {
  return new BigQueryError('invalidParameter', `Invalid value for ${name}: ${value}`, {
    location: name,
    locationType: 'parameter',
  });
}

/** Integer query parameter such as `maxResults`; 400 when it is not a whole number from 0 on. */
export function countParameter(query: URLSearchParams, key: string): number | undefined {
  const text = query.get(key);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw invalidParameter(key, text);
  return value;
}

/** One of the given words as a query parameter, in any case. */
export function choiceParameter<T extends string>(
  query: URLSearchParams,
  key: string,
  choices: readonly T[],
): T | undefined {
  const value = query.get(key);
  if (value === null || value === '') return undefined;
  const choice = choices.find((known) => known === value.toUpperCase());
  if (choice === undefined) throw invalidParameter(key, value);
  return choice;
}

/** Python's client writes `True`. */
export function booleanParameter(query: URLSearchParams, key: string): boolean {
  return query.get(key)?.toLowerCase() === 'true';
}
