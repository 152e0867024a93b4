import type { Field, TableSchema } from './table-schema.js';

/** A vital as a column of Bigtable. */
export interface BigtableColumn {
  field: Field;
  qualifier: string;
}

/** Columns of the measured values: the field's name in lower case, in the family of the schema. */
export function bigtableColumns(schema: TableSchema): BigtableColumn[] {
  return schema.fields
    .filter((field) => field.role === 'feature')
    .map((field) => ({ field, qualifier: field.name.toLowerCase() }));
}

/** Family of the vitals' table with what was announced at a reading. */
export const ALERTS_FAMILY = 'alerts';

/** Family of the table of newest vitals with what is stored and not yet judged. */
export const UNJUDGED_FAMILY = 'unjudged';

export interface BigtableTable {
  name: string;
  families: readonly [string, ...string[]];
}

/** The tables of readings, and of each patient's newest values, under the names of a configuration. */
export function bigtableTables(
  schema: TableSchema,
  { table, nowTable }: { table: string; nowTable: string },
): { vitals: BigtableTable; now: BigtableTable } {
  const family = schema.bigtableFamily!;
  return {
    vitals: { name: table, families: [family, ALERTS_FAMILY] },
    now: { name: nowTable, families: [family, UNJUDGED_FAMILY] },
  };
}

const LAST_MS = 9_999_999_999_999;

/**
 * Row key of a reading. The time counts backwards, so that the newest reading of a patient comes first. A device
 * tells apart readings that two of them take at the same moment.
 */
export function bigtableRowKey(patientId: string, eventTimeMs: number, deviceId = ''): string {
  const key = `${patientId}#${String(LAST_MS - eventTimeMs).padStart(13, '0')}`;
  return deviceId === '' ? key : `${key}#${deviceId}`;
}

/** Event time and device of a patient's row key; undefined for the key of another patient, such as `7#b` for `7`. */
export function readingOfRowKey(
  patientId: string,
  key: string,
): { eventTimeMs: number; deviceId: string } | undefined {
  if (!key.startsWith(`${patientId}#`)) return undefined;
  const match = /^(\d{13})(?:#(.+))?$/s.exec(key.slice(patientId.length + 1));
  return match === null ? undefined : { eventTimeMs: LAST_MS - Number(match[1]), deviceId: match[2] ?? '' };
}

/** The readings of a patient from one event time to another, both included; by default all of them. */
export function bigtableRowRange(
  patientId: string,
  { fromMs = 0, toMs = LAST_MS }: { fromMs?: number | undefined; toMs?: number | undefined } = {},
): { start: string; end: string } {
  // Behind every device of that moment: "$" follows "#".
  return { start: bigtableRowKey(patientId, toMs), end: `${bigtableRowKey(patientId, fromMs)}$` };
}
