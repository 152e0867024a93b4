import { trimEndOf } from '../../../core/trim.js';

/**
 * JSON without loss: numbers keep their text, members keep their order and their duplicates, as the functions over
 * JSON-formatted strings need them. `canonical` gives the form that values of the JSON type have.
 */
export type Json = null | boolean | string | JsonNumber | Json[] | JsonObject;

export class JsonNumber {
  constructor(readonly text: string) {}
}

export class JsonObject {
  constructor(readonly members: [string, Json][]) {}

  get(key: string): Json | undefined {
    for (const [name, value] of this.members) if (name === key) return value;
    return undefined;
  }
}

class JsonSyntaxError extends Error {}

/** BigQuery refuses deeper documents. */
const MAX_DEPTH = 500;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const NON_FINITE = /-?(?:NaN|nan|Infinity|inf)/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings may not hold control characters
const PLAIN_STRING = /"[^"\\\u0000-\u001f]*"/y;

/**
 * @param lenientNumbers also takes NaN and Infinity, which DuckDB's to_json writes
 * @throws JsonSyntaxError
 */
export function parseJson(text: string, lenientNumbers = false): Json {
  let at = 0;

  function fail(): never {
    throw new JsonSyntaxError(
      at >= text.length
        ? `syntax error while parsing value - unexpected end of input; last read: '${text.slice(-10)}'`
        : `syntax error while parsing value - invalid literal; last read: '${text.slice(Math.max(0, at - 9), at + 1)}'`,
    );
  }

  function space(): void {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 32 || code === 10 || code === 13 || code === 9) at += 1;
      else return;
    }
  }

  function string(): string {
    const start = at;
    PLAIN_STRING.lastIndex = at;
    if (PLAIN_STRING.test(text)) {
      at = PLAIN_STRING.lastIndex;
      return text.slice(start + 1, at - 1);
    }
    at += 1;
    for (;;) {
      const code = text.charCodeAt(at);
      if (Number.isNaN(code) || code < 32) fail();
      if (code === 34) break;
      at += code === 92 ? 2 : 1;
    }
    at += 1;
    try {
      return JSON.parse(text.slice(start, at)) as string;
    } catch {
      at = start;
      return fail();
    }
  }

  function value(depth: number): Json {
    if (depth > MAX_DEPTH)
      throw new JsonSyntaxError('Max nesting of 500 has been exceeded while parsing JSON document');
    space();
    switch (text[at]) {
      case '"':
        return string();
      case '{': {
        const members: [string, Json][] = [];
        at += 1;
        space();
        if (text[at] === '}') {
          at += 1;
          return new JsonObject(members);
        }
        for (;;) {
          space();
          if (text[at] !== '"') fail();
          const key = string();
          space();
          if (text[at] !== ':') fail();
          at += 1;
          members.push([key, value(depth + 1)]);
          space();
          const next = text[at];
          at += 1;
          if (next === '}') return new JsonObject(members);
          if (next !== ',') {
            at -= 1;
            fail();
          }
        }
      }
      case '[': {
        const items: Json[] = [];
        at += 1;
        space();
        if (text[at] === ']') {
          at += 1;
          return items;
        }
        for (;;) {
          items.push(value(depth + 1));
          space();
          const next = text[at];
          at += 1;
          if (next === ']') return items;
          if (next !== ',') {
            at -= 1;
            fail();
          }
        }
      }
      case 't':
        return word('true', true);
      case 'f':
        return word('false', false);
      case 'n':
        if (text.startsWith('null', at)) return word('null', null);
    }
    return number(NUMBER) ?? (lenientNumbers ? number(NON_FINITE) : undefined) ?? fail();
  }

  function word(name: string, meaning: Json): Json {
    if (!text.startsWith(name, at)) fail();
    at += name.length;
    return meaning;
  }

  function number(pattern: RegExp): JsonNumber | undefined {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return undefined;
    const start = at;
    at = pattern.lastIndex;
    return new JsonNumber(text.slice(start, at));
  }

  const result = value(0);
  space();
  if (at !== text.length) fail();
  return result;
}

