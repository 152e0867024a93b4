import { type Json, JsonObject } from './json-value.js';

export type PathStep = { key: string } | { index: number };

export interface JsonPath {
  steps: PathStep[];
  /** `lax` paths look through arrays, `lax recursive` through arrays of arrays. */
  lax: 'no' | 'once' | 'recursive';
}

const cache = new Map<string, JsonPath>();
const CACHE_LIMIT = 1000;

/**
 * @param legacy the JSON_EXTRACT family, which quotes with `['a.b']` where the rest writes `."a.b"`
 * @throws Error with BigQuery's wording
 */
export function parseJsonPath(text: string, legacy: boolean): JsonPath {
  const cacheKey = (legacy ? 'l' : 's') + text;
  const known = cache.get(cacheKey);
  if (known) return known;
  const path = parse(text, legacy);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(cacheKey, path);
  return path;
}

function parse(text: string, legacy: boolean): JsonPath {
  let rest = text;
  let lax: JsonPath['lax'] = 'no';
  const mode = /^\s*(lax(?:\s+recursive)?|recursive\s+lax)\s+/i.exec(text);
  if (mode && !legacy) {
    lax = /recursive/i.test(mode[1] as string) ? 'recursive' : 'once';
    rest = text.slice(mode[0].length);
  }
  if (!rest.startsWith('$')) throw new Error("JSONPath must start with '$'");
  rest = rest.slice(1);
  const steps: PathStep[] = [];
  while (rest.length > 0) {
    const token = nextStep(rest, legacy);
    if (!token) {
      const unsupported = /^(\.\.|\.?\*|\[\*\]|@)/.exec(rest);
      if (unsupported) throw new Error(`Unsupported operator in JSONPath: ${unsupported[1]}`);
      throw new Error(`Invalid token in JSONPath at: ${rest}`);
    }
    steps.push(token.step);
    rest = rest.slice(token.length);
  }
  return { steps, lax };
}

function nextStep(rest: string, legacy: boolean): { step: PathStep; length: number } | undefined {
  const index = /^\[\s*(\d+)\s*\]/.exec(rest);
  if (index) return { step: { index: Number(index[1]) }, length: index[0].length };
  const quoted = legacy ? /^\[\s*(['"])((?:\\.|(?!\1).)*)\1\s*\]/s.exec(rest) : null;
  if (quoted)
    return { step: { key: (quoted[2] as string).replace(/\\(.)/gs, '$1') }, length: quoted[0].length };
  const dotted = legacy ? null : /^\.\s*"((?:\\.|[^"\\])*)"/s.exec(rest);
  if (dotted)
    return { step: { key: (dotted[1] as string).replace(/\\(.)/gs, '$1') }, length: dotted[0].length };
  const bare = legacy ? /^\[\s*([\p{L}\p{N}_-]+)\s*\]/u.exec(rest) : null;
  if (bare) return { step: { key: bare[1] as string }, length: bare[0].length };
  const member = /^\.\s*([^.[\]*"'\s][^.[\]*]*)/u.exec(rest);
  if (member) return { step: { key: (member[1] as string).trimEnd() }, length: member[0].length };
  return undefined;
}

/** The value a path leads to; undefined when there is none. */
export function follow(value: Json, path: JsonPath): Json | undefined {
  if (path.lax !== 'no') {
    const found = followLax([value], path.steps, path.lax === 'recursive');
    return found;
  }
  let current: Json | undefined = value;
  for (const step of path.steps) {
    if ('index' in step) current = Array.isArray(current) ? current[step.index] : undefined;
    else current = current instanceof JsonObject ? current.get(step.key) : undefined;
    if (current === undefined) return undefined;
  }
  return current;
}

/** In lax mode the matches are gathered in an array. */
function followLax(values: Json[], steps: PathStep[], recursive: boolean): Json {
  let current = values;
  for (const step of steps) {
    const next: Json[] = [];
    for (const value of current) {
      if ('index' in step) {
        if (Array.isArray(value)) {
          const item = value[step.index];
          if (item !== undefined) next.push(item);
        } else if (step.index === 0) next.push(value);
        continue;
      }
      for (const item of openArray(value, recursive)) {
        if (!(item instanceof JsonObject)) continue;
        const member = item.get(step.key);
        if (member !== undefined) next.push(member);
      }
    }
    current = next;
  }
  return current;
}

function openArray(value: Json, recursive: boolean): Json[] {
  if (!Array.isArray(value)) return [value];
  return recursive ? value.flatMap((item) => openArray(item, true)) : value;
}
