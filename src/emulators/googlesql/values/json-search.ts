import { type Json, JsonObject, jsonText, parseJson } from './json-value.js';
import { foldForSearch } from './text.js';

/** CONTAINS_SUBSTR over JSON: in the values, the keys or both. */
export function jsonContains(document: string, needle: string, scope: string): boolean {
  const wanted = foldForSearch(needle);
  const inKeys = scope !== 'JSON_VALUES';
  const inValues = scope !== 'JSON_KEYS';
  if (scope !== 'JSON_VALUES' && scope !== 'JSON_KEYS' && scope !== 'JSON_KEYS_AND_VALUES') {
    throw new Error(`Invalid json_scope: ${scope}`);
  }
  const has = (text: string): boolean => foldForSearch(text).includes(wanted);
  const search = (value: Json): boolean => {
    if (Array.isArray(value)) return value.some(search);
    if (value instanceof JsonObject) {
      return value.members.some(([key, member]) => (inKeys && has(key)) || search(member));
    }
    if (!inValues || value === null) return false;
    return has(typeof value === 'string' ? value : jsonText(value));
  };
  return search(parseJson(document));
}
