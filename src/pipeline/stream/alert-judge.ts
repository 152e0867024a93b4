import type { Clock } from '../../core/clock.js';
import type { BigtablePort, BigtableRow } from '../../gcp/bigtable/port.js';
import type { StoredCell } from '../../gcp/bigtable/rows.js';
import { ALERTS_FAMILY, UNJUDGED_FAMILY } from '../../schema/bigtable-columns.js';
import {
  ANNOUNCED_QUALIFIER,
  type Announcement,
  EVENT_QUALIFIER,
  type JudgedReading,
  readStretch,
  type Stretch,
} from './alert-history.js';
import { type AlertEvent, type Finding, PatientCourse } from './alerts.js';
import type { Reading } from './reading.js';
import { joined, type Span, spanOfMark, type UnjudgedMarks } from './unjudged-marks.js';

export interface AlertJudgeOptions {
  /** Table of all readings, with the family of alerts. */
  vitals: Pick<BigtablePort, 'readRows' | 'setIfUnchanged' | 'mutateRows'>;
  /** Table with a row for each patient, with the family of marks. */
  now: Pick<BigtablePort, 'readRows' | 'removeCells'>;
  marks: UnjudgedMarks;
  /** Resolves when the events can no longer be lost. Called again with the same events when it rejects. */
  announce(events: readonly AlertEvent[]): Promise<void>;
  clock: Clock;
  onFailed(error: unknown): void;
}

/**
 * A patient is judged when nothing of it was stored for this long, so that what arrives out of order is judged in order;
 * and in a replay when nothing of anybody was, as the order there is anything.
 */
const SETTLE_MS = 1_000;
const REPLAY_SETTLE_MS = 2_000;
/** And after this long at the latest. */
const MAX_HOLD_MS = 5_000;
const MAX_REPLAY_HOLD_MS = 30_000;
/** Newer readings are of this moment, older ones of a replay. */
const LIVE_MS = 60_000;
const TICK_MS = 100;
/** Patients judged at once. */
const CONCURRENCY = 8;
/** What a worker left unjudged for this long, another one sees to; and how often it looks. */
const ADOPT_AFTER_MS = 30_000;
const RETRY_AFTER_MS = 5_000;
const PAGE_ROWS = 1_000;
/** Other workers change what is found only while they store readings of the same patient. */
const MAX_ROUNDS = 100;

interface Waiting {
  span: Span;
  sinceMs: number;
  /** Not before this. */
  dueMs: number;
}

/**
 * Judges patients by their stored readings in the order of event time, so that the alerts of one set of readings are
 * the same whatever order they came in, however many workers store them, and whichever of those end on the way.
 *
 * What is found at a reading is written into the reading's own row, by whoever is first, and announced from there. As
 * two workers may see different readings, each looks again after it wrote: of two that store and look at the same time
 * at least the later one sees all. A late reading that gives the course another meaning leads to a new revision.
 */
export class AlertJudge {
  readonly #options: AlertJudgeOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #underWay = new Map<string, Promise<void>>();
  #ticker: NodeJS.Timeout | undefined;
  #sweptMs = 0;
  #storedMs = 0;
  #sweeping: Promise<void> | undefined;
  #closing = false;

  constructor(options: AlertJudgeOptions) {
    this.#options = options;
  }

