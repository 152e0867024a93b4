import type { BigtablePort } from '../../gcp/bigtable/port.js';
import type { StoredRow } from '../../gcp/bigtable/rows.js';
import { bigtableRowRange } from '../../schema/bigtable-columns.js';
import { readingOfRow } from '../stream/alert-history.js';
import { SCORED, scoreReading, subScore, VITAL_NAMES } from '../stream/news2.js';
import { type Reading, VITALS, VITALS_FAMILY } from '../stream/reading.js';
import type { PatientNow, WardPatient, WardVital } from './ward.js';

const PAGE_ROWS = 1_000;
const HOUR_MS = 3_600_000;
/** Readings of an hour ago that are asked for; those with a flag are passed over. */
const EARLIER_ROWS = 5;
const CONCURRENCY = 8;

/** The newest values of every patient: one scan, which costs nothing but the node. */
export async function readNow(now: Pick<BigtablePort, 'readRows'>): Promise<PatientNow[]> {
  const patients: PatientNow[] = [];
  for (let start = ''; ; ) {
    const rows = await now.readRows({ start, end: '' }, { limit: PAGE_ROWS, families: [VITALS_FAMILY] });
    patients.push(...rows.map(patientNow));
    if (rows.length < PAGE_ROWS) return patients;
    start = `${rows.at(-1)!.key}\0`;
  }
}

/** The newest values of one patient; undefined without any reading. */
export async function readPatientNow(
  now: Pick<BigtablePort, 'readRows'>,
  patientId: string,
): Promise<PatientNow | undefined> {
  const range = { start: patientId, end: `${patientId}\0` };
  const [row] = await now.readRows(range, { limit: 1, families: [VITALS_FAMILY] });
  return row && patientNow(row);
}

function patientNow({ key, cells }: StoredRow): PatientNow {
  const vitals: Record<string, WardVital> = {};
  let newestMs = 0;
  for (const { qualifier, value, timestampMs } of cells) {
    const vital = VITALS.find((candidate) => candidate.qualifier === qualifier);
    if (vital === undefined) continue;
    const number = Number(value.toString('utf8'));
    vitals[vital.name] = { value: number, points: pointsOf(vital.name, number), atMs: timestampMs };
    newestMs = Math.max(newestMs, timestampMs);
  }
  // Points that are shown add up to the score.
  for (const vital of Object.values(vitals)) if (vital.atMs !== newestMs) vital.points = null;
  if (newestMs === 0) return { Patient_ID: key, vitals, score: undefined, lastReadingMs: undefined };
  const reading: Reading = {
    patientId: key,
    deviceId: '',
    eventTimeMs: newestMs,
    values: VITALS.map(({ name }) => (vitals[name]?.atMs === newestMs ? vitals[name].value : undefined)),
  };
  return { Patient_ID: key, vitals, score: scoreReading(reading), lastReadingMs: newestMs };
}

/** Points of a vital by its name; null for one that NEWS2 does not score. */
export function pointsOf(vital: string, value: number): number | null {
  const parameter = SCORED.find((candidate) => VITAL_NAMES[candidate] === vital);
  return parameter === undefined ? null : subScore(parameter, value);
}

/** The patients with their change of points within an hour, each by one short read. */
export async function withChange(
  vitals: Pick<BigtablePort, 'readRows'>,
  patients: readonly WardPatient[],
): Promise<WardPatient[]> {
  const changed = [...patients];
  let next = 0;
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      while (next < changed.length) {
        const index = next++;
        const { Patient_ID, known, lastReadingAt } = changed[index]!;
        if (known === null || lastReadingAt === null) continue;
        const toMs = Date.parse(lastReadingAt) - HOUR_MS;
        const rows = await vitals.readRows(bigtableRowRange(Patient_ID, { toMs }), { limit: EARLIER_ROWS });
        const earlier = rows
          .map((row) => readingOfRow(Patient_ID, row))
          .find((reading) => reading !== undefined && reading.timeFlag === undefined);
        const change = earlier === undefined ? null : known - scoreReading(earlier).score;
        changed[index] = { ...changed[index]!, change };
      }
    }),
  );
  return changed;
}
