import {
  collect,
  type Edge,
  EMPTY,
  edgesOfLine,
  edgesOfRing,
  type Geography,
  ofLine,
  ofPoints,
  type Place,
  type Polygon,
  placeOf,
} from './model.js';
import { holds, loopOf } from './polygon.js';
import { positionIn } from './predicates.js';
import {
  add,
  arcLength,
  cross,
  crossingOf,
  crossProperly,
  dot,
  interpolate,
  nearestOnEdge,
  norm,
  subtract,
  unit,
  type Vector,
} from './sphere.js';

export type SetOperation = 'union' | 'intersection' | 'difference';

/** Places closer than this, on the unit sphere, are one corner. */
const SAME_CORNER = 1e-14;
/** Pairs of edges that are compared for one result. */
const MAX_PAIRS = 25_000_000;

/** Where a part of an edge lies, seen from the other geography: `with` and `against` are shared by both boundaries. */
type Side = 'inside' | 'outside' | 'with' | 'against';

interface Part {
  from: Place;
  to: Place;
  /** Number of the edge in the order of both geographies. */
  edge: number;
}

/**
 * What two geographies have together, in common, or the first without the second. Edges are cut where they meet;
 * what is left of them on the right side of the other is put together anew.
 */
export function overlay(left: Geography, right: Geography, operation: SetOperation): Geography {
  return collect([
    overlayPoints(left, right, operation),
    overlayLines(left, right, operation),
    { ...EMPTY, polygons: overlayPolygons(left.polygons, right.polygons, operation) },
  ]);
}

function overlayPoints(left: Geography, right: Geography, operation: SetOperation): Geography {
  const isIn = (geography: Geography) => (place: Place) => positionIn(geography, place.at) !== 'outside';
  const isOut = (geography: Geography) => (place: Place) => positionIn(geography, place.at) === 'outside';
  if (operation === 'difference') return ofPoints(left.points.filter(isOut(right)));
  if (operation === 'intersection') {
    const [others, own] = [edgesOfLines(right), edgesOfLines(left)];
    const crossings = own.flatMap((edge) => others.flatMap((other) => crossing(edge, other) ?? []));
    return ofPoints([...left.points.filter(isIn(right)), ...right.points.filter(isIn(left)), ...crossings]);
  }
  const solid = (geography: Geography): Geography => ({ ...geography, points: [] });
  return ofPoints([...left.points.filter(isOut(solid(right))), ...right.points.filter(isOut(solid(left)))]);
}

function edgesOfLines({ lines }: Geography): Edge[] {
  return lines.flatMap(edgesOfLine);
}

function crossing([a, b]: Edge, [c, d]: Edge): Place | undefined {
  return crossProperly(a.at, b.at, c.at, d.at) ? placeOf(crossingOf(a.at, b.at, c.at, d.at)) : undefined;
}

function overlayLines(left: Geography, right: Geography, operation: SetOperation): Geography {
  const solid = (geography: Geography): Geography => ({ ...geography, points: [] });
  const areas = (geography: Geography): Geography => ({ ...EMPTY, polygons: geography.polygons });
  const kept = (lines: Geography, other: Geography, isInside: boolean) =>
    collect(lines.lines.map((line) => partsOfLine(line, other, isInside)));
  if (operation === 'difference') return kept(left, solid(right), false);
  if (operation === 'intersection')
    return collect([kept(left, solid(right), true), kept(right, areas(left), true)]);
  return collect([kept(left, areas(right), false), kept(right, solid(left), false)]);
}

/** The stretches of a line that lie in the other, or outside of it. */
function partsOfLine(line: readonly Place[], other: Geography, isInside: boolean): Geography {
  const edges = edgesOfLine(line);
  const others = [...edgesOfLines(other), ...other.polygons.flat().flatMap(edgesOfRing)];
  const { first } = cutEach(edges, others);
  const stretches: Place[][] = [];
  let open: Place[] | undefined;
  for (const { from, to } of first) {
    if ((positionIn(other, middleOf(from, to)) !== 'outside') !== isInside) {
      open = undefined;
      continue;
    }
    if (open === undefined) {
      open = [from];
      stretches.push(open);
    }
    open.push(to);
  }
  return collect(stretches.map(ofLine));
}

function middleOf(from: Place, to: Place): Vector {
  return interpolate(from.at, to.at, 0.5);
}

function overlayPolygons(
  left: readonly Polygon[],
  right: readonly Polygon[],
  operation: SetOperation,
): Polygon[] {
  const edges = (polygons: readonly Polygon[]) => polygons.flat().flatMap(edgesOfRing);
  const { first, second } = cutEach(edges(left), edges(right));
  const keyOf = keys();
  const inLeft = new Set(first.map(({ from, to }) => keyOf(from, to)));
  const inRight = new Set(second.map(({ from, to }) => keyOf(from, to)));
  const side = (part: Part, polygons: readonly Polygon[], others: ReadonlySet<string>): Side => {
    if (others.has(keyOf(part.from, part.to))) return 'with';
    if (others.has(keyOf(part.to, part.from))) return 'against';
    return positionIn({ ...EMPTY, polygons }, middleOf(part.from, part.to)) === 'outside'
      ? 'outside'
      : 'inside';
  };
  const isKept = (where: Side): boolean => {
    if (operation === 'intersection') return where === 'inside' || where === 'with';
    if (operation === 'union') return where === 'outside' || where === 'with';
    return where === 'outside' || where === 'against';
  };
  const ofLeft = first.filter((part) => isKept(side(part, right, inRight)));
  const ofRight = second.filter((part) => {
    const where = side(part, left, inLeft);
    return operation === 'union' ? where === 'outside' : where === 'inside';
  });
  const turned =
    operation === 'difference'
      ? ofRight.map(({ from, to, edge }) => ({ from: to, to: from, edge }))
      : ofRight;
  return polygonsOf(ringsOf([...ofLeft, ...turned], keyOf));
}

