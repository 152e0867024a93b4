import { notImplemented } from '../errors.js';
import { FLOAT64, structOf } from '../syntax/types.js';
import { aggregate, type Call, type FunctionRule, scalar, windowFunction } from './registry.js';
import { own } from './udf.js';

const one = (name: string, ownName: string, result: string) =>
  scalar(name, { [`(GEOGRAPHY) -> ${result}`]: integerIf(result, `${ownName}($1)`) });
const two = (name: string, ownName: string, result: string) =>
  scalar(name, { [`(GEOGRAPHY, GEOGRAPHY) -> ${result}`]: `${ownName}($1, $2)` });
const swapped = (name: string, ownName: string) =>
  scalar(name, { '(GEOGRAPHY, GEOGRAPHY) -> BOOL': `${ownName}($2, $1)` });

function integerIf(result: string, text: string): string {
  return result === 'INT64' ? `CAST(${text} AS BIGINT)` : text;
}

const BOX = structOf(['xmin', 'ymin', 'xmax', 'ymax'].map((name) => ({ name, type: FLOAT64 })));

/** The service's struct of a list of four numbers. */
function boxOf(list: string): string {
  const fields = [1, 2, 3, 4].map((place) => `f${place} := _box[${place}]`).join(', ');
  return `list_transform([${list}], lambda _box: CASE WHEN _box IS NULL THEN NULL ELSE struct_pack(${fields}) END)[1]`;
}

/** Arguments of ST_GEOGFROMTEXT by name, of which `oriented` alone is built. */
function fromText(call: Call): string {
  for (const name of ['planar', 'make_valid']) {
    const given = call.named(name);
    if (given !== undefined && given.literal !== false)
      throw notImplemented(`${call.name} with ${name}`, 'query', call.pos);
  }
  return `${own.geo_from_text}(${call.sql(0)}, ${call.named('oriented')?.sql ?? 'false'})`;
}

function fromAny(call: Call): string {
  if (call.type(0).kind === 'BYTES') return `${own.geo_from_wkb}(${call.sql(0)})`;
  const value = call.sql(0);
  const hex = `regexp_full_match(${value}, '([0-9A-Fa-f]{2})+')`;
  return `CASE WHEN starts_with(trim(${value}), '{') THEN ${own.geo_from_json}(${value}) WHEN ${hex} THEN ${own.geo_from_wkb}(unhex(CASE WHEN ${hex} THEN ${value} END)) ELSE ${own.geo_from_text}(${value}, false) END`;
}

function gathered(ownName: string) {
  return (call: Call): string => `${ownName}(${call.aggregate('list', call.sql(0))})`;
}

