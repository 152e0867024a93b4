import type { OwnCase } from './case.js';

const RADIUS = 6_371_010;
const square = (size: number, at = 0) =>
  `ST_GEOGFROMTEXT('POLYGON((${at} ${at}, ${at + size} ${at}, ${at + size} ${at + size}, ${at} ${at + size}, ${at} ${at}))')`;
const octant = "ST_GEOGFROMTEXT('POLYGON((0 0, 90 0, 0 90, 0 0))')";
const text = (wkt: string) => `ST_GEOGFROMTEXT('${wkt}')`;

/** Relations of a square from 0 to 4 degrees to others: intersects, covers, contains, touches, equals. */
const relations: readonly (readonly [name: string, wkt: string, holds: string])[] = [
  ['a point inside', 'POINT(2 2)', 'intersects covers contains'],
  ['a corner', 'POINT(4 0)', 'intersects covers touches'],
  ['a place on the equator', 'POINT(2 0)', 'intersects covers touches'],
  ['a point outside', 'POINT(5 5)', ''],
  ['a line inside', 'LINESTRING(1 1, 3 3)', 'intersects covers contains'],
  ['a line across', 'LINESTRING(-1 1, 5 1)', 'intersects'],
  ['a line along the equator', 'LINESTRING(1 0, 3 0)', 'intersects covers touches'],
  ['a line that ends at a corner', 'LINESTRING(4 4, 5 5)', 'intersects touches'],
  ['a smaller square', 'POLYGON((1 1, 2 1, 2 2, 1 2, 1 1))', 'intersects covers contains'],
  ['a square that overlaps', 'POLYGON((2 2, 6 2, 6 6, 2 6, 2 2))', 'intersects'],
  ['a square beside it', 'POLYGON((4 0, 8 0, 8 4, 4 4, 4 0))', 'intersects touches'],
  ['itself, begun elsewhere', 'POLYGON((4 4, 0 4, 0 0, 4 0, 4 4))', 'intersects covers contains equals'],
  ['nothing', 'POINT EMPTY', ''],
];

