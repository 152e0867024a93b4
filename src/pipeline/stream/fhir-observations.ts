/** Vitals by name, as far as they were measured. */
export type VitalValues = Readonly<Record<string, number | undefined>>;

export const LOINC = 'http://loinc.org';
export const UCUM = 'http://unitsofmeasure.org';
/** LOINC code and UCUM unit of each vital, in the order in which Observations are written. */
const OBSERVATIONS = [
  { vital: 'Temperature_C', code: '8310-5', unit: 'Cel' },
  {
    code: '85354-9',
    components: [
      { vital: 'Systolic', code: '8480-6', unit: 'mm[Hg]' },
      { vital: 'Diastolic', code: '8462-4', unit: 'mm[Hg]' },
    ],
  },
  { vital: 'Heart_Rate', code: '8867-4', unit: '/min' },
  { vital: 'Respiratory_Rate', code: '9279-1', unit: '/min' },
  { vital: 'Oxygen_Saturation', code: '59408-5', unit: '%' },
] as const;

interface Observation {
  resourceType: 'Observation';
  [element: string]: unknown;
}

interface Measured {
  vital: string;
  code: string;
  unit: string;
}

/** FHIR R4 vital-signs Observations of one moment, one for each measurement and one for the two of blood pressure. */
export function vitalObservations(
  { subject, device, atMs }: { subject: object; device?: object | undefined; atMs: number },
  values: VitalValues,
): Observation[] {
  const coded = ({ vital, code, unit }: Measured) => {
    const value = values[vital];
    if (value === undefined) return undefined;
    return {
      code: { coding: [{ system: LOINC, code }] },
      valueQuantity: { value, unit, system: UCUM, code: unit },
    };
  };
  return OBSERVATIONS.flatMap((each) => {
    if (!('components' in each)) {
      const content = coded(each);
      return content === undefined ? [] : [observation(content)];
    }
    const component = each.components.map(coded).filter((part) => part !== undefined);
    if (component.length === 0) return [];
    return [observation({ code: { coding: [{ system: LOINC, code: each.code }] }, component })];
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
