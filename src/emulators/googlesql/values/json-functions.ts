import { floatText } from './float-text.js';
import { follow, type PathStep, parseJsonPath } from './json-path.js';
import {
  canonicalJson,
  type Json,
  JsonNumber,
  JsonObject,
  jsonText,
  parseJson,
  sortedObject,
  tryParseJson,
} from './json-value.js';

/** Where the document comes from: JSON-formatted STRING, whose JSON null reads as SQL NULL, or the JSON type. */
export type JsonSource = 'string' | 'json';

function find(document: string, path: string, legacy: boolean): Json | undefined {
  const parsedPath = parseJsonPath(path, legacy);
  const value = tryParseJson(document);
  return value === undefined ? undefined : follow(value, parsedPath);
}

/** JSON_QUERY and JSON_EXTRACT. */
export function jsonQuery(
  document: string,
  path: string,
  legacy: boolean,
  source: JsonSource,
): string | null {
  const found = find(document, path, legacy);
  if (found === undefined || (found === null && source === 'string')) return null;
  return jsonText(found);
}

function scalarText(value: Json | undefined): string | null {
  if (value === undefined || value === null || Array.isArray(value) || value instanceof JsonObject)
    return null;
  return typeof value === 'string' ? value : jsonText(value);
}

/** JSON_VALUE and JSON_EXTRACT_SCALAR. */
export function jsonScalar(document: string, path: string, legacy: boolean): string | null {
  return scalarText(find(document, path, legacy));
}

/** JSON_QUERY_ARRAY and JSON_EXTRACT_ARRAY. */
export function jsonQueryArray(document: string, path: string, legacy: boolean): string[] | null {
  const found = find(document, path, legacy);
  return Array.isArray(found) ? found.map(jsonText) : null;
}

/** JSON_VALUE_ARRAY and JSON_EXTRACT_STRING_ARRAY: NULL when an item is no scalar. */
export function jsonScalarArray(document: string, path: string, legacy: boolean): (string | null)[] | null {
  const found = find(document, path, legacy);
  if (!Array.isArray(found)) return null;
  if (found.some((item) => Array.isArray(item) || item instanceof JsonObject)) return null;
  return found.map(scalarText);
}

/** PARSE_JSON and JSON literals. */
export function parseJsonValue(text: string, wideNumberMode: string): string {
  if (wideNumberMode !== 'exact' && wideNumberMode !== 'round') {
    throw new Error(`Invalid \`wide_number_mode\` specified: ${wideNumberMode}`);
  }
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new Error(`Invalid input to PARSE_JSON: ${(error as Error).message}`);
  }
  try {
    return jsonText(canonicalJson(value, wideNumberMode === 'exact'));
  } catch (error) {
    throw new Error(`Invalid input to PARSE_JSON: ${(error as Error).message}`);
  }
}

export function jsonType(document: string): string {
  const value = parseJson(document);
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof JsonObject) return 'object';
  if (value instanceof JsonNumber) return 'number';
  return typeof value === 'string' ? 'string' : 'boolean';
}

const KEY_MODES: ReadonlySet<string> = new Set(['strict', 'lax', 'lax recursive', 'recursive lax']);

