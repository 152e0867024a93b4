import { createRandom, type Random } from '../../core/random.js';

/** Each in percent of the readings. */
export interface FaultRates {
  drop: number;
  duplicate: number;
  late: number;
  outOfOrder: number;
  garbage: number;
}

export interface FaultCounts {
  dropped: number;
  duplicated: number;
  late: number;
  outOfOrder: number;
  garbage: number;
}

export const NO_FAULTS: FaultRates = { drop: 0, duplicate: 0, late: 0, outOfOrder: 0, garbage: 0 };

/** How many messages later a held-back one is sent. */
const OUT_OF_ORDER_DISTANCE = [1, 20] as const;
const DUPLICATE_DISTANCE = [1, 50] as const;
const LATE_DISTANCE = [200, 2000] as const;

/**
 * Damages a stream of messages as networks and devices do. Draws from a random stream of its own, so that the
 * readings themselves stay the same.
 */
export function injectFaults(
  messages: Iterable<string>,
  rates: FaultRates,
  seed: number,
): { messages: Iterable<string>; counts: FaultCounts } {
  const counts: FaultCounts = { dropped: 0, duplicated: 0, late: 0, outOfOrder: 0, garbage: 0 };
  if (Object.values(rates).every((rate) => rate === 0)) return { messages, counts };
  return { messages: damaged(messages, rates, createRandom(seed, 'faults'), counts), counts };
}

function* damaged(
  messages: Iterable<string>,
  rates: FaultRates,
  random: Random,
  counts: FaultCounts,
): Generator<string> {
  const heldBack = new Map<number, string[]>();
  let position = 0;
  const hold = (message: string, [minimum, maximum]: readonly [number, number]) => {
    const due = position + random.integer(minimum, maximum);
    const bucket = heldBack.get(due);
    if (bucket === undefined) heldBack.set(due, [message]);
    else bucket.push(message);
  };
  const hits = (percent: number) => random.uniform() * 100 < percent;

  for (const message of messages) {
    position++;
    const due = heldBack.get(position);
    if (due !== undefined) {
      heldBack.delete(position);
      yield* due;
    }
    if (hits(rates.drop)) {
      counts.dropped++;
      continue;
    }
    if (hits(rates.garbage)) {
      counts.garbage++;
      yield garble(message, random);
      continue;
    }
    if (hits(rates.duplicate)) {
      counts.duplicated++;
      hold(message, DUPLICATE_DISTANCE);
    }
    if (hits(rates.late)) {
      counts.late++;
      hold(message, LATE_DISTANCE);
    } else if (hits(rates.outOfOrder)) {
      counts.outOfOrder++;
      hold(message, OUT_OF_ORDER_DISTANCE);
    } else yield message;
  }
  for (const due of [...heldBack.keys()].sort((a, b) => a - b)) yield* heldBack.get(due)!;
}

/** One of the ways in which devices and gateways get a message wrong; none of them is a valid reading. */
function garble(message: string, random: Random): string {
  switch (random.bits() % 6) {
    case 0:
      return message.slice(0, Math.floor(message.length / 2));
    case 1:
      return 'sensor offline';
    case 2:
      return message.replace(/"(Patient_ID|subject)":/, '"patient":');
    case 3:
      return '{}';
    case 4:
      return message.replace(/\d{4}-\d{2}-\d{2}T[^"]*"/g, 'yesterday"');
    default:
      return message.replace(/("Heart_Rate":|"value":)[\d.]+/g, '$19999');
  }
}
