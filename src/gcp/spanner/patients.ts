import type { Config } from '../../config/config.js';
import type { GoogleClients } from '../clients.js';
import { callsOf } from '../google-calls.js';
import { openSpannerData, type SpannerData } from './data.js';

export interface PatientRecord {
  id: string;
  age: string | null;
  gender: string | null;
  condition: string | null;
}

/**
 * Every patient of the system of record, ordered by id so that simulations repeat.
 * @param opened the database, of a caller that asks again and again.
 */
export async function readPatientRecords(
  clients: GoogleClients,
  config: Config,
  opened?: Pick<SpannerData, 'snapshot'>,
): Promise<PatientRecord[]> {
  const { instance, database } = config.spanner;
  const data = opened ?? (await openSpannerData(clients, config));
  return callsOf(clients)(`read the patients of ${instance}/${database}`, async () => {
    const { pages } = await data.snapshot(
      'SELECT Patient_ID, CAST(Age AS STRING), Gender, Condition FROM PatientInfo ORDER BY Patient_ID',
    );
    const records: PatientRecord[] = [];
    for await (const page of pages as AsyncGenerator<[string, ...(string | null)[]][]>) {
      for (const [id, age = null, gender = null, condition = null] of page) {
        records.push({ id, age, gender, condition });
      }
    }
    return records;
  });
}
