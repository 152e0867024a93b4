import { parseFloatText } from './float-text.js';
import { shownText } from './geography/text.js';
import { canonicalJson, type Json, JsonNumber, JsonObject, jsonDouble, sortedObject } from './json-value.js';
import { groupFraction } from './print.js';
import { intervalIso, parseDuckInterval, type Typed } from './typed-value.js';

const SAFE_INTEGER = 9_007_199_254_740_992n;

export interface ToJsonOptions {
  /** Numbers a double cannot hold become strings: always in TO_JSON_STRING, by option in TO_JSON. */
  stringifyWide: boolean;
  /** Values of the JSON type have their members sorted. */
  sorted: boolean;
}

/** TO_JSON and TO_JSON_STRING. */
export function toJson(value: Typed, options: ToJsonOptions): Json {
  if ('null' in value) return null;
  if ('json' in value) return value.json;
  const { shape } = value;
  if ('items' in value) {
    if (shape.kind === 'STRUCT') {
      const members = value.items.map((item, index): [string, Json] => [
        shape.fields[index]?.name ?? '',
        toJson(item, options),
      ]);
      return options.sorted ? sortedObject(new Map(members)) : new JsonObject(members);
    }
    if (shape.kind === 'RANGE') {
      const [start, end] = value.items.map((item) => toJson(item, options));
      return new JsonObject([
        ['start', start ?? null],
        ['end', end ?? null],
      ]);
    }
    return value.items.map((item) => toJson(item, options));
  }
  const { text } = value;
  switch (shape.kind) {
    case 'BOOL':
      return text === 'true';
    case 'INT64': {
      const integer = BigInt(text);
      const wide = integer > SAFE_INTEGER || integer < -SAFE_INTEGER;
      return wide && options.stringifyWide ? text : new JsonNumber(text);
    }
    case 'NUMERIC':
    case 'BIGNUMERIC':
      if (!options.stringifyWide) return canonicalJson(new JsonNumber(text));
      return roundTrips(text) ? new JsonNumber(text) : text;
    case 'FLOAT64': {
      const number = parseFloatText(text);
      if (Number.isNaN(number)) return 'NaN';
      if (!Number.isFinite(number)) return number > 0 ? 'Infinity' : '-Infinity';
      return new JsonNumber(options.sorted ? jsonDouble(number) : plainDouble(number));
    }
    case 'BYTES':
      return Buffer.from(text, 'hex').toString('base64');
    case 'TIMESTAMP':
      return `${isoTime(text.replace(/\+00(:00)?$/, ''))}Z`;
    case 'DATETIME':
      return isoTime(text);
    case 'TIME':
      return groupFraction(text);
    case 'GEOGRAPHY':
      return shownText(text);
    case 'INTERVAL':
      return intervalIso(parseDuckInterval(text));
    default:
      return text;
  }
}

/** TO_JSON_STRING leaves the point off whole doubles. */
function plainDouble(value: number): string {
  const text = jsonDouble(value);
  return text.endsWith('.0') ? text.slice(0, -2) : text;
}

/** NUMERIC stays a number in text when a double gives the same digits back. */
function roundTrips(text: string): boolean {
  const number = Number(text);
  if (/^-?\d+$/.test(text)) {
    const integer = BigInt(text);
    return integer <= SAFE_INTEGER && integer >= -SAFE_INTEGER;
  }
  return plainDouble(number) === text;
}

function isoTime(text: string): string {
  return groupFraction(text.replace(' ', 'T'));
}
