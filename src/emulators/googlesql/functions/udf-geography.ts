import {
  bytes,
  flag,
  float,
  integer,
  type Kind,
  list,
  nullableUdf,
  text,
  udf,
} from '../duck/scalar-function.js';
import { readWkb, wkbOf } from '../values/geography/binary.js';
import { intersectsBox } from '../values/geography/box.js';
import { cellIdOf } from '../values/geography/cells.js';
import { clustersOf } from '../values/geography/cluster.js';
import { geoJsonOf, readGeoJson } from '../values/geography/geojson.js';
import { geohashOf, pointOfGeohash } from '../values/geography/hash.js';
import * as measure from '../values/geography/measures.js';
import {
  collect,
  dimensionOf,
  EMPTY,
  elementsOf,
  type Geography,
  isEmpty,
  kindOf,
  ofPoints,
  type Place,
  placeAt,
  placesOf,
} from '../values/geography/model.js';
import { polygonOf } from '../values/geography/polygon.js';
import * as predicate from '../values/geography/predicates.js';
import { isSame } from '../values/geography/sphere.js';
import { readStored, readWkt, storedText, wktOf } from '../values/geography/text.js';
import * as transform from '../values/geography/transforms.js';

const geography: Kind<Geography> = {
  ...text,
  read: (value) => readStored(value as string),
  write: storedText,
  bytesOf: (value) => placesOf(value).length * 48,
  isOneValue: false,
};

/** `work`, whose errors name the function. */
function named<A extends unknown[], R>(name: string, work: (...values: A) => R): (...values: A) => R {
  return (...values) => {
    try {
      return work(...values);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw error instanceof transform.NotBuilt
        ? error
        : new Error(`${name} failed: ${message}`, { cause: error });
    }
  };
}

const ofOne = <R>(kind: Kind<R>, body: (value: Geography) => R | null) => udf([geography], kind, body);
const ofTwo = <R>(kind: Kind<R>, body: (left: Geography, right: Geography) => R | null) =>
  udf([geography, geography], kind, body);
const meeting = (body: (left: Geography, right: Geography) => boolean) =>
  ofTwo(flag, (left, right) => !isEmpty(left) && !isEmpty(right) && body(left, right));

function onlyLine(name: string, { points, lines, polygons }: Geography): readonly Place[] {
  const [line] = lines;
  if (line === undefined || lines.length > 1 || points.length + polygons.length > 0) {
    throw new Error(`${name} takes a single LineString`);
  }
  return line;
}

/** Null of nothing. */
function onlyPoint(name: string, value: Geography): Place | null {
  if (isEmpty(value)) return null;
  const [point] = value.points;
  if (point === undefined || kindOf(value) !== 'Point') throw new Error(`${name} takes a single Point`);
  return point;
}

function isRing({ lines: [line], ...value }: Geography): boolean {
  if (line === undefined || kindOf({ ...value, lines: [line] }) !== 'LineString') return false;
  return isClosedLine(line) && new Set(line.map(({ lng, lat }) => `${lng} ${lat}`)).size === line.length - 1;
}

function isClosedLine(line: readonly Place[]): boolean {
  return isSame(line[0]!.at, line.at(-1)!.at);
}

/** A polygon is closed when it is the whole sphere, which none of ours is. */
function isClosed(value: Geography): boolean {
  return !isEmpty(value) && value.polygons.length === 0 && value.lines.every(isClosedLine);
}

function vertexCount({ points, lines, polygons }: Geography): number {
  return (
    points.length + lines.flat().length + polygons.flat().reduce((sum, ring) => sum + ring.length + 1, 0)
  );
}

function pointAt(value: Geography, position: number): Geography | null {
  const line = onlyLine('ST_POINTN', value);
  const place = position > 0 ? line[position - 1] : line.at(position);
  return position === 0 || place === undefined ? null : ofPoints([place]);
}

function makePolygon(shell: Geography, holes: (Geography | null)[]): Geography {
  const rings = [shell, ...holes].map((ring) => {
    if (ring === null) throw new Error('a hole is NULL');
    return onlyLine('ST_MAKEPOLYGON', ring);
  });
  return { ...EMPTY, polygons: [polygonOf(rings)] };
}

function interiorRings(value: Geography): Geography[] {
  const [polygon] = value.polygons;
  if (polygon === undefined || kindOf(value) !== 'Polygon')
    throw new Error('ST_INTERIORRINGS takes a single Polygon');
  return polygon.slice(1).map((ring) => ({ ...EMPTY, lines: [transform.ringLine(ring)] }));
}

