import { type Reading, rowKeyOf, type TimeFlag, VITALS } from './reading.js';

/** A row of Bigtable, with cells in whatever form they are sent. */
export interface VitalRow<Cell> {
  key: string;
  /** Event time, which all of its cells have. */
  timestampMs: number;
  cells: Cell[];
}

/** What Bigtable holds of readings. */
export interface VitalRows<Cell> {
  /** Of the table of all readings. */
  ofReading(reading: Reading): VitalRow<Cell>;
  /**
   * Rows that bring each patient's newest values up to date. A cell's timestamp is the event time, so that late and
   * repeated readings never take the place of newer ones. A device whose clock is ahead would stay the newest until
   * that time comes, so its readings are left out.
   */
  newest(readings: readonly Reading[]): VitalRow<Cell>[];
}

/** @param cellOf the cell of the vital at a position of `VITALS` */
export function vitalRows<Cell>(
  cellOf: (index: number, value: number) => Cell,
  flagCell: (flag: TimeFlag) => Cell,
): VitalRows<Cell> {
  const cells = ({ values }: Reading, wanted: (index: number) => boolean): Cell[] => {
    const row: Cell[] = [];
    for (let index = 0; index < VITALS.length; index++) {
      const value = values[index];
      if (value !== undefined && wanted(index)) row.push(cellOf(index, value));
    }
    return row;
  };
  return {
    ofReading(reading) {
      const row = cells(reading, () => true);
      if (reading.timeFlag !== undefined) row.push(flagCell(reading.timeFlag));
      return { key: rowKeyOf(reading), timestampMs: reading.eventTimeMs, cells: row };
    },
    newest(readings) {
      const rows: VitalRow<Cell>[] = [];
      for (const [key, newest] of newestByPatient(readings)) {
        for (const reading of new Set(newest)) {
          if (reading === undefined) continue;
          const row = cells(reading, (index) => newest[index] === reading);
          rows.push({ key, timestampMs: reading.eventTimeMs, cells: row });
        }
      }
      return rows;
    },
  };
}

/** By patient, which reading has the newest value of each vital. */
function newestByPatient(readings: readonly Reading[]): Map<string, (Reading | undefined)[]> {
  const patients = new Map<string, (Reading | undefined)[]>();
  for (const reading of readings) {
    if (reading.timeFlag === 'future') continue;
    let newest = patients.get(reading.patientId);
    if (newest === undefined) {
      newest = [];
      patients.set(reading.patientId, newest);
    }
    for (let index = 0; index < VITALS.length; index++) {
      if (reading.values[index] === undefined) continue;
      if (reading.eventTimeMs >= (newest[index]?.eventTimeMs ?? 0)) newest[index] = reading;
    }
  }
  return patients;
}

/**
 * A row of `stream_patient_vitals` as JSON. Written by hand, as it runs for every reading: `JSON.stringify` of an
 * object costs three times as much.
 */
export function bigQueryRow(reading: Reading, messageId: string, ingestedAt: string): string {
  let row =
    `{"Patient_ID":${JSON.stringify(reading.patientId)},` +
    `"event_timestamp":"${new Date(reading.eventTimeMs).toISOString()}",` +
    `"Message_ID":${JSON.stringify(messageId)},"Ingested_At":"${ingestedAt}"`;
  if (reading.deviceId !== '') row += `,"Device_ID":${JSON.stringify(reading.deviceId)}`;
  if (reading.timeFlag !== undefined) row += `,"Time_Flag":"${reading.timeFlag}"`;
  for (let index = 0; index < VITALS.length; index++) {
    const value = reading.values[index];
    if (value !== undefined) row += `,"${VITALS[index]!.name}":${value}`;
  }
  return `${row}}`;
}
