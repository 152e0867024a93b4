import { randomBytes } from 'node:crypto';
import type { BigtableRow } from '../../gcp/bigtable/port.js';
import type { StoredCell } from '../../gcp/bigtable/rows.js';
import { UNJUDGED_FAMILY } from '../../schema/bigtable-columns.js';
import type { SinkItem } from './sinks.js';

/** Event times between which readings of a patient wait to be judged, both included. */
export interface Span {
  fromMs: number;
  toMs: number;
}

export function joined(a: Span | undefined, b: Span): Span {
  return a === undefined ? b : { fromMs: Math.min(a.fromMs, b.fromMs), toMs: Math.max(a.toMs, b.toMs) };
}

/**
 * A mark of its own for every batch that a worker stores, in the row of each patient: what was stored and not judged
 * survives the worker. Written after the readings and before they are acknowledged.
 */
export class UnjudgedMarks {
  readonly #worker = randomBytes(6).toString('hex');
  readonly #nowMs: () => number;
  #serial = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Name of this worker, in its marks and in the alerts that it announces. */
  get worker(): string {
    return this.#worker;
  }

  /** A new mark for every patient of a batch that is stored. The flagged readings are not judged. */
  rows(items: readonly SinkItem[]): BigtableRow[] {
    const spans = new Map<string, Span>();
    for (const { reading } of items) {
      if (reading.timeFlag !== undefined) continue;
      const { patientId, eventTimeMs } = reading;
      spans.set(patientId, joined(spans.get(patientId), { fromMs: eventTimeMs, toMs: eventTimeMs }));
    }
    const qualifier = Buffer.from(`${this.#worker}-${++this.#serial}`, 'utf8');
    const timestampMs = this.#nowMs();
    return Array.from(spans, ([key, { fromMs, toMs }]) => ({
      key,
      timestampMs,
      family: UNJUDGED_FAMILY,
      cells: [{ qualifier, value: Buffer.from(`${fromMs},${toMs}`, 'utf8') }],
    }));
  }

  /**
   * Whether this worker should see to a mark: its own, or one that another worker has left for `adoptAfterMs`.
   */
  isDue({ qualifier, timestampMs }: StoredCell, adoptAfterMs: number): boolean {
    return qualifier.startsWith(`${this.#worker}-`) || timestampMs <= this.#nowMs() - adoptAfterMs;
  }
}

export function spanOfMark({ value }: StoredCell): Span {
  const [fromMs, toMs] = value.toString('utf8').split(',').map(Number);
  return { fromMs: fromMs!, toMs: toMs! };
}