function exteriorRing(value: Geography): Geography {
  const [polygon] = value.polygons;
  if (polygon === undefined || kindOf(value) !== 'Polygon')
    throw new Error('ST_EXTERIORRING takes a single Polygon');
  return { ...EMPTY, lines: [transform.ringLine(polygon[0]!)] };
}

function buffer(value: Geography, meters: number, quarter: number): Geography {
  if (meters === 0 || isEmpty(value)) return value;
  const [point] = value.points;
  if (point === undefined || kindOf(value) !== 'Point' || meters < 0) {
    throw new transform.NotBuilt('ST_BUFFER of other than a point');
  }
  return transform.bufferOfPoint(point, meters, Math.max(1, Math.round(quarter)) * 4);
}

/** Corners enough that the circle's edges come within `tolerance` metres of it. */
function bufferWithTolerance(value: Geography, meters: number, tolerance: number): Geography {
  if (!(tolerance > 0)) throw new Error('ST_BUFFERWITHTOLERANCE takes a tolerance greater than zero');
  const corners = Math.ceil(Math.PI / Math.acos(Math.max(0, 1 - tolerance / Math.abs(meters))));
  return buffer(value, meters, Math.max(4, corners) / 4);
}

const MAX_GEOHASH = 20;

export const geographyUdfs = {
  geo_point: udf(
    [float, float],
    geography,
    named('ST_GeogPoint', (lng: number, lat: number) => ofPoints([placeAt(lng, lat)])),
  ),
  geo_from_text: udf([text, flag], geography, named('ST_GeogFromText', readWkt)),
  geo_from_json: udf([text], geography, named('ST_GeogFromGeoJSON', readGeoJson)),
  geo_from_wkb: udf([bytes], geography, named('ST_GeogFromWKB', readWkb)),
  geo_from_hash: udf([text], geography, named('ST_GeogPointFromGeoHash', pointOfGeohash)),
  geo_text: ofOne(text, wktOf),
  geo_json: ofOne(text, geoJsonOf),
  geo_wkb: ofOne<Uint8Array>(bytes, wkbOf),
  geo_hash: udf([geography, float], text, (value, characters) => {
    const point = onlyPoint('ST_GEOHASH', value);
    if (point === null) return null;
    if (characters < 1 || characters > MAX_GEOHASH)
      throw new Error(`ST_GEOHASH takes 1 to ${MAX_GEOHASH} characters`);
    return geohashOf(point, characters);
  }),
  geo_x: ofOne(float, (value) => onlyPoint('ST_X', value)?.lng ?? null),
  geo_y: ofOne(float, (value) => onlyPoint('ST_Y', value)?.lat ?? null),
  geo_dimension: ofOne<number>(float, dimensionOf),
  geo_kind: ofOne(text, (value) => `ST_${kindOf(value)}`),
  geo_is_empty: ofOne(flag, isEmpty),
  geo_is_collection: ofOne(flag, (value) => elementsOf(value).length > 1),
  geo_is_closed: ofOne(flag, isClosed),
  geo_is_ring: ofOne(flag, isRing),
  geo_vertices: ofOne(float, vertexCount),
  geo_elements: ofOne(float, (value) => elementsOf(value).length),
  geo_dump: udf([geography, float], list(geography), (value, dimension) =>
    elementsOf(value).filter((part) => dimension < 0 || dimensionOf(part) === dimension),
  ),
  geo_nth: udf([geography, float], geography, pointAt),
  geo_boundary: ofOne(geography, transform.boundary),
  geo_exterior: ofOne(geography, exteriorRing),
  geo_interiors: ofOne(list(geography), interiorRings),
  geo_line: udf([list(geography)], geography, (parts) =>
    transform.lineThrough(parts.filter((part) => part !== null)),
  ),
  geo_polygon: udf([geography, list(geography)], geography, named('ST_MakePolygon', makePolygon)),
  geo_polygon_oriented: udf([list(geography)], geography, (rings) => ({
    ...EMPTY,
    polygons: [
      polygonOf(
        rings.map((ring) => onlyLine('ST_MAKEPOLYGONORIENTED', ring ?? EMPTY)),
        true,
      ),
    ],
  })),
  geo_area: ofOne(float, measure.area),
  geo_length: ofOne(float, measure.length),
  geo_perimeter: ofOne(float, measure.perimeter),
  geo_distance: ofTwo(float, measure.distance),
  geo_max_distance: ofTwo(float, measure.maxDistance),
  geo_azimuth: ofTwo(float, (left, right) => {
    const [from, to] = [onlyPoint('ST_AZIMUTH', left), onlyPoint('ST_AZIMUTH', right)];
    return from === null || to === null ? null : measure.azimuth(from, to);
  }),
  geo_bounds: ofOne(list(float), (value) => {
    const box = measure.boundsOf(value);
    return box === null ? null : [box.west, box.south, box.east, box.north];
  }),
  geo_centroid: ofOne(geography, measure.centroid),
  geo_closest: ofTwo(geography, measure.closestPoint),
  geo_intersects: meeting(predicate.intersects),
  geo_covers: meeting(predicate.covers),
  geo_contains: meeting(predicate.contains),
  geo_touches: meeting(predicate.touches),
  geo_equals: ofTwo(flag, predicate.equals),
  geo_union: ofTwo(geography, transform.union),
  geo_union_all: nullableUdf([list(geography)], geography, (parts) => {
    const given = (parts ?? []).filter((part) => part !== null);
    return given.length === 0 ? null : given.reduce(transform.union);
  }),
  geo_intersection: ofTwo(geography, transform.intersection),
  geo_difference: ofTwo(geography, transform.difference),
  geo_hull: ofOne(geography, transform.convexHull),
  geo_simplify: udf([geography, float], geography, transform.simplify),
  geo_snap: udf([geography, float], geography, (value, degrees) => {
    if (!(degrees > 0)) throw new Error('ST_SNAPTOGRID takes a size of the grid greater than zero');
    return transform.snapToGrid(value, degrees);
  }),
  geo_buffer: udf([geography, float, float], geography, buffer),
  geo_buffer_within: udf([geography, float, float], geography, bufferWithTolerance),
  geo_locate: ofTwo(float, (value, point) => {
    const place = onlyPoint('ST_LINELOCATEPOINT', point);
    return place === null ? null : transform.locate(onlyLine('ST_LINELOCATEPOINT', value), place);
  }),
  geo_along: udf([geography, float], geography, (value, fraction) => {
    if (fraction < 0 || fraction > 1) throw new Error('ST_LINEINTERPOLATEPOINT takes a fraction from 0 to 1');
    return transform.along(onlyLine('ST_LINEINTERPOLATEPOINT', value), fraction);
  }),
  geo_substring: udf([geography, float, float], geography, (value, start, end) => {
    if (!(0 <= start && start <= end && end <= 1))
      throw new Error('ST_LINESUBSTRING takes fractions from 0 to 1, the first not above the second');
    return transform.substring(onlyLine('ST_LINESUBSTRING', value), start, end);
  }),
  geo_angle: udf([geography, geography, geography], float, (first, second, third) => {
    const [from, middle, to] = [first, second, third].map((value) => onlyPoint('ST_ANGLE', value));
    return from && middle && to ? measure.angle(from, middle, to) : null;
  }),
  geo_hausdorff: udf([geography, geography, flag], float, measure.hausdorffDistance),
  geo_in_box: udf([geography, float, float, float, float], flag, (value, west, south, east, north) =>
    intersectsBox(value, { west, south, east, north }),
  ),
  geo_cell: udf([geography, float], integer, (value, level) => {
    const point = onlyPoint('S2_CELLIDFROMPOINT', value);
    if (point === null) return null;
    if (!(level >= 0 && level <= 30)) throw new Error('S2_CELLIDFROMPOINT takes a level from 0 to 30');
    return cellIdOf(point, level);
  }),
  geo_clusters: nullableUdf([list(geography), float, float], list(float), (values, meters, minimum) =>
    values === null || meters === null || minimum === null ? null : clustersOf(values, meters, minimum),
  ),
  geo_centroid_all: nullableUdf([list(geography)], geography, (parts) => {
    const given = (parts ?? []).filter((part) => part !== null);
    return given.length === 0 ? null : measure.centroid(collect(given));
  }),
  geo_extent: nullableUdf([list(geography)], list(float), (parts) => {
    const box = measure.boundsOf(collect((parts ?? []).filter((part) => part !== null)));
    return box === null ? null : [box.west, box.south, box.east, box.north];
  }),
};
