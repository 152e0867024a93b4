/** Time as the server sees it; tests give their own. */
export interface Time {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back after `delayMs`; the function given stops that. */
  after(delayMs: number, callback: () => void): () => void;
}

export const systemTime: Time = {
  now: Date.now,
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

/** Something that happens at a time which may still be moved. */
export interface Timed {
  /** Of the wheel: where the item waits. */
  slot: Slot | undefined;
  due(): void;
}

interface Slot {
  tick: number;
  items: Set<Timed>;
}

const TICK_MS = 100;

/**
 * Times of very many leases, at a cost that does not grow with their number: items wait in slots of 100 ms, and one
 * timer runs for the earliest slot, none when there is nothing to wait for. Items are due up to 100 ms late, never
 * early.
 */
export class TimerWheel {
  readonly #slots = new Map<number, Slot>();
  #timer: { tick: number; stop: () => void } | undefined;

  constructor(readonly time: Time) {}

  /** Moves the item when it waits already. */
  schedule(item: Timed, atMs: number): void {
    const tick = Math.ceil(atMs / TICK_MS);
    if (item.slot?.tick === tick) return;
    this.cancel(item);
    let slot = this.#slots.get(tick);
    if (slot === undefined) {
      slot = { tick, items: new Set() };
      this.#slots.set(tick, slot);
      if (this.#timer === undefined || tick < this.#timer.tick) this.#arm(tick);
    }
    slot.items.add(item);
    item.slot = slot;
  }

  cancel(item: Timed): void {
    const { slot } = item;
    if (slot === undefined) return;
    item.slot = undefined;
    slot.items.delete(item);
    if (slot.items.size === 0) this.#slots.delete(slot.tick);
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = undefined;
    this.#slots.clear();
  }

  #arm(tick: number): void {
    this.#timer?.stop();
    const delayMs = Math.max(0, tick * TICK_MS - this.time.now());
    this.#timer = { tick, stop: this.time.after(delayMs, () => this.#turn()) };
  }

  #turn(): void {
    this.#timer = undefined;
    const now = this.time.now();
    for (const slot of [...this.#slots.values()].sort((a, b) => a.tick - b.tick)) {
      if (slot.tick * TICK_MS > now) break;
      this.#slots.delete(slot.tick);
      for (const item of slot.items) {
        item.slot = undefined;
        item.due();
      }
    }
    const earliest = [...this.#slots.keys()].reduce((least, tick) => Math.min(least, tick), Infinity);
    if (earliest !== Infinity) this.#arm(earliest);
  }
}
