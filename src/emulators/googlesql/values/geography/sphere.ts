/** Vectors on the unit sphere, and distances along it in radians. */
export type Vector = readonly [x: number, y: number, z: number];

/** Radius of the sphere that the service measures on, in metres. */
export const EARTH_RADIUS_METERS = 6_371_010;

const RADIANS = Math.PI / 180;

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function add(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

export function subtract(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

export function scale(a: Vector, factor: number): Vector {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

export function norm(a: Vector): number {
  return Math.sqrt(dot(a, a));
}

export function unit(a: Vector): Vector {
  const length = norm(a);
  return length === 0 ? a : scale(a, 1 / length);
}

/** The normal of the plane through two points, exact for points that are close to each other too. */
export function normalOf(a: Vector, b: Vector): Vector {
  return cross(subtract(b, a), add(a, b)).map((part) => -part / 2) as unknown as Vector;
}

/** From the length of the chord, as the service has it. */
export function angleBetween(a: Vector, b: Vector): number {
  return 2 * Math.asin(Math.min(1, 0.5 * norm(subtract(a, b))));
}

/** The way along a great circle, from the planes: more exact for long ones. */
export function arcLength(a: Vector, b: Vector): number {
  return Math.atan2(norm(cross(a, b)), dot(a, b));
}

/** On which side of the great circle from `a` to `b` lies `c`? Left is 1, within rounding is 0. */
export function sideOf(a: Vector, b: Vector, c: Vector): -1 | 0 | 1 {
  const distance = dot(normalOf(a, b), c);
  if (Math.abs(distance) < ROUNDING * Math.max(norm(subtract(a, b)), ROUNDING)) return 0;
  return distance > 0 ? 1 : -1;
}

/** Of places on the unit sphere: a hundredth of a micrometre on the earth. */
export const ROUNDING = 2e-15;

export function isSame(a: Vector, b: Vector): boolean {
  return norm(subtract(a, b)) < ROUNDING;
}

export function interpolate(a: Vector, b: Vector, fraction: number): Vector {
  if (fraction <= 0) return a;
  if (fraction >= 1) return b;
  const angle = arcLength(a, b);
  if (angle === 0) return a;
  const tangent = unit(cross(normalOf(a, b), a));
  return unit(add(scale(a, Math.cos(fraction * angle)), scale(tangent, Math.sin(fraction * angle))));
}

/** The place of the edge from `a` to `b` that is nearest to `p`. */
export function nearestOnEdge(p: Vector, a: Vector, b: Vector): Vector {
  const normal = unit(normalOf(a, b));
  const foot = subtract(p, scale(normal, dot(p, normal)));
  const isBetween = dot(cross(normal, a), foot) > 0 && dot(cross(b, normal), foot) > 0;
  if (isBetween && norm(normalOf(a, b)) > 0) return unit(foot);
  return norm(subtract(p, a)) <= norm(subtract(p, b)) ? a : b;
}

/** Do two edges cross at a place inside of both? */
export function crossProperly(a: Vector, b: Vector, c: Vector, d: Vector): boolean {
  if (isSame(a, c) || isSame(a, d) || isSame(b, c) || isSame(b, d)) return false;
  const [abc, abd, cda, cdb] = [sideOf(a, b, c), sideOf(a, b, d), sideOf(c, d, a), sideOf(c, d, b)];
  if (abc * abd >= 0 || cda * cdb >= 0) return false;
  // The great circles meet twice; the edges lie on the same half of the sphere there.
  return abc === -abd && cda === -cdb && abc === cdb && dot(add(a, b), add(c, d)) > -1;
}

/** Where the great circles of two edges that cross meet. */
export function crossingOf(a: Vector, b: Vector, c: Vector, d: Vector): Vector {
  const place = unit(cross(normalOf(a, b), normalOf(c, d)));
  return dot(place, add(add(a, b), add(c, d))) < 0 ? scale(place, -1) : place;
}

/** Degrees of longitude and latitude. */
export function toDegrees([x, y, z]: Vector): [lng: number, lat: number] {
  return [Math.atan2(y, x) / RADIANS, Math.atan2(z, Math.sqrt(x * x + y * y)) / RADIANS];
}

export function fromDegrees(lng: number, lat: number): Vector {
  const [sinLng, cosLng] = sinCos(lng * RADIANS);
  const [sinLat, cosLat] = sinCos(lat * RADIANS);
  return [cosLng * cosLat, sinLng * cosLat, sinLat];
}

// Sine and cosine to the last bit, as the C library of the service has them: JavaScript's are off by one now and then,
// which is a hundredth of a micrometre and shows in distances of metres. Numbers are sums of two doubles.

type Sum = readonly [high: number, low: number];

const HALF_PI: Sum = [1.5707963267948966, 6.123233995736766e-17];
const SPLIT = 134_217_729;
/** Enough for an angle of up to π/4. */
const TERMS = 14;
const STEPS_PER_RADIAN = 128;
const SIXTH: Sum = [1 / 6, 9.25185853854297e-18];

function sinCos(angle: number): [sin: number, cos: number] {
  const quarter = Math.round(angle / HALF_PI[0]);
  const rest = plus(exactProduct(-quarter, HALF_PI[0]), [angle, -quarter * HALF_PI[1]]);
  const step = Math.round(rest[0] * STEPS_PER_RADIAN);
  const [sinStep, cosStep] = ofStep(step);
  // Of what is left, at most 1/256, few terms of the series are enough, and only the first ones with two doubles.
  const left: Sum = [rest[0] - step / STEPS_PER_RADIAN, rest[1]];
  const square = times(left, left);
  const q = square[0];
  const ofSin = minus([q * (1 / 120 - q * (1 / 5040 - q / 362_880)), 0], SIXTH);
  const sin = plus(left, times(left, times(square, ofSin)));
  const ofCos: Sum = plus([-0.5, 0], [q * (1 / 24 - q * (1 / 720 - q / 40_320)), 0]);
  const cosLess1 = times(square, ofCos);
  const s = total(plus(sinStep, plus(times(sinStep, cosLess1), times(cosStep, sin))));
  const c = total(plus(cosStep, minus(times(cosStep, cosLess1), times(sinStep, sin))));
  switch (((quarter % 4) + 4) % 4) {
    case 0:
      return [s, c];
    case 1:
      return [c, -s];
    case 2:
      return [-s, -c];
    default:
      return [-c, s];
  }
}

const steps = new Map<number, [sin: Sum, cos: Sum]>();

/** Of an angle of so many steps. */
function ofStep(step: number): [sin: Sum, cos: Sum] {
  let known = steps.get(step);
  if (known === undefined) {
    known = series([step / STEPS_PER_RADIAN, 0]);
    steps.set(step, known);
  }
  return known;
}

function series(angle: Sum): [sin: Sum, cos: Sum] {
  const square = times(angle, angle);
  let [sin, cos, even, odd]: [Sum, Sum, Sum, Sum] = [angle, [1, 0], [1, 0], angle];
  for (let k = 1; k <= TERMS; k++) {
    even = over(times(even, square), -(2 * k - 1) * (2 * k));
    odd = over(times(odd, square), -(2 * k) * (2 * k + 1));
    cos = plus(cos, even);
    sin = plus(sin, odd);
  }
  return [sin, cos];
}

function total([high, low]: Sum): number {
  return high + low;
}

function minus(a: Sum, [high, low]: Sum): Sum {
  return plus(a, [-high, -low]);
}

function plus(a: Sum, b: Sum): Sum {
  const sum = a[0] + b[0];
  const part = sum - a[0];
  const error = a[0] - (sum - part) + (b[0] - part) + a[1] + b[1];
  const high = sum + error;
  return [high, error - (high - sum)];
}

function exactProduct(a: number, b: number): Sum {
  const product = a * b;
  const [aHigh, bHigh] = [SPLIT * a - (SPLIT * a - a), SPLIT * b - (SPLIT * b - b)];
  const [aLow, bLow] = [a - aHigh, b - bHigh];
  return [product, aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)];
}

function times(a: Sum, b: Sum): Sum {
  const [high, low] = exactProduct(a[0], b[0]);
  return plus([high, 0], [low + a[0] * b[1] + a[1] * b[0], 0]);
}

function over(a: Sum, divisor: number): Sum {
  const quotient = a[0] / divisor;
  const [high, low] = exactProduct(quotient, divisor);
  return plus([quotient, 0], [(a[0] - high - low + a[1]) / divisor, 0]);
}
