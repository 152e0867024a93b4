import { distance } from './measures.js';
import { type Geography, isEmpty } from './model.js';

/**
 * DBSCAN: the number of the cluster of each geography, from 0 in the order in which they are met; null for those with
 * fewer than `minimum` geographies (themselves among them) within `meters` that are not within reach of such a one.
 */
export function clustersOf(
  geographies: readonly (Geography | null)[],
  meters: number,
  minimum: number,
): (number | null)[] {
  const isNear = (left: Geography, right: Geography) => (distance(left, right) ?? Infinity) <= meters;
  const near = geographies.map((one) => {
    if (one === null || isEmpty(one)) return [];
    return geographies.flatMap((other, index) => (other !== null && isNear(one, other) ? [index] : []));
  });
  const clusters = geographies.map((): number | null => null);
  let count = 0;
  for (const [start, neighbours] of near.entries()) {
    if (clusters[start] !== null || neighbours.length < minimum || neighbours.length === 0) continue;
    const cluster = count++;
    const reached = [start];
    while (reached.length > 0) {
      const index = reached.pop()!;
      if (clusters[index] !== null) continue;
      clusters[index] = cluster;
      if (near[index]!.length >= minimum) reached.push(...near[index]!);
    }
  }
  return clusters;
}
