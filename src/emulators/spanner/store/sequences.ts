import type { SequenceSettings } from '../schema/model.js';

/** As many values are lost at most when the process dies. */
const RESERVED = 1000n;

interface Counter {
  next: bigint;
  /** Values below it are in the journal as used. */
  reserved: bigint;
  /** Whether a value was taken since it was started. */
  isUsed: boolean;
}

/** What a database keeps of a counter: its id and the value that it goes on with. */
export type ReservedCounter = readonly [id: number, next: string];

/** The counters of sequences and identity columns. */
export class Sequences {
  readonly #counters = new Map<number, Counter>();

  /** @param reserve keeps that the values below a counter are used, before anything that holds them is kept. */
  constructor(private readonly reserve: (counter: ReservedCounter) => void) {}

  next(settings: SequenceSettings): bigint {
    const counter = this.#counter(settings);
    for (;;) {
      if (counter.next >= counter.reserved) {
        counter.reserved = counter.next + RESERVED;
        this.reserve([settings.id, counter.reserved.toString()]);
      }
      counter.isUsed = true;
      const value = reverseBits(counter.next++);
      const { skipRange } = settings;
      if (skipRange === undefined || value < skipRange.min || value > skipRange.max) return value;
    }
  }

  /** The counter behind the last value; null when there was none. */
  state(settings: SequenceSettings): bigint | null {
    const counter = this.#counters.get(settings.id);
    return counter?.isUsed === true ? counter.next - 1n : null;
  }

  start({ id, startWithCounter = 1n }: SequenceSettings): void {
    this.#counters.set(id, { next: startWithCounter, reserved: startWithCounter, isUsed: false });
  }

  drop({ id }: SequenceSettings): void {
    this.#counters.delete(id);
  }

  restore([id, next]: ReservedCounter): void {
    this.#counters.set(id, { next: BigInt(next), reserved: BigInt(next), isUsed: true });
  }

  /** As a restart finds them. */
  get reserved(): ReservedCounter[] {
    return [...this.#counters]
      .filter(([, { isUsed }]) => isUsed)
      .map(([id, { reserved }]) => [id, reserved.toString()] as const);
  }

  #counter(settings: SequenceSettings): Counter {
    if (!this.#counters.has(settings.id)) this.start(settings);
    return this.#counters.get(settings.id)!;
  }
}

/** The 63 bits below the sign in opposite order: `bit_reversed_positive`. */
function reverseBits(counter: bigint): bigint {
  return BigInt(`0b${counter.toString(2).padStart(63, '0').split('').reverse().join('')}`);
}
