import { fromDegrees, isSame, toDegrees, type Vector } from './sphere.js';

/** A place on the sphere. The degrees are those that were given, or those of the vector. */
export interface Place {
  lng: number;
  lat: number;
  at: Vector;
}

/** The rings of a polygon, the shell first, each without the repeated place at its end; the inside lies on the left. */
export type Polygon = readonly (readonly Place[])[];

/** A set of points, lines and polygons; edges are arcs of great circles. */
export interface Geography {
  points: readonly Place[];
  lines: readonly (readonly Place[])[];
  polygons: readonly Polygon[];
}

export const EMPTY: Geography = { points: [], lines: [], polygons: [] };

export function placeAt(lng: number, lat: number): Place {
  if (!(Math.abs(lat) <= 90)) throw new Error(`Latitude must be between -90 and 90 degrees; got ${lat}`);
  if (!Number.isFinite(lng)) throw new Error(`Longitude must be finite; got ${lng}`);
  const turned = Math.abs(lng) > 180 ? lng - 360 * Math.round(lng / 360) : lng;
  return { lng: turned, lat, at: fromDegrees(turned, lat) };
}

export function placeOf(at: Vector): Place {
  const [lng, lat] = toDegrees(at);
  return { lng, lat, at };
}

export function ofPoints(points: readonly Place[]): Geography {
  const distinct: Place[] = [];
  for (const point of points) if (!distinct.some(({ at }) => isSame(at, point.at))) distinct.push(point);
  return { ...EMPTY, points: distinct };
}

export function ofLine(line: readonly Place[]): Geography {
  const kept = line.filter((place, index) => index === 0 || !isSame(place.at, line[index - 1]!.at));
  return kept.length < 2 ? ofPoints(kept) : { ...EMPTY, lines: [kept] };
}

export function collect(parts: readonly Geography[]): Geography {
  return {
    points: parts.flatMap(({ points }) => points),
    lines: parts.flatMap(({ lines }) => lines),
    polygons: parts.flatMap(({ polygons }) => polygons),
  };
}

/** Its points, lines and polygons, each on its own. */
export function elementsOf({ points, lines, polygons }: Geography): Geography[] {
  return [
    ...points.map((point): Geography => ({ ...EMPTY, points: [point] })),
    ...lines.map((line): Geography => ({ ...EMPTY, lines: [line] })),
    ...polygons.map((polygon): Geography => ({ ...EMPTY, polygons: [polygon] })),
  ];
}

export function isEmpty({ points, lines, polygons }: Geography): boolean {
  return points.length + lines.length + polygons.length === 0;
}

/** -1 when empty, else that of the element of most dimensions. */
export function dimensionOf({ points, lines, polygons }: Geography): -1 | 0 | 1 | 2 {
  if (polygons.length > 0) return 2;
  if (lines.length > 0) return 1;
  return points.length > 0 ? 0 : -1;
}

export type Edge = readonly [Place, Place];

export function edgesOfLine(line: readonly Place[]): Edge[] {
  return line.slice(1).map((place, index) => [line[index]!, place]);
}

export function edgesOfRing(ring: readonly Place[]): Edge[] {
  return ring.map((place, index) => [place, ring[(index + 1) % ring.length]!]);
}

export function edgesOf({ lines, polygons }: Geography): Edge[] {
  return [...lines.flatMap(edgesOfLine), ...polygons.flatMap((polygon) => polygon.flatMap(edgesOfRing))];
}

export function placesOf({ points, lines, polygons }: Geography): Place[] {
  return [...points, ...lines.flat(), ...polygons.flat(2)];
}

export type Kind =
  | 'Point'
  | 'LineString'
  | 'Polygon'
  | 'MultiPoint'
  | 'MultiLineString'
  | 'MultiPolygon'
  | 'GeometryCollection';

export function kindOf({ points, lines, polygons }: Geography): Kind {
  const kinds = [points, lines, polygons].filter((list) => list.length > 0);
  if (kinds.length !== 1) return 'GeometryCollection';
  const many = kinds[0]!.length > 1 ? 'Multi' : '';
  const one = points.length > 0 ? 'Point' : lines.length > 0 ? 'LineString' : 'Polygon';
  return `${many}${one}`;
}
