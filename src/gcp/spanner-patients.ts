import type { Config } from '../config/config.js';
import type { GoogleClients } from './clients.js';
import { translateGoogleError } from './google-errors.js';

export interface PatientRecord {
  id: string;
  age: string | null;
  condition: string | null;
}

/** Every patient of the system of record, ordered by id so that simulations repeat. */
export async function readPatientRecords(clients: GoogleClients, config: Config): Promise<PatientRecord[]> {
  const spanner = await clients.spanner();
  const { instance, database: databaseId } = config.spanner;
  try {
    // A Database object of a missing database rejects in the background, where nobody can catch it.
    await spanner.getDatabaseAdminClient().getDatabase({
      name: `projects/${config.project}/instances/${instance}/databases/${databaseId}`,
    });
    const database = spanner.instance(instance).database(databaseId);
    try {
      const [rows] = await database.run({
        sql: 'SELECT Patient_ID, CAST(Age AS STRING) AS Age, Condition FROM PatientInfo ORDER BY Patient_ID',
        json: true,
      });
      return (rows as { Patient_ID: string; Age: string | null; Condition: string | null }[]).map((row) => ({
        id: row.Patient_ID,
        age: row.Age,
        condition: row.Condition,
      }));
    } finally {
      await database.close().catch(() => {});
    }
  } catch (error) {
    throw translateGoogleError(error, `read the patients of ${instance}/${databaseId}`, clients.local);
  }
}