  /** Begins with what earlier workers left unjudged. */
  start(): void {
    this.#sweep(0);
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Readings that are stored. */
  stored(readings: readonly Reading[]): void {
    const now = this.#options.clock.now();
    this.#storedMs = now;
    for (const { patientId, eventTimeMs, timeFlag } of readings) {
      if (timeFlag === undefined)
        this.#wait(patientId, { fromMs: eventTimeMs, toMs: eventTimeMs }, now + SETTLE_MS);
    }
  }

  /** Judges what waits, whoever stored it, and resolves when it is announced; what takes longer is left to the next worker. */
  async close(timeoutMs: number): Promise<void> {
    this.#closing = true;
    clearInterval(this.#ticker);
    const overdue = new AbortController();
    const everything = async () => {
      await this.#sweeping;
      await this.#sweep(0);
      while (!overdue.signal.aborted && (this.#waiting.size > 0 || this.#underWay.size > 0)) {
        this.#tick();
        await Promise.race(this.#underWay.values());
      }
    };
    await Promise.race([everything(), this.#options.clock.sleep(timeoutMs, overdue.signal)]);
    overdue.abort();
    this.#waiting.clear();
  }

  #wait(patientId: string, span: Span, dueMs: number): void {
    const before = this.#waiting.get(patientId);
    const sinceMs = before?.sinceMs ?? this.#options.clock.now();
    this.#waiting.set(patientId, { span: joined(before?.span, span), sinceMs, dueMs });
  }

  #tick(): void {
    const now = this.#options.clock.now();
    if (!this.#closing && now - this.#sweptMs >= ADOPT_AFTER_MS) this.#sweep(ADOPT_AFTER_MS);
    for (const [patientId, { span, sinceMs, dueMs }] of this.#waiting) {
      if (this.#underWay.size >= CONCURRENCY) return;
      if (this.#underWay.has(patientId)) continue;
      const isLive = now - span.toMs < LIVE_MS;
      const quietMs = isLive ? dueMs : Math.max(dueMs, this.#storedMs + REPLAY_SETTLE_MS);
      const latestMs = sinceMs + (isLive ? MAX_HOLD_MS : MAX_REPLAY_HOLD_MS);
      if (!this.#closing && now < Math.min(quietMs, latestMs)) continue;
      this.#waiting.delete(patientId);
      const judging = this.#judge(patientId, span)
        .catch((error: unknown) => {
          this.#options.onFailed(error);
          // What is marked stays so. A worker that ends leaves it to the next one.
          if (!this.#closing) this.#wait(patientId, span, this.#options.clock.now() + RETRY_AFTER_MS);
        })
        .finally(() => this.#underWay.delete(patientId));
      this.#underWay.set(patientId, judging);
    }
  }

  /** Takes up the marks that others left for `adoptAfterMs`. */
  #sweep(adoptAfterMs: number): Promise<void> {
    this.#sweptMs = this.#options.clock.now();
    this.#sweeping ??= this.#adopt(adoptAfterMs)
      .catch((error: unknown) => this.#options.onFailed(error))
      .finally(() => {
        this.#sweeping = undefined;
      });
    return this.#sweeping;
  }

  async #adopt(adoptAfterMs: number): Promise<void> {
    const { now, marks, clock } = this.#options;
    for (let start = ''; ; ) {
      const rows = await now.readRows({ start, end: '' }, { limit: PAGE_ROWS, families: [UNJUDGED_FAMILY] });
      for (const { key, cells } of rows) {
        for (const cell of cells) {
          if (marks.isDue(cell, adoptAfterMs)) this.#wait(key, spanOfMark(cell), clock.now());
        }
      }
      if (rows.length < PAGE_ROWS) return;
      start = `${rows.at(-1)!.key}\0`;
    }
  }

  async #judge(patientId: string, span: Span): Promise<void> {
    const marks = await this.#marksOf(patientId);
    let whole = span;
    for (const mark of marks) whole = joined(whole, spanOfMark(mark));
    const stretch = await this.#settle(patientId, whole);
    await this.#announce(stretch.readings.filter((judged) => this.#isToAnnounce(judged)));
    if (marks.length === 0) return;
    const qualifiers = marks.map(({ qualifier }) => qualifier);
    await this.#options.now.removeCells({ key: patientId, family: UNJUDGED_FAMILY, qualifiers });
  }

  async #marksOf(patientId: string): Promise<StoredCell[]> {
    const { now, marks } = this.#options;
    const range = { start: patientId, end: `${patientId}\0` };
    const [row] = await now.readRows(range, { limit: 1, families: [UNJUDGED_FAMILY] });
    const adoptAfterMs = this.#closing ? 0 : ADOPT_AFTER_MS;
    return row?.cells.filter((cell) => marks.isDue(cell, adoptAfterMs)) ?? [];
  }

  /** Writes what the readings say until they, read again, say nothing else. */
  async #settle(patientId: string, span: Span): Promise<Stretch> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const stretch = await readStretch(this.#options.vitals, patientId, span);
      const course = new PatientCourse(stretch.before);
      let changed = false;
      for (const judged of stretch.readings) {
        const found = course.next(judged.reading);
        if (!(await this.#write(judged, found))) continue;
        changed = true;
      }
      if (!changed) return stretch;
    }
    throw new Error(`the alerts of a patient changed ${MAX_ROUNDS} times while they were judged`);
  }

  /** True when the row did not say so already. */
  async #write(judged: JudgedReading, found: Finding | undefined): Promise<boolean> {
    const { announcement, stored, key, reading } = judged;
    const before = announcement?.event;
    if (found === undefined && (before === undefined || before.type === 'withdrawn')) return false;
    const revision = (before?.revision ?? 0) + 1;
    const event: AlertEvent =
      found === undefined ? { ...before!, type: 'withdrawn', revision } : withRevision(found, revision);
    if (before !== undefined && isSame(before, event)) return false;
    const { vitals, marks, clock } = this.#options;
    const next: Announcement = { event, by: marks.worker, atMs: clock.now() };
    await vitals.setIfUnchanged({
      key,
      family: ALERTS_FAMILY,
      qualifier: EVENT_QUALIFIER,
      timestampMs: reading.eventTimeMs,
      expected: stored,
      value: Buffer.from(JSON.stringify(next), 'utf8'),
    });
    return true;
  }

  /** Not announced, and nobody else is about to. */
  #isToAnnounce({ announcement, announcedRevision }: JudgedReading): boolean {
    if (announcement === undefined || announcedRevision >= announcement.event.revision) return false;
    const { marks, clock } = this.#options;
    const isOthers = announcement.by !== marks.worker;
    return !isOthers || this.#closing || announcement.atMs <= clock.now() - ADOPT_AFTER_MS;
  }

  async #announce(judged: readonly JudgedReading[]): Promise<void> {
    if (judged.length === 0) return;
    const { announce, vitals } = this.#options;
    await announce(judged.map(({ announcement }) => announcement!.event));
    const rows = judged.map(
      ({ key, reading, announcement }): BigtableRow => ({
        key,
        timestampMs: reading.eventTimeMs,
        family: ALERTS_FAMILY,
        cells: [
          {
            qualifier: Buffer.from(ANNOUNCED_QUALIFIER, 'utf8'),
            value: Buffer.from(String(announcement!.event.revision), 'utf8'),
          },
        ],
      }),
    );
    const [failure] = await vitals.mutateRows(rows);
    if (failure !== undefined) throw new Error(failure.reason);
  }
}

function withRevision(found: Finding, revision: number): AlertEvent {
  const { alert_id, ...rest } = found;
  return { alert_id, revision, ...rest };
}

/** Whether two events say the same, whatever their revisions. */
function isSame(before: AlertEvent, after: AlertEvent): boolean {
  return JSON.stringify({ ...before, revision: 0 }) === JSON.stringify({ ...after, revision: 0 });
}
