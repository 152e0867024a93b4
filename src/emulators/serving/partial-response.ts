/** Members of a JSON answer to keep, each with what to keep below it; undefined keeps all of it. */
export type FieldMask = Map<string, FieldMask | undefined>;

/**
 * Parses the query parameter `fields` of Google's APIs: `a,b/c,items(id,tags/*)`.
 * Undefined for text that is no mask.
 */
export function parseFieldMask(text: string): FieldMask | undefined {
  const tokens = text.match(/[^,/()\s]+|[,/()]/g) ?? [];
  let at = 0;

  function list(): FieldMask | undefined {
    const mask: FieldMask = new Map();
    do {
      if (!path(mask)) return undefined;
    } while (tokens[at] === ',' && ++at);
    return mask;
  }

  function path(into: FieldMask): boolean {
    const name = tokens[at++];
    if (name === undefined || /^[,/()]$/.test(name)) return false;
    if (tokens[at] === '/') {
      at++;
      const below: FieldMask = new Map();
      if (!path(below)) return false;
      merge(into, name, below);
      return true;
    }
    if (tokens[at] !== '(') {
      merge(into, name, undefined);
      return true;
    }
    at++;
    const below = list();
    if (below === undefined || tokens[at++] !== ')') return false;
    merge(into, name, below);
    return true;
  }

  const mask = list();
  return at === tokens.length ? mask : undefined;
}

/** `a/b,a/c` keeps both, `a,a/b` all of `a`. */
function merge(into: FieldMask, name: string, below: FieldMask | undefined): void {
  const known = into.get(name);
  if (below === undefined || (into.has(name) && known === undefined)) into.set(name, undefined);
  else if (known === undefined) into.set(name, below);
  else for (const [key, value] of below) merge(known, key, value);
}

/** The parts of a JSON value that a mask keeps; in lists it goes for each item. */
export function applyFieldMask(value: unknown, mask: FieldMask | undefined): unknown {
  if (mask === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => applyFieldMask(item, mask));
  const kept: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (mask.has(key)) kept[key] = applyFieldMask(member, mask.get(key));
    else if (mask.has('*')) kept[key] = applyFieldMask(member, mask.get('*'));
  }
  return kept;
}
