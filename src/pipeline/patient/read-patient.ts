import type { Config } from '../../config/config.js';
import { nearest } from '../../core/closest.js';
import { HealthmonError } from '../../errors/healthmon-error.js';
import { type BigtablePort, bigtablePort } from '../../gcp/bigtable/port.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { openSpannerData, type SpannerData, type SpannerValue } from '../../gcp/spanner/data.js';
import { readPatientRecords } from '../../gcp/spanner/patients.js';
import { bigtableTables } from '../../schema/bigtable-columns.js';
import { patientInfoSchema, patientVitalsSchema } from '../../schema/read-table-schema.js';
import { inputFields } from '../../schema/table-schema.js';
import { modelTools } from '../model/tools.js';
import type { JudgedReading } from '../stream/alert-history.js';
import type { Parameter, Risk, ScoredParameter } from '../stream/news2.js';
import { type Reading, VITALS } from '../stream/reading.js';
import { readNow, readPatientNow } from '../ward/read-ward.js';
import type { PatientNow } from '../ward/ward.js';
import { type AlertEpisode, alertEpisodes, type VitalCourse, vitalCourses } from './course.js';
import { readHistory } from './history.js';
import { type Prediction, predictPatient } from './prediction.js';

export interface PatientInput {
  patientId: string;
  /** How far back from the newest reading. */
  sinceMs: number;
  /** Newest readings to give one by one; 0 gives none. */
  readings: number;
}

export interface PatientTools {
  clients: GoogleClients;
  config: Config;
  signal: AbortSignal;
  nowMs: number;
}

/** Where a block comes from, and how old it is. */
export interface BlockSource {
  block: 'patient' | 'vitals' | 'news2' | 'alerts' | 'prediction';
  store: string;
  /** When what it shows was measured or read; null when there is nothing. */
  at: string | null;
  ageSeconds: number | null;
  /** Why the block is empty, when its store could not be read. */
  error: string | null;
}

export interface PatientResult {
  /** The admission, by column; null when it is not in Spanner. */
  patient: Record<string, SpannerValue> | null;
  vitals: VitalCourse[];
  news2: {
    /** Points of the known part, and with everything unknown at its worst. */
    known: number;
    possible: number;
    risk: Risk;
    parameters: Readonly<Partial<Record<ScoredParameter, number>>>;
    missing: readonly Parameter[];
    at: string;
  } | null;
  alerts: AlertEpisode[];
  prediction: Prediction | null;
  /** The newest first, with the values that they have. */
  readings: Record<string, string | number>[];
  sources: BlockSource[];
}

/** How the three stores are read. */
export interface PatientReaders {
  record(): Promise<Record<string, SpannerValue> | undefined>;
  stored(): Promise<{ now: PatientNow | undefined; history: JudgedReading[] }>;
  prediction(): Promise<Prediction | undefined>;
}

function patientReaders(input: PatientInput, { clients, config, signal }: PatientTools): PatientReaders {
  const tables = bigtableTables(patientVitalsSchema(), config.bigtable);
  return {
    record: async () => readRecord(input.patientId, await openSpannerData(clients, config)),
    stored: async () => {
      const [now, vitals] = await Promise.all([
        bigtablePort(clients, config, tables.now),
        bigtablePort(clients, config, tables.vitals),
      ]);
      return readStored(input, { now, vitals });
    },
    prediction: async () => predictPatient(await modelTools(clients, config, signal), input.patientId),
  };
}

/**
 * One patient from three stores. What one of them does not give is empty, and `sources` says why.
 * @param readers of a caller that keeps what it has read for a while.
 */