/** JSON_KEYS: the paths of the keys down to a depth, without repeats. */
export function jsonKeys(document: string, maxDepth: number, mode: string): string[] {
  if (maxDepth <= 0) throw new Error('max_depth must be positive.');
  if (!KEY_MODES.has(mode.toLowerCase())) throw new Error('Invalid JSON mode specified');
  const keys = new Set<string>();
  const lax = /lax/i.test(mode);
  const recursive = /recursive/i.test(mode);
  const visit = (value: Json, prefix: string, depth: number, inArray: boolean): void => {
    if (Array.isArray(value)) {
      if (!lax || (inArray && !recursive)) return;
      for (const item of value) visit(item, prefix, depth, true);
      return;
    }
    if (!(value instanceof JsonObject) || depth >= maxDepth) return;
    for (const [key, member] of value.members) {
      const name = /[.[\]"$*@\s]/.test(key) || key === '' ? JSON.stringify(key) : key;
      const path = prefix === '' ? name : `${prefix}.${name}`;
      keys.add(path);
      visit(member, path, depth + 1, false);
    }
  };
  visit(parseJson(document), '', 0, false);
  return [...keys].sort();
}

/** The member or item of a JSON value, as the subscript operator takes it. */
export function jsonSubscript(document: string, key: string | bigint): string | null {
  const value = parseJson(document);
  const found =
    typeof key === 'string'
      ? value instanceof JsonObject
        ? value.get(key)
        : undefined
      : Array.isArray(value)
        ? value[Number(key)]
        : undefined;
  return found === undefined ? null : jsonText(found);
}

// Mutators work on plain containers: objects become maps, so that an edit is in place.
type Mutable = null | boolean | string | JsonNumber | Mutable[] | Map<string, Mutable>;

function thaw(value: Json): Mutable {
  if (Array.isArray(value)) return value.map(thaw);
  if (value instanceof JsonObject) return new Map(value.members.map(([key, member]) => [key, thaw(member)]));
  return value;
}

function freeze(value: Mutable): Json {
  if (Array.isArray(value)) return value.map(freeze);
  if (value instanceof Map)
    return sortedObject(new Map([...value].map(([key, member]) => [key, freeze(member)])));
  return value;
}

function steps(path: string, name: string): PathStep[] {
  const parsed = parseJsonPath(path, false);
  if (parsed.lax !== 'no') throw new Error(`The JSONPath cannot include lax mode for ${name}`);
  return parsed.steps;
}

/** Puts a value at the end of a path, making what is missing on the way; leaves the document alone on a type clash. */
function setAt(root: Mutable, path: PathStep[], value: Mutable, createMissing: boolean): Mutable {
  const [step, ...rest] = path;
  if (!step) return value;
  if ('key' in step) {
    let object = root;
    if (object === null && createMissing) object = new Map();
    if (!(object instanceof Map)) return root;
    const child = object.get(step.key);
    if (child === undefined && !createMissing) return root;
    object.set(step.key, setAt(child ?? null, rest, value, createMissing));
    return object;
  }
  let array = root;
  if (array === null && createMissing) array = [];
  if (!Array.isArray(array)) return root;
  if (step.index >= array.length) {
    if (!createMissing) return root;
    while (array.length <= step.index) array.push(null);
  }
  array[step.index] = setAt(array[step.index] ?? null, rest, value, createMissing);
  return array;
}

/** Whether setting is possible at all: a clash deeper down must not leave half-made containers behind. */
function canSet(root: Mutable, path: PathStep[], createMissing: boolean): boolean {
  let current: Mutable | undefined = root;
  for (const step of path) {
    if (current === undefined || current === null) return createMissing;
    if ('key' in step) {
      if (!(current instanceof Map)) return false;
      if (!current.has(step.key) && !createMissing) return false;
      current = current.get(step.key);
    } else {
      if (!Array.isArray(current)) return false;
      if (step.index >= current.length && !createMissing) return false;
      current = current[step.index];
    }
  }
  return true;
}

/** A path and the JSON text of the value given with it; null for SQL NULL. */
export type PathValue = [path: string | null, value: string | null];

export function jsonSet(document: string, changes: PathValue[], createIfMissing: boolean): string | null {
  let root = thaw(parseJson(document));
  for (const [path, value] of changes) {
    if (path === null) return null;
    const parsed = steps(path, 'JSON_SET');
    if (canSet(root, parsed, createIfMissing))
      root = setAt(root, parsed, thaw(parseJson(value ?? 'null')), createIfMissing);
  }
  return jsonText(freeze(root));
}

export function jsonRemove(document: string, paths: (string | null)[]): string {
  const root = thaw(parseJson(document));
  for (const path of paths) {
    if (path === null) continue;
    const parsed = steps(path, 'JSON_REMOVE');
    const last = parsed.at(-1);
    if (!last) throw new Error("The JSONPath cannot be '$'");
    let parent: Mutable | undefined = root;
    for (const step of parsed.slice(0, -1)) {
      if ('key' in step) parent = parent instanceof Map ? parent.get(step.key) : undefined;
      else parent = Array.isArray(parent) ? parent[step.index] : undefined;
    }
    if ('key' in last && parent instanceof Map) parent.delete(last.key);
    else if ('index' in last && Array.isArray(parent) && last.index < parent.length)
      parent.splice(last.index, 1);
  }
  return jsonText(freeze(root));
}

function valueAt(root: Mutable, path: PathStep[]): Mutable | undefined {
  let current: Mutable | undefined = root;
  for (const step of path) {
    if ('key' in step) current = current instanceof Map ? current.get(step.key) : undefined;
    else current = Array.isArray(current) ? current[step.index] : undefined;
    if (current === undefined) return undefined;
  }
  return current;
}

/** A value that was a SQL array comes with `spread`: its items go in one by one. */
export type PathItem = [path: string | null, value: string | null, spread: boolean];

export function jsonArrayAppend(document: string, changes: PathItem[]): string | null {
  let root = thaw(parseJson(document));
  for (const [path, value, spread] of changes) {
    if (path === null) return null;
    const parsed = steps(path, 'JSON_ARRAY_APPEND');
    const items = itemsOf(value, spread);
    const target = valueAt(root, parsed);
    if (Array.isArray(target)) target.push(...items);
    else if (target === null) root = setAt(root, parsed, items, false);
  }
  return jsonText(freeze(root));
}

function itemsOf(value: string | null, spread: boolean): Mutable[] {
  const parsed = thaw(parseJson(value ?? 'null'));
  if (!spread) return [parsed];
  return Array.isArray(parsed) ? parsed : [];
}

export function jsonArrayInsert(document: string, changes: PathItem[]): string | null {
  let root = thaw(parseJson(document));
  for (const [path, value, spread] of changes) {
    if (path === null) return null;
    const parsed = steps(path, 'JSON_ARRAY_INSERT');
    const last = parsed.at(-1);
    if (!last || !('index' in last)) continue;
    const items = itemsOf(value, spread);
    const parentPath = parsed.slice(0, -1);
    let target = valueAt(root, parentPath);
    if (target === null) {
      target = [];
      root = setAt(root, parentPath, target, false);
    }
    if (!Array.isArray(target)) continue;
    while (target.length < last.index) target.push(null);
    target.splice(last.index, 0, ...items);
  }
  return jsonText(freeze(root));
}

export function jsonStripNulls(
  document: string,
  path: string,
  includeArrays: boolean,
  removeEmpty: boolean,
): string {
  const root = thaw(parseJson(document));
  const parsed = steps(path, 'JSON_STRIP_NULLS');
  const target = valueAt(root, parsed);
  if (target === undefined) return document;
  const stripped = strip(target, includeArrays, removeEmpty);
  return jsonText(freeze(setAt(root, parsed, stripped ?? null, false)));
}

/** undefined for what goes away. */
function strip(value: Mutable, includeArrays: boolean, removeEmpty: boolean): Mutable | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    const items: Mutable[] = [];
    for (const item of value) {
      const kept = strip(item, includeArrays, removeEmpty);
      if (kept !== undefined) items.push(kept);
      else if (!includeArrays) items.push(null);
    }
    return items.length === 0 && removeEmpty && includeArrays ? undefined : items;
  }
  if (value instanceof Map) {
    const members = new Map<string, Mutable>();
    for (const [key, member] of value) {
      const kept = strip(member, includeArrays, removeEmpty);
      if (kept !== undefined) members.set(key, kept);
    }
    return members.size === 0 && removeEmpty ? undefined : members;
  }
  return value;
}

