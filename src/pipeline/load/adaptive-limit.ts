/** As many requests at once as the service rewards with throughput. */
const MAX_CONCURRENCY = 48;
/** A step up must bring this much more throughput to be kept. */
const WORTHWHILE = 1.15;
/** Requests that must end before a level is judged. */
const SAMPLES_PER_LEVEL = 4;

/**
 * Limits how many tasks run at once, and finds the best limit by climbing: one step up, measure, keep it if the
 * throughput rose, otherwise step back and wait longer before the next try. An emulator that commits one
 * transaction at a time stays at one; a real instance climbs to dozens.
 */
export class AdaptiveLimit {
  #limit = 1;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #levelStartMs = 0;
  #samples = 0;
  #work = 0;
  #previousRate = 0;
  #climbing = false;
  #patience = 2;
  #roundsToWait = 0;

  constructor(
    readonly maximum: number = MAX_CONCURRENCY,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get limit(): number {
    return this.#limit;
  }

  /** Runs a task when there is room. `work` is its size, in rows. */
  async run<T>(work: number, task: () => Promise<T>): Promise<T> {
    while (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#levelStartMs === 0) this.#levelStartMs = this.now();
    this.#running++;
    try {
      const result = await task();
      this.#observe(work);
      return result;
    } finally {
      this.#running--;
      for (let free = this.#limit - this.#running; free > 0; free--) this.#waiting.shift()?.();
    }
  }

  /** The service is overloaded: fewer at once, and no climbing for a while. */
  overloaded(): void {
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    this.#roundsToWait = this.#patience;
    this.#patience = Math.min(64, this.#patience * 2);
    this.#climbing = false;
    this.#restart();
  }

  #observe(work: number): void {
    this.#samples++;
    this.#work += work;
    // Whole rounds, so that a round cut short does not look like lost throughput.
    if (this.#samples < Math.max(SAMPLES_PER_LEVEL, 2 * this.#limit)) return;
    const rate = this.#work / Math.max(1, this.now() - this.#levelStartMs);
    if (this.#climbing && rate < this.#previousRate * WORTHWHILE) {
      this.#limit = Math.max(1, this.#limit - stepOf(this.#limit));
      this.#climbing = false;
      this.#roundsToWait = this.#patience;
      this.#patience = Math.min(64, this.#patience * 2);
    } else if (this.#roundsToWait > 0) this.#roundsToWait--;
    else if (this.#limit < this.maximum) {
      this.#previousRate = rate;
      this.#climbing = true;
      this.#limit = Math.min(this.maximum, this.#limit + stepOf(this.#limit + 1));
    }
    this.#restart();
  }

  #restart(): void {
    this.#samples = 0;
    this.#work = 0;
    this.#levelStartMs = this.now();
  }
}

function stepOf(limit: number): number {
  return Math.max(1, Math.floor(limit / 3));
}
