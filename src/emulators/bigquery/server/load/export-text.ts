import type { JsonValue, TableField } from '../../catalog/entries.js';
import { exactJsonText, parseExactJson } from '../http/exact-json.js';

/** A value as REST encodes it: text, null, `{f:[{v}]}` or `[{v}]`. */
export type WireValue = string | null | { f: WireCell[] } | WireCell[];
export interface WireCell {
  v: WireValue;
}

/** A row in CSV; nested and repeated columns have no form in it and must be refused before. */
export function csvLine(
  cells: readonly WireCell[],
  fields: readonly TableField[],
  delimiter: string,
): string {
  return `${cells.map((cell, index) => csvCell(cell.v as string | null, fields[index]!, delimiter)).join(delimiter)}\n`;
}

export function csvHeader(fields: readonly TableField[], delimiter: string): string {
  return `${fields.map(({ name }) => quoted(name, delimiter)).join(delimiter)}\n`;
}

function csvCell(value: string | null, field: TableField, delimiter: string): string {
  if (value === null) return '';
  const text = scalarText(value, field);
  // An empty string and NULL differ only by the quotes.
  return text === '' ? '""' : quoted(text, delimiter);
}

function quoted(text: string, delimiter: string): string {
  const special = text.includes(delimiter) || /["\r\n]/.test(text);
  return special ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A row as an object of newline-delimited JSON; NULLs are left out. */
export function jsonLine(cells: readonly WireCell[], fields: readonly TableField[]): string {
  return `${exactJsonText(recordObject(cells, fields))}\n`;
}

function recordObject(cells: readonly WireCell[], fields: readonly TableField[]): JsonValue {
  const object: Record<string, JsonValue> = {};
  fields.forEach((field, index) => {
    const value = cells[index]!.v;
    if (value === null) return;
    object[field.name] = Array.isArray(value)
      ? value.map((item) => jsonValue(item.v, field))
      : jsonValue(value, field);
  });
  return object;
}

function jsonValue(value: WireValue, field: TableField): JsonValue {
  if (value === null) return null;
  if (field.type === 'RECORD') return recordObject((value as { f: WireCell[] }).f, field.fields ?? []);
  const text = scalarText(value as string, field);
  switch (field.type) {
    case 'BOOLEAN':
      return text === 'true';
    case 'FLOAT':
      return /^-?\d/.test(text) ? Number(text) : text;
    case 'JSON':
      return parseExactJson(text) as JsonValue;
    default:
      // INT64 and NUMERIC are text too: JSON readers would cut their digits.
      return text;
  }
}

/** `2024-01-01T00:00:00Z` on the wire is `2024-01-01 00:00:00 UTC` in files. */
function scalarText(value: string, field: TableField): string {
  return field.type === 'TIMESTAMP' ? value.replace('T', ' ').replace(/Z$/, ' UTC') : value;
}
