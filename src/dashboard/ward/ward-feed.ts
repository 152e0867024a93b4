import { setTimeout as delay } from 'node:timers/promises';
import type { BigtablePort } from '../../gcp/bigtable/port.js';
import { readNow } from '../../pipeline/ward/read-ward.js';
import {
  type Admission,
  bySickness,
  feedTimeMs,
  type WardPatient,
  wardOf,
} from '../../pipeline/ward/ward.js';
import { Lasting } from '../lasting.js';
import type { FeedClock } from '../page.js';
import { type WardCourse, WardCourses } from './ward-course.js';
import type { WardPrediction } from './ward-predictions.js';

/** A row of the board. */
export interface BoardPatient extends WardPatient {
  course: WardCourse | undefined;
  /** The last one that was stored. */
  prediction: WardPrediction | undefined;
}

export interface Board {
  /** Everybody, the sickest first. */
  patients: BoardPatient[];
  feed: FeedClock;
  /** Why ages and conditions, or predictions, are missing or old. */
  trouble: { admissions: string | null; predictions: string | null };
}

export interface FeedTools {
  now: Pick<BigtablePort, 'readRows'>;
  vitals: Pick<BigtablePort, 'readRows'>;
  /** From the system of record. */
  readAdmissions(): Promise<Admission[]>;
  readPredictions(): Promise<ReadonlyMap<string, WardPrediction>>;
  nowMs(): number;
  staleAfterMs: number;
  /** A read that is younger serves everybody who asks. */
  maxAgeMs: number;
  /** The same of admissions and predictions. */
  storesMaxAgeMs: number;
}

/** A page shows without courses rather than late. */
const MAX_COURSE_WAIT_MS = 150;
/** A ward of many thousands is read less often than it is asked for: each read serves for so many times what it took. */
const READ_SHARE = 4;

/** The ward as Bigtable has it, read once for everybody who looks at it at the same time. */
export class WardFeed {
  readonly #tools: FeedTools;
  readonly #courses: WardCourses;
  readonly #admissions: Lasting<Admission[]>;
  readonly #predictions: Lasting<ReadonlyMap<string, WardPrediction>>;
  #board: Promise<Board> | undefined;
  #readAtMs = 0;
  #tookMs = 0;
  #following: Promise<void> | undefined;
  #newestMs = 0;
  #advancedAtMs: number;

  constructor(tools: FeedTools) {
    this.#tools = tools;
    this.#courses = new WardCourses(tools.vitals, tools.nowMs);
    this.#advancedAtMs = tools.nowMs();
    const { readAdmissions, readPredictions, nowMs, storesMaxAgeMs: maxAgeMs } = tools;
    this.#admissions = new Lasting<Admission[]>({ read: readAdmissions, first: [], maxAgeMs, nowMs });
    this.#predictions = new Lasting({
      read: readPredictions,
      first: new Map() as ReadonlyMap<string, WardPrediction>,
      maxAgeMs,
      nowMs,
    });
  }

  /** @param shown of the patients those that somebody will see, whose courses go before those of all others. */
  async read(shown?: (patients: readonly BoardPatient[]) => readonly BoardPatient[]): Promise<Board> {
    const board = await this.#newest();
    if (shown === undefined) return board;
    const seen = shown(board.patients);
    await atMost(MAX_COURSE_WAIT_MS, this.#courses.show(seen));
    for (const patient of seen) this.#fill(patient);
    return board;
  }

  #newest(): Promise<Board> {
    const nowMs = this.#tools.nowMs();
    const maxAgeMs = Math.max(this.#tools.maxAgeMs, READ_SHARE * this.#tookMs);
    if (this.#board === undefined || nowMs - this.#readAtMs >= maxAgeMs) {
      this.#readAtMs = nowMs;
      const board = this.#readBoard().then((read) => {
        this.#tookMs = this.#tools.nowMs() - nowMs;
        return read;
      });
      this.#board = board;
      board.catch(() => {
        if (this.#board === board) this.#board = undefined;
      });
    }
    return this.#board;
  }

  async #readBoard(): Promise<Board> {
    const { now, nowMs, staleAfterMs } = this.#tools;
    // BigQuery answers too slowly to be waited for: what it says is on the board at a later read.
    void this.#predictions.refresh();
    const [patients] = await Promise.all([readNow(now), this.#admissions.refresh()]);
    const newestMs = feedTimeMs(patients);
    if (newestMs !== undefined && newestMs > this.#newestMs) {
      this.#newestMs = newestMs;
      this.#advancedAtMs = nowMs();
    }
    const clock = { nowMs: newestMs ?? nowMs(), staleAfterMs };
    const ward = wardOf(patients, this.#admissions.value, clock)
      .map((patient): BoardPatient => {
        const prediction = this.#predictions.value.get(patient.Patient_ID);
        return { ...patient, course: undefined, prediction };
      })
      .sort(bySickness);
    await this.#followCourses(ward);
    for (const patient of ward) this.#fill(patient);
    return {
      patients: ward.sort(bySickness),
      feed: {
        asOf: newestMs === undefined ? null : new Date(newestMs).toISOString(),
        silentSeconds: Math.round((nowMs() - this.#advancedAtMs) / 1000),
      },
      trouble: { admissions: this.#admissions.trouble, predictions: this.#predictions.trouble },
    };
  }

  #fill(patient: BoardPatient): void {
    patient.course = this.#courses.of(patient);
    patient.change = patient.course?.change ?? null;
  }

  /** What takes longer is on the board at its next read. */
  async #followCourses(ward: readonly WardPatient[]): Promise<void> {
    this.#following ??= this.#courses.follow(ward).finally(() => {
      this.#following = undefined;
    });
    await atMost(MAX_COURSE_WAIT_MS, this.#following);
  }
}

/** Waits for what is under way, but not for long. A failure after the wait is met again by the next read. */
async function atMost(waitMs: number, underWay: Promise<unknown>): Promise<void> {
  underWay.catch(() => {});
  await Promise.race([underWay, delay(waitMs, undefined, { ref: false })]);
}
