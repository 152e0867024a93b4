import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Snapshot } from './page.js';

/** What a browser is told of a view that has changed. */
export interface Update {
  /** HTML of the parts that are new or show something else, by id. */
  parts: Record<string, string>;
  /** The rows of the list in their order, when it is another. Whoever is not in it leaves the page. */
  order?: readonly string[];
}

/** What a browser shows: keys of the parts by id, and the order of the rows. */
export interface Shown {
  keys: ReadonlyMap<string, string>;
  order: readonly string[];
}

export function shownBy({ parts, order = [] }: Snapshot): Shown {
  return { keys: new Map(parts.map(({ id, key }) => [id, key])), order };
}

/** What changes a browser that shows `before` to a snapshot; undefined when nothing has. Without `before` it is everything. */
export function updateOf(before: Shown | undefined, snapshot: Snapshot): Update | undefined {
  const changed = snapshot.parts.filter(({ id, key }) => before?.keys.get(id) !== key);
  const order = snapshot.order ?? [];
  const moved = before === undefined || !isSameOrder(before.order, order);
  if (changed.length === 0 && !moved) return undefined;
  return {
    parts: Object.fromEntries(changed.map(({ id, draw }) => [id, htmlOf(draw())])),
    ...(moved && snapshot.order !== undefined && { order }),
  };
}

export function htmlOf(node: VNode): string {
  return renderToString(node);
}

function isSameOrder(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}
