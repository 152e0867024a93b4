import { sha256 } from '../../core/sha256.js';
import { bigtableColumns, bigtableRowKey } from '../../schema/bigtable-columns.js';
import { patientVitalsSchema } from '../../schema/read-table-schema.js';

/** One reading of one patient at one time, checked and ready to store. */
export interface Reading {
  patientId: string;
  /** Empty when the message names none. */
  deviceId: string;
  eventTimeMs: number;
  /** In the order of `VITALS`; undefined where the message has no value. */
  values: (number | undefined)[];
  /** Set when the event time is implausible: the reading is stored all the same. */
  timeFlag?: TimeFlag | undefined;
}

/** `future`: the device's clock is ahead. `old`: older than the retention. */
export type TimeFlag = 'future' | 'old';

/** Column of Bigtable that holds the flag, so that whoever reads the reading there knows of it. */
export const TIME_FLAG_QUALIFIER = 'time_flag';

/** Clocks of devices and servers may differ by this much. */
export const FUTURE_TOLERANCE_MS = 5 * 60_000;

export function timeFlagOf(eventTimeMs: number, nowMs: number, retentionMs: number): TimeFlag | undefined {
  if (eventTimeMs > nowMs + FUTURE_TOLERANCE_MS) return 'future';
  return eventTimeMs < nowMs - retentionMs ? 'old' : undefined;
}

/** A measured value as the table schema declares it. */
export interface Vital {
  /** Its name in messages and in BigQuery. */
  name: string;
  /** Its column in Bigtable. */
  qualifier: string;
  integer: boolean;
  minimum: number;
  maximum: number;
  /** Every flat message has it. */
  required: boolean;
  /** UCUM code of its unit. */
  unit: string | undefined;
  /** LOINC codes: the first is written, the others are understood too. */
  loinc: readonly string[];
  /** LOINC code of the panel whose component it is. */
  loincPanel: string | undefined;
}

export const VITALS_FAMILY = patientVitalsSchema().bigtableFamily!;

export const VITALS: readonly Vital[] = bigtableColumns(patientVitalsSchema()).map(
  ({ field, qualifier }) => ({
    name: field.name,
    qualifier,
    integer: field.type === 'INT64',
    minimum: Number(field.constraints.minimum ?? Number.NEGATIVE_INFINITY),
    maximum: Number(field.constraints.maximum ?? Number.POSITIVE_INFINITY),
    required: field.constraints.required === true,
    unit: field.unit,
    loinc: field.loinc ?? [],
    loincPanel: field.loincPanel,
  }),
);

/** Position of a vital in `Reading.values`. */
export function vitalIndex(name: string): number {
  const index = VITALS.findIndex((vital) => vital.name === name);
  if (index === -1) throw new Error(`the table schema has no vital ${name}`);
  return index;
}

/** The identity of a reading: patient, event time, and device when there is one. */
export function rowKeyOf(reading: Reading): string {
  return bigtableRowKey(reading.patientId, reading.eventTimeMs, reading.deviceId);
}

/** BigQuery takes ids of at most 128 characters. */
const MAX_INSERT_ID_LENGTH = 128;

/**
 * BigQuery drops rows whose id it saw within the last minute or so. The values are part of it: two messages of one
 * moment may each bring a part of the vitals (FHIR sends one Observation per measurement), and both must arrive.
 */
export function insertIdOf(reading: Reading): string {
  return asInsertId(`${rowKeyOf(reading)}#${fingerprint(reading.values)}`);
}

/** The id itself, or something as unique that is short enough. */
export function asInsertId(id: string): string {
  return id.length <= MAX_INSERT_ID_LENGTH ? id : sha256(id);
}

/** FNV-1a over the values in thousandths, and over which of them are there. */
function fingerprint(values: readonly (number | undefined)[]): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    const word = value === undefined ? 0x7fffffff : Math.round(value * 1000) | 0;
    hash = Math.imul(hash ^ word, 0x01000193);
    hash = Math.imul(hash ^ (word >>> 16), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}
