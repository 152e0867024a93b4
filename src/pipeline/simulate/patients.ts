import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { counted } from '../../core/counted.js';
import { createRandom } from '../../core/random.js';
import { HealthmonError, usageError } from '../../errors/healthmon-error.js';
import { CONDITIONS } from './conditions.js';

/** What a patient's baseline vitals are made from. */
export interface SimulatedPatient {
  id: string;
  age: number;
  condition: string;
}

/** Patients `1`…`count`; age and condition come from the seed, so they are the same in every run. */
export function numberedPatients(count: number, seed: number): SimulatedPatient[] {
  return Array.from({ length: count }, (_, index) => {
    const id = String(index + 1);
    const random = createRandom(seed, 'patient', id);
    const condition = random.pick(CONDITIONS);
    const age = Math.round(condition.meanAge + 8 * random.normal());
    return { id, age: Math.min(100, Math.max(16, age)), condition: condition.name };
  });
}

/** Patients of an admissions file: each id once, in the order of the file. */
export async function patientsFromCsv(path: string): Promise<SimulatedPatient[]> {
  const patients = new Map<string, SimulatedPatient>();
  const file = createReadStream(path);
  const rows = file.pipe(
    parse({ bom: true, columns: true, skip_empty_lines: true, trim: true, relax_column_count: true }),
  );
  file.once('error', (error) => rows.destroy(error));
  try {
    for await (const row of rows as AsyncIterable<Record<string, string | undefined>>) {
      if (!('Patient_ID' in row)) {
        throw usageError({
          code: 'patients-column-missing',
          message: `${path} has no column Patient_ID.`,
          // Not their names: where there is no header line, they are values of a patient.
          detail: `Its first line has ${counted(Object.keys(row).length, 'column')}.`,
          suggestion: 'Give an admissions file, or a CSV file with at least the column Patient_ID.',
        });
      }
      if (row.Patient_ID) addPatient(patients, row.Patient_ID, row.Age, row.Condition);
    }
  } catch (error) {
    if (error instanceof HealthmonError) throw error;
    throw usageError({
      code: 'patients-unreadable',
      message: `The patients cannot be read from ${path}.`,
      // The parser quotes what it could not read.
      detail: error instanceof CsvError ? `Line ${error.lines} is not CSV.` : (error as Error).message,
      suggestion: 'Check the path given to --patients-from.',
      cause: error,
    });
  }
  if (patients.size === 0) {
    throw usageError({
      code: 'no-patients',
      message: `${path} has no patients.`,
      suggestion: 'Give a file with a header and at least one row, or use --patients N.',
    });
  }
  return [...patients.values()];
}

/** Fills what is missing or unusable with middle values, so that an incomplete record still has a baseline. */
export function addPatient(
  patients: Map<string, SimulatedPatient>,
  id: string,
  age: string | number | null | undefined,
  condition: string | null | undefined,
): void {
  if (patients.has(id)) return;
  const years = age === null || age === undefined || age === '' ? Number.NaN : Number(age);
  patients.set(id, {
    id,
    age: Number.isFinite(years) ? Math.min(110, Math.max(0, years)) : 50,
    condition: condition ?? '',
  });
}