export const geographyFunctions: FunctionRule[] = [
  scalar('ST_GEOGPOINT', { '(FLOAT64, FLOAT64) -> GEOGRAPHY': `${own.geo_point}($1, $2)` }),
  scalar('ST_GEOGFROMTEXT', {
    '(STRING, [oriented => BOOL], [planar => BOOL], [make_valid => BOOL]) -> GEOGRAPHY': fromText,
  }),
  scalar('ST_GEOGFROMGEOJSON', { '(STRING) -> GEOGRAPHY': `${own.geo_from_json}($1)` }),
  scalar('ST_GEOGFROMWKB', {
    '(BYTES) -> GEOGRAPHY': `${own.geo_from_wkb}($1)`,
    '(STRING) -> GEOGRAPHY': `${own.geo_from_wkb}(unhex($1))`,
  }),
  scalar('ST_GEOGFROM', { '(STRING) -> GEOGRAPHY': fromAny, '(BYTES) -> GEOGRAPHY': fromAny }),
  scalar('ST_GEOGPOINTFROMGEOHASH', { '(STRING) -> GEOGRAPHY': `${own.geo_from_hash}($1)` }),
  one('ST_ASTEXT', own.geo_text, 'STRING'),
  one('ST_ASGEOJSON', own.geo_json, 'STRING'),
  one('ST_ASBINARY', own.geo_wkb, 'BYTES'),
  scalar('ST_GEOHASH', {
    '(GEOGRAPHY, [INT64]) -> STRING': (call) =>
      `${own.geo_hash}(${call.sql(0)}, CAST(${call.has(1) ? call.sql(1) : '20'} AS DOUBLE))`,
  }),
  one('ST_X', own.geo_x, 'FLOAT64'),
  one('ST_Y', own.geo_y, 'FLOAT64'),
  one('ST_DIMENSION', own.geo_dimension, 'INT64'),
  one('ST_GEOMETRYTYPE', own.geo_kind, 'STRING'),
  one('ST_ISEMPTY', own.geo_is_empty, 'BOOL'),
  one('ST_ISCOLLECTION', own.geo_is_collection, 'BOOL'),
  one('ST_ISCLOSED', own.geo_is_closed, 'BOOL'),
  one('ST_ISRING', own.geo_is_ring, 'BOOL'),
  scalar(
    'ST_NUMPOINTS',
    { '(GEOGRAPHY) -> INT64': `CAST(${own.geo_vertices}($1) AS BIGINT)` },
    { aliases: ['ST_NPOINTS'] },
  ),
  one('ST_NUMGEOMETRIES', own.geo_elements, 'INT64'),
  scalar('ST_DUMP', {
    '(GEOGRAPHY, [INT64]) -> ARRAY<GEOGRAPHY>': (call) =>
      `${own.geo_dump}(${call.sql(0)}, CAST(${call.has(1) ? call.sql(1) : '-1'} AS DOUBLE))`,
  }),
  scalar('ST_POINTN', { '(GEOGRAPHY, INT64) -> GEOGRAPHY': `${own.geo_nth}($1, CAST($2 AS DOUBLE))` }),
  scalar('ST_STARTPOINT', { '(GEOGRAPHY) -> GEOGRAPHY': `${own.geo_nth}($1, 1.0)` }),
  scalar('ST_ENDPOINT', { '(GEOGRAPHY) -> GEOGRAPHY': `${own.geo_nth}($1, -1.0)` }),
  one('ST_BOUNDARY', own.geo_boundary, 'GEOGRAPHY'),
  one('ST_EXTERIORRING', own.geo_exterior, 'GEOGRAPHY'),
  one('ST_INTERIORRINGS', own.geo_interiors, 'ARRAY<GEOGRAPHY>'),
  scalar('ST_MAKELINE', {
    '(GEOGRAPHY, GEOGRAPHY) -> GEOGRAPHY': `CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE ${own.geo_line}([$1, $2]) END`,
    '(ARRAY<GEOGRAPHY>) -> GEOGRAPHY': `${own.geo_line}($1)`,
  }),
  scalar('ST_MAKEPOLYGON', {
    '(GEOGRAPHY, [ARRAY<GEOGRAPHY>]) -> GEOGRAPHY': (call) =>
      `${own.geo_polygon}(${call.sql(0)}, ${call.has(1) ? call.sql(1) : 'CAST([] AS VARCHAR[])'})`,
  }),
  scalar('ST_MAKEPOLYGONORIENTED', { '(ARRAY<GEOGRAPHY>) -> GEOGRAPHY': `${own.geo_polygon_oriented}($1)` }),
  scalar('ST_AREA', { '(GEOGRAPHY, [BOOL]) -> FLOAT64': onSphere(own.geo_area, 1) }),
  scalar('ST_LENGTH', { '(GEOGRAPHY, [BOOL]) -> FLOAT64': onSphere(own.geo_length, 1) }),
  scalar('ST_PERIMETER', { '(GEOGRAPHY, [BOOL]) -> FLOAT64': onSphere(own.geo_perimeter, 1) }),
  scalar('ST_DISTANCE', { '(GEOGRAPHY, GEOGRAPHY, [BOOL]) -> FLOAT64': onSphere(own.geo_distance, 2) }),
  scalar('ST_MAXDISTANCE', {
    '(GEOGRAPHY, GEOGRAPHY, [BOOL]) -> FLOAT64': onSphere(own.geo_max_distance, 2),
  }),
  scalar('ST_DWITHIN', {
    '(GEOGRAPHY, GEOGRAPHY, FLOAT64, [BOOL]) -> BOOL': (call) => {
      refuseSpheroid(call, 3);
      const near = `coalesce(${own.geo_distance}(${call.sql(0)}, ${call.sql(1)}) <= ${call.sql(2)}, false)`;
      return `CASE WHEN ${call.sql(0)} IS NULL OR ${call.sql(1)} IS NULL OR ${call.sql(2)} IS NULL THEN NULL ELSE ${near} END`;
    },
  }),
  two('ST_AZIMUTH', own.geo_azimuth, 'FLOAT64'),
  scalar(
    'ST_BOUNDINGBOX',
    { '(GEOGRAPHY) -> INFERRED': (call) => boxOf(`${own.geo_bounds}(${call.sql(0)})`) },
    { returns: () => BOX },
  ),
  one('ST_CENTROID', own.geo_centroid, 'GEOGRAPHY'),
  scalar('ST_CLOSESTPOINT', { '(GEOGRAPHY, GEOGRAPHY, [BOOL]) -> GEOGRAPHY': onSphere(own.geo_closest, 2) }),
  two('ST_INTERSECTS', own.geo_intersects, 'BOOL'),
  scalar('ST_DISJOINT', { '(GEOGRAPHY, GEOGRAPHY) -> BOOL': `(NOT ${own.geo_intersects}($1, $2))` }),
  two('ST_COVERS', own.geo_covers, 'BOOL'),
  swapped('ST_COVEREDBY', own.geo_covers),
  two('ST_CONTAINS', own.geo_contains, 'BOOL'),
  swapped('ST_WITHIN', own.geo_contains),
  two('ST_TOUCHES', own.geo_touches, 'BOOL'),
  two('ST_EQUALS', own.geo_equals, 'BOOL'),
  scalar('ST_UNION', {
    '(GEOGRAPHY, GEOGRAPHY) -> GEOGRAPHY': `${own.geo_union}($1, $2)`,
    '(ARRAY<GEOGRAPHY>) -> GEOGRAPHY': `${own.geo_union_all}($1)`,
  }),
  two('ST_INTERSECTION', own.geo_intersection, 'GEOGRAPHY'),
  two('ST_DIFFERENCE', own.geo_difference, 'GEOGRAPHY'),
  one('ST_CONVEXHULL', own.geo_hull, 'GEOGRAPHY'),
  scalar('ST_SIMPLIFY', { '(GEOGRAPHY, FLOAT64) -> GEOGRAPHY': `${own.geo_simplify}($1, $2)` }),
  scalar('ST_SNAPTOGRID', { '(GEOGRAPHY, FLOAT64) -> GEOGRAPHY': `${own.geo_snap}($1, $2)` }),
  scalar('ST_BUFFER', {
    '(GEOGRAPHY, FLOAT64, [num_seg_quarter_circle => FLOAT64]) -> GEOGRAPHY': (call) =>
      `${own.geo_buffer}(${call.sql(0)}, ${call.sql(1)}, ${call.named('num_seg_quarter_circle')?.sql ?? '8.0'})`,
  }),
  two('ST_LINELOCATEPOINT', own.geo_locate, 'FLOAT64'),
  scalar('ST_LINEINTERPOLATEPOINT', { '(GEOGRAPHY, FLOAT64) -> GEOGRAPHY': `${own.geo_along}($1, $2)` }),
  scalar('ST_LINESUBSTRING', {
    '(GEOGRAPHY, FLOAT64, FLOAT64) -> GEOGRAPHY': `${own.geo_substring}($1, $2, $3)`,
  }),
  scalar('ST_ANGLE', { '(GEOGRAPHY, GEOGRAPHY, GEOGRAPHY) -> FLOAT64': `${own.geo_angle}($1, $2, $3)` }),
  scalar('ST_HAUSDORFFDISTANCE', {
    '(GEOGRAPHY, GEOGRAPHY, [directed => BOOL]) -> FLOAT64': (call) => hausdorff(call),
  }),
  scalar('ST_HAUSDORFFDWITHIN', {
    '(GEOGRAPHY, GEOGRAPHY, FLOAT64, [directed => BOOL]) -> BOOL': (call) => {
      const isKnown = [0, 1, 2].map((index) => `${call.sql(index)} IS NOT NULL`).join(' AND ');
      return `CASE WHEN ${isKnown} THEN coalesce(${hausdorff(call)} <= ${call.sql(2)}, false) END`;
    },
  }),
  scalar('ST_INTERSECTSBOX', {
    '(GEOGRAPHY, FLOAT64, FLOAT64, FLOAT64, FLOAT64) -> BOOL': `${own.geo_in_box}($1, $2, $3, $4, $5)`,
  }),
  scalar('S2_CELLIDFROMPOINT', {
    '(GEOGRAPHY, [level => INT64]) -> INT64': (call) =>
      `${own.geo_cell}(${call.sql(0)}, CAST(${call.named('level')?.sql ?? '30'} AS DOUBLE))`,
  }),
  scalar('ST_BUFFERWITHTOLERANCE', {
    '(GEOGRAPHY, FLOAT64, tolerance_meters => FLOAT64) -> GEOGRAPHY': `${own.geo_buffer_within}($1, $2, $3)`,
  }),
  windowFunction('ST_CLUSTERDBSCAN', {
    '(GEOGRAPHY, FLOAT64, INT64) -> INT64': (call) => {
      const clusters = `${own.geo_clusters}(${call.aggregate('list', call.sql(0))}, ${call.sql(1)}, CAST(${call.sql(2)} AS DOUBLE))`;
      return `CAST(list_extract(${clusters}, ${call.aggregate('row_number')}) AS BIGINT)`;
    },
  }),
  aggregate('ST_UNION_AGG', { '(GEOGRAPHY) -> GEOGRAPHY': gathered(own.geo_union_all) }),
  aggregate('ST_CENTROID_AGG', { '(GEOGRAPHY) -> GEOGRAPHY': gathered(own.geo_centroid_all) }),
  aggregate(
    'ST_EXTENT',
    { '(GEOGRAPHY) -> INFERRED': (call) => boxOf(gathered(own.geo_extent)(call)) },
    { returns: () => BOX },
  ),
];

function hausdorff(call: Call): string {
  return `${own.geo_hausdorff}(${call.sql(0)}, ${call.sql(1)}, ${call.named('directed')?.sql ?? 'false'})`;
}

/** Measures take a flag for the spheroid, which the service refuses when it is true. */
function onSphere(ownName: string, arguments_: number) {
  return (call: Call): string => {
    refuseSpheroid(call, arguments_);
    return `${ownName}(${call.all().slice(0, arguments_).join(', ')})`;
  };
}

function refuseSpheroid(call: Call, place: number): void {
  if (call.has(place) && call.literal(place) !== false) {
    throw notImplemented(`${call.name} on a spheroid`, 'query', call.pos);
  }
}
