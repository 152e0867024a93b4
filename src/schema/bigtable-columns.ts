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

const LAST_MS = 9_999_999_999_999;

/**
 * Row key of a reading. The time counts backwards, so that the newest reading of a patient comes first. A device
 * tells apart readings that two of them take at the same moment.
 */
export function bigtableRowKey(patientId: string, eventTimeMs: number, deviceId = ''): string {
  const key = `${patientId}#${String(LAST_MS - eventTimeMs).padStart(13, '0')}`;
  return deviceId === '' ? key : `${key}#${deviceId}`;
}
