import s2js from 's2js';
import type { Place } from './model.js';
import { s2PointOf } from './polygon.js';

/** The cell of S2 that holds the place, as a signed number of 64 bits. */
export function cellIdOf({ at }: Place, level: number): bigint {
  const { cellid } = s2js.s2;
  return BigInt.asIntN(64, cellid.parent(cellid.fromPoint(s2PointOf(at)), level));
}
