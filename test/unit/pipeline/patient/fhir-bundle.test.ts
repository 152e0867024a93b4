import { describe, expect, it } from 'vitest';
import { fhirBundle } from '../../../../src/pipeline/patient/fhir-bundle.js';
import { decodeFhir } from '../../../../src/pipeline/stream/fhir-message.js';
import { VITALS } from '../../../../src/pipeline/stream/reading.js';
import { patientResult } from '../../../helpers/patient-result.js';

const NOW = Date.UTC(2026, 2, 2);

/** Through text, as whoever takes it gets it. */
function taken(bundle: object) {
  const skipped = new Map();
  const readings = decodeFhir([JSON.parse(JSON.stringify(bundle))], { timeZone: undefined }, skipped);
  return { readings, skipped: Object.fromEntries(skipped) };
}

describe('a patient as FHIR', () => {
  it('is taken back by our own reader, reading by reading', () => {
    const result = patientResult(5);
    const { readings, skipped } = taken(fhirBundle('42', result, NOW));
    expect(
      readings.map(({ patientId, deviceId, eventTimeMs, values }) => ({
        patientId,
        Device_ID: deviceId,
        event_timestamp: new Date(eventTimeMs).toISOString(),
        ...Object.fromEntries(
          VITALS.flatMap(({ name }, index) => (values[index] === undefined ? [] : [[name, values[index]]])),
        ),
      })),
    ).toEqual(result.readings.toReversed().map((row) => ({ patientId: '42', ...row })));
    // Patient, Condition and RiskAssessment.
    expect(skipped).toEqual({ 'unsupported-resource': 3 });
  });

  it('has resources with ids of their own, of the form that FHIR asks for, and the same ones each time', () => {
    const bundle = fhirBundle('42', patientResult(20), NOW);
    const urls = bundle.entry.map(({ fullUrl }) => fullUrl);
    expect(new Set(urls).size).toBe(urls.length);
    expect(urls[0]).toBe('https://healthmon.invalid/fhir/Patient/42');
    for (const { fullUrl, resource } of bundle.entry) {
      const { resourceType, id } = resource as { resourceType: string; id: string };
      expect(id).toMatch(/^[A-Za-z0-9\-.]{1,64}$/);
      expect(fullUrl).toBe(`https://healthmon.invalid/fhir/${resourceType}/${id}`);
    }
    expect(fhirBundle('42', patientResult(20), NOW)).toEqual(bundle);
  });

  it('names a patient whose id FHIR does not allow by an identifier', () => {
    const bundle = fhirBundle('ward 7/42', patientResult(1), NOW);
    expect(taken(bundle).readings).toMatchObject([{ patientId: 'ward 7/42' }]);
    expect(JSON.stringify(bundle)).not.toContain('"reference"');
  });

  it('tells of the prediction, and leaves out what is not known', () => {
    const { entry } = fhirBundle('42', patientResult(1), NOW);
    expect(entry.at(-1)!.resource).toMatchObject({
      resourceType: 'RiskAssessment',
      status: 'final',
      prediction: [{ outcome: { text: 'Stable' }, probabilityDecimal: 0.9 }],
    });
    const bare = fhirBundle('42', patientResult(0, { patient: null, prediction: null, news2: null }), NOW);
    expect(bare.entry.map(({ resource }) => resource)).toEqual([
      {
        resourceType: 'Patient',
        id: '42',
        identifier: [{ system: 'urn:healthmon:patient', value: '42' }],
        gender: 'unknown',
      },
    ]);
  });
});