/** The edges of both, each cut where it meets those of the other. */
function cutEach(first: readonly Edge[], second: readonly Edge[]): { first: Part[]; second: Part[] } {
  if (first.length * second.length > MAX_PAIRS) throw new Error('the geographies have too many edges');
  const cuts: Place[][] = [...first, ...second].map(() => []);
  for (const [i, edge] of first.entries()) {
    for (const [j, other] of second.entries()) {
      const at = crossing(edge, other);
      if (at !== undefined) {
        cuts[i]!.push(at);
        cuts[first.length + j]!.push(at);
        continue;
      }
      for (const place of other) if (isInsideOf(edge, place)) cuts[i]!.push(place);
      for (const place of edge) if (isInsideOf(other, place)) cuts[first.length + j]!.push(place);
    }
  }
  const parts = (edges: readonly Edge[], start: number) =>
    edges.flatMap((edge, index) => partsOfEdge(edge, cuts[start + index]!, start + index));
  return { first: parts(first, 0), second: parts(second, first.length) };
}

function isInsideOf([from, to]: Edge, { at }: Place): boolean {
  const isNear = (a: Vector, b: Vector) => norm(subtract(a, b)) < SAME_CORNER;
  return !isNear(at, from.at) && !isNear(at, to.at) && isNear(nearestOnEdge(at, from.at, to.at), at);
}

function partsOfEdge([from, to]: Edge, cuts: readonly Place[], edge: number): Part[] {
  const stops = [...cuts].sort((a, b) => arcLength(from.at, a.at) - arcLength(from.at, b.at));
  const places = [from, ...stops, to].filter(
    (place, index, all) => index === 0 || norm(subtract(place.at, all[index - 1]!.at)) >= SAME_CORNER,
  );
  return places.slice(1).map((place, index) => ({ from: places[index]!, to: place, edge }));
}

/** Names the way between two places by the numbers of their corners. */
function keys(): (from: Place, to: Place) => string {
  const corners: Vector[] = [];
  const numbers = new Map<Place, number>();
  const numberOf = (place: Place): number => {
    let found = numbers.get(place);
    if (found !== undefined) return found;
    found = corners.findIndex((corner) => norm(subtract(corner, place.at)) < SAME_CORNER);
    if (found < 0) found = corners.push(place.at) - 1;
    numbers.set(place, found);
    return found;
  };
  return (from, to) => `${numberOf(from)} ${numberOf(to)}`;
}

/** Closed rings of the parts, each as small as can be: at a corner of several it goes as far left as it can. */
function ringsOf(parts: readonly Part[], keyOf: (from: Place, to: Place) => string): Place[][] {
  const starting = new Map<string, Part[]>();
  const cornerOf = (place: Place) => keyOf(place, place);
  for (const part of parts) {
    const corner = cornerOf(part.from);
    starting.set(corner, [...(starting.get(corner) ?? []), part]);
  }
  const rings: Place[][] = [];
  const used = new Set<Part>();
  for (const begin of parts) {
    if (used.has(begin)) continue;
    const ring: Part[] = [];
    let current: Part | undefined = begin;
    while (current !== undefined && !used.has(current)) {
      used.add(current);
      ring.push(current);
      const next: Part[] = (starting.get(cornerOf(current.to)) ?? []).filter((part) => !used.has(part));
      const arriving: Part = current;
      current = next.sort((a, b) => turn(arriving, b) - turn(arriving, a))[0];
    }
    if (ring.length > 2) rings.push(canonical(ring).map(({ from }) => from));
  }
  return rings;
}

/** How far left the way turns from one part to the next, in radians. */
function turn({ from, to }: Part, next: Part): number {
  const along = unit(cross(cross(from.at, to.at), to.at));
  const away = unit(cross(cross(next.from.at, next.to.at), next.from.at));
  return Math.atan2(dot(cross(along, away), to.at), dot(along, away));
}

/** The ring from behind its last edge of the highest number, as the service begins it. */
function canonical(ring: readonly Part[]): Part[] {
  const highest = Math.max(...ring.map(({ edge }) => edge));
  let last = ring.findIndex(
    ({ edge }, index) => edge === highest && ring[(index + 1) % ring.length]!.edge !== highest,
  );
  if (last < 0) last = ring.length - 1;
  return [...ring.slice(last + 1), ...ring.slice(0, last + 1)];
}

/** Shells with their holes: a ring that goes round the larger part of the sphere is a hole. */
function polygonsOf(rings: readonly Place[][]): Polygon[] {
  const isShell = (ring: Place[]) => loopOf(ring).area() <= 2 * Math.PI;
  const shells = rings.filter(isShell).map((ring) => [ring]);
  for (const hole of rings.filter((ring) => !isShell(ring))) {
    const inner = unit(add(hole[0]!.at, hole[1]!.at));
    const around = shells
      .filter(([shell]) => holds([shell!], inner))
      .sort(([a], [b]) => loopOf(a!).area() - loopOf(b!).area());
    around[0]?.push(hole);
  }
  return shells;
}
