import type { SchemaField } from './cases.js';
import type { WireResult, WireValue } from './emulator.js';

/**
 * The reference prints results for people: with quotes or without, floats shortened, struct fields named or not. So
 * both sides are broken into tokens, and the tokens are compared: numbers by value, words by letters.
 */
export function samePrinted(actual: string, expected: string): boolean {
  if (actual === expected) return true;
  // On the wire a NULL array is an empty one.
  if (actual === '[]' && expected === 'NULL') return true;
  // Clock times alone stand for timestamps in some examples.
  if (/^\d\d:\d\d:\d\d$/.test(expected) && actual.includes(` ${expected}`)) return true;
  const [left, right] = [tokens(actual), tokens(expected)];
  return left.length === right.length && left.every((token, index) => sameToken(token, right[index]!));
}

const tokenPattern = /-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[\p{L}\p{M}_]+|[^\s"'`,:;{}[\]()]/gu;

function tokens(text: string): string[] {
  return plain(text).match(tokenPattern) ?? [];
}

/** Without escapes, prefixes of literals and names of range types. */
function plain(text: string): string {
  return text
    .replace(/\b(?:DATE|DATETIME|TIMESTAMP) (?=['"])/g, '')
    .replace(/\bb(?=["'])/g, '')
    .replace(/\\x([0-9a-fA-F]{2})|\\([0-3][0-7]{2})|\\([abfnrtv])/g, (_, hex, octal, letter) => {
      if (letter) return ` <${'abtnvfr'.indexOf(letter) + 7}> `;
      const code = hex ? Number.parseInt(hex, 16) : Number.parseInt(octal, 8);
      return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : ` <${code}> `;
    });
}

function sameToken(actual: string, expected: string): boolean {
  if (actual.toLowerCase() === expected.toLowerCase()) return true;
  const [left, right] = [Number(actual), Number(expected)];
  if (Number.isNaN(left) || Number.isNaN(right)) return false;
  const digits = expected.replace(/[eE].*/, '').replace(/\D/g, '').length;
  // As many digits as the reference prints, no less than three.
  const tolerance = Math.max(10 ** -Math.max(digits - 1, 3), 1e-12);
  return Math.abs(left - right) <= tolerance * Math.max(Math.abs(right), 1e-300);
}

/** How the reference shows the fields of a struct; it does all three. */
export type StructStyle = 'values' | 'names after' | 'names before';

/** A row as the reference would print it, cell by cell. */
export function printRow(
  row: WireResult['rows'][number],
  fields: SchemaField[],
  style: StructStyle,
): string[] {
  return fields.map((field, index) => printCell(row.f[index]!.v, field, style));
}

function printCell(value: WireValue, field: SchemaField, style: StructStyle): string {
  if (field.mode === 'REPEATED' && Array.isArray(value)) {
    return `[${value.map((item) => printValue(item.v, field, style)).join(', ')}]`;
  }
  return printValue(value, field, style);
}

function printValue(value: WireValue, field: SchemaField, style: StructStyle): string {
  if (value === null) return 'NULL';
  if (typeof value !== 'string') {
    if (!('f' in value)) throw new Error(`an array where ${field.name} is ${field.type}`);
    const fields = field.fields ?? [];
    const cells = printRow(value, fields, style).map((cell, index) => {
      const { name } = fields[index]!;
      if (style === 'values') return cell;
      return style === 'names after' ? `${cell} ${name}` : `${name}: ${cell}`;
    });
    return `{${cells.join(', ')}}`;
  }
  if (field.type === 'TIMESTAMP') return printTimestamp(value);
  if (field.type === 'RANGE') return value.replace(/\b\d{12,}\b/g, (micros) => printTimestamp(micros));
  if (field.type === 'DATETIME') return value.replace('T', ' ').replace(/\.0+$/, '');
  if (field.type === 'BYTES') return printBytes(value);
  return value;
}

function printTimestamp(micros: string): string {
  const iso = new Date(Number(BigInt(micros) / 1000n)).toISOString();
  const fraction = ((BigInt(micros) % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const text = fraction === 0n ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${text}+00`;
}

/** Bytes as a literal without quotes: printable ASCII as it is, the rest escaped. */
function printBytes(base64: string): string {
  return [...Buffer.from(base64, 'base64')]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
}