export async function readPatient(
  input: PatientInput,
  tools: PatientTools,
  readers = patientReaders(input, tools),
): Promise<PatientResult> {
  const { patientId } = input;
  const { config, nowMs } = tools;
  const tables = bigtableTables(patientVitalsSchema(), config.bigtable);
  const [record, stored, predicted] = await Promise.all([
    attempt(readers.record),
    attempt(readers.stored),
    attempt(readers.prediction),
  ]);
  tools.signal.throwIfAborted();
  const patient = record.value ?? null;
  const { now, history } = stored.value ?? { now: undefined, history: [] };
  if (patient === null && now === undefined) {
    // Only who could ask both knows that there is no such patient.
    for (const { failure } of [record, stored]) if (failure !== undefined) throw failure;
    throw await unknownPatient(patientId, tools);
  }
  const prediction = predicted.value ?? null;
  const newestMs = now?.lastReadingMs;
  const measuredAt = newestMs === undefined ? null : new Date(newestMs).toISOString();
  const source = (block: BlockSource['block'], store: string, at: string | null, failure: unknown) => ({
    block,
    store,
    at,
    ageSeconds: at === null ? null : Math.max(0, Math.round((nowMs - Date.parse(at)) / 1000)),
    error: failure === undefined ? null : (failure as Error).message,
  });
  const readings = history.map(({ reading }) => reading);
  return {
    patient,
    vitals:
      newestMs === undefined ? [] : vitalCourses(readings, beginMs(readings, newestMs, input), newestMs),
    news2:
      now?.score === undefined
        ? null
        : {
            known: now.score.score,
            possible: now.score.maximum,
            risk: now.score.risk,
            parameters: now.score.parameters,
            missing: now.score.missing,
            at: measuredAt!,
          },
    alerts: alertEpisodes(history),
    prediction,
    readings: history
      .slice(history.length - input.readings)
      .reverse()
      .map(readingRow),
    sources: [
      source(
        'patient',
        `Spanner ${config.spanner.database}`,
        patient && new Date(nowMs).toISOString(),
        record.failure,
      ),
      source('vitals', `Bigtable ${tables.vitals.name}`, measuredAt, stored.failure),
      source('news2', `Bigtable ${tables.now.name}`, measuredAt, stored.failure),
      source('alerts', `Bigtable ${tables.vitals.name}`, measuredAt, stored.failure),
      source(
        'prediction',
        `BigQuery ${config.bigquery.joinedTable}`,
        prediction && new Date(prediction.at).toISOString(),
        predicted.failure,
      ),
    ],
  };
}

/** Of the courses: where the stretch begins, or where the readings do, so that a short history fills them. */
function beginMs(readings: readonly Reading[], newestMs: number, { sinceMs }: PatientInput): number {
  return Math.max(newestMs - sinceMs, readings[0]?.eventTimeMs ?? 0);
}

interface Attempt<T> {
  value?: T;
  failure?: unknown;
}

async function attempt<T>(read: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await read() };
  } catch (failure) {
    return { failure };
  }
}

/** The admission, by column; undefined when there is none. */
export async function readRecord(
  patientId: string,
  data: Pick<SpannerData, 'readKeys'>,
): Promise<Record<string, SpannerValue> | undefined> {
  const schema = patientInfoSchema();
  const columns = inputFields(schema).map(({ name }) => name);
  const [row] = await data.readKeys(schema.spannerTable, columns, [[patientId]]);
  return row && Object.fromEntries(columns.map((name, index) => [name, row[index] ?? null]));
}

/** The newest values and the readings before them. */
export async function readStored(
  { patientId, sinceMs }: Pick<PatientInput, 'patientId' | 'sinceMs'>,
  ports: Readonly<Record<'now' | 'vitals', Pick<BigtablePort, 'readRows'>>>,
): Promise<{ now: PatientNow | undefined; history: JudgedReading[] }> {
  const now = await readPatientNow(ports.now, patientId);
  if (now?.lastReadingMs === undefined) return { now, history: [] };
  const range = { fromMs: Math.max(0, now.lastReadingMs - sinceMs), toMs: now.lastReadingMs };
  return { now, history: await readHistory(ports.vitals, patientId, range) };
}

function readingRow({ reading }: JudgedReading): Record<string, string | number> {
  return {
    event_timestamp: new Date(reading.eventTimeMs).toISOString(),
    ...(reading.deviceId !== '' && { Device_ID: reading.deviceId }),
    ...Object.fromEntries(
      VITALS.flatMap(({ name }, index) => {
        const value = reading.values[index];
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  };
}

async function unknownPatient(patientId: string, { clients, config }: PatientTools): Promise<HealthmonError> {
  const { now } = bigtableTables(patientVitalsSchema(), config.bigtable);
  const port = await bigtablePort(clients, config, now);
  const [records, current] = await Promise.all([readPatientRecords(clients, config), readNow(port)]);
  const ids = new Set([...records.map(({ id }) => id), ...current.map(({ Patient_ID }) => Patient_ID)]);
  const near = nearestIds(patientId, [...ids]);
  return new HealthmonError({
    code: 'patient-not-found',
    message: `There is no patient "${patientId}".`,
    detail: 'Neither an admission in Spanner nor a reading in Bigtable has this id.',
    suggestion:
      near.length === 0
        ? 'Run "healthmon load FILE.csv" first.'
        : `Did you mean ${near.map((id) => `"${id}"`).join(', ')}? "healthmon ward" shows who is there.`,
  });
}

/** Numbers by their distance, other ids by their spelling. */
export function nearestIds(patientId: string, ids: readonly string[]): string[] {
  const isNumber = (id: string) => /^\d{1,15}$/.test(id);
  if (!isNumber(patientId)) return nearest(patientId, ids);
  const distance = (id: string) => Math.abs(Number(id) - Number(patientId));
  return ids
    .filter(isNumber)
    .sort((a, b) => distance(a) - distance(b) || Number(a) - Number(b))
    .slice(0, 3);
}
