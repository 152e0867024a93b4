import { VITALS, type Vital } from './reading.js';

/** Vitals by name, as far as they were measured. */
export type VitalValues = Readonly<Record<string, number | undefined>>;

export const LOINC = 'http://loinc.org';
export const UCUM = 'http://unitsofmeasure.org';
interface Observation {
  resourceType: 'Observation';
  [element: string]: unknown;
}

/** FHIR R4 vital-signs Observations of one moment, one for each measurement and one for the two of blood pressure. */
export function vitalObservations(
  { subject, device, atMs }: { subject: object; device?: object | undefined; atMs: number },
  values: VitalValues,
): Observation[] {
  const coded = ({ name, loinc, unit }: Vital) => {
    const value = values[name];
    const [code] = loinc;
    if (value === undefined || code === undefined) return undefined;
    return {
      code: { coding: [{ system: LOINC, code }] },
      valueQuantity: { value, unit, system: UCUM, code: unit },
    };
  };
  return VITALS.flatMap((vital, index) => {
    const { loincPanel } = vital;
    if (loincPanel === undefined) {
      const content = coded(vital);
      return content === undefined ? [] : [observation(content)];
    }
    const panel = VITALS.filter((each) => each.loincPanel === loincPanel);
    // A panel stands where its first vital does.
    if (panel[0] !== VITALS[index]) return [];
    const component = panel.map(coded).filter((part) => part !== undefined);
    if (component.length === 0) return [];
    return [observation({ code: { coding: [{ system: LOINC, code: loincPanel }] }, component })];
  });

  function observation({ code, ...content }: { code: object; [name: string]: unknown }): Observation {
    return {
      resourceType: 'Observation',
      status: 'final',
      category: [
        {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' },
          ],
        },
      ],
      code,
      subject,
      ...(device !== undefined && { device }),
      effectiveDateTime: new Date(atMs).toISOString(),
      ...content,
    };
  }
}
