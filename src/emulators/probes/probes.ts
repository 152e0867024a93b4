import type { ServiceName } from '../services.js';
import { GrpcChannel } from './grpc.js';
import type { Message } from './protobuf.js';

export interface ProbeTarget {
  host: string;
  port: number;
  restPort?: number | undefined;
  project: string;
}

/** Each probe does real work in a scratch resource and removes it again. It throws until the service works. */
export const PROBES = {
  spanner: probeSpanner,
  bigtable: probeBigtable,
  pubsub: probePubsub,
  bigquery: probeBigquery,
  storage: probeStorage,
} as const satisfies Record<ServiceName, (target: ProbeTarget, id: string) => Promise<void>>;

const CALL_TIMEOUT_MS = 10_000;

/** A mutation written in a read-write transaction and read back; and the REST gateway, when there is one. */
async function probeSpanner(target: ProbeTarget, id: string): Promise<void> {
  const channel = new GrpcChannel(`${target.host}:${target.port}`, CALL_TIMEOUT_MS);
  const instances = '/google.spanner.admin.instance.v1.InstanceAdmin';
  const databases = '/google.spanner.admin.database.v1.DatabaseAdmin';
  const spanner = '/google.spanner.v1.Spanner';
  const parent = `projects/${target.project}`;
  const instance = `${parent}/instances/${id}`;
  try {
    await channel.call(`${instances}/CreateInstance`, {
      1: parent,
      2: id,
      3: { 1: instance, 2: `${parent}/instanceConfigs/emulator-config`, 3: 'Readiness check', 5: 1 },
    });
    try {
      await channel.call(`${databases}/CreateDatabase`, {
        1: instance,
        2: 'CREATE DATABASE `probe`',
        3: 'CREATE TABLE Probe (Id STRING(36)) PRIMARY KEY (Id)',
      });
      const session = await channel.call(`${spanner}/CreateSession`, { 1: `${instance}/databases/probe` });
      const name = session.text(1);
      const readWrite: Message = { 1: {} };
      const begun = await channel.call(`${spanner}/BeginTransaction`, { 1: name, 2: readWrite });
      const insert: Message = { 1: { 1: 'Probe', 2: 'Id', 3: { 1: { 3: id } } } };
      await channel.call(`${spanner}/Commit`, { 1: name, 2: begun.bytes(1), 4: insert });
      const read = await channel.call(`${spanner}/Read`, { 1: name, 3: 'Probe', 5: 'Id', 6: { 3: true } });
      const value = read.messages(2)[0]?.message(1).text(3);
      if (value !== id) throw new Error('The row that was written could not be read back');
    } finally {
      await channel.call(`${instances}/DeleteInstance`, { 1: instance });
    }
  } finally {
    channel.close();
  }
  if (target.restPort !== undefined) {
    await request(`http://${target.host}:${target.restPort}/v1/${parent}/instanceConfigs`);
  }
}

async function probeBigtable(target: ProbeTarget, id: string): Promise<void> {
  const channel = new GrpcChannel(`${target.host}:${target.port}`, CALL_TIMEOUT_MS);
  const admin = '/google.bigtable.admin.v2.BigtableTableAdmin';
  const instance = `projects/${target.project}/instances/${id}`;
  const table = `${instance}/tables/probe`;
  try {
    await channel.call(`${admin}/CreateTable`, { 1: instance, 2: 'probe', 3: { 3: { 1: 'f', 2: {} } } });
    try {
      const setCell: Message = { 1: { 1: 'f', 2: 'q', 3: 1000, 4: id } };
      await channel.call('/google.bigtable.v2.Bigtable/MutateRow', { 1: table, 2: 'row', 3: setCell });
      const values: string[] = [];
      for await (const answer of channel.stream('/google.bigtable.v2.Bigtable/ReadRows', { 1: table })) {
        for (const chunk of answer.messages(1)) values.push(chunk.text(6));
      }
      if (!values.includes(id)) throw new Error('The cell that was written could not be read back');
    } finally {
      await channel.call(`${admin}/DeleteTable`, { 1: table });
    }
  } finally {
    channel.close();
  }
}

async function probePubsub({ host, port, project }: ProbeTarget, id: string): Promise<void> {
  const base = `http://${host}:${port}/v1`;
  const topic = `projects/${project}/topics/${id}`;
  const subscription = `projects/${project}/subscriptions/${id}`;
  await request(`${base}/${topic}`, 'PUT', {});
  try {
    await request(`${base}/${subscription}`, 'PUT', { topic });
    const data = Buffer.from(id).toString('base64');
    await request(`${base}/${topic}:publish`, 'POST', { messages: [{ data }] });
    const pulled = (await request(`${base}/${subscription}:pull`, 'POST', { maxMessages: 1 })) as {
      receivedMessages?: { message: { data: string } }[];
    };
    if (pulled.receivedMessages?.[0]?.message.data !== data) {
      throw new Error('The message that was published could not be pulled');
    }
  } finally {
    await request(`${base}/${subscription}`, 'DELETE').catch(() => {});
    await request(`${base}/${topic}`, 'DELETE');
  }
}

async function probeBigquery({ host, port, project }: ProbeTarget): Promise<void> {
  const answer = (await request(`http://${host}:${port}/bigquery/v2/projects/${project}/queries`, 'POST', {
    query: 'SELECT 1',
    useLegacySql: false,
  })) as { rows?: { f: { v: string }[] }[] };
  if (answer.rows?.[0]?.f[0]?.v !== '1') throw new Error('SELECT 1 did not give 1');
}

async function probeStorage({ host, port, project }: ProbeTarget, id: string): Promise<void> {
  const base = `http://${host}:${port}`;
  const bucket = `${base}/storage/v1/b/${id}`;
  await request(`${base}/storage/v1/b?project=${project}`, 'POST', { name: id });
  try {
    await request(`${base}/upload/storage/v1/b/${id}/o?uploadType=media&name=probe`, 'POST', { id });
    const got = (await request(`${bucket}/o/probe?alt=media`)) as { id?: string };
    if (got.id !== id) throw new Error('The object that was written could not be read back');
    await request(`${bucket}/o/probe`, 'DELETE');
  } finally {
    await request(bucket, 'DELETE');
  }
}

/** One REST call. @throws Error with the answer's message when it is not a success. */
export async function request(url: string, method = 'GET', body?: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 300)}`);
  return text === '' ? {} : JSON.parse(text);
}