/** Keys and JSON texts of their values. */
export function jsonObject(keys: (string | null)[] | null, values: (string | null)[] | null): string {
  const missing = keys === null ? 'keys' : values === null ? 'values' : undefined;
  if (keys === null || values === null) {
    throw new Error(`Invalid input to JSON_OBJECT: The ${missing} array cannot be NULL`);
  }
  if (keys.length !== values.length) {
    throw new Error(
      'The number of keys and values must match: the JSON key array and JSON value array have different sizes',
    );
  }
  const members = new Map<string, Json>();
  keys.forEach((key, index) => {
    if (key === null) throw new Error('JSON_OBJECT does not take NULL as a key: A key cannot be NULL');
    if (!members.has(key)) members.set(key, parseJson(values[index] ?? 'null'));
  });
  return jsonText(sortedObject(members));
}

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** A number as an integer when it has no fraction and fits 64 bits. */
function integerOf(text: string): bigint | undefined {
  let value: bigint;
  if (/^[+-]?\d+$/.test(text)) value = BigInt(text);
  else {
    const number = Number(text);
    if (!Number.isInteger(number)) return undefined;
    value = BigInt(number);
  }
  return value >= INT64_MIN && value <= INT64_MAX ? value : undefined;
}

/** INT64(json). */
export function jsonToInt64(document: string): bigint {
  const value = parseJson(document);
  if (value instanceof JsonNumber) {
    const integer = integerOf(value.text);
    if (integer === undefined)
      throw new Error(
        `The provided JSON number: ${value.text} cannot be converted to an int64 without loss of precision`,
      );
    return integer;
  }
  throw new Error('The provided JSON input is not an integer');
}

