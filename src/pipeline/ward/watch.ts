import { type Risk, SEVERITY } from '../stream/news2.js';
import type { WardPatient } from './ward.js';
import type { WardResult } from './ward-command.js';

/** A patient whose proven risk is another than before. */
export interface RiskChange {
  /** Event time of the reading that shows it. */
  at: string;
  Patient_ID: string;
  /** Null for one who had no reading. */
  from: Risk | null;
  to: Risk;
  known: number;
  possible: number;
}

/** Who has another risk than in `before`, in the order of the patients. */
export function riskChanges(
  before: ReadonlyMap<string, Risk | null>,
  patients: readonly WardPatient[],
): RiskChange[] {
  return patients.flatMap(({ Patient_ID, risk, known, possible, lastReadingAt }) => {
    const from = before.get(Patient_ID) ?? null;
    if (risk === null || from === risk) return [];
    return [{ at: lastReadingAt!, Patient_ID, from, to: risk, known: known!, possible: possible! }];
  });
}

export type WatchedWard = WardResult & { chosen: WardPatient[] };

export interface Watching {
  read(): Promise<WatchedWard>;
  /** Resolves when the ward is to be read again, or rejects when the signal is aborted. */
  pause(signal: AbortSignal): Promise<unknown>;
  /** Reached when a patient has this risk or a higher one. */
  exitOn: Risk | undefined;
  signal: AbortSignal;
  /** Aborted when the watcher has had enough. */
  quit?: AbortSignal | undefined;
  /** What is seen, with the changes since it was seen before; the first time there are none. */
  onWard(ward: WatchedWard, changes: readonly RiskChange[] | undefined): Promise<void> | void;
}

export interface WatchEnd {
  changes: number;
  /** Whether a patient reached `exitOn`. */
  reached: boolean;
}

/** Reads the ward again and again until it is told to stop. A reading that fails ends it. */
export async function watchWard(watching: Watching): Promise<WatchEnd> {
  const { exitOn, signal, quit } = watching;
  const stop = quit === undefined ? signal : AbortSignal.any([signal, quit]);
  let before: Map<string, Risk | null> | undefined;
  let count = 0;
  for (;;) {
    const ward = await watching.read();
    signal.throwIfAborted();
    const changes = before === undefined ? undefined : riskChanges(before, ward.chosen);
    count += changes?.length ?? 0;
    await watching.onWard(ward, changes);
    // Whoever no longer passes the filter is remembered, so that coming back is no change by itself.
    before ??= new Map();
    for (const { Patient_ID, risk } of ward.chosen) before.set(Patient_ID, risk);
    const reached =
      exitOn !== undefined &&
      ward.chosen.some(({ risk }) => risk !== null && SEVERITY[risk] >= SEVERITY[exitOn]);
    if (reached || quit?.aborted) return { changes: count, reached };
    await watching.pause(stop).catch(() => {});
    signal.throwIfAborted();
    if (quit?.aborted) return { changes: count, reached: false };
  }
}
