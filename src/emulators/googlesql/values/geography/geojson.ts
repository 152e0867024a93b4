import {
  collect,
  type Edge,
  EMPTY,
  elementsOf,
  type Geography,
  kindOf,
  ofLine,
  ofPoints,
  type Place,
  placeAt,
  placeOf,
} from './model.js';
import { polygonOf } from './polygon.js';
import {
  add,
  angleBetween,
  dot,
  EARTH_RADIUS_METERS,
  fromDegrees,
  interpolate,
  unit,
  type Vector,
} from './sphere.js';
import { closed, degreesText } from './text.js';

// GeoJSON draws straight lines in degrees, so that edges get places in between until both agree to ten metres. The
// numbers are those of S2's tessellation, which measures the error at two places of an edge.
const TOLERANCE_METERS = 10;
const MEASURED_AT = 0.31215691082248315;
const ERROR_FACTOR = 0.8382999256988851;
const TOLERANCE = (ERROR_FACTOR * TOLERANCE_METERS) / EARTH_RADIUS_METERS;

/** GeoJSON, as ST_ASGEOJSON prints it. */
export function geoJsonOf(geography: Geography): string {
  return `${json(geography)} `;
}

function json(geography: Geography): string {
  const kind = kindOf(geography);
  const { points, lines, polygons } = geography;
  if (kind === 'GeometryCollection') {
    const parts = elementsOf(geography).map(json);
    return `{ "type": "${kind}", "geometries": ${parts.length === 0 ? '[ ]' : `[ ${parts.join(', ')} ]`} }`;
  }
  const place = ({ lng, lat }: Place) => `[${degreesText(lng)}, ${degreesText(lat)}]`;
  const listed = (items: readonly string[]) => `[ ${items.join(', ')} ]`;
  const line = (places: readonly Place[]) => listed(straightened(places).map(place));
  const polygon = (rings: readonly (readonly Place[])[]) => listed(rings.map((ring) => line(closed(ring))));
  const coordinates = {
    Point: () => place(points[0]!),
    MultiPoint: () => listed(points.map(place)),
    LineString: () => line(lines[0]!),
    MultiLineString: () => listed(lines.map(line)),
    Polygon: () => polygon(polygons[0]!),
    MultiPolygon: () => listed(polygons.map(polygon)),
  }[kind]();
  return `{ "type": "${kind}", "coordinates": ${coordinates} }`;
}

function straightened(places: readonly Place[]): Place[] {
  const result: Place[] = places.slice(0, 1);
  for (const [index, place] of places.slice(1).entries()) halve([places[index]!, place], result);
  return result;
}

/** Puts the end of the edge, and the places that it needs before, behind the others. */
function halve([from, to]: Edge, places: Place[]): void {
  const lng = from.lng + turned(to.lng - from.lng);
  if (errorOf(from, { ...to, lng }) <= TOLERANCE) {
    places.push(to);
    return;
  }
  const middle = placeOf(unit(add(from.at, to.at)));
  halve([from, middle], places);
  halve([middle, to], places);
}

function turned(degrees: number): number {
  return degrees - 360 * Math.round(degrees / 360);
}

function errorOf(from: Place, to: Place): number {
  if (dot(from.at, to.at) < -1e-14) return Number.POSITIVE_INFINITY;
  const errors = [MEASURED_AT, 1 - MEASURED_AT].map((fraction) => {
    const straight: Vector = fromDegrees(
      from.lng + fraction * (to.lng - from.lng),
      from.lat + fraction * (to.lat - from.lat),
    );
    return angleBetween(interpolate(from.at, to.at, fraction), straight);
  });
  return Math.max(...errors);
}

/** Edges of GeoJSON are straight in degrees, and get places in between too. @throws Error that says what is wrong */
export function readGeoJson(text: string): Geography {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error('the text is no JSON');
  }
  return readObject(document);
}

function readObject(value: unknown): Geography {
  const { type, coordinates, geometries } = (value ?? {}) as Record<string, unknown>;
  const place = (item: unknown) => placeAt(numberOf(item, 0), numberOf(item, 1));
  const line = (item: unknown) => ofLine(curved(listOf(item).map(place)));
  const polygon = (item: unknown): Geography => ({
    ...EMPTY,
    polygons: [polygonOf(listOf(item).map((ring) => curved(listOf(ring).map(place))))],
  });
  switch (type) {
    case 'Point':
      return listOf(coordinates).length === 0 ? EMPTY : ofPoints([place(coordinates)]);
    case 'MultiPoint':
      return ofPoints(listOf(coordinates).map(place));
    case 'LineString':
      return line(coordinates);
    case 'MultiLineString':
      return collect(listOf(coordinates).map(line));
    case 'Polygon':
      return polygon(coordinates);
    case 'MultiPolygon':
      return collect(listOf(coordinates).map(polygon));
    case 'GeometryCollection':
      return collect(listOf(geometries).map(readObject));
    default:
      throw new Error(`unknown type of geometry: ${String(type)}`);
  }
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error('coordinates are no array');
  return value;
}

function numberOf(value: unknown, index: number): number {
  const number = listOf(value)[index];
  if (typeof number !== 'number') throw new Error('a coordinate is no number');
  return number;
}

function curved(places: readonly Place[]): Place[] {
  const result: Place[] = places.slice(0, 1);
  for (const [index, place] of places.slice(1).entries()) bend(places[index]!, place, result);
  return result;
}

function bend(from: Place, to: Place, places: Place[]): void {
  const span = turned(to.lng - from.lng);
  if (errorOf(from, { ...to, lng: from.lng + span }) <= TOLERANCE) {
    places.push(to);
    return;
  }
  const middle = placeAt(from.lng + span / 2, (from.lat + to.lat) / 2);
  bend(from, middle, places);
  bend(middle, to, places);
}