export function jsonToFloat64(document: string, wideNumberMode: string): number {
  if (wideNumberMode !== 'round' && wideNumberMode !== 'exact') {
    throw new Error(`Invalid \`wide_number_mode\` specified: ${wideNumberMode}`);
  }
  const value = parseJson(document);
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  if (!(value instanceof JsonNumber)) throw new Error('The provided JSON input is not a number');
  const number = Number(value.text);
  if (wideNumberMode === 'exact' && /^-?\d+$/.test(value.text) && BigInt(number) !== BigInt(value.text)) {
    throw new Error(
      `The provided JSON number: ${value.text} cannot be converted to a double without loss of precision`,
    );
  }
  return number;
}

export function jsonToBool(document: string): boolean {
  const value = parseJson(document);
  if (typeof value !== 'boolean') throw new Error('The provided JSON input is not a boolean');
  return value;
}

export function jsonToString(document: string): string {
  const value = parseJson(document);
  if (typeof value !== 'string') throw new Error('The provided JSON input is not a string');
  return value;
}

export function laxBool(document: string): boolean | null {
  const value = parseJson(document);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    const lower = value.toLowerCase();
    return lower === 'true' ? true : lower === 'false' ? false : null;
  }
  return value instanceof JsonNumber ? Number(value.text) !== 0 : null;
}

const NUMBER_TEXT = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

export function laxInt64(document: string): bigint | null {
  const value = parseJson(document);
  if (typeof value === 'boolean') return value ? 1n : 0n;
  const text =
    value instanceof JsonNumber
      ? value.text
      : typeof value === 'string' && NUMBER_TEXT.test(value)
        ? value.trim()
        : undefined;
  if (text === undefined) return null;
  if (/^[+-]?\d+$/.test(text)) {
    const integer = BigInt(text);
    return integer >= INT64_MIN && integer <= INT64_MAX ? integer : null;
  }
  const number = Number(text);
  const rounded = Math.sign(number) * Math.round(Math.abs(number));
  return Number.isFinite(rounded) && Math.abs(rounded) < 2 ** 63 ? BigInt(rounded) : null;
}

export function laxFloat64(document: string): number | null {
  const value = parseJson(document);
  if (value instanceof JsonNumber) return Number(value.text);
  if (typeof value !== 'string') return null;
  const lower = value.trim().toLowerCase();
  if (/^[+-]?(?:inf|infinity)$/.test(lower))
    return lower.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^[+-]?nan$/.test(lower)) return Number.NaN;
  return NUMBER_TEXT.test(value) ? Number(value) : null;
}

export function laxString(document: string): string | null {
  const value = parseJson(document);
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (!(value instanceof JsonNumber)) return null;
  return /^-?\d+$/.test(value.text) ? value.text : floatText(Number(value.text));
}

/** Items of what has to be a JSON array, for BOOL_ARRAY and its like. */
export function jsonArrayItems(document: string): string[] {
  const items = jsonItems(document);
  if (items === null) throw new Error('The provided JSON input is not an array');
  return items;
}

/** Items of a JSON array, for LAX_BOOL_ARRAY and its like. */
export function jsonItems(document: string): string[] | null {
  const value = parseJson(document);
  return Array.isArray(value) ? value.map(jsonText) : null;
}
