import type s2js from 's2js';
import type { Place, Polygon } from './model.js';
import { s2 } from './s2.js';
import { isSame, type Vector } from './sphere.js';

type Loop = InstanceType<typeof s2js.s2.Loop>;

const loops = new WeakMap<readonly Place[], Loop>();

/** The ring for the library of S2, whose areas and centroids are those of the service. */
export function loopOf(ring: readonly Place[]): Loop {
  let loop = loops.get(ring);
  if (loop === undefined) {
    loop = new (s2().Loop)(ring.map(({ at }) => s2PointOf(at)));
    loops.set(ring, loop);
  }
  return loop;
}

export function s2PointOf([x, y, z]: Vector) {
  return new (s2().Point)(x, y, z);
}

/**
 * A polygon of rings as they were written, with the first place repeated at the end or not. Each ring is turned so
 * that it holds the smaller part of the sphere, unless `isOriented`, when what lies on its left is inside; holes are
 * turned the other way.
 */
export function polygonOf(rings: readonly (readonly Place[])[], isOriented = false): Polygon {
  return rings.map((given, index) => {
    const ring = openRing(given);
    if (ring.length < 3) throw new Error('a ring of a polygon needs three places or more');
    if (isOriented) return ring;
    const isSmall = loopOf(ring).area() <= 2 * Math.PI;
    return isSmall === (index === 0) ? ring : [...ring].reverse();
  });
}

function openRing(ring: readonly Place[]): readonly Place[] {
  const first = ring[0];
  const last = ring.at(-1);
  if (first === undefined || last === undefined) throw new Error('a ring of a polygon is empty');
  const open = ring.length > 1 && isSame(first.at, last.at) ? ring.slice(0, -1) : ring;
  return open.filter((place, index) => index === 0 || !isSame(place.at, open[index - 1]!.at));
}

/** Does the polygon hold the place, which is not on its boundary? */
export function holds(polygon: Polygon, at: Vector): boolean {
  return polygon.every((ring) => loopOf(ring).containsPoint(s2PointOf(at)));
}
