import type { JsonObject, JsonValue } from '../catalog/entries.js';
import type { Cell } from './sql-text.js';

/** JSON has no NaN; REST writes it as text. */
export function jsonOf(value: Cell): JsonValue {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return value === null || typeof value === 'boolean' || typeof value === 'string' ? value : String(value);
}

/** An object without the fields that are undefined. */
export function defined(fields: Record<string, JsonValue | undefined>): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) result[key] = value;
  return result;
}
