import type { BigtablePort } from '../../gcp/bigtable/port.js';
import type { AlertEpisode } from '../../pipeline/patient/course.js';
import { alertEpisodes } from '../../pipeline/patient/course.js';
import { readHistories, type Wanted } from '../../pipeline/patient/history.js';
import type { JudgedReading } from '../../pipeline/stream/alert-history.js';
import { scoreReading } from '../../pipeline/stream/news2.js';
import type { WardPatient } from '../../pipeline/ward/ward.js';

/** Points at one time. */
export interface CoursePoint {
  atMs: number;
  points: number;
}

/** What the board shows of a patient besides the newest values. */
export interface WardCourse {
  /** The last twelve hours, from the oldest. */
  points: readonly CoursePoint[];
  /** Points against the last reading that is at least an hour older; null when there is none. */
  change: number | null;
  /** The alert that is not over. */
  alert: AlertEpisode | null;
}

type Step = CoursePoint & Pick<JudgedReading, 'announcement'>;

interface Known {
  steps: Step[];
  /** What the steps come to; undefined after they have changed. */
  course: WardCourse | undefined;
  newestMs: number;
  /** On the clock of this process: when the newest reading came, when everything was read, and when an alert was looked for. */
  changedAtMs: number;
  readAtMs: number;
  lookedAtMs: number;
  /** When somebody last saw it. */
  shownAtMs: number;
}

export const COURSE_MS = 12 * 3_600_000;
const HOUR_MS = 3_600_000;
/** Late readings and alerts that were withdrawn are found by reading everything again. */
const KEEP_MS = 5 * 60_000;
/** Of the stored readings, when an alert is looked for. */
const TAIL_MS = 2 * HOUR_MS;
/** Reads of one tick, so that it stays short: the others follow in the next. */
const MAX_READS = 12;
/** Of the first tick: what a page shows at once. */
const FIRST_READS = 60;
const MAX_TAILS = 10;
/** Patients of one request. */
const READ_TOGETHER = 12;
/** Bounds memory: these many of the sickest have a course, and whoever is on a page that somebody looks at. */
export const MAX_COURSES = 2_000;

/**
 * Courses of the patients of the ward. Each is read once from the stored readings and then grows by the newest values,
 * which the board reads anyhow.
 */
export class WardCourses {
  readonly #vitals: Pick<BigtablePort, 'readRows'>;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, Known>();
  /** Of those whose course is being read. */
  readonly #reading = new Map<string, Promise<void>>();

  constructor(vitals: Pick<BigtablePort, 'readRows'>, nowMs: () => number) {
    this.#vitals = vitals;
    this.#nowMs = nowMs;
  }

  /** Undefined until the course has been read. */
  of({ Patient_ID }: WardPatient): WardCourse | undefined {
    const known = this.#known.get(Patient_ID);
    if (known === undefined) return undefined;
    known.course ??= courseOf(known);
    return known.course;
  }

  /** Reads what is missing of patients whom somebody is about to see. */
  async show(patients: readonly WardPatient[]): Promise<void> {
    const unread: WardPatient[] = [];
    for (const patient of patients) {
      const known = this.#known.get(patient.Patient_ID);
      if (known !== undefined) known.shownAtMs = this.#nowMs();
      else if (patient.lastReadingAt !== null) unread.push(patient);
    }
    await this.#readAll(unread, COURSE_MS);
  }

