import { vitalObservations } from '../stream/fhir-observations.js';
import type { SimulatedReading } from './readings.js';

export type MessageFormat = 'json' | 'fhir';
/** `core`: temperature, blood pressure and heart rate. `all`: respiratory rate and oxygen saturation as well. */
export type VitalsSelection = 'core' | 'all';

export type EncodeReading = (reading: SimulatedReading) => string;

/** How a reading becomes the text of a message, on one line. */
export function messageEncoder(format: MessageFormat, selection: VitalsSelection): EncodeReading {
  const all = selection === 'all';
  return format === 'json' ? (reading) => flatJson(reading, all) : (reading) => fhirBundle(reading, all);
}

/** Written by hand: this runs for every message, and `JSON.stringify` of an object costs three times as much. */
function flatJson({ patientId, eventTimeMs, vitals }: SimulatedReading, all: boolean): string {
  const optional = all
    ? `"Respiratory_Rate":${vitals.respiratoryRate},"Oxygen_Saturation":${vitals.oxygenSaturation},`
    : '';
  return (
    `{"Patient_ID":${JSON.stringify(patientId)},"Temperature_C":${vitals.temperatureC},` +
    `"Blood_Pressure":"${vitals.systolic}/${vitals.diastolic}","Heart_Rate":${vitals.heartRate},` +
    `${optional}"event_timestamp":"${new Date(eventTimeMs).toISOString()}"}`
  );
}

/** A FHIR R4 Bundle of vital-signs Observations, one for each measurement of the moment. */
function fhirBundle({ patientId, eventTimeMs, vitals }: SimulatedReading, all: boolean): string {
  const moment = { subject: { reference: `Patient/${patientId}` }, atMs: eventTimeMs };
  const observations = vitalObservations(moment, {
    Temperature_C: vitals.temperatureC,
    Systolic: vitals.systolic,
    Diastolic: vitals.diastolic,
    Heart_Rate: vitals.heartRate,
    Respiratory_Rate: all ? vitals.respiratoryRate : undefined,
    Oxygen_Saturation: all ? vitals.oxygenSaturation : undefined,
  });
  const entry = observations.map((resource) => ({ resource }));
  return JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry });
}
