import {
  dimensionOf,
  type Edge,
  EMPTY,
  edgesOf,
  edgesOfLine,
  edgesOfRing,
  type Geography,
  isEmpty,
  ofPoints,
  type Place,
  placeOf,
  placesOf,
} from './model.js';
import { holds, loopOf } from './polygon.js';
import { intersects } from './predicates.js';
import {
  add,
  angleBetween,
  arcLength,
  cross,
  dot,
  EARTH_RADIUS_METERS,
  nearestOnEdge,
  norm,
  normalOf,
  ROUNDING,
  scale,
  subtract,
  toDegrees,
  unit,
  type Vector,
} from './sphere.js';

/** Square metres of the polygons; a hole's loop, which holds all but the hole, counts as what it lacks. */
export function area({ polygons }: Geography): number {
  let sum = 0;
  for (const polygon of polygons) {
    for (const [index, ring] of polygon.entries()) {
      const size = loopOf(ring).area();
      sum += index === 0 ? size : size - 4 * Math.PI;
    }
  }
  return sum * EARTH_RADIUS_METERS ** 2;
}

/** Metres of the lines. */
export function length({ lines }: Geography): number {
  return metersOf(lines.flatMap(edgesOfLine));
}

/** Metres of the rings of the polygons. */
export function perimeter({ polygons }: Geography): number {
  return metersOf(polygons.flatMap((polygon) => polygon.flatMap(edgesOfRing)));
}

function metersOf(edges: readonly Edge[]): number {
  return edges.reduce((sum, [from, to]) => sum + arcLength(from.at, to.at), 0) * EARTH_RADIUS_METERS;
}

/** Fewest metres between two places of them; null when one is empty. */
export function distance(left: Geography, right: Geography): number | null {
  if (isEmpty(left) || isEmpty(right)) return null;
  if (intersects(left, right)) return 0;
  const [from, to] = closest(left, right)!;
  return angleBetween(from, to) * EARTH_RADIUS_METERS;
}

/** Most metres between two vertices of them; null when one is empty. */
export function maxDistance(left: Geography, right: Geography): number | null {
  if (isEmpty(left) || isEmpty(right)) return null;
  let most = 0;
  for (const from of placesOf(left)) {
    for (const to of placesOf(right)) most = Math.max(most, angleBetween(from.at, to.at));
  }
  return most * EARTH_RADIUS_METERS;
}

/** The place of `left` that is nearest to `right`, as a point; empty when one of them is. */
export function closestPoint(left: Geography, right: Geography): Geography {
  for (const place of placesOf(right)) {
    if (left.polygons.some((polygon) => holds(polygon, place.at))) return ofPoints([place]);
  }
  const found = closest(left, right);
  return found === undefined ? EMPTY : ofPoints([placeOf(found[0])]);
}

function closest(left: Geography, right: Geography): [Vector, Vector] | undefined {
  let best: [Vector, Vector] | undefined;
  let least = Number.POSITIVE_INFINITY;
  const offer = (from: Vector, to: Vector): void => {
    const chord = norm(subtract(from, to));
    if (chord >= least) return;
    least = chord;
    best = [from, to];
  };
  const [leftPlaces, rightPlaces] = [placesOf(left), placesOf(right)];
  for (const from of leftPlaces) {
    for (const to of rightPlaces) offer(from.at, to.at);
    for (const [start, end] of edgesOf(right)) offer(from.at, nearestOnEdge(from.at, start.at, end.at));
  }
  for (const to of rightPlaces) {
    for (const [start, end] of edgesOf(left)) offer(nearestOnEdge(to.at, start.at, end.at), to.at);
  }
  return best;
}

