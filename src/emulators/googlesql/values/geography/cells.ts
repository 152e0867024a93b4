import type { Place } from './model.js';
import { s2PointOf } from './polygon.js';
import { s2 } from './s2.js';

/** The cell of S2 that holds the place, as a signed number of 64 bits. */
export function cellIdOf({ at }: Place, level: number): bigint {
  const { cellid } = s2();
  return BigInt.asIntN(64, cellid.parent(cellid.fromPoint(s2PointOf(at)), level));
}
