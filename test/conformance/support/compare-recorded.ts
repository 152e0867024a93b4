import { isDeepStrictEqual } from 'node:util';
import type { SchemaField } from './cases.js';
import type { WireResult, WireValue } from './emulator.js';

/** Rows from the wire in the form the recordings have: what Python's client prints. */
export function printedRows(result: WireResult): Record<string, unknown>[] {
  return result.rows.map((row) => printRecord(row, result.schema));
}

function printRecord(row: { f: { v: WireValue }[] }, fields: SchemaField[]): Record<string, unknown> {
  return Object.fromEntries(fields.map((field, index) => [field.name, printField(row.f[index]!.v, field)]));
}

function printField(value: WireValue, field: SchemaField): unknown {
  if (field.mode !== 'REPEATED') return printValue(value, field);
  if (!Array.isArray(value)) return value;
  return value.map((item) => printValue(item.v, field));
}

function printValue(value: WireValue, field: SchemaField): unknown {
  if (value === null) return null;
  if (typeof value !== 'string') {
    if ('f' in value) return printRecord(value, field.fields ?? []);
    throw new Error(`an array where ${field.name} is ${field.type}`);
  }
  switch (field.type) {
    case 'INTEGER':
      return Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(value);
    case 'FLOAT':
      return Number(value);
    case 'BOOLEAN':
      return value === 'true';
    case 'TIMESTAMP':
      return timestampText(value);
    case 'RANGE':
      return rangeOf(value, field.rangeElementType?.type ?? 'DATE');
    case 'TIME':
    case 'DATETIME':
      return value.replace(/(\.\d+?)0*$/, '$1').replace(/\.$/, '');
    default:
      return value;
  }
}

/** `[start, end)` as an object; an end that is unbounded is null. */
function rangeOf(text: string, type: string): unknown {
  const [start, end] = text.slice(1, -1).split(', ');
  const bound = (part: string | undefined) =>
    part === undefined || part === 'UNBOUNDED'
      ? null
      : printValue(part, { name: '', type, mode: 'NULLABLE' });
  return { start: bound(start), end: bound(end) };
}

/** Microseconds since the epoch, as Python's `isoformat` shows them. */
function timestampText(micros: string): string {
  const total = BigInt(micros);
  const fraction = ((total % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = (total - fraction) / 1_000_000n;
  const iso = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${iso}${fraction === 0n ? '' : `.${String(fraction).padStart(6, '0')}`}+00:00`;
}

/** Why two results differ, or undefined. */
export function difference(
  actual: Record<string, unknown>[],
  expected: Record<string, unknown>[],
  schema: SchemaField[],
  ordered: boolean,
): string | undefined {
  if (actual.length !== expected.length) {
    return `${actual.length} rows instead of ${expected.length}: ${show(actual)} instead of ${show(expected)}`;
  }
  const left = ordered ? actual : sorted(actual);
  const right = ordered ? expected : sorted(expected);
  for (const [index, row] of right.entries()) {
    for (const field of schema) {
      const [is, should] = [left[index]![field.name], row[field.name]];
      if (!same(is, should, field)) {
        return `row ${index}, ${field.name}: ${show(is)} instead of ${show(should)}`;
      }
    }
  }
  return undefined;
}

function same(actual: unknown, expected: unknown, field: SchemaField): boolean {
  if (field.mode === 'REPEATED' && Array.isArray(actual) && Array.isArray(expected)) {
    const element = { ...field, mode: 'NULLABLE' };
    return (
      actual.length === expected.length && actual.every((item, index) => same(item, expected[index], element))
    );
  }
  if (isDeepStrictEqual(actual, expected)) return true;
  if (actual === null || expected === null || actual === undefined || expected === undefined) return false;
  if (field.type === 'FLOAT') return sameFloat(Number(actual), Number(expected));
  // The recordings are JSON, where INT64 beyond 2^53 lost its last digits.
  if (field.type === 'INTEGER') return Number(actual) === Number(expected);
  if (field.type === 'NUMERIC' || field.type === 'BIGNUMERIC') {
    return plainDecimal(String(actual)) === plainDecimal(String(expected));
  }
  if (field.type === 'TIMESTAMP') return plainTimestamp(String(actual)) === plainTimestamp(String(expected));
  if (field.type === 'JSON') return isDeepStrictEqual(json(actual), json(expected));
  if (field.type === 'RECORD') {
    const [left, right] = [actual as Record<string, unknown>, expected as Record<string, unknown>];
    return (field.fields ?? []).every((inner) => same(left[inner.name], right[inner.name], inner));
  }
  return false;
}

function sameFloat(actual: number, expected: number): boolean {
  if (Number.isNaN(actual) || Number.isNaN(expected)) return Number.isNaN(actual) && Number.isNaN(expected);
  if (actual === expected) return true;
  return Math.abs(actual - expected) <= 1e-12 * Math.max(Math.abs(actual), Math.abs(expected));
}

function plainDecimal(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function plainTimestamp(text: string): string {
  return text.replace(' ', 'T');
}

function json(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : value;
}

function sorted(rows: Record<string, unknown>[]): Record<string, unknown>[] {
  return [...rows].sort((left, right) => (show(left) < show(right) ? -1 : 1));
}

function show(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? 'undefined'
  );
}
