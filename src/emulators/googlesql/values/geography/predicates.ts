import {
  type Edge,
  edgesOf,
  edgesOfLine,
  edgesOfRing,
  elementsOf,
  type Geography,
  isEmpty,
  type Place,
  type Polygon,
  placesOf,
} from './model.js';
import { holds } from './polygon.js';
import {
  crossProperly,
  interpolate,
  isSame,
  nearestOnEdge,
  norm,
  ROUNDING,
  subtract,
  type Vector,
} from './sphere.js';

/** Where a place lies: outside, on the end or boundary of an element, or inside. A point has an inside alone. */
type Position = 'outside' | 'boundary' | 'inside';

function isOnEdge(at: Vector, [from, to]: Edge): boolean {
  return norm(subtract(nearestOnEdge(at, from.at, to.at), at)) < ROUNDING;
}

export function positionIn(geography: Geography, at: Vector): Position {
  let found: Position = 'outside';
  for (const polygon of geography.polygons) {
    if (polygon.some((ring) => edgesOfRing(ring).some((edge) => isOnEdge(at, edge)))) found = 'boundary';
    else if (holds(polygon, at)) return 'inside';
  }
  for (const line of geography.lines) {
    if (!edgesOfLine(line).some((edge) => isOnEdge(at, edge))) continue;
    const [first, last] = [line[0]!, line.at(-1)!];
    const isEnd = isSame(at, first.at) || isSame(at, last.at);
    if (!isEnd || isSame(first.at, last.at)) return 'inside';
    found = 'boundary';
  }
  return geography.points.some((point) => isSame(point.at, at)) ? 'inside' : found;
}

/** Is there a place that both have? */
export function intersects(left: Geography, right: Geography): boolean {
  if (placesOf(left).some(({ at }) => positionIn(right, at) !== 'outside')) return true;
  if (placesOf(right).some(({ at }) => positionIn(left, at) !== 'outside')) return true;
  return edgesCross(left, right);
}

function edgesCross(left: Geography, right: Geography): boolean {
  const others = edgesOf(right);
  return edgesOf(left).some(([from, to]) =>
    others.some(([start, end]) => crossProperly(from.at, to.at, start.at, end.at)),
  );
}

/** Are all places of `right` places of `left`? */
export function covers(left: Geography, right: Geography): boolean {
  return !isEmpty(right) && elementsOf(right).every((element) => coversElement(left, element));
}

function coversElement(left: Geography, element: Geography): boolean {
  if (edgesCross(element, left)) return false;
  const probes = [...placesOf(element).map(({ at }) => at), ...betweenCuts(element, left)];
  if (probes.some((at) => positionIn(left, at) === 'outside')) return false;
  if (element.polygons.length === 0) return true;
  // Lines cover no area, and a hole inside of the polygon is not covered.
  const [polygon] = element.polygons;
  if (left.polygons.length === 0) return false;
  return !left.polygons.some((other) => other.slice(1).some((hole) => holesInto(polygon!, hole, left)));
}

function holesInto(polygon: Polygon, hole: readonly Place[], left: Geography): boolean {
  return (
    hole.some(({ at }) => holds(polygon, at)) && !left.polygons.some((other) => holds(other, insideOf(hole)))
  );
}

/** A place inside of what the hole leaves out. */
function insideOf(hole: readonly Place[]): Vector {
  return interpolate(hole[0]!.at, hole[Math.floor(hole.length / 2)]!.at, 0.5);
}

/** The middles of the edges' parts between the places where they meet the vertices of the other. */
function betweenCuts(geography: Geography, other: Geography): Vector[] {
  const cuts = placesOf(other).map(({ at }) => at);
  return edgesOf(geography).flatMap((edge) => {
    const [from, to] = edge;
    const fractions = cuts
      .filter((at) => isOnEdge(at, edge))
      .map((at) => norm(subtract(at, from.at)) / norm(subtract(to.at, from.at)));
    const stops = [0, ...fractions.sort((a, b) => a - b), 1];
    return stops
      .slice(1)
      .filter((stop, index) => stop - stops[index]! > ROUNDING)
      .map((stop, index) => interpolate(from.at, to.at, (stops[index]! + stop) / 2));
  });
}

/** Does `left` cover `right`, with a place that is inside of both? */
export function contains(left: Geography, right: Geography): boolean {
  return covers(left, right) && insidesMeet(left, right);
}

/** Do they meet, but not with their insides? */
export function touches(left: Geography, right: Geography): boolean {
  return intersects(left, right) && !insidesMeet(left, right);
}

export function equals(left: Geography, right: Geography): boolean {
  if (isEmpty(left) || isEmpty(right)) return isEmpty(left) && isEmpty(right);
  return covers(left, right) && covers(right, left);
}

function insidesMeet(left: Geography, right: Geography): boolean {
  return (
    edgesCross(left, right) ||
    innerPlaces(left, right).some((at) => positionIn(right, at) === 'inside') ||
    innerPlaces(right, left).some((at) => positionIn(left, at) === 'inside')
  );
}

/** Places that are inside of it: all of points, those of lines but for the ends, and some of polygons. */
function innerPlaces(geography: Geography, other: Geography): Vector[] {
  const candidates = [...placesOf(geography).map(({ at }) => at), ...betweenCuts(geography, other)];
  const inner = candidates.filter((at) => positionIn(geography, at) === 'inside');
  for (const polygon of geography.polygons) {
    for (const candidate of diagonals(polygon)) if (holds(polygon, candidate)) inner.push(candidate);
  }
  return inner;
}

/** The middles between vertices that are two apart: at least one of them is inside. */
function diagonals([shell]: Polygon): Vector[] {
  return shell!.map((place, index) => interpolate(place.at, shell![(index + 2) % shell!.length]!.at, 0.5));
}
