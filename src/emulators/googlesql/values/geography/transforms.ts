import {
  collect,
  dimensionOf,
  EMPTY,
  edgesOfLine,
  elementsOf,
  type Geography,
  isEmpty,
  kindOf,
  ofLine,
  ofPoints,
  type Place,
  type Polygon,
  placeAt,
  placeOf,
  placesOf,
} from './model.js';
import { overlay } from './overlay.js';
import { polygonOf } from './polygon.js';
import { covers, intersects } from './predicates.js';
import {
  add,
  angleBetween,
  arcLength,
  cross,
  dot,
  EARTH_RADIUS_METERS,
  interpolate,
  isSame,
  nearestOnEdge,
  norm,
  scale,
  sideOf,
  subtract,
  unit,
  type Vector,
} from './sphere.js';

export function boundary({ lines, polygons }: Geography): Geography {
  const ends = lines.flatMap((line) => {
    const [first, last] = [line[0]!, line.at(-1)!];
    return isSame(first.at, last.at) ? [] : [first, last];
  });
  return collect([ofPoints(ends), { ...EMPTY, lines: polygons.flat().map(ringLine) }]);
}

/** A ring as a line that ends where it begins. */
export function ringLine(ring: readonly Place[]): Place[] {
  return [...ring, ring[0]!];
}

export function union(left: Geography, right: Geography): Geography {
  if (isEmpty(left)) return right;
  if (isEmpty(right) || covers(left, right)) return left;
  if (covers(right, left)) return right;
  const others = elementsOf(right).filter((element) => !covers(left, element));
  const kept = elementsOf(left).filter((element) => !covers(right, element));
  const rest = collect(others);
  for (const element of kept) {
    const isApart = dimensionOf(element) === 0 || !intersects(element, rest);
    const isPoints = others.every((other) => dimensionOf(other) === 0);
    if (!isApart && !isPoints) return overlay(left, right, 'union');
  }
  const all = collect([...kept, ...others]);
  return { ...all, points: ofPoints(all.points).points };
}

export function intersection(left: Geography, right: Geography): Geography {
  if (isEmpty(left) || isEmpty(right) || !intersects(left, right)) return EMPTY;
  if (covers(left, right)) return right;
  if (covers(right, left)) return left;
  return overlay(left, right, 'intersection');
}

export function difference(left: Geography, right: Geography): Geography {
  if (isEmpty(left) || isEmpty(right) || !intersects(left, right)) return left;
  return covers(right, left) ? EMPTY : overlay(left, right, 'difference');
}

/** What is not built. */
export class NotBuilt extends Error {
  constructor(name: string) {
    super(`${name} is not supported by the BigQuery emulator`);
  }
}

/** The smallest polygon with convex angles that holds all: a line or a point where that has no area. */
export function convexHull(geography: Geography): Geography {
  const { points } = ofPoints(placesOf(geography));
  if (points.length < 3) return ofLine(points);
  const centre = unit(points.reduce<Vector>((sum, { at }) => add(sum, at), [0, 0, 0]));
  if (points.some(({ at }) => dot(at, centre) <= 0))
    throw new NotBuilt('ST_CONVEXHULL over half of the sphere');
  // Seen from the centre of the sphere arcs are straight, and so the hull is that of the plane.
  const east = unit(cross(Math.abs(centre[2]) > 0.9 ? [1, 0, 0] : [0, 0, 1], centre));
  const up = cross(centre, east);
  const flat = points
    .map((place) => ({
      place,
      x: dot(place.at, east) / dot(place.at, centre),
      y: dot(place.at, up) / dot(place.at, centre),
    }))
    .sort((a, b) => a.x - b.x || a.y - b.y);
  const half = (list: typeof flat) => {
    const kept: typeof flat = [];
    for (const next of list) {
      while (kept.length > 1 && sideOf(kept.at(-2)!.place.at, kept.at(-1)!.place.at, next.place.at) <= 0)
        kept.pop();
      kept.push(next);
    }
    return kept.slice(0, -1);
  };
  const ring = [...half(flat), ...half([...flat].reverse())].map(({ place }) => place);
  return ring.length < 3
    ? ofLine([flat[0]!.place, flat.at(-1)!.place])
    : { ...EMPTY, polygons: [polygonOf([ring])] };
}

/** Leaves out places that lie within `meters` of the line without them (Douglas and Peucker). */
export function simplify({ points, lines, polygons }: Geography, meters: number): Geography {
  const tolerance = meters / EARTH_RADIUS_METERS;
  const rings = (polygon: Polygon) =>
    polygon.map((ring) => reduced(ringLine(ring), tolerance).slice(0, -1)).filter((ring) => ring.length > 2);
  return {
    points,
    lines: lines.map((line) => reduced(line, tolerance)),
    polygons: polygons.map(rings).filter((polygon) => polygon.length > 0),
  };
}