/** NULL instead of an error: the string functions answer NULL for what is not JSON. */
export function tryParseJson(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}

export function jsonText(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  return `{${value.members.map(([key, member]) => `${JSON.stringify(key)}:${jsonText(member)}`).join(',')}}`;
}

/** The layout of TO_JSON_STRING(value, true). */
export function prettyJsonText(value: Json, indent = ''): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => inner + prettyJsonText(item, inner)).join(',\n')}\n${indent}]`;
  }
  if (value instanceof JsonObject) {
    if (value.members.length === 0) return '{}';
    const lines = value.members.map(
      ([key, member]) => `${inner}${JSON.stringify(key)}: ${prettyJsonText(member, inner)}`,
    );
    return `{\n${lines.join(',\n')}\n${indent}}`;
  }
  return jsonText(value);
}

/** Integers of so many characters are of 64 bits. */
const MAX_SAFE_DIGITS = 18;
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

/** A double as BigQuery's JSON values print it: shortest digits that read back, `1e+100`, `10.0`. */
export function jsonDouble(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return Object.is(value, -0) ? '-0.0' : `${value}.0`;
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e15) return String(value);
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  const digits = exponent.slice(1).padStart(2, '0');
  return `${mantissa}e${exponent[0]}${digits}`;
}

/**
 * The text of a number inside a JSON value. Integers of 64 bits stay, the rest becomes a double.
 * @param exact refuses a number whose double does not read back as the same number (wide_number_mode 'exact')
 */
function canonicalNumber(text: string, exact: boolean): string {
  if (/^-?\d+$/.test(text)) {
    if (text.length <= MAX_SAFE_DIGITS) return text === '-0' ? '0' : text;
    const integer = BigInt(text);
    if (integer >= INT64_MIN && integer <= UINT64_MAX) return text === '-0' ? '0' : integer.toString();
  }
  const value = Number(text);
  if (!Number.isFinite(value))
    throw new Error(`Input number: ${text} cannot round-trip through string representation`);
  if (exact && !sameDecimal(text, jsonDouble(value))) {
    throw new Error(`Input number: ${text} cannot round-trip through string representation`);
  }
  return jsonDouble(value);
}

function sameDecimal(a: string, b: string): boolean {
  return significant(a) === significant(b);
}

/** Digits and exponent with no zeros at either end. */
function significant(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match) return text;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const trimmedLeft = (whole + fraction).replace(/^0+/, '');
  const digits = trimEndOf(trimmedLeft, '0');
  if (digits === '') return '0';
  return `${sign}${digits}e${Number(exponent) - fraction.length + (trimmedLeft.length - digits.length)}`;
}

/** The form values of the JSON type have: members sorted, the first of equal names kept, numbers normalised. */
export function canonicalJson(value: Json, exact = false): Json {
  if (value instanceof JsonNumber) {
    const text = canonicalNumber(value.text, exact);
    return text === value.text ? value : new JsonNumber(text);
  }
  if (Array.isArray(value)) return value.map((item) => canonicalJson(item, exact));
  if (value instanceof JsonObject) {
    const canonical = value.members.map(([key, member]): [string, Json] => [
      key,
      canonicalJson(member, exact),
    ]);
    if (isSorted(canonical)) return new JsonObject(canonical);
    const members = new Map<string, Json>();
    for (const [key, member] of canonical) if (!members.has(key)) members.set(key, member);
    return sortedObject(members);
  }
  return value;
}

function isSorted(members: readonly [string, Json][]): boolean {
  return members.every(([key], index) => index === 0 || compareUtf8(members[index - 1]![0], key) < 0);
}

export function sortedObject(members: Map<string, Json>): JsonObject {
  return new JsonObject([...members].sort(([a], [b]) => compareUtf8(a, b)));
}

function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  for (let i = 0; i < a.length && i < b.length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      const xSurrogate = x >= 0xd800 && x < 0xe000;
      const ySurrogate = y >= 0xd800 && y < 0xe000;
      // Surrogates stand for code points above every other unit.
      if (xSurrogate !== ySurrogate) return xSurrogate ? 1 : -1;
      return x - y;
    }
  }
  return a.length - b.length;
}
