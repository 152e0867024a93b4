import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { packageVersion } from '../../core/package-root.js';
import { fileNotWritten } from '../../errors/file-not-written.js';
import { type FhirBundle, fhirBundle } from './fhir-bundle.js';
import { MAX_READINGS } from './history.js';
import { type PatientInput, type PatientResult, type PatientTools, readPatient } from './read-patient.js';

export interface PatientCommandInput extends PatientInput {
  /** File for the page, from `cwd`. */
  html: string | undefined;
  fhir: boolean;
}

export interface PatientCommandResult extends PatientResult {
  html?: string | undefined;
  fhir?: FhirBundle | undefined;
}

/** One patient, as a result and, where it is asked for, as a page and as FHIR with all readings of the stretch. */
export async function runPatientCommand(
  { html, fhir, ...input }: PatientCommandInput,
  tools: PatientTools & { cwd: string },
): Promise<PatientCommandResult> {
  const needsAll = html !== undefined || fhir;
  const whole = await readPatient({ ...input, readings: needsAll ? MAX_READINGS : input.readings }, tools);
  const result = { ...whole, readings: whole.readings.slice(0, input.readings) };
  const { nowMs } = tools;
  if (html !== undefined) {
    const { patientPage } = await import('./patient-page.js');
    const page = patientPage(whole, { ...input, version: packageVersion(), nowMs });
    await writeFile(resolve(tools.cwd, html), page, { mode: 0o600 }).catch((cause: Error) => {
      throw fileNotWritten(html, cause);
    });
  }
  return {
    ...result,
    ...(html !== undefined && { html }),
    ...(fhir && { fhir: fhirBundle(input.patientId, whole, nowMs) }),
  };
}
