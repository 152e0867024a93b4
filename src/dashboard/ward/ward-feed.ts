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
import type { FeedClock } from '../page.js';
import { type WardCourse, WardCourses } from './ward-course.js';

/** A row of the board. */
export interface BoardPatient extends WardPatient {
  course: WardCourse | undefined;
}

export interface Board {
  /** Everybody, the sickest first. */
  patients: BoardPatient[];
  feed: FeedClock;
  /** Why ages and conditions are missing. */
  trouble: string | null;
}

export interface FeedTools {
  now: Pick<BigtablePort, 'readRows'>;
  vitals: Pick<BigtablePort, 'readRows'>;
  /** From the system of record. */
  readAdmissions(): Promise<Admission[]>;
  nowMs(): number;
  staleAfterMs: number;
  /** A read that is younger serves everybody who asks. */
  maxAgeMs: number;
  /** The same of the admissions. */
  admissionsMaxAgeMs: number;
}

/** A page shows without courses rather than late. */
const MAX_COURSE_WAIT_MS = 150;

/** The ward as Bigtable has it, read once for everybody who looks at it at the same time. */
export class WardFeed {
  readonly #tools: FeedTools;
  readonly #courses: WardCourses;
  #board: Promise<Board> | undefined;
  #readAtMs = 0;
  #admissions: Admission[] = [];
  #admissionsAtMs = Number.NEGATIVE_INFINITY;
  #trouble: string | null = null;
  #following: Promise<void> | undefined;
  #newestMs = 0;
  #advancedAtMs: number;

  constructor(tools: FeedTools) {
    this.#tools = tools;
    this.#courses = new WardCourses(tools.vitals, tools.nowMs);
    this.#advancedAtMs = tools.nowMs();
  }

  read(): Promise<Board> {
    const nowMs = this.#tools.nowMs();
    if (this.#board === undefined || nowMs - this.#readAtMs >= this.#tools.maxAgeMs) {
      this.#readAtMs = nowMs;
      const board = this.#readBoard();
      this.#board = board;
      board.catch(() => {
        if (this.#board === board) this.#board = undefined;
      });
    }
    return this.#board;
  }

  async #readBoard(): Promise<Board> {
    const { now, nowMs, staleAfterMs } = this.#tools;
    const [patients] = await Promise.all([readNow(now), this.#refreshAdmissions()]);
    const newestMs = feedTimeMs(patients);
    if (newestMs !== undefined && newestMs > this.#newestMs) {
      this.#newestMs = newestMs;
      this.#advancedAtMs = nowMs();
    }
    const clock = { nowMs: newestMs ?? nowMs(), staleAfterMs };
    const ward = wardOf(patients, this.#admissions, clock).sort(bySickness);
    await this.#followCourses(ward);
    return {
      patients: ward
        .map((patient) => {
          const course = this.#courses.of(patient);
          return { ...patient, change: course?.change ?? null, course };
        })
        .sort(bySickness),
      feed: {
        asOf: newestMs === undefined ? null : new Date(newestMs).toISOString(),
        silentSeconds: Math.round((nowMs() - this.#advancedAtMs) / 1000),
      },
      trouble: this.#trouble,
    };
  }

  /** What takes longer is on the board at its next read. */
  async #followCourses(ward: readonly WardPatient[]): Promise<void> {
    this.#following ??= this.#courses.follow(ward).finally(() => {
      this.#following = undefined;
    });
    // A failure after the wait is met again by the next read.
    this.#following.catch(() => {});
    await Promise.race([this.#following, delay(MAX_COURSE_WAIT_MS, undefined, { ref: false })]);
  }

  /** Keeps those that it has while the system of record does not answer. */
  async #refreshAdmissions(): Promise<void> {
    const { nowMs, admissionsMaxAgeMs, readAdmissions } = this.#tools;
    if (nowMs() - this.#admissionsAtMs < admissionsMaxAgeMs) return;
    this.#admissionsAtMs = nowMs();
    try {
      this.#admissions = await readAdmissions();
      this.#trouble = null;
    } catch (error) {
      this.#trouble = (error as Error).message;
    }
  }
}