export const geographyCases: OwnCase[] = [
  {
    name: 'prints what was read, in the order of its kinds',
    sql: `SELECT ARRAY(SELECT ST_ASTEXT(ST_GEOGFROMTEXT(t)) FROM UNNEST([
      'point ( 1 2.50 )', 'MULTIPOINT((1 2), (3 4))', 'MULTIPOINT(1 2, 1 2)', 'LINESTRING(0 0, 1 1, 1 1, 2 0)',
      'POLYGON((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))',
      'MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))',
      'GEOMETRYCOLLECTION(LINESTRING(1 1, 2 2), POINT(0 0), POLYGON EMPTY)', 'POLYGON EMPTY', 'POINT(190 -1e-7)']) AS t WITH OFFSET o ORDER BY o)`,
    rows: [
      [
        [
          'POINT(1 2.5)',
          'MULTIPOINT(1 2, 3 4)',
          'POINT(1 2)',
          'LINESTRING(0 0, 1 1, 2 0)',
          'POLYGON((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))',
          'MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))',
          'GEOMETRYCOLLECTION(POINT(0 0), LINESTRING(1 1, 2 2))',
          'GEOMETRYCOLLECTION EMPTY',
          'POINT(-170 -1e-07)',
        ],
      ],
    ],
  },
  {
    name: 'turns rings so that the smaller part is inside, unless they are oriented',
    sql: `SELECT ST_ASTEXT(${text('POLYGON((0 0, 0 1, 1 1, 1 0, 0 0))')}),
      ST_AREA(ST_GEOGFROMTEXT('POLYGON((0 0, 0 90, 90 0, 0 0))', oriented => TRUE)) / ST_AREA(${octant})`,
    rows: [['POLYGON((1 0, 1 1, 0 1, 0 0, 1 0))', 7]],
  },
  {
    name: 'has columns of geographies, whose values are well-known text on the wire',
    setup:
      'CREATE TABLE d.t (id INT64, g GEOGRAPHY, many ARRAY<GEOGRAPHY>); INSERT d.t VALUES (1, ST_GEOGPOINT(1.5, -2), [ST_GEOGPOINT(0, 0)]), (2, NULL, [])',
    sql: 'SELECT id, g, many FROM d.t ORDER BY id',
    columns: ['id INTEGER', 'g GEOGRAPHY', 'many GEOGRAPHY*'],
    rows: [
      [1, 'POINT(1.5 -2)', ['POINT(0 0)']],
      [2, null, []],
    ],
  },
  {
    name: 'measures on the sphere',
    sql: `SELECT ST_DISTANCE(ST_GEOGPOINT(0, 0), ST_GEOGPOINT(0, 90)), ST_AREA(${octant}), ST_PERIMETER(${octant}),
      ST_LENGTH(${text('MULTILINESTRING((0 0, 1 0), (0 0, 0 2))')}), ST_LENGTH(${octant}), ST_AREA(ST_GEOGPOINT(0, 0)),
      ST_DISTANCE(ST_GEOGPOINT(1, 1), ${text('LINESTRING(0 0, 2 0)')}), ST_DISTANCE(${square(4)}, ST_GEOGPOINT(2, 2)),
      ST_DISTANCE(ST_GEOGPOINT(0, 0), ${text('POINT EMPTY')}), ST_AZIMUTH(ST_GEOGPOINT(0, 0), ST_GEOGPOINT(1, 0))`,
    rows: [
      [
        (RADIUS * Math.PI) / 2,
        (RADIUS ** 2 * Math.PI) / 2,
        (RADIUS * 3 * Math.PI) / 2,
        (RADIUS * 3 * Math.PI) / 180,
        0,
        0,
        (RADIUS * Math.PI) / 180,
        0,
        null,
        Math.PI / 2,
      ],
    ],
  },
  {
    name: 'subtracts holes from areas',
    sql: `SELECT ROUND(ST_AREA(${text('POLYGON((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))')}) - ST_AREA(${square(4)}) + ST_AREA(${square(1, 1)}))`,
    rows: [[0]],
  },
  ...relations.map(([name, wkt, holds]) => ({
    name: `relates a square to ${name}`,
    sql: `SELECT ST_INTERSECTS(a, b), ST_DISJOINT(a, b), ST_COVERS(a, b), ST_COVEREDBY(b, a), ST_CONTAINS(a, b), ST_WITHIN(b, a), ST_TOUCHES(a, b), ST_TOUCHES(b, a), ST_EQUALS(a, b)
      FROM (SELECT ${square(4)} AS a, ${text(wkt)} AS b)`,
    rows: [
      [
        holds.includes('intersects'),
        !holds.includes('intersects'),
        holds.includes('covers'),
        holds.includes('covers'),
        holds.includes('contains'),
        holds.includes('contains'),
        holds.includes('touches'),
        holds.includes('touches'),
        holds.includes('equals'),
      ],
    ],
  })),
  {
    name: 'leaves holes out of what it covers',
    sql: `SELECT ST_COVERS(p, ST_GEOGPOINT(1.5, 1.5)), ST_COVERS(p, ST_GEOGPOINT(1, 1)), ST_COVERS(p, ${square(3, 0.5)}), ST_INTERSECTS(p, ST_GEOGPOINT(1.5, 1.5))
      FROM (SELECT ${text('POLYGON((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))')} AS p)`,
    rows: [[false, true, false, false]],
  },
  {
    name: 'writes GeoJSON, with places between where straight lines would leave the arc by ten metres',
    sql: `SELECT ST_ASGEOJSON(ST_GEOGPOINT(1, -2.5)), ST_ASGEOJSON(${text('GEOMETRYCOLLECTION(POINT(0 0), LINESTRING(0 0, 1 0))')}),
      ST_NUMPOINTS(ST_GEOGFROMGEOJSON(ST_ASGEOJSON(${text('LINESTRING(0 60, 10 60)')})))`,
    rows: [
      [
        '{ "type": "Point", "coordinates": [1, -2.5] } ',
        '{ "type": "GeometryCollection", "geometries": [ { "type": "Point", "coordinates": [0, 0] }, { "type": "LineString", "coordinates": [ [0, 0], [1, 0] ] } ] } ',
        // An arc of ten degrees leaves its parallel by 10.5 km, a quarter of that after each halving.
        65,
      ],
    ],
  },
  {
    name: 'reads GeoJSON, whose lines are straight in degrees',
    sql: `SELECT ST_ASTEXT(ST_GEOGFROMGEOJSON('{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}')),
      ST_ASTEXT(ST_GEOGFROM('{"type": "Point", "coordinates": [1, 2, 3]}')),
      ST_ASTEXT(ST_POINTN(ST_GEOGFROMGEOJSON('{"type": "LineString", "coordinates": [[0, 60], [10, 60]]}'), 2))`,
    rows: [['POLYGON((0 0, 1 0, 1 1, 0 0))', 'POINT(1 2)', 'POINT(0.15625 60)']],
  },
  {
    name: 'writes and reads well-known binary',
    sql: `SELECT TO_HEX(ST_ASBINARY(ST_GEOGPOINT(1, 2))), ST_ASTEXT(ST_GEOGFROMWKB(FROM_HEX('00000000013FF00000000000004000000000000000'))),
      ARRAY(SELECT ST_ASTEXT(ST_GEOGFROMWKB(ST_ASBINARY(ST_GEOGFROMTEXT(t)))) = t FROM UNNEST(['LINESTRING(0 0, 1 1)', 'POLYGON((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))', 'GEOMETRYCOLLECTION(POINT(0 0), LINESTRING(1 1, 2 2))', 'GEOMETRYCOLLECTION EMPTY']) AS t),
      ST_ASTEXT(ST_GEOGFROM('0101000000000000000000F03F0000000000000040'))`,
    rows: [
      ['0101000000000000000000f03f0000000000000040', 'POINT(1 2)', [true, true, true, true], 'POINT(1 2)'],
    ],
  },
  {
    name: 'hashes points',
    sql: "SELECT ST_GEOHASH(ST_GEOGPOINT(-122.35, 47.62), 10), LENGTH(ST_GEOHASH(ST_GEOGPOINT(0, 0))), ROUND(ST_X(ST_GEOGPOINTFROMGEOHASH('c22yzugqw7')), 4), ROUND(ST_Y(ST_GEOGPOINTFROMGEOHASH('c22yzugqw7')), 4)",
    rows: [['c22yzugqw7', 20, -122.35, 47.62]],
  },
  {
    name: 'tells what geographies are made of',
    sql: `SELECT ARRAY(SELECT AS STRUCT ST_GEOMETRYTYPE(g) AS t, ST_DIMENSION(g) AS d, ST_NUMPOINTS(g) AS n, ST_NUMGEOMETRIES(g) AS m, ST_ISEMPTY(g) AS e, ST_ISCOLLECTION(g) AS c, ST_ISCLOSED(g) AS l, ST_ISRING(g) AS r
      FROM UNNEST([${text('POINT EMPTY')}, ${text('MULTIPOINT(0 0, 1 1)')}, ${text('LINESTRING(0 0, 1 0, 1 1, 0 0)')}, ${square(1)}]) AS g WITH OFFSET o ORDER BY o)`,
    rows: [
      [
        [
          { t: 'ST_GeometryCollection', d: -1, n: 0, m: 0, e: true, c: false, l: false, r: false },
          { t: 'ST_MultiPoint', d: 0, n: 2, m: 2, e: false, c: true, l: true, r: false },
          { t: 'ST_LineString', d: 1, n: 4, m: 1, e: false, c: false, l: true, r: true },
          { t: 'ST_Polygon', d: 2, n: 5, m: 1, e: false, c: false, l: false, r: false },
        ],
      ],
    ],
  },
  {
    name: 'takes geographies apart',
    sql: `SELECT ST_ASTEXT(ST_STARTPOINT(l)), ST_ASTEXT(ST_ENDPOINT(l)), ST_ASTEXT(ST_POINTN(l, -2)), ST_POINTN(l, 4) IS NULL, ST_ASTEXT(ST_BOUNDARY(l)), ST_ASTEXT(ST_BOUNDARY(p)),
      ARRAY(SELECT ST_ASTEXT(g) FROM UNNEST(ST_DUMP(${text('MULTIPOINT(0 0, 1 1)')})) AS g), ST_ASTEXT(ST_EXTERIORRING(p)), ARRAY_LENGTH(ST_INTERIORRINGS(p)), ARRAY_LENGTH(ST_DUMP(p, 0))
      FROM (SELECT ${text('LINESTRING(0 0, 1 1, 2 0)')} AS l, ${square(1)} AS p)`,
    rows: [
      [
        'POINT(0 0)',
        'POINT(2 0)',
        'POINT(1 1)',
        true,
        'MULTIPOINT(0 0, 2 0)',
        'LINESTRING(0 0, 1 0, 1 1, 0 1, 0 0)',
        ['POINT(0 0)', 'POINT(1 1)'],
        'LINESTRING(0 0, 1 0, 1 1, 0 1, 0 0)',
        0,
        0,
      ],
    ],
  },
  {
    name: 'makes lines and polygons',
    sql: `SELECT ST_ASTEXT(ST_MAKELINE(ST_GEOGPOINT(0, 0), ${text('LINESTRING(1 1, 2 2)')})), ST_ASTEXT(ST_MAKELINE([ST_GEOGPOINT(0, 0), NULL, ST_GEOGPOINT(1, 0)])),
      ST_ASTEXT(ST_MAKEPOLYGON(${text('LINESTRING(0 0, 4 0, 4 4, 0 0)')}, [${text('LINESTRING(2 1, 3 1, 3 2, 2 1)')}]))`,
    rows: [
      [
        'LINESTRING(0 0, 1 1, 2 2)',
        'LINESTRING(0 0, 1 0)',
        'POLYGON((0 0, 4 0, 4 4, 0 0), (3 2, 3 1, 2 1, 3 2))',
      ],
    ],
  },
  {
    name: 'joins and separates what does not overlap in part',
    sql: `SELECT ST_ASTEXT(ST_UNION(ST_GEOGPOINT(0, 0), ST_GEOGPOINT(0, 0))), ST_EQUALS(ST_UNION(${square(1)}, ${square(4)}), ${square(4)}), ST_GEOMETRYTYPE(ST_UNION([${square(1)}, ${square(1, 5)}])),
      ST_EQUALS(ST_INTERSECTION(${square(1)}, ${square(4)}), ${square(1)}), ST_ISEMPTY(ST_INTERSECTION(${square(1)}, ${square(1, 5)})), ST_ASTEXT(ST_INTERSECTION(${square(1)}, ${text('MULTIPOINT(0.5 0.5, 3 3)')})),
      ST_ASTEXT(ST_DIFFERENCE(${square(4)}, ${square(1, 1)})), ST_ASTEXT(ST_DIFFERENCE(${text('MULTIPOINT(0.5 0.5, 3 3)')}, ${square(1)}))`,
    rows: [
      [
        'POINT(0 0)',
        true,
        'ST_MultiPolygon',
        true,
        true,
        'POINT(0.5 0.5)',
        'POLYGON((0 0, 4 0, 4 4, 0 4, 0 0), (1 2, 2 2, 2 1, 1 1, 1 2))',
        'POINT(3 3)',
      ],
    ],
  },
  {
    name: 'cuts polygons where their edges cross',
    sql: `SELECT ST_ASTEXT(ST_INTERSECTION(${square(4)}, ${square(4, 2)})), ST_ASTEXT(ST_UNION(${square(4)}, ${square(4, 2)})), ST_ASTEXT(ST_DIFFERENCE(${square(4)}, ${square(4, 2)})),
      ST_NUMGEOMETRIES(ST_DIFFERENCE(${square(4)}, ${text('POLYGON((-1 1, 5 1, 5 2, -1 2, -1 1))')})),
      ABS(ST_AREA(ST_UNION(${square(4)}, ${square(4, 2)})) + ST_AREA(ST_INTERSECTION(${square(4)}, ${square(4, 2)})) - ST_AREA(${square(4)}) - ST_AREA(${square(4, 2)})) < 1`,
    rows: [
      [
        'POLYGON((2 2, 4 2.00121809765277, 4 4, 2 4.00243025545118, 2 2))',
        'POLYGON((2 4.00243025545118, 0 4, 0 0, 4 0, 4 2.00121809765277, 6 2, 6 6, 2 6, 2 4.00243025545118))',
        'POLYGON((2 4.00243025545118, 0 4, 0 0, 4 0, 4 2.00121809765277, 2 2, 2 4.00243025545118))',
        2,
        true,
      ],
    ],
  },
  {
    name: 'joins polygons that share an edge, and cuts holes where they overlap',
    sql: `SELECT ST_ASTEXT(ST_UNION(${square(4)}, ${text('POLYGON((4 0, 8 0, 8 4, 4 4, 4 0))')})),
      (SELECT ABS(ST_AREA(ST_INTERSECTION(ring, half)) - ST_AREA(ring) / 2) / ST_AREA(ring) < 1e-9 FROM (SELECT ${text(
        'POLYGON((-4 -4, 4 -4, 4 4, -4 4, -4 -4), (-1 -1, -1 1, 1 1, 1 -1, -1 -1))',
      )} AS ring, ${text('POLYGON((-9 -9, 0 -9, 0 9, -9 9, -9 -9))')} AS half))`,
    rows: [['POLYGON((4 4, 0 4, 0 0, 4 0, 8 0, 8 4, 4 4))', true]],
  },
  {
    name: 'cuts lines where they meet polygons and other lines',
    sql: `SELECT ST_ASTEXT(ST_INTERSECTION(${text('LINESTRING(-1 1, 5 1)')}, ${square(4)})), ST_ASTEXT(ST_DIFFERENCE(${text('LINESTRING(-1 1, 5 1)')}, ${square(4)})),
      ST_ASTEXT(ST_INTERSECTION(${text('LINESTRING(0 0, 2 2)')}, ${text('LINESTRING(0 2, 2 0)')}))`,
    rows: [
      [
        'LINESTRING(0 1.00076218203923, 4 1.00076218203923)',
        'MULTILINESTRING((-1 1, 0 1.00076218203923), (4 1.00076218203923, 5 1))',
        'POINT(1 1.00045705372412)',
      ],
    ],
  },
  {
    name: 'measures angles and how far vertices are from each other',
    sql: `SELECT ROUND(ST_ANGLE(ST_GEOGPOINT(0, 1), ST_GEOGPOINT(0, 0), ST_GEOGPOINT(1, 0)) / ACOS(-1), 12), ROUND(ST_ANGLE(ST_GEOGPOINT(1, 0), ST_GEOGPOINT(0, 0), ST_GEOGPOINT(0, 1)) / ACOS(-1), 12),
      ST_ANGLE(ST_GEOGPOINT(0, 0), ST_GEOGPOINT(0, 0), ST_GEOGPOINT(1, 0)), ROUND(ST_HAUSDORFFDISTANCE(a, b) / ${RADIUS} / ACOS(-1) * 180, 9),
      ROUND(ST_HAUSDORFFDISTANCE(a, b, directed => TRUE) / ${RADIUS} / ACOS(-1) * 180, 9), ST_HAUSDORFFDWITHIN(a, b, 400000), ST_HAUSDORFFDWITHIN(a, b, 400000, directed => TRUE)
      FROM (SELECT ${text('LINESTRING(0 0, 1 0)')} AS a, ${text('LINESTRING(0 0, 5 0)')} AS b)`,
    rows: [[0.5, 1.5, null, 4, 1, false, true]],
  },
  {
    name: 'takes parts of lines, looks into boxes and names cells',
    sql: `SELECT ST_ASTEXT(ST_LINESUBSTRING(${text('LINESTRING(0 0, 2 0, 4 0)')}, 0.25, 0.75)), ST_ASTEXT(ST_LINESUBSTRING(${text('LINESTRING(0 0, 4 0)')}, 0.5, 0.5)),
      ST_INTERSECTSBOX(${text('LINESTRING(-1 1, 5 1)')}, 0, 0, 2, 2), ST_INTERSECTSBOX(${text('LINESTRING(1 -1, 1 5)')}, 0, 0, 2, 2), ST_INTERSECTSBOX(ST_GEOGPOINT(10, 1), 0, 0, 2, 2), ST_INTERSECTSBOX(ST_GEOGPOINT(179, 1), 170, 0, -170, 2), ST_INTERSECTSBOX(${square(40)}, 1, 1, 2, 2),
      S2_CELLIDFROMPOINT(ST_GEOGPOINT(1, 1)), S2_CELLIDFROMPOINT(ST_GEOGPOINT(1, 1), level => 10), ROUND(ST_AREA(ST_BUFFERWITHTOLERANCE(ST_GEOGPOINT(1, 1), 100, tolerance_meters => 0.01)) / 10000, 2)`,
    rows: [
      [
        'LINESTRING(1 0, 2 0, 3 0)',
        'POINT(2 0)',
        true,
        true,
        false,
        true,
        true,
        '1153277837650709461',
        '1153278845885874176',
        3.14,
      ],
    ],
  },
  {
    name: 'finds clusters, in each partition',
    sql: `SELECT n, ST_CLUSTERDBSCAN(ST_GEOGPOINT(x, 0), 1e5, 2) OVER (PARTITION BY g) AS c
      FROM UNNEST([STRUCT(1 AS n, 0.0 AS x, 'a' AS g), (2, 0.5, 'a'), (3, 20, 'a'), (4, 40, 'a'), (5, 40.1, 'a'), (6, 1, 'b')]) ORDER BY n`,
    rows: [
      [1, 0],
      [2, 0],
      [3, null],
      [4, 1],
      [5, 1],
      [6, null],
    ],
  },
  {
    name: 'finds centres, hulls, boxes and nearest places',
    sql: `SELECT ST_ASTEXT(ST_CENTROID(${text('LINESTRING(0 0, 10 0)')})), ST_EQUALS(ST_CONVEXHULL(${text('MULTIPOINT(0 0, 4 0, 4 4, 0 4, 2 2)')}), ${square(4)}), ST_ASTEXT(ST_CONVEXHULL(${text('MULTIPOINT(0 0, 1 0)')})),
      ST_BOUNDINGBOX(${text('LINESTRING(170 0, -170 10)')}), ROUND(ST_BOUNDINGBOX(${text('LINESTRING(-45 45, 45 45)')}).ymax, 9), ST_DISTANCE(ST_CLOSESTPOINT(${text('LINESTRING(0 0, 10 0)')}, ST_GEOGPOINT(5, 5)), ST_GEOGPOINT(5, 0)) < 1e-6`,
    rows: [
      [
        'POINT(5 0)',
        true,
        'LINESTRING(0 0, 1 0)',
        { xmin: 170, ymin: 0, xmax: 190, ymax: 10 },
        54.735610317,
        true,
      ],
    ],
  },
  {
    name: 'simplifies, snaps and walks along',
    sql: `SELECT ST_ASTEXT(ST_SIMPLIFY(${text('LINESTRING(0 0, 1 0.00001, 2 0)')}, 10)), ST_NUMPOINTS(ST_SIMPLIFY(${text('LINESTRING(0 0, 1 1, 2 0)')}, 10)), ST_ASTEXT(ST_SNAPTOGRID(${text('LINESTRING(0.12 0.18, 1.04 1, 1.02 1)')}, 0.1)),
      ST_LINELOCATEPOINT(${text('LINESTRING(0 0, 4 0)')}, ST_GEOGPOINT(1, 1)), ST_ASTEXT(ST_LINEINTERPOLATEPOINT(${text('LINESTRING(0 0, 4 0)')}, 0.25))`,
    rows: [['LINESTRING(0 0, 2 0)', 3, 'LINESTRING(0.1 0.2, 1 1)', 0.25, 'POINT(1 0)']],
  },
  {
    name: 'draws circles around points',
    sql: `SELECT ST_NUMPOINTS(b), ROUND(ST_MAXDISTANCE(b, p), 6), ST_NUMPOINTS(ST_BUFFER(p, 100, num_seg_quarter_circle => 2)), ROUND(ST_AREA(b) / (100 * 100 * ACOS(-1)), 2)
      FROM (SELECT p, ST_BUFFER(p, 100) AS b FROM (SELECT ST_GEOGPOINT(11.5, 48.1) AS p))`,
    rows: [[33, 100, 9, 0.99]],
  },
  {
    name: 'aggregates',
    sql: 'SELECT ST_ASTEXT(ST_UNION_AGG(g)), ST_ASTEXT(ST_CENTROID_AGG(g)), ST_EXTENT(g), ST_UNION_AGG(IF(FALSE, g, NULL)) FROM UNNEST([ST_GEOGPOINT(0, 0), NULL, ST_GEOGPOINT(10, 0)]) AS g',
    rows: [['MULTIPOINT(0 0, 10 0)', 'POINT(5 0)', { xmin: 0, ymin: 0, xmax: 10, ymax: 0 }, null]],
  },
  {
    name: 'gives NULL for NULL',
    sql: 'SELECT ST_ASTEXT(NULL), ST_GEOGPOINT(NULL, 1) IS NULL, ST_DWITHIN(ST_GEOGPOINT(0, 0), NULL, 1), ST_COVERS(NULL, ST_GEOGPOINT(0, 0)), SAFE.ST_GEOGFROMTEXT("x") IS NULL',
    rows: [[null, true, null, null, true]],
  },
  ...(
    [
      ["ST_GEOGFROMTEXT('POINT(1)')", 'ST_GeogFromText failed: a number is wanted, not )'],
      ["ST_GEOGFROMTEXT('CIRCLE(1 1)')", 'ST_GeogFromText failed: unknown kind of geography: CIRCLE'],
      ['ST_GEOGPOINT(0, 91)', 'Latitude must be between -90 and 90 degrees; got 91'],
      ["ST_GEOGFROMGEOJSON('[]')", 'ST_GeogFromGeoJSON failed: unknown type of geometry'],
      ["ST_GEOGFROMWKB(b'\\x01\\x01')", 'ST_GeogFromWKB failed: it ends too early'],
      ["ST_X(ST_GEOGFROMTEXT('LINESTRING(0 0, 1 1)'))", 'ST_X takes a single Point'],
      ['ST_GEOGPOINT(0, 0) = ST_GEOGPOINT(0, 0)', 'not defined for arguments'],
    ] as const
  ).map(([expression, error]) => ({ name: `refuses ${expression}`, sql: `SELECT ${expression}`, error })),
  ...(
    [
      ["ST_GEOGFROMTEXT('POINT(0 0)', planar => TRUE)", 'ST_GEOGFROMTEXT with planar'],
      ['ST_AREA(ST_GEOGPOINT(0, 0), TRUE)', 'ST_AREA on a spheroid'],
      ['S2_COVERINGCELLIDS(ST_GEOGPOINT(0, 0))', 'Function S2_COVERINGCELLIDS'],
    ] as const
  ).map(([expression, error]) => ({
    name: `refuses ${expression} by name`,
    sql: `SELECT ${expression}`,
    error,
    reason: 'notImplemented',
  })),
];