  /** Follows the newest values, and reads what is missing. @param patients the most urgent first. */
  async follow(patients: readonly WardPatient[]): Promise<void> {
    const measured = patients.filter(({ lastReadingAt }) => lastReadingAt !== null);
    const sickest = measured.slice(0, MAX_COURSES);
    if (this.#known.size > MAX_COURSES) this.#giveUp(sickest);
    const old: WardPatient[] = [];
    const unjudged: WardPatient[] = [];
    for (const patient of measured) {
      const known = this.#known.get(patient.Patient_ID);
      if (known === undefined) continue;
      this.#append(known, patient);
      if (this.#nowMs() - known.readAtMs > KEEP_MS) old.push(patient);
      else if (this.#isUnjudged(known, patient)) unjudged.push(patient);
    }
    const unread = sickest.filter(({ Patient_ID }) => !this.#known.has(Patient_ID));
    const reads = [...unread, ...this.#longest(old, 'readAtMs')];
    await this.#readAll(reads.slice(0, this.#known.size === 0 ? FIRST_READS : MAX_READS), COURSE_MS);
    await this.#readAll(this.#longest(unjudged, 'lookedAtMs').slice(0, MAX_TAILS), TAIL_MS);
  }

  /** Patients with a course, from the one for whom something is the longest ago. */
  #longest(patients: readonly WardPatient[], time: 'readAtMs' | 'lookedAtMs'): WardPatient[] {
    const timeOf = ({ Patient_ID }: WardPatient) => this.#known.get(Patient_ID)![time];
    return [...patients].sort((a, b) => timeOf(a) - timeOf(b));
  }

  #append(known: Known, { known: points, lastReadingAt }: WardPatient): void {
    const atMs = Date.parse(lastReadingAt!);
    if (atMs <= known.newestMs) return;
    known.steps.push({ atMs, points: points!, announcement: undefined });
    known.newestMs = atMs;
    known.course = undefined;
    known.changedAtMs = this.#nowMs();
    const firstKept = known.steps.findIndex((step) => step.atMs >= atMs - COURSE_MS);
    if (firstKept > 0) known.steps.splice(0, firstKept);
  }

  /**
   * Whether the risk and the alert disagree, and the judge may have spoken since: within seconds of a reading, as a rule.
   * It takes more than one reading to raise or to end an alert, so many disagree for good, and are looked at less and less.
   */
  #isUnjudged(known: Known, patient: WardPatient): boolean {
    const nowMs = this.#nowMs();
    if (nowMs - known.lookedAtMs < (nowMs - known.changedAtMs) / 2) return false;
    const isOpen = this.of(patient)?.alert != null;
    return isOpen !== (patient.risk !== 'undetermined');
  }

  /** Joins reads of the same patients that are under way. */
  async #readAll(patients: readonly WardPatient[], spanMs: number): Promise<void> {
    const idle = patients.filter(({ Patient_ID }) => !this.#reading.has(Patient_ID));
    for (let from = 0; from < idle.length; from += READ_TOGETHER) {
      const together = idle.slice(from, from + READ_TOGETHER);
      const reading = this.#read(together, spanMs).finally(() => {
        for (const { Patient_ID } of together) this.#reading.delete(Patient_ID);
      });
      for (const { Patient_ID } of together) this.#reading.set(Patient_ID, reading);
    }
    await Promise.all(patients.map(({ Patient_ID }) => this.#reading.get(Patient_ID)));
  }

  async #read(patients: readonly WardPatient[], spanMs: number): Promise<void> {
    const wanted = patients.map(({ Patient_ID: patientId, lastReadingAt }) => {
      const toMs = Date.parse(lastReadingAt!);
      return { patientId, fromMs: Math.max(0, toMs - spanMs), toMs };
    });
    const histories = await readHistories(this.#vitals, wanted);
    for (const [index, each] of wanted.entries()) this.#keep(each, histories[index]!, spanMs);
  }

  #keep({ patientId, fromMs, toMs }: Wanted, history: readonly JudgedReading[], spanMs: number): void {
    const before = this.#known.get(patientId);
    const read = history.map(({ reading, announcement }) => ({
      atMs: reading.eventTimeMs,
      points: scoreReading(reading).score,
      announcement,
    }));
    const kept = (before?.steps ?? []).filter(({ atMs }) => atMs < fromMs && atMs >= toMs - COURSE_MS);
    const nowMs = this.#nowMs();
    this.#known.set(patientId, {
      steps: [...kept, ...read],
      course: undefined,
      newestMs: toMs,
      changedAtMs: before?.changedAtMs ?? nowMs,
      readAtMs: spanMs === COURSE_MS ? nowMs : (before?.readAtMs ?? 0),
      lookedAtMs: nowMs,
      shownAtMs: before?.shownAtMs ?? nowMs,
    });
  }

  #giveUp(sickest: readonly WardPatient[]): void {
    const ids = new Set(sickest.map(({ Patient_ID }) => Patient_ID));
    for (const [id, { shownAtMs }] of this.#known) {
      if (!ids.has(id) && this.#nowMs() - shownAtMs > KEEP_MS) this.#known.delete(id);
    }
  }
}

function courseOf({ steps, newestMs }: Known): WardCourse {
  const earlier = steps.findLast(({ atMs }) => atMs <= newestMs - HOUR_MS);
  const newest = steps.at(-1);
  return {
    points: steps,
    change: earlier === undefined || newest === undefined ? null : newest.points - earlier.points,
    alert: alertEpisodes(steps).findLast(({ resolvedAt }) => resolvedAt === null) ?? null,
  };
}