/** The centre of mass of the elements of most dimensions. */
export function centroid(geography: Geography): Geography {
  let sum: Vector = [0, 0, 0];
  switch (dimensionOf(geography)) {
    case -1:
      return EMPTY;
    case 0:
      for (const { at } of geography.points) sum = add(sum, at);
      break;
    case 1:
      // Of an arc: along its middle, as long as the chord.
      for (const [from, to] of geography.lines.flatMap(edgesOfLine)) {
        const middle = add(from.at, to.at);
        const chord = norm(subtract(from.at, to.at));
        const cosine = norm(middle);
        if (cosine > 0) sum = add(sum, scale(middle, chord / cosine));
      }
      break;
    default:
      for (const ring of geography.polygons.flat()) {
        const { x, y, z } = loopOf(ring).centroid();
        sum = add(sum, [x, y, z]);
      }
  }
  return norm(sum) === 0 ? EMPTY : ofPoints([placeOf(unit(sum))]);
}

/** Radians from north, clockwise; null between the same places. */
export function azimuth(from: Place, to: Place): number | null {
  const north: Vector = [0, 0, 1];
  const east = unit(cross(north, from.at));
  const up = cross(from.at, east);
  const direction = subtract(to.at, from.at);
  const [x, y] = [dot(direction, east), dot(direction, up)];
  if (x === 0 && y === 0) return null;
  const angle = Math.atan2(x, y);
  return angle < 0 ? angle + 2 * Math.PI : angle;
}

/** Radians from the line `middle`–`from` to the line `middle`–`to`, clockwise; null where one of them has no direction. */
export function angle(from: Place, middle: Place, to: Place): number | null {
  const isOpposite = [from, to].some(({ at }) => norm(add(at, middle.at)) < ROUNDING);
  const [first, second] = [azimuth(middle, from), azimuth(middle, to)];
  if (isOpposite || first === null || second === null) return null;
  const turned = second - first;
  return turned < 0 ? turned + 2 * Math.PI : turned;
}

/**
 * Most metres from a vertex of one to the nearest vertex of the other; from the first to the second alone where it is
 * `directed`. Null when one is empty.
 */
export function hausdorffDistance(left: Geography, right: Geography, directed: boolean): number | null {
  const [from, to] = [placesOf(left), placesOf(right)];
  if (from.length === 0 || to.length === 0) return null;
  const nearest = (place: Place, others: readonly Place[]) =>
    Math.min(...others.map((other) => angleBetween(place.at, other.at)));
  const one = Math.max(...from.map((place) => nearest(place, to)));
  const other = directed ? 0 : Math.max(...to.map((place) => nearest(place, from)));
  return Math.max(one, other) * EARTH_RADIUS_METERS;
}

export interface Box {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** The degrees between which it lies; `east` is beyond 180 where it crosses the antimeridian. */
export function boundsOf(geography: Geography): Box | null {
  const places = placesOf(geography);
  if (places.length === 0) return null;
  const latitudes = places.map(({ lat }) => lat);
  for (const edge of edgesOf(geography)) latitudes.push(...turningLatitudes(edge));
  const [west, east] = longitudes(places.map(({ lng }) => lng));
  return { west, east, south: Math.min(...latitudes), north: Math.max(...latitudes) };
}

/** The latitude of the northernmost and southernmost places inside of an edge. */
function turningLatitudes([from, to]: Edge): number[] {
  const normal = unit(normalOf(from.at, to.at));
  const top = unit(subtract([0, 0, 1], scale(normal, normal[2])));
  return [top, scale(top, -1)]
    .filter((at) => dot(cross(normal, from.at), at) > 0 && dot(cross(to.at, normal), at) > 0)
    .map((at) => toDegrees(at)[1]);
}

/** The smallest range that holds all: it leaves out the widest gap. */
function longitudes(values: readonly number[]): [west: number, east: number] {
  const sorted = [...values].sort((left, right) => left - right);
  let widest = sorted[0]! + 360 - sorted.at(-1)!;
  let start = 0;
  for (let index = 1; index < sorted.length; index++) {
    const gap = sorted[index]! - sorted[index - 1]!;
    if (gap <= widest) continue;
    widest = gap;
    start = index;
  }
  return start === 0 ? [sorted[0]!, sorted.at(-1)!] : [sorted[start]!, sorted[start - 1]! + 360];
}
