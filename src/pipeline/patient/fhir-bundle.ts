import { createHash } from 'node:crypto';
import { vitalObservations } from '../stream/fhir-observations.js';
import { VITALS } from '../stream/reading.js';
import type { PatientResult } from './read-patient.js';

/** Ids of FHIR R4: https://hl7.org/fhir/R4/datatypes.html#id. Others are given as identifiers alone. */
const FHIR_ID = /^[A-Za-z0-9\-.]{1,64}$/;
const IDENTIFIER_SYSTEM = 'urn:healthmon:patient';
/** By which references within a Bundle are resolved; no host has this name (RFC 2606). */
const BASE_URL = 'https://healthmon.invalid/fhir';

interface Resource {
  resourceType: string;
  id?: string;
  [element: string]: unknown;
}

export interface FhirBundle {
  resourceType: 'Bundle';
  type: 'collection';
  timestamp: string;
  entry: { fullUrl: string; resource: object }[];
}

/**
 * The patient as a FHIR R4 Bundle: Patient, Condition, an Observation for each measurement of `result.readings`, and
 * the prediction as a RiskAssessment. No score: a part of NEWS2 must not stand under the code of the whole.
 */
export function fhirBundle(patientId: string, result: PatientResult, nowMs: number): FhirBundle {
  const { patient, readings, prediction } = result;
  const subject = subjectOf(patientId);
  const resources: Resource[] = [
    patientResource(patientId, patient?.Gender),
    ...(typeof patient?.Condition === 'string' ? [conditionResource(subject, patient.Condition)] : []),
    ...readings.toReversed().flatMap((row) => readingResources(subject, row)),
    ...(prediction === null ? [] : [riskResource(subject, prediction)]),
  ];
  return {
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: new Date(nowMs).toISOString(),
    entry: resources.map((resource, index) => {
      const id = resource.id ?? uuidOf(`${patientId}#${index}`);
      return { fullUrl: `${BASE_URL}/${resource.resourceType}/${id}`, resource: { ...resource, id } };
    }),
  };
}

function subjectOf(patientId: string): object {
  const identifier = { system: IDENTIFIER_SYSTEM, value: patientId };
  return FHIR_ID.test(patientId) ? { reference: `Patient/${patientId}`, identifier } : { identifier };
}

/** The same content has the same name in every Bundle: a UUID of version 8, made of a digest. */
function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function patientResource(patientId: string, gender: unknown): Resource {
  return {
    resourceType: 'Patient',
    ...(FHIR_ID.test(patientId) && { id: patientId }),
    identifier: [{ system: IDENTIFIER_SYSTEM, value: patientId }],
    gender: genderOf(gender),
  };
}

function genderOf(gender: unknown): string {
  if (typeof gender !== 'string') return 'unknown';
  const lower = gender.toLowerCase();
  return lower === 'male' || lower === 'female' ? lower : 'other';
}

function conditionResource(subject: object, condition: string): Resource {
  return { resourceType: 'Condition', code: { text: condition }, subject };
}

function readingResources(subject: object, row: PatientResult['readings'][number]): Resource[] {
  const device = row.Device_ID === undefined ? undefined : { identifier: { value: String(row.Device_ID) } };
  const values = Object.fromEntries(VITALS.map(({ name }) => [name, row[name] as number | undefined]));
  return vitalObservations({ subject, device, atMs: Date.parse(String(row.event_timestamp)) }, values);
}

function riskResource(subject: object, prediction: NonNullable<PatientResult['prediction']>): Resource {
  return {
    resourceType: 'RiskAssessment',
    status: 'final',
    subject,
    occurrenceDateTime: prediction.at,
    method: { text: `${prediction.modelVersion} of BigQuery ML` },
    prediction: [
      {
        outcome: { text: prediction.predicted },
        ...(prediction.probability !== null && { probabilityDecimal: prediction.probability }),
      },
    ],
  };
}
