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

const LOINC = 'http://loinc.org';
const UCUM = 'http://unitsofmeasure.org';

/** A FHIR R4 Bundle of vital-signs Observations, one for each measurement of the moment. */
function fhirBundle({ patientId, eventTimeMs, vitals }: SimulatedReading, all: boolean): string {
  const observation = (code: string, content: object) => ({
    resource: {
      resourceType: 'Observation',
      status: 'final',
      category: [
        {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' },
          ],
        },
      ],
      code: { coding: [{ system: LOINC, code }] },
      subject: { reference: `Patient/${patientId}` },
      effectiveDateTime: new Date(eventTimeMs).toISOString(),
      ...content,
    },
  });
  const quantity = (value: number, code: string) => ({
    valueQuantity: { value, unit: code, system: UCUM, code },
  });
  const component = (code: string, value: number) => ({
    code: { coding: [{ system: LOINC, code }] },
    ...quantity(value, 'mm[Hg]'),
  });
  const entry = [
    observation('8310-5', quantity(vitals.temperatureC, 'Cel')),
    observation('85354-9', {
      component: [component('8480-6', vitals.systolic), component('8462-4', vitals.diastolic)],
    }),
    observation('8867-4', quantity(vitals.heartRate, '/min')),
  ];
  if (all) {
    entry.push(
      observation('9279-1', quantity(vitals.respiratoryRate, '/min')),
      observation('59408-5', quantity(vitals.oxygenSaturation, '%')),
    );
  }
  return JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry });
}