function reduced(line: readonly Place[], tolerance: number): Place[] {
  const [first, last] = [line[0]!, line.at(-1)!];
  let farthest = 0;
  let place = 0;
  for (const [index, { at }] of line.slice(1, -1).entries()) {
    const away = angleBetween(at, nearestOnEdge(at, first.at, last.at));
    if (away > farthest) [farthest, place] = [away, index + 1];
  }
  if (farthest <= tolerance) return [first, last];
  return [
    ...reduced(line.slice(0, place + 1), tolerance).slice(0, -1),
    ...reduced(line.slice(place), tolerance),
  ];
}

/** Moves all vertices to multiples of `degrees`, and drops what falls together. */
export function snapToGrid({ points, lines, polygons }: Geography, degrees: number): Geography {
  const perDegree = 1 / degrees;
  const snapped = (value: number) => Math.round(value * perDegree) / perDegree;
  const moved = ({ lng, lat }: Place) => placeAt(snapped(lng), snapped(lat));
  const rings = (polygon: Polygon) =>
    polygon.map((ring) => ofLine(ring.map(moved)).lines[0] ?? []).filter((ring) => ring.length > 2);
  return collect([
    ofPoints(points.map(moved)),
    ...lines.map((line) => ofLine(line.map(moved))),
    ...polygons
      .map(rings)
      .filter((polygon) => polygon.length > 0)
      .map((polygon): Geography => ({ ...EMPTY, polygons: [polygonOf(polygon, true)] })),
  ]);
}

/** A polygon around a point, whose vertices are `meters` away from it. */
export function bufferOfPoint({ at }: Place, meters: number, vertices: number): Geography {
  const radius = meters / EARTH_RADIUS_METERS;
  const start = orthogonal(at);
  const side = cross(at, start);
  const ring = Array.from({ length: vertices }, (_, index) => {
    const angle = (2 * Math.PI * index) / vertices;
    const direction = add(scale(start, Math.cos(angle)), scale(side, Math.sin(angle)));
    return placeOf(unit(add(scale(at, Math.cos(radius)), scale(direction, Math.sin(radius)))));
  });
  return { ...EMPTY, polygons: [ring.length < 3 ? [] : [ring]] };
}

/** The direction in which S2 begins to go round a point. */
function orthogonal(at: Vector): Vector {
  const sizes = at.map(Math.abs);
  const largest = sizes.indexOf(Math.max(...sizes));
  const other: [number, number, number] = [0.012, 0.0053, 0.00457];
  other[(largest + 2) % 3] = 1;
  return unit(cross(at, other));
}

/** The part of the line's length, from 0 to 1, after which it is nearest to the point. */
export function locate(line: readonly Place[], point: Place): number {
  let [nearest, before, found, total] = [Number.POSITIVE_INFINITY, 0, 0, 0];
  for (const [from, to] of edgesOfLine(line)) {
    const foot = nearestOnEdge(point.at, from.at, to.at);
    const away = norm(subtract(foot, point.at));
    if (away < nearest) [nearest, found] = [away, before + arcLength(from.at, foot)];
    before += arcLength(from.at, to.at);
    total = before;
  }
  return total === 0 ? 0 : found / total;
}

/** The place after a part of the line's length. */
export function along(line: readonly Place[], fraction: number): Geography {
  const edges = edgesOfLine(line);
  let left = fraction * edges.reduce((sum, [from, to]) => sum + arcLength(from.at, to.at), 0);
  for (const [from, to] of edges) {
    const length = arcLength(from.at, to.at);
    if (left <= length)
      return ofPoints([left <= 0 ? from : placeOf(interpolate(from.at, to.at, left / length))]);
    left -= length;
  }
  return ofPoints([line.at(-1)!]);
}

/** The stretch between two parts of the line's length, from 0 to 1. */
export function substring(line: readonly Place[], start: number, end: number): Geography {
  const edges = edgesOfLine(line);
  const total = edges.reduce((sum, [from, to]) => sum + arcLength(from.at, to.at), 0);
  let before = 0;
  const between = line.filter((_, index) => {
    if (index > 0) before += arcLength(line[index - 1]!.at, line[index]!.at);
    return before > start * total && before < end * total;
  });
  const at = (fraction: number) => along(line, fraction).points[0]!;
  return ofLine([at(start), ...between, at(end)]);
}

/** The vertices of what has lines and points only, in their order, as one line. */
export function lineThrough(parts: readonly Geography[]): Geography {
  const places = parts.flatMap((part) => {
    if (part.polygons.length > 0) throw new Error('a line is made of points and lines');
    const kind = kindOf(part);
    if (kind !== 'Point' && kind !== 'LineString' && !isEmpty(part))
      throw new Error(`a line is not made of a ${kind}`);
    return placesOf(part);
  });
  return ofLine(places);
}
