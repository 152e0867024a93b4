import { type Edge, EMPTY, edgesOf, type Geography, type Place, placeAt, placesOf } from './model.js';
import { intersects } from './predicates.js';
import { cross, dot, normalOf, toDegrees, type Vector } from './sphere.js';

/** Degrees; from `west` eastwards to `east`, also across the antimeridian. */
export interface Rectangle {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** Is a place of the geography between two meridians and two parallels? */
export function intersectsBox(geography: Geography, box: Rectangle): boolean {
  if (box.south > box.north) throw new Error('the southern latitude is above the northern one');
  if (placesOf(geography).some((place) => isIn(place, box))) return true;
  const corner = (lng: number, lat: number) => placeAt(lng, lat);
  const sides = [box.west, box.east].map((lng) => [corner(lng, box.south), corner(lng, box.north)]);
  if (box.south < box.north && intersects(geography, { ...EMPTY, lines: sides })) return true;
  if (box.south === box.north && intersects(geography, { ...EMPTY, points: sides.flat() })) return true;
  return edgesOf(geography).some((edge) =>
    [box.south, box.north].some((lat) => crossesParallel(edge, lat, box)),
  );
}

function isIn({ lng, lat }: Pick<Place, 'lng' | 'lat'>, box: Rectangle): boolean {
  if (lat < box.south || lat > box.north) return false;
  return box.west <= box.east ? lng >= box.west && lng <= box.east : lng >= box.west || lng <= box.east;
}

/** Does the edge have a place on a parallel, between the meridians of the box? */
function crossesParallel([from, to]: Edge, lat: number, box: Rectangle): boolean {
  const normal = normalOf(from.at, to.at);
  const [a, b, c] = normal;
  const height = Math.sin((lat * Math.PI) / 180);
  // The circle's places (x, y) at that height: a·x + b·y = −c·height, x² + y² = 1 − height².
  const flat = a * a + b * b;
  if (flat === 0) return false;
  const away = (-c * height) / flat;
  const left = (1 - height * height) / flat - away * away;
  if (left < 0) return false;
  const along = Math.sqrt(left);
  return [along, -along].some((step) => {
    const at: Vector = [a * away - b * step, b * away + a * step, height];
    if (dot(cross(normal, from.at), at) < 0 || dot(cross(to.at, normal), at) < 0) return false;
    const [lng] = toDegrees(at);
    return isIn({ lng, lat }, box);
  });
}
