import { encode } from '../src/emulators/wire/message.js';
import { BareClient } from './bare-grpc.js';
import { DATASET, readByPages, tools, VITALS } from './bigquery.js';
import type { Bench, BenchContext } from './registry.js';

const READ = '/google.cloud.bigquery.storage.v1.BigQueryRead';
const WRITE = '/google.cloud.bigquery.storage.v1.BigQueryWrite';
/** `DataFormat.ARROW` */
const ARROW = 2;

const endpointOf = ({ env }: BenchContext) => new URL(env['BIGQUERY_EMULATOR_HOST']!).host;
const tablePath = (project: string, table: string) =>
  `projects/${project}/datasets/${DATASET}/tables/${table}`;

const storageRead: Bench = {
  name: 'bigquery.storage_read',
  unit: 'rows/s',
  baselineName: 'the pages of getQueryResults for the same rows',
  stack: true,
  async run(context) {
    const { client, rssMb } = await tools(context);
    const project = await client.getProjectId();
    const bare = new BareClient(endpointOf(context));
    try {
      const startedMs = performance.now();
      const table = tablePath(project, 'vitals');
      const selection = { 1: ['Patient_ID', 'Systolic', 'Temperature_C'] };
      const request = { 1: `projects/${project}`, 2: { 3: ARROW, 6: table, 8: selection }, 3: 1 };
      const session = await bare.call(`${READ}/CreateReadSession`, encode(request));
      const stream = /projects\/[\w/-]+\/streams\/[0-9a-f-]{36}/.exec(session.toString('latin1'))![0];
      await bare.read(`${READ}/ReadRows`, encode({ 1: stream }));
      const value = VITALS / ((performance.now() - startedMs) / 1000);
      return { value, baseline: await readByPages(client), rssMb: await rssMb() };
    } finally {
      bare.close();
    }
  },
};

const storageWrite: Bench = {
  name: 'bigquery.storage_write',
  unit: 'rows/s',
  baselineName: 'the same rows streamed with insertAll',
  stack: true,
  async run(context) {
    const { client, rssMb } = await tools(context);
    await client.query({
      query: `CREATE OR REPLACE TABLE ${DATASET}.written (id STRING, event_timestamp TIMESTAMP, hr INT64, room STRING)`,
    });
    const project = await client.getProjectId();
    const batchRows = 5_000;
    const batches = 100;
    // `DescriptorProto`: numbers and types (9 is text, 3 a number of 64 bits) of the fields, all of them optional.
    const fields = [
      ['id', 9],
      ['event_timestamp', 3],
      ['hr', 3],
      ['room', 9],
    ] as const;
    const descriptor = {
      1: 'Row',
      2: fields.map(([name, type], index) => ({ 1: name, 3: index + 1, 4: 1, 5: type })),
    };
    const rows = Array.from({ length: batchRows }, (_, index) =>
      encode({ 1: `p${index % 500}`, 2: 1_772_359_200_000_000 + index, 3: 70 + (index % 30), 4: 'ward' }),
    );
    const request = (schema: object) =>
      encode({ 1: `${tablePath(project, 'written')}/streams/_default`, 4: { ...schema, 2: { 1: rows } } });
    const bare = new BareClient(endpointOf(context));
    let value: number;
    try {
      const requests = [request({ 1: { 1: descriptor } }), ...Array(batches - 1).fill(request({}))];
      const startedMs = performance.now();
      const answers = await bare.exchange(`${WRITE}/AppendRows`, requests);
      value = (answers * batchRows) / ((performance.now() - startedMs) / 1000);
    } finally {
      bare.close();
    }
    const [[counted]] = await client.query(`SELECT COUNT(*) AS n FROM ${DATASET}.written`);
    if (counted.n !== batches * batchRows) throw new Error(`${counted.n} rows were written`);
    const table = client.dataset(DATASET).table('written');
    const streamed = Array.from({ length: 500 }, (_, index) => ({
      json: { id: `p${index}`, event_timestamp: '2026-03-01T10:00:00Z', hr: 70, room: 'ward' },
    }));
    const startedMs = performance.now();
    for (let index = 0; index < 40; index++) await table.insert(streamed, { raw: true });
    const baseline = (40 * streamed.length) / ((performance.now() - startedMs) / 1000);
    return { value, baseline, rssMb: await rssMb() };
  },
};

export const benches: readonly Bench[] = [storageRead, storageWrite];
