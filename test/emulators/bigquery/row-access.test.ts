import type { BigQuery } from '@google-cloud/bigquery';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BigQueryServer } from '../../../src/emulators/bigquery/server/index.js';
import { clientOf, PROJECT, startEmulator } from './harness.js';

const ANA = { authorization: `Bearer ${token({ email: 'ana@clinic.example' })}` };
const BEN = { 'x-bqemu-caller': 'user:ben@lab.example', 'x-bqemu-groups': 'group:nurses@clinic.example' };

function token(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

let server: BigQueryServer;
let bigquery: BigQuery;
let count = 0;
let table = '';

beforeAll(async () => {
  server = await startEmulator();
  bigquery = clientOf(server);
  await bigquery.createDataset('d');
});
afterAll(() => server.close());
beforeEach(async () => {
  count += 1;
  table = `d.t${count}`;
  await bigquery.query(
    `CREATE TABLE ${table} AS SELECT 1 AS id, 'north' AS ward, 'ana@clinic.example' AS doctor UNION ALL SELECT 2, 'south', 'ben@lab.example'`,
  );
});

interface Answer {
  status: number;
  body: { error?: { message: string; errors: { reason: string }[] }; [key: string]: unknown };
}

async function call(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: object,
): Promise<Answer> {
  const response = await fetch(`${server.url}/bigquery/v2/projects/${PROJECT}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}

async function query(sql: string, headers?: Record<string, string>): Promise<unknown[][]> {
  const { body } = await call('POST', '/queries', headers, { query: sql, useLegacySql: false });
  if (body.error !== undefined) throw new Error(`${body.error.errors[0]?.reason}: ${body.error.message}`);
  return ((body['rows'] ?? []) as { f: { v: unknown }[] }[]).map((row) => row.f.map(({ v }) => v));
}

const policies = () => `/datasets/d/tables/t${count}/rowAccessPolicies`;
const wards = (headers?: Record<string, string>) => query(`SELECT ward FROM ${table} ORDER BY ward`, headers);

describe('row access policies', () => {
  it('show rows to whom they are granted: users, groups, domains, everybody', async () => {
    await query(
      `CREATE ROW ACCESS POLICY a ON ${table} GRANT TO ('user:Ana@clinic.example') FILTER USING (ward = 'north')`,
    );
    await query(
      `CREATE ROW ACCESS POLICY b ON ${table} GRANT TO ('group:nurses@clinic.example') FILTER USING (id > 1)`,
    );
    expect(await wards(ANA)).toEqual([['north']]);
    expect(await wards(BEN)).toEqual([['south']]);
    expect(await wards()).toEqual([]);
    await query(`CREATE ROW ACCESS POLICY c ON ${table} GRANT TO ('domain:lab.example') FILTER USING (TRUE)`);
    expect(await wards(BEN)).toEqual([['north'], ['south']]);
    await query(
      `CREATE ROW ACCESS POLICY e ON ${table} GRANT TO ('allUsers') FILTER USING (doctor = SESSION_USER())`,
    );
    expect(await wards({ 'x-bqemu-caller': 'nobody@x.example' })).toEqual([]);
    expect(await query('SELECT SESSION_USER()', ANA)).toEqual([['ana@clinic.example']]);
    await query(`DROP ALL ROW ACCESS POLICIES ON ${table}`);
    expect(await wards()).toEqual([['north'], ['south']]);
  });

  it('hold behind views, in joins, subqueries and what queries write', async () => {
    await query(`CREATE VIEW d.v${count} AS SELECT * FROM ${table}`);
    await query(
      `CREATE ROW ACCESS POLICY a ON ${table} GRANT TO ('user:ana@clinic.example') FILTER USING (ward = 'north')`,
    );
    expect(await query(`SELECT ward FROM d.v${count}`, ANA)).toEqual([['north']]);
    expect(
      await query(
        `SELECT COUNT(*), (SELECT MAX(id) FROM ${table}) FROM ${table} AS a JOIN ${table} AS b USING (id)`,
        ANA,
      ),
    ).toEqual([['1', '1']]);
    await query(`CREATE TABLE d.made${count} AS SELECT * FROM ${table}`, ANA);
    expect(await query(`SELECT ward FROM d.made${count}`)).toEqual([['north']]);
  });

  it('are not passed by what the cache holds for others', async () => {
    await query(
      `CREATE ROW ACCESS POLICY a ON ${table} GRANT TO ('user:ana@clinic.example') FILTER USING (TRUE)`,
    );
    expect(await wards(ANA)).toHaveLength(2);
    expect(await wards(BEN)).toEqual([]);
    await query(
      `CREATE OR REPLACE ROW ACCESS POLICY a ON ${table} GRANT TO ('user:ana@clinic.example') FILTER USING (id = 1)`,
    );
    expect(await wards(ANA)).toEqual([['north']]);
  });

  it('refuse what would read or change all rows to who does not see them', async () => {
    await query(
      `CREATE ROW ACCESS POLICY a ON ${table} GRANT TO ('user:ana@clinic.example') FILTER USING (id = 1)`,
    );
    await query(
      `CREATE ROW ACCESS POLICY b ON ${table} GRANT TO ('user:ben@lab.example') FILTER USING (TRUE)`,
    );
    const refused = 'accessDenied: Access Denied: Table';
    for (const sql of [
      `UPDATE ${table} SET id = 3 WHERE TRUE`,
      `DELETE FROM ${table} WHERE TRUE`,
      `MERGE ${table} USING (SELECT 1 AS x) ON FALSE WHEN NOT MATCHED BY SOURCE THEN DELETE`,
      `TRUNCATE TABLE ${table}`,
      `CREATE TABLE d.clone${count} CLONE ${table}`,
      `CREATE TABLE d.copy${count} COPY ${table}`,
      `CREATE SNAPSHOT TABLE d.snapshot${count} CLONE ${table}`,
      `SELECT * FROM \`d.t${count}*\``,
    ]) {
      await expect(query(sql, ANA), sql).rejects.toThrow(refused);
    }
    const data = `/datasets/d/tables/t${count}/data`;
    expect((await call('GET', data, ANA)).status).toBe(403);
    expect((await call('GET', data, BEN)).body['totalRows']).toBe('2');
    const source = { projectId: PROJECT, datasetId: 'd', tableId: `t${count}` };
    const copy = { sourceTable: source, destinationTable: { ...source, tableId: `other${count}` } };
    expect((await call('POST', '/jobs', ANA, { configuration: { copy } })).status).toBe(403);
    const extract = { sourceTable: source, destinationUris: ['gs://b/x'] };
    expect((await call('POST', '/jobs', ANA, { configuration: { extract } })).status).toBe(403);
    await query(`UPDATE ${table} SET id = 3 WHERE id = 2`, BEN);
    expect(await query(`SELECT id FROM ${table} ORDER BY id`, BEN)).toEqual([['1'], ['3']]);
  });

  it('are made, read, changed and deleted by REST', async () => {
    const body = {
      rowAccessPolicyReference: { projectId: PROJECT, datasetId: 'd', tableId: `t${count}`, policyId: 'p' },
      filterPredicate: "ward = 'north'",
      grantees: ['user:ana@clinic.example'],
    };
    expect((await call('POST', policies(), {}, body)).body).toMatchObject({
      filterPredicate: "ward = 'north'",
    });
    expect((await call('POST', policies(), {}, body)).status).toBe(409);
    expect((await call('GET', policies())).body).toMatchObject({
      rowAccessPolicies: [{ rowAccessPolicyReference: { policyId: 'p' } }],
    });
    await call('PUT', `${policies()}/p`, {}, { ...body, filterPredicate: "ward = 'south'" });
    expect(await wards(ANA)).toEqual([['south']]);
    expect((await call('GET', `${policies()}/p`)).body).toMatchObject({ filterPredicate: "ward = 'south'" });
    const broken = { ...body, rowAccessPolicyReference: { policyId: 'q' }, filterPredicate: 'nothing = 1' };
    expect((await call('POST', policies(), {}, broken)).body.error?.message).toContain(
      'Unrecognized name: nothing',
    );
    expect((await call('DELETE', `${policies()}/p`)).status).toBe(204);
    expect((await call('GET', `${policies()}/p`)).status).toBe(404);
    expect(await wards()).toHaveLength(2);
  });

  it('are told apart by statements', async () => {
    const create = (words: string) =>
      query(`CREATE ${words} a ON ${table} GRANT TO ('allUsers') FILTER USING (TRUE)`);
    await create('ROW ACCESS POLICY');
    await expect(create('ROW ACCESS POLICY')).rejects.toThrow('Already Exists: Row access policy a');
    await create('ROW ACCESS POLICY IF NOT EXISTS');
    await query(`DROP ROW ACCESS POLICY a ON ${table}`);
    await query(`DROP ROW ACCESS POLICY IF EXISTS a ON ${table}`);
    await expect(query(`DROP ROW ACCESS POLICY a ON ${table}`)).rejects.toThrow(
      'Not found: Row access policy a',
    );
    await expect(query(`CREATE ROW ACCESS POLICY x ON ${table} FILTER USING (1)`)).rejects.toThrow(
      'WHERE clause should return type BOOL',
    );
  });
});
