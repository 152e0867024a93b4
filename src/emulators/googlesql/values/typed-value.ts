import { type Json, JsonNumber, type JsonObject, jsonText, parseJson } from './json-value.js';
import { packedText } from './nanoseconds.js';
import { trimDecimal, unscale } from './numeric.js';

export type ScalarKind =
  | 'INT64'
  | 'FLOAT32'
  | 'FLOAT64'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'BOOL'
  | 'STRING'
  | 'BYTES'
  | 'DATE'
  | 'TIME'
  | 'DATETIME'
  | 'TIMESTAMP'
  | 'INTERVAL'
  | 'JSON'
  | 'GEOGRAPHY'
  | 'UUID';

/** The shape of a BigQuery type, as the functions that print values of any type receive it (as JSON text). */
export type TypeShape =
  | { kind: ScalarKind /** Of a TIMESTAMP that has nanoseconds. */; digits?: 9 }
  | { kind: 'ARRAY'; element: TypeShape }
  | { kind: 'RANGE'; element: TypeShape }
  | { kind: 'STRUCT'; fields: { name: string; type: TypeShape }[] };

/**
 * A value beside its type. Scalars are text: digits, `true`, the canonical text of dates and times without zone, hex
 * for BYTES, and JSON stays parsed.
 */
export type Typed =
  | { shape: TypeShape; null: true }
  | { shape: TypeShape; text: string }
  | { shape: TypeShape; json: Json }
  | { shape: TypeShape; items: Typed[] };

const shapes = new Map<string, TypeShape>();
const SHAPE_LIMIT = 1000;

export function readShape(text: string): TypeShape {
  let shape = shapes.get(text);
  if (!shape) {
    shape = JSON.parse(text) as TypeShape;
    if (shapes.size >= SHAPE_LIMIT) shapes.clear();
    shapes.set(text, shape);
  }
  return shape;
}

/** Reads what DuckDB's to_json made of a value of that shape. */
export function readTyped(shape: TypeShape, text: string | null): Typed {
  if (text === null) return { shape, null: true };
  // Most values are scalars whose text needs no parser.
  if (shape.kind === 'INT64') return { shape, text };
  return fromJson(shape, parseJson(text, true));
}

function fromJson(shape: TypeShape, value: Json): Typed {
  if (value === null) return { shape, null: true };
  switch (shape.kind) {
    case 'ARRAY':
      return { shape, items: (value as Json[]).map((item) => fromJson(shape.element, item)) };
    case 'STRUCT':
    case 'RANGE': {
      const values = (value as JsonObject).members.map(([, member]) => member);
      const types =
        shape.kind === 'STRUCT' ? shape.fields.map((field) => field.type) : [shape.element, shape.element];
      return { shape, items: types.map((type, index) => fromJson(type, values[index] ?? null)) };
    }
    case 'JSON':
      // Stored as text, so it arrives as a JSON string that holds the document.
      return { shape, json: parseJson(value as string) };
    case 'BYTES':
      return { shape, text: escapedToHex(value as string) };
    case 'BIGNUMERIC':
      return { shape, text: unscale(value instanceof JsonNumber ? value.text : String(value)) };
    case 'TIMESTAMP':
      if (shape.digits !== 9) return { shape, text: value as string };
      return { shape, text: packedText(BigInt(value instanceof JsonNumber ? value.text : String(value))) };
    case 'NUMERIC':
      return { shape, text: trimDecimal(value instanceof JsonNumber ? value.text : String(value)) };
    default:
      if (value instanceof JsonNumber) return { shape, text: value.text };
      return { shape, text: typeof value === 'string' ? value : jsonText(value) };
  }
}

/** DuckDB writes bytes as text with `\xAA` for what is not plain ASCII. */
function escapedToHex(text: string): string {
  let hex = '';
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === '\\' && text[i + 1] === 'x') {
      hex += text.slice(i + 2, i + 4).toLowerCase();
      i += 3;
    } else hex += text.charCodeAt(i).toString(16).padStart(2, '0');
  }
  return hex;
}

export interface IntervalParts {
  months: number;
  days: number;
  micros: bigint;
}

/** Reads the text DuckDB gives an INTERVAL: `1 year 2 months -3 days 04:05:06.5`. */
export function parseDuckInterval(text: string): IntervalParts {
  const parts: IntervalParts = { months: 0, days: 0, micros: 0n };
  for (const match of text.matchAll(/(-?\d+) (year|month|day)s?/g)) {
    const count = Number(match[1]);
    if (match[2] === 'year') parts.months += count * 12;
    else if (match[2] === 'month') parts.months += count;
    else parts.days += count;
  }
  const clock = /(-?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?/.exec(text);
  if (clock) {
    const [, sign, hours = '0', minutes = '0', seconds = '0', fraction = ''] = clock;
    const micros =
      (BigInt(hours) * 3600n + BigInt(minutes) * 60n + BigInt(seconds)) * 1_000_000n +
      BigInt(fraction.padEnd(6, '0').slice(0, 6));
    parts.micros = sign === '-' ? -micros : micros;
  }
  return parts;
}

/** The canonical text of an INTERVAL: `1-2 3 4:5:6.789`. */
export function intervalText({ months, days, micros }: IntervalParts): string {
  const absoluteMonths = Math.abs(months);
  const absolute = micros < 0n ? -micros : micros;
  const seconds = absolute / 1_000_000n;
  const fraction = absolute % 1_000_000n;
  let text = `${months < 0 ? '-' : ''}${Math.floor(absoluteMonths / 12)}-${absoluteMonths % 12} ${days} `;
  text += `${micros < 0n ? '-' : ''}${seconds / 3600n}:${(seconds / 60n) % 60n}:${seconds % 60n}`;
  if (fraction !== 0n) {
    const digits = fraction.toString().padStart(6, '0');
    text += `.${digits.endsWith('000') ? digits.slice(0, 3) : digits}`;
  }
  return text;
}

/** ISO 8601 duration, as TO_JSON writes an INTERVAL. */
export function intervalIso({ months, days, micros }: IntervalParts): string {
  const years = Math.trunc(months / 12);
  const rest = months % 12;
  let text = 'P';
  if (years !== 0) text += `${years}Y`;
  if (rest !== 0) text += `${rest}M`;
  if (days !== 0) text += `${days}D`;
  if (micros !== 0n) {
    const negative = micros < 0n;
    const absolute = negative ? -micros : micros;
    const sign = negative ? '-' : '';
    const hours = absolute / 3_600_000_000n;
    const minutes = (absolute / 60_000_000n) % 60n;
    const seconds = (absolute / 1_000_000n) % 60n;
    const fraction = (absolute % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '');
    text += 'T';
    if (hours !== 0n) text += `${sign}${hours}H`;
    if (minutes !== 0n) text += `${sign}${minutes}M`;
    if (seconds !== 0n || fraction !== '')
      text += `${sign}${seconds}${fraction === '' ? '' : `.${fraction}`}S`;
  }
  return text === 'P' ? 'P0Y' : text;
}
