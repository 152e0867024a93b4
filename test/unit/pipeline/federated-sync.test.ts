import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../src/config/config.js';
import { type LocalCloud, startLocalCloud } from '../../../src/emulators/local-cloud.js';
import { liveAdmins } from '../../../src/gcp/admins.js';
import { type BigQueryPort, bigQueryPort } from '../../../src/gcp/bigquery/port.js';
import { createGoogleClients, type GoogleClients } from '../../../src/gcp/clients.js';
import { provision } from '../../../src/pipeline/provision/provision.js';
import { federatedStatement, runFederated, syncFederated } from '../../../src/pipeline/sync/federated.js';
import { patientInfoSchema } from '../../../src/schema/read-table-schema.js';

const config = resolveConfig({
  flags: { 'bigquery.batchTable': 'admissions' },
  env: {},
  cwd: '/nonexistent',
});
const input = { schema: patientInfoSchema(), connection: 'spanner-7' };
const { signal } = new AbortController();

let cloud: LocalCloud;
let clients: GoogleClients;
let bigquery: BigQueryPort;
beforeAll(async () => {
  cloud = await startLocalCloud({ services: ['bigquery'] });
  const endpoint = cloud.env.BIGQUERY_EMULATOR_HOST!;
  clients = createGoogleClients(config, () => ({ endpoint, implementation: 'embedded' }), {});
  bigquery = await bigQueryPort(clients);
  await provision(liveAdmins(clients, config), config, { only: ['bigquery'], signal });
});
afterAll(async () => {
  await clients?.close();
  await cloud?.stop();
});

describe('a table that BigQuery copies by itself', () => {
  it('is read through the connection, in the location of the settings or the one that is named', () => {
    const statement = federatedStatement(config, input, 'admissions');
    expect(statement).toMatch(/^MERGE INTO `healthmon-local\.healthmon\.admissions`\n/);
    expect(statement).toContain(
      "EXTERNAL_QUERY('healthmon-local.us-central1.spanner-7', 'SELECT `Patient_ID`, `Age`, `Gender`",
    );
    const other = { ...input, connection: 'ward-7.eu.spanner' };
    expect(federatedStatement(config, other, 'admissions')).toContain("EXTERNAL_QUERY('ward-7.eu.spanner', ");
  });

  it.each(["a'b", 'a.b', '', 'a b'])('takes no %j for a connection', (connection) => {
    expect(() => federatedStatement(config, { ...input, connection }, 'admissions')).toThrow('--connection');
  });

  it('gets the rows of the other in the place of its own, all at once', async () => {
    const values = (ids: string[]) =>
      ids.map((id) => `STRUCT('${id}' AS Patient_ID, 40 AS Age, 'Male' AS Gender, 'Flu' AS Condition)`);
    const names = 'Patient_ID, Age, Gender, Condition';
    const table = 'healthmon.admissions';
    await bigquery.query(
      `INSERT INTO ${table} (${names}) SELECT * FROM UNNEST([${values(['1', '2', '3']).join(', ')}])`,
    );
    await bigquery.query(
      `CREATE TABLE healthmon.elsewhere AS SELECT * FROM ${table} WHERE Patient_ID != '2'`,
    );
    await bigquery.query(`UPDATE healthmon.elsewhere SET Age = 41 WHERE TRUE`);
    // What BigQuery reads from Spanner is read from another table here.
    const here: BigQueryPort = {
      query: (sql, options) => {
        const replaced = sql.replace(/EXTERNAL_QUERY\('[^']*', '(?:[^'\\]|\\.)*'\)/, 'healthmon.elsewhere');
        expect(replaced).not.toBe(sql);
        return bigquery.query(replaced, options);
      },
    };
    const copied = await runFederated(here, config, input, signal);
    expect(copied).toMatchObject({ table: 'admissions', rows: 2, snapshotTime: null });
    const rows = await (await bigquery.query(`SELECT Patient_ID, Age FROM ${table} ORDER BY 1`)).rows();
    expect(rows).toEqual([
      { Patient_ID: '1', Age: 41 },
      { Patient_ID: '3', Age: 41 },
    ]);
  });

  it('is refused by name on the local target', async () => {
    await expect(syncFederated(clients, config, input, signal)).rejects.toMatchObject({
      code: 'unsupported',
    });
  });
});
